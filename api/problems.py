"""Every answer that is not what was asked for: application/problem+json (RFC 9457).

A problem names a stable code, and nothing of a case: not what was sent, not what stands
in a field. Which exception answers with which status is said here and nowhere else.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api.complaints import complaint_about
from api.sign_in import NotSignedIn
from ledger.application import KeyReused
from ledger.exporting import NotPublished
from ledger.recorder import OutcomeUnknown, Overloaded
from ledger.refusals import Refused

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2


class RequestRefused(Exception):
    """A request that no route can do anything with; `said` repeats nothing of it."""

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.said = said


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document; `more` are its extension members."""

    status: int
    code: str
    title: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> Response:
        """The problem as an HTTP answer."""
        said = {
            "type": f"/api/v1/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            **self.more,
        }
        body = json.dumps(said, ensure_ascii=False).encode()
        headers = dict(self.headers)
        return Response(body, self.status, headers=headers, media_type=MEDIA_TYPE)


_STATUS: Final[Mapping[type[Exception], int]] = {
    NotSignedIn: 401,
    KeyReused: 422,
    ValidationError: 422,
    OutcomeUnknown: 503,
    Overloaded: 503,
    NotPublished: 409,
}


def problem_of(error: Exception) -> Problem:
    """The problem that an exception answers as; 500 for what nobody foresaw."""
    if isinstance(error, RequestRefused):
        return Problem(error.status, error.code, error.said)
    if isinstance(error, HTTPException):
        return Problem(error.status_code, f"HTTP_{error.status_code}", error.detail)
    if isinstance(error, RequestValidationError):
        return Problem(422, "INVALID", "A parameter does not fit.")
    if isinstance(error, NotSignedIn):
        headers = {"WWW-Authenticate": "Bearer"}
        return Problem(401, "NOT_SIGNED_IN", "Say who asks.", headers=headers)
    complaint = complaint_about(error)
    if isinstance(error, Refused):
        return Problem(error.status, complaint.code, complaint.said, complaint.more)
    status = next((s for k, s in _STATUS.items() if isinstance(error, k)), 500)
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    return Problem(status, complaint.code, complaint.said, complaint.more, headers)


def answer_with_problems(app: FastAPI) -> None:
    """Let every exception of the app answer as a problem."""
    kinds = (HTTPException, RequestValidationError, Exception)
    for kind in kinds:
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.status == 500:
        logging.getLogger("stafettlogg").error("%s", complaint_about(error).said)
    return problem.answer()
