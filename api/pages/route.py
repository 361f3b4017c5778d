"""How a page's address answers when it has no page to show: never with bare JSON.

Who is not known is asked who they are and comes back; what one may not see looks like
what is not there. `LANGUAGE_PARAMETER` in an address changes the language and is taken
out of it before anything is read, so that choosing a language is no reading. A form is
read only when it is one of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.complaints import complaint_about
from api.pages.drawing import draw
from api.pages.visitor import (
    LANGUAGE_COOKIE,
    LANGUAGE_PARAMETER,
    known_language,
    refuse_others_form,
    remember,
    visitor_of,
)
from api.problems import Problem, problem_of
from api.sign_in import NotSignedIn

CHOOSE = "/prov"
SEE_OTHER = 303
TOLD = (403, 404, 409, 503)  # statuses that have words of their own

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route whose every answer is a page."""

    def get_route_handler(self) -> Handler:
        """Answer with the page, or with one that says why not."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            chosen = known_language(request.query_params.get(LANGUAGE_PARAMETER))
            if chosen is not None and request.method == "GET":
                return _in_language(request, chosen)
            try:
                if request.method == "POST":
                    refuse_others_form(request)
                return await answer(request)
            except NotSignedIn:
                return _ask_who(request)
            except Exception as error:
                return await refusal_page(request, error)

        return handle


def _in_language(request: Request, language: str) -> Response:
    kept = [
        pair
        for pair in request.query_params.multi_items()
        if pair[0] != LANGUAGE_PARAMETER
    ]
    query = f"?{urlencode(kept)}" if kept else ""
    answer = RedirectResponse(f"{request.url.path}{query}", SEE_OTHER)
    remember(answer, LANGUAGE_COOKIE, language)
    return answer


def _ask_who(request: Request) -> Response:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    asked = urlencode({"retur": here})
    return RedirectResponse(f"{CHOOSE}?{asked}", SEE_OTHER)


async def refusal_page(request: Request, error: Exception) -> Response:
    """Why there is no page, with the status that the API answers with."""
    problem = problem_of(error)
    status = _status(error, problem)
    if status == 500:
        logging.getLogger("stafettlogg").error("%s", complaint_about(error).said)
    shown = status if status in TOLD else 500
    visitor = await visitor_of(request)
    page = draw(visitor, "refusal.html", status=status, shown=shown, code=problem.code)
    page.headers.update(problem.headers)
    return page


def _status(error: Exception, problem: Problem) -> int:
    """An address with something in it that fits nothing is one that there is not."""
    if isinstance(error, RequestValidationError):
        return 404
    return error.status_code if isinstance(error, HTTPException) else problem.status


def is_page_missing(request: Request, error: Exception) -> bool:
    """Whether a person, not a program, asked for an address that there is not."""
    is_missing = isinstance(error, HTTPException) and error.status_code == 404
    wants_page = "text/html" in request.headers.get("accept", "")
    return is_missing and wants_page and not request.url.path.startswith("/api/")
