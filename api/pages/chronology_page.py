"""The handover chronology of a case, on screen and on A4."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from api import views
from api.pages.case_page import Typed, read, status_of
from api.pages.drawing import draw
from api.pages.giving import consents_of
from api.pages.going_back import going_back, neighbours
from api.pages.people import People
from api.pages.pictured import printed
from api.pages.route import PageRoute
from api.pages.sheet import Functions, guardians, in_short, knowers, sheet_rows
from api.pages.standing import child_of
from api.pages.telling import Teller
from api.pages.timeline_page import published, silences_of
from api.pages.visitor import Looking, Visitor
from ledger.aggregates.deciding import FAMILY
from ledger.application import Reading
from ledger.loaded import RecordedEntry
from ledger.projections.moment import PRESENT

router = APIRouter(prefix="/saker", route_class=PageRoute)


@router.get("/{case}/kronologi")
def get_chronology(
    visitor: Looking, case: UUID, slik: Typed = None, kjent: Typed = None
) -> Response:
    """The sheet."""
    when = going_back(slik, kjent, today=visitor.today)
    reading = read(visitor, case, "chronology_page").at(when.moment)
    names, day = views.names(reading.entries), when.day
    people, functions = People(names), Functions(names)
    view, handovers = views.state(reading, day), views.handovers(reading, day)
    consents = consents_of(reading.state, people, at=day, log_since=view.log_opened_on)
    size = published(visitor)
    return draw(
        visitor,
        "chronology.html",
        status=status_of(when),
        case=case,
        when=when,
        jumps=neighbours(reading.at(PRESENT).entries, day),
        count=len(reading.entries),
        signed=sum((entry.position or 0) <= size for entry in reading.entries),
        size=size,
        child=child_of(reading.entries, people, at=day),
        born=reading.state.opening.birth_date if reading.state.opening else None,
        short=in_short(reading, view, handovers),
        picture=printed(reading, when, visitor.t.language) if reading.entries else "",
        rows=sheet_rows(
            reading,
            Teller(reading, functions, visitor.t),
            consents,
            silences_of(reading, when),
            until=view.closed_on or day,
        ),
        knowers=knowers(reading, _reads(visitor, reading), until=when.known_on),
        guardians=guardians(reading, people),
        printed_at=visitor.known.tenant.parts.ledger.clock(),
        is_open=view.is_open,
    )


def _reads(visitor: Visitor, reading: Reading) -> Sequence[RecordedEntry]:
    """Who has read what this reader sees; a family is not told it of services here."""
    if visitor.known.actor.role in FAMILY:
        return ()
    return visitor.known.tenant.lists.readings_of(reading).entries
