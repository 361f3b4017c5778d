"""Finding a case by a national number: in a body, for no number stands in a URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from api.routes.asking import Purpose, chapter, goes_wrong
from api.sign_in import SignedIn
from api.strict_json import JSON, bounded_body, read_object
from ledger.events.fields import NationalId
from ledger.projections.plain import as_json
from ledger.searching import search

router = chapter(tags=["search"])


class Wanted(BaseModel):
    """Whose cases are looked for."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", hide_input_in_errors=True
    )

    national_id: NationalId


@dataclass(frozen=True, slots=True)
class Found:
    """The cases that this person may open, oldest first."""

    cases: tuple[UUID, ...]


async def _body(request: Request) -> bytes:
    return await bounded_body(request, kind=JSON)


@router.post(
    "/cases/search",
    responses={
        200: {"model": Found, "description": "None, too, when none may be opened."},
        **goes_wrong(400, 401, 404, 408, 413, 415, 422),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": Wanted.model_json_schema(),
                    "example": {"national_id": "23831254321"},
                }
            },
        }
    },
)
def post_search(
    member: SignedIn, purpose: Purpose, body: Annotated[bytes, Depends(_body)]
) -> Response:
    """The cases about a person, as far as whoever asks may open them.

    A search is on record for whoever searched, with the cases that it told of.
    """
    read_object(body)
    number = Wanted.model_validate_json(body).national_id
    found = search(member.tenant.parts, number, by=member.actor, purpose=purpose)
    return JSONResponse(as_json(Found(found)))
