"""One strict reader in front of every body: what passes it has one meaning.

What is refused here would be read differently by the next program, or shown differently
to the next person: a key given twice, a number that no other reader keeps, half a
character, a mark that turns the direction of writing. Nothing of a body is repeated.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request

from api.problems import RequestRefused
from audit.failures import ProofFailed
from audit.record import parse_json
from ledger.events.fields import WHOLE_LIMIT, readable

MAX_BODY: Final = 1 << 18  # bytes
MAX_DEPTH: Final = 32  # objects and lists in one another
JSON: Final = "application/json"
LINES: Final = "application/jsonl"


async def bounded_body(request: Request, *, kind: str, limit: int = MAX_BODY) -> bytes:
    """The body, read no further than `limit` bytes.

    Raises `RequestRefused`: `MEDIA_TYPE` (415), `BODY_TOO_LARGE` (413).
    """
    _check_kind(request, kind)
    said = request.headers.get("content-length", "0")
    if not said.isdecimal() or int(said[:20]) > limit:
        raise RequestRefused("BODY_TOO_LARGE")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise RequestRefused("BODY_TOO_LARGE")
    return bytes(body)


def _check_kind(request: Request, kind: str) -> None:
    named, _, parameter = request.headers.get("content-type", "").partition(";")
    charset = parameter.replace(" ", "").replace('"', "").lower()
    if named.strip().lower() != kind or charset not in ("", "charset=utf-8"):
        raise RequestRefused("MEDIA_TYPE")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestRefused("MEDIA_TYPE")


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is. Raises `RequestRefused` (`BODY_JSON`, 400)."""
    try:
        said = parse_json(body, "BODY_JSON")
        _check(said, MAX_DEPTH)
    except (ProofFailed, ValueError):
        raise RequestRefused("BODY_JSON") from None
    if type(said) is not dict:
        raise RequestRefused("BODY_JSON")
    return said


def _check(value: Any, depth: int) -> None:
    """Refuse what is nested too deep, unreadable or not kept exactly (`ValueError`)."""
    match value:
        case str():
            readable(value)
        case float() if abs(value) > WHOLE_LIMIT:
            raise ValueError("a number out of range")
        case dict() | list() if not depth:
            raise ValueError("nested too deep")
        case dict():
            for key, inner in value.items():
                readable(key)
                _check(inner, depth - 1)
        case list():
            for inner in value:
                _check(inner, depth - 1)
