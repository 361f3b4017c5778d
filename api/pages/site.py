"""The site: every page, their style sheets and fonts, put together once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from api.pages import (
    case_page,
    cases_page,
    chronology_page,
    entrance,
    paper,
    supervision_page,
    timeline_page,
)
from api.pages.route import is_page_missing, refusal_page

STATIC = Path(__file__).parent / "static"
ROUTERS: tuple[APIRouter, ...] = (
    entrance.router,
    cases_page.router,
    case_page.router,
    timeline_page.router,
    chronology_page.router,
    paper.router,
    supervision_page.router,
)


class Kept(StaticFiles):
    """Files that a browser may keep, as long as it asks whether they are still so."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, or that it has not changed."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def add_pages(app: FastAPI) -> None:
    """Let the application show pages; its problems are set up before."""
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.mount("/static", Kept(directory=STATIC), name="static")
    answer: Any = app.exception_handlers[HTTPException]

    async def page_or_problem(request: Request, error: Exception) -> Response:
        if is_page_missing(request, error):
            return await refusal_page(request, error)
        problem: Response = await answer(request, error)
        return problem

    app.add_exception_handler(HTTPException, page_or_problem)
