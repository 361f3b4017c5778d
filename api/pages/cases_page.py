"""The cases that somebody may open, the one with the nearest deadline first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from api import views
from api.pages.case_page import read
from api.pages.drawing import draw
from api.pages.people import People
from api.pages.route import SEE_OTHER, PageRoute
from api.pages.standing import NextDue, Standing, due_heading, next_due, standing
from api.pages.visitor import Looking, Visitor
from ledger.access import may_read
from ledger.events.event import Role

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in the list."""

    case: UUID
    now: Standing
    due: NextDue | None
    heading: str


@router.get("/saker")
def get_cases(visitor: Looking) -> Response:
    """The cases one may open."""
    if visitor.known.actor.role is Role.SUPERVISOR:
        return RedirectResponse("/tilsyn", SEE_OTHER)
    return draw(visitor, "cases.html", rows=case_rows(visitor, "cases_page"))


def case_rows(visitor: Visitor, view: str) -> list[CaseRow]:
    """A row for each case this person may read; naming the child is a reading."""
    rows = [_row(visitor, case, view) for case in readable(visitor)]
    return sorted(rows, key=_urgency)


def readable(visitor: Visitor) -> Iterator[UUID]:
    """The demo's cases that this person may read; nothing is said of the others."""
    member = visitor.known
    ledger = member.tenant.parts.ledger
    for label in member.tenant.folder.labels():
        case = ledger.index.case_id(label)
        granted = member.grant(case) is not None
        state = ledger.load(case).state
        if may_read(state, member.actor, on=visitor.today, granted=granted):
            yield case


def _row(visitor: Visitor, case: UUID, view: str) -> CaseRow:
    reading, today = read(visitor, case, view), visitor.today
    people = People(views.names(reading.entries))
    state = views.state(reading, today)
    now = standing(
        state,
        views.handovers(reading, today),
        reading.entries,
        people,
        reader=visitor.known.actor.ref,
    )
    due = next_due(state, reading.entries, people)
    return CaseRow(case, now, due, due_heading(due, visitor.t) if due else "")


def _urgency(row: CaseRow) -> tuple[bool, date]:
    return row.now.closed_on is not None, row.due.on if row.due else date.max
