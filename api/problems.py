"""Every answer that is not what was asked for: application/problem+json (RFC 9457).

A problem names a stable code, and nothing of a case: not what was sent, not what stands
in a field, nor how the service is made. Which exception answers with which code and
status is said here and nowhere else; what a code is called stands in
`api/translations/refusals.toml`.
"""

from __future__ import annotations

import json
import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from psycopg_pool import PoolTimeout
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api.complaints import complaint_about
from api.language import preferred
from api.sign_in import NotSignedIn
from ledger.application import KeyReused
from ledger.catalogue import told_basis
from ledger.events.event import Event
from ledger.exporting import NotPublished
from ledger.importing import ImportStopped
from ledger.recorder import OutcomeUnknown, Overloaded
from ledger.refusals import Refusal, Refused, all_refusals
from ledger.sealing import IntegrityFailure

MEDIA_TYPE: Final = "application/problem+json"
TITLES: Final = Path(__file__).parent / "translations" / "refusals.toml"
RETRY_SECONDS: Final = 2

STATUS: Final[Mapping[str, int]] = {
    "BODY_JSON": 400,
    "IDEMPOTENCY_KEY_MISSING": 400,
    "HEADER_INVALID": 400,
    "PURPOSE": 400,
    "REQUEST_REFUSED": 400,
    "NOT_SIGNED_IN": 401,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "IN_FLIGHT": 409,
    "NOT_PUBLISHED": 409,
    "BODY_TOO_SLOW": 408,
    "BODY_TOO_LARGE": 413,
    "MEDIA_TYPE": 415,
    "WRONG_HOST": 421,
    "PARAMETER_INVALID": 422,
    "KEY_REUSED": 422,
    "NOT_REFUSED": 422,
    "REQUEST_DAMAGED": 422,
    "IF_MATCH_MISSING": 428,
    "INTERNAL": 500,
    "NOT_AS_SIGNED": 500,
    "OUTCOME_UNKNOWN": 503,
    "OVERLOADED": 503,
    "DATABASE_UNREACHABLE": 503,
}
"""The status of each code that is no rule's; a rule's refusal names its own."""


class RequestRefused(Exception):
    """A request that no route can do anything with; `fields` are names of ours."""

    def __init__(self, code: str, *fields: str) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document; `more` are its extension members."""

    code: str
    status: int
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def about(self, event_type: type[Event]) -> Problem:
        """The problem of a command, with the legal basis of what was to be recorded."""
        return replace(self, more={**self.more, "basis": told_basis(event_type)})

    def answer(self, request: Request) -> Response:
        """The problem as an HTTP answer, in a language of the reader."""
        language = preferred(request.headers.get("accept-language", ""))
        said = {
            "type": f"/api/v1/problems/{self.code}",
            "title": titles(self.code)[language],
            "status": self.status,
            "code": self.code,
            **self.more,
        }
        for refusal in said.get("refusals", ()):
            refusal["title"] = titles(refusal["code"])[language]
        headers = {
            **self.headers,
            "Content-Language": language,
            "Vary": "Accept-Language",
        }
        if self.status == 503:
            headers["Retry-After"] = str(RETRY_SECONDS)
        body = json.dumps(said, ensure_ascii=False).encode()
        return Response(body, self.status, headers=headers, media_type=MEDIA_TYPE)


@cache
def _all_titles() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(TITLES.read_text(encoding="utf-8"))


def titles(code: str) -> Mapping[str, str]:
    """What a code is called, by language. Raises `KeyError` for an unknown one."""
    return _all_titles()[code]


def status_of(code: str) -> int:
    """The status a code is answered with. Raises `KeyError` for an unknown one."""
    refusal = all_refusals().get(code)
    return STATUS[code] if refusal is None else refusal.status


def all_codes() -> tuple[str, ...]:
    """Every code that a problem may have."""
    return (*all_refusals(), *STATUS)


# --- which problem an exception is ----------------------------------------------------


def problem_of(error: Exception) -> Problem:
    """The problem that an exception answers as; `INTERNAL` for what nobody foresaw."""
    match error:
        case RequestRefused():
            return _problem(error.code, **_fields(error.fields))
        case NotSignedIn():
            headers = {"WWW-Authenticate": "Bearer"}
            return replace(_problem("NOT_SIGNED_IN"), headers=headers)
        case Refused():
            refusals = [_as_json(refusal) for refusal in error.refusals]
            return Problem(error.code, error.status, {"refusals": refusals})
        case ValidationError():
            return _problem("INVALID", errors=misfits(error))
        case ImportStopped():
            return Problem(error.code, 422, {"line": error.line})
        case RequestValidationError():
            return _of_parameters(error)
        case HTTPException():
            return _of_http(error)
    return _problem(_code_of(error))


def _problem(code: str, **more: Any) -> Problem:
    return Problem(code, status_of(code), more)


def _fields(names: Sequence[str]) -> dict[str, Any]:
    return {"fields": list(names)} if names else {}


def _as_json(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "fields": list(refusal.fields)}


def misfits(error: ValidationError) -> list[dict[str, str]]:
    """Which fields are wrong and how. The name of an unknown field is not told."""
    problems = error.errors(
        include_url=False, include_context=False, include_input=False
    )
    return [
        {"field": _place(each["loc"], each["type"]), "problem": each["type"]}
        for each in problems[:100]
    ]


def _place(place: tuple[int | str, ...], problem: str) -> str:
    return ".".join(map(str, place[:-1] if problem == "extra_forbidden" else place))


def _of_parameters(error: RequestValidationError) -> Problem:
    """The names are the route's own: an unknown one is refused before (`strict`)."""
    names = sorted({str(each["loc"][1]) for each in error.errors()})
    code = "PURPOSE" if names == ["purpose"] else "PARAMETER_INVALID"
    return _problem(code, **_fields(names))


_OF_HTTP: Final = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


def _of_http(error: HTTPException) -> Problem:
    problem = _problem(_OF_HTTP.get(error.status_code, "REQUEST_REFUSED"))
    return replace(problem, headers=dict(error.headers or {}))


_BY_KIND: Final[Mapping[type[Exception], str]] = {
    KeyReused: "KEY_REUSED",
    NotPublished: "NOT_PUBLISHED",
    OutcomeUnknown: "OUTCOME_UNKNOWN",
    Overloaded: "OVERLOADED",
    IntegrityFailure: "NOT_AS_SIGNED",
    PoolTimeout: "DATABASE_UNREACHABLE",
    psycopg.errors.QueryCanceled: "OVERLOADED",
    psycopg.OperationalError: "DATABASE_UNREACHABLE",
    psycopg.InterfaceError: "DATABASE_UNREACHABLE",
}


def _code_of(error: Exception) -> str:
    kinds = (code for kind, code in _BY_KIND.items() if isinstance(error, kind))
    return next(kinds, "INTERNAL")


async def answered(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses."""
    problem = problem_of(error)
    if problem.status == 405 and request.method == "OPTIONS":
        return Response(None, 204, problem.headers)  # which methods there are
    return problem.answer(request)


def answer_of(error: Exception, request: Request) -> Response:
    """The answer to a request that ended in an exception; our own fault is logged."""
    problem = problem_of(error)
    if problem.status == 500:
        logging.getLogger("stafettlogg").error("%s", complaint_about(error).said)
    return problem.answer(request)
