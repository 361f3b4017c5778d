"""The web application: every route, put together once.

`create_app` gets the parts that are open already, so a test and a server start the same
application on different installations.
"""

from __future__ import annotations

from fastapi import FastAPI

from api.problems import answer_with_problems
from api.routes import cases
from api.service import Service
from api.sign_in import refuse_without_sign_in

API = "/api/v1"


def create_app(service: Service) -> FastAPI:
    """The application for these tenants. Raises `CommandFailed`."""
    refuse_without_sign_in(service.tenants)
    app = FastAPI(title="Stafettlogg", docs_url=None, redoc_url=None)
    app.state.service = service
    answer_with_problems(app)
    app.include_router(cases.router, prefix=API)
    return app
