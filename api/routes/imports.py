"""A history file over HTTP: JSON Lines, recorded whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from api.importing import import_into
from api.problems import RequestRefused
from api.routes.asking import chapter, goes_wrong
from api.sign_in import Member, SignedIn
from api.strict_json import LINES, bounded_body, read_object
from ledger.events.event import Role
from ledger.importing import ImportedCase, ImportStopped
from ledger.projections.plain import as_json
from ledger.refusals import Refused, WrongRole

router = chapter(tags=["import"])

MAX_FILE: Final = 8 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of each case of the file, in lines."""

    cases: tuple[ImportedCase, ...]


_LINE: Final = (
    '{"at": "2026-03-11T09:40:00+01:00", "by": {"person": "t-larer", "role":'
    ' "employee", "service": "skole"}, "case": "t-1", "event": "ChildViewRecorded",'
    ' "data": {"form": "1.1", "about": "plan", "view": "Vil ha lunsj med en venn.",'
    ' "approved_by_child": true}}\n'
)


@router.post(
    "/imports",
    responses={
        200: {"model": Imported, "description": "Recorded."},
        **goes_wrong(400, 401, 403, 408, 413, 415, 422),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {LINES: {"schema": {"type": "string"}, "example": _LINE}},
        }
    },
)
async def post_import(request: Request, member: SignedIn) -> Response:
    """Record a history file; what is on record already is skipped.

    A line that cannot be recorded stops it: the problem says which, and nothing of the
    file is on record. By: `administrator`.
    """
    if member.actor.role is not Role.ADMINISTRATOR:
        raise Refused((WrongRole(),))
    content = await bounded_body(request, kind=LINES, limit=MAX_FILE)
    imported = await run_in_threadpool(_imported, member, content)
    return JSONResponse(as_json(Imported(tuple(imported))))


def _imported(member: Member, content: bytes) -> list[ImportedCase]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            read_object(line)
        except RequestRefused as refused:
            raise ImportStopped(number, refused.code, "not strict JSON") from None
    return import_into(member.tenant, content)
