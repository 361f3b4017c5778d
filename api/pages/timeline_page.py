"""The timeline of a case in two depths, and what did not happen in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api import views
from api.pages.case_page import Typed, read, status_of
from api.pages.drawing import draw
from api.pages.going_back import GoingBack, going_back
from api.pages.opened import Opened, open_entry
from api.pages.people import People
from api.pages.route import PageRoute
from api.pages.silences import Silence, silences
from api.pages.standing import child_of
from api.pages.telling import Teller, Told
from api.pages.visitor import Looking, Visitor
from ledger.application import Reading
from ledger.projections.timeline import Depth
from ledger.refusals import NoCase, Refused

router = APIRouter(prefix="/saker", route_class=PageRoute)

DEPTHS = {"milepaler": Depth.MILESTONES, "alt": Depth.ALL}
Shown = Literal["milepaler", "alt"]
Order = Literal["eldst", "nyest"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: an entry, opened or not, or a silence."""

    told: Told | None = None
    opened: Opened | None = None
    disputed: bool = False
    silence: Silence | None = None


@router.get("/{case}/tidslinje")
def get_timeline(
    visitor: Looking,
    case: UUID,
    vis: Shown = "milepaler",
    rekkefolge: Order = "eldst",
    apen: Annotated[int | None, Query(ge=1)] = None,
    slik: Typed = None,
    kjent: Typed = None,
) -> Response:
    """What happened, in order."""
    when = going_back(slik, kjent, today=visitor.today)
    reading = read(visitor, case, "timeline_page").at(when.moment)
    story = views.timeline(reading, DEPTHS[vis])
    lines = lines_of(visitor, reading, when, DEPTHS[vis], apen)
    return draw(
        visitor,
        "timeline.html",
        status=status_of(when),
        case=case,
        when=when,
        shown=vis,
        order=rekkefolge,
        counts={"milepaler": story.milestones, "alt": story.entries},
        lines=lines if rekkefolge == "eldst" else lines[::-1],
        child=_child(reading, when),
    )


def _child(reading: Reading, when: GoingBack) -> object:
    people = People(views.names(reading.entries))
    return child_of(reading.entries, people, at=when.day)


def teller_of(visitor: Visitor, reading: Reading) -> Teller:
    """Tells this reading's entries in the visitor's language."""
    return Teller(reading, People(views.names(reading.entries)), visitor.t)


def published(visitor: Visitor) -> int:
    """How many entries the log signed last holds."""
    return visitor.known.tenant.folder.signed_size


def lines_of(
    visitor: Visitor, reading: Reading, when: GoingBack, depth: Depth, apen: int | None
) -> list[Line]:
    """Entries of a depth in order of time, and every silence before what ends it."""
    teller = teller_of(visitor, reading)
    by_position = {entry.position: entry for entry in reading.entries}
    size = published(visitor)
    rows = views.timeline(reading, depth).rows
    told = [teller.tell(by_position[row.position]) for row in rows]
    disputed = {row.position for row in rows if row.disputed_by}
    waiting = list(silences_of(reading, when))
    lines: list[Line] = []
    for one in told:
        while waiting and waiting[0].from_date <= one.on:
            lines.append(Line(silence=waiting.pop(0)))
        opened = None
        if one.number == apen:
            opened = open_entry(reading, one.number, teller, published=size)
        lines.append(Line(one, opened, one.position in disputed))
    return [*lines, *(Line(silence=silence) for silence in waiting)]


def silences_of(reading: Reading, when: GoingBack) -> tuple[Silence, ...]:
    """What did not happen, by the profile's days."""
    view = views.state(reading, when.day)
    return silences(
        reading.entries,
        views.handovers(reading, when.day),
        reading.rules,
        ended=view.closed_on,
    )


@router.get("/{case}/oppforing/{number}")
def get_entry(
    visitor: Looking, case: UUID, number: int, slik: Typed = None, kjent: Typed = None
) -> Response:
    """One entry alone."""
    when = going_back(slik, kjent, today=visitor.today)
    reading = read(visitor, case, "entry_page").at(when.moment)
    teller = teller_of(visitor, reading)
    opened = open_entry(reading, number, teller, published=published(visitor))
    if opened is None:
        raise Refused((NoCase(),))
    return draw(
        visitor,
        "entry.html",
        status=status_of(when),
        case=case,
        when=when,
        one=opened,
        child=_child(reading, when),
    )
