"""What a case looks like to whoever asks: one view a route."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from api import views
from api.sign_in import SignedIn
from ledger.aggregates.guard import local_day
from ledger.application import Reading
from ledger.projections.plain import as_json

router = APIRouter(prefix="/cases/{case}", tags=["case"])

Purpose = Annotated[str, Query(pattern="^[a-z][a-z0-9_-]{1,39}$")]
"""What a reading is for: a code, which goes on record."""


@router.get("/state")
def get_state(case: UUID, member: SignedIn, purpose: Purpose) -> Response:
    """Where the case stands, and what is due next."""
    reading = _read(member, case, "state", purpose)
    today = local_day(member.tenant.parts.ledger.clock())
    return _answer(reading, as_json(views.state(reading, today)))


def _read(member: SignedIn, case: UUID, view: str, purpose: str) -> Reading:
    return member.tenant.parts.ledger.read(
        case, by=member.actor, view=view, purpose=purpose, grant=member.grant(case)
    )


def _answer(reading: Reading, view: object) -> Response:
    return JSONResponse(view, headers={"ETag": f'"{reading.tag.hex()}"'})
