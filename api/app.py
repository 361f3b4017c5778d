"""The web application: every route, put together once.

`create_app` gets the parts that are open already, so a test and a server start the same
application on different installations.
"""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import health
from api.front_door import FrontDoor
from api.health import Health
from api.limits import Limits
from api.openapi import as_text, describe
from api.pages.site import add_pages
from api.problems import answered
from api.routes import (
    about,
    calendar,
    cases,
    commands,
    docs,
    feed,
    findings,
    imports,
    lists,
    log,
    profiles,
    schemas,
    search,
    toolbox,
)
from api.routes.asking import called
from api.service import Service
from api.sign_in import refuse_without_sign_in
from api.telling import Telling


def create_app(service: Service) -> FastAPI:
    """The application for these tenants. Raises `CommandFailed`."""
    refuse_without_sign_in(service.tenants)
    app = routed()
    app.state.service = service
    app.state.health = Health(service)
    app.state.openapi = as_text(describe(app))
    return app


def routed() -> FastAPI:
    """The application without anything to serve: its routes, to be described."""
    app = FastAPI(
        openapi_url=None,  # it is made once, with what the events declare
        redirect_slashes=False,
        generate_unique_id_function=called,
    )
    app.add_middleware(Limits)
    app.add_middleware(FrontDoor)
    app.add_middleware(Telling)
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answered)
    for public in (health, log, docs):
        app.include_router(public.router)
    views = (cases, findings, lists, calendar, search, feed, profiles)
    for chapter in (*views, imports, about, schemas, commands, toolbox):
        app.router.routes += chapter.router.routes
    add_pages(app)
    return app
