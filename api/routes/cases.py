"""What a case looks like to whoever asks: one view a route.

Every view is of the present unless a moment is asked for: `as_of` in the time when
things happened, `known_at` in the time when they were recorded. Only a view of the
present carries an ETag, for nobody decides on the past.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response

from api import views
from api.problems import RequestRefused
from api.routes.asking import STRICT, CaseId, Purpose, goes_wrong
from api.sign_in import Member, SignedIn
from ledger.aggregates.guard import local_day
from ledger.application import Reading
from ledger.projections.moment import PRESENT, Moment, parse_moment
from ledger.projections.overview import Overview
from ledger.projections.plain import as_json

router = APIRouter(prefix="/cases/{case}", tags=["views"], dependencies=STRICT)

_READS = goes_wrong(400, 401, 404, 422)


async def _moment(
    as_of: Annotated[str | None, Query()] = None,
    known_at: Annotated[str | None, Query()] = None,
) -> Moment:
    try:
        return parse_moment(as_of, known_at)
    except ValueError:
        raise RequestRefused("PARAMETER_INVALID", "as_of", "known_at") from None


At = Annotated[Moment, Depends(_moment)]


@router.get("/state", responses={200: {"model": Overview}, **_READS})
def get_state(case: CaseId, member: SignedIn, purpose: Purpose, at: At) -> Response:
    """Where the case stands, and what is due next."""
    reading = _read(member, case, "state", purpose).at(at)
    today = local_day(member.tenant.parts.ledger.clock())
    return _answer(reading, as_json(views.state(reading, at.day(today))))


def _read(member: Member, case: UUID, view: str, purpose: str) -> Reading:
    return member.tenant.parts.ledger.read(
        case, by=member.actor, view=view, purpose=purpose, grant=member.grant(case)
    )


def _answer(reading: Reading, view: object) -> Response:
    is_present = reading.moment == PRESENT
    headers = {"ETag": f'"{reading.tag.hex()}"'} if is_present else {}
    return JSONResponse(view, headers=headers)
