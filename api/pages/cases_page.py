"""The cases that somebody may open, the one with the nearest deadline first.

Staff are shown a page at a time, from the tables that follow the log; a row names the
child, so it is a reading of its case as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response

from api import views
from api.pages.case_page import read
from api.pages.drawing import draw
from api.pages.people import People
from api.pages.route import SEE_OTHER, PageRoute
from api.pages.standing import NextDue, Standing, due_heading, next_due, standing
from api.pages.visitor import Looking, Visitor
from ledger.access import may_read
from ledger.events.event import EVERYONE_OF_STAFF, Role
from ledger.listing import BadCursor

ON_A_PAGE = 25

router = APIRouter(route_class=PageRoute)

After = Annotated[str | None, Query(max_length=400)]
"""Where the list goes on, as the page before said."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in the list."""

    case: UUID
    now: Standing
    due: NextDue | None
    heading: str


@router.get("/saker")
def get_cases(visitor: Looking, etter: After = None) -> Response:
    """The cases one may open."""
    role = visitor.known.actor.role
    if role is Role.SUPERVISOR:
        return RedirectResponse("/tilsyn", SEE_OTHER)
    if role in EVERYONE_OF_STAFF:
        return _of_staff(visitor, etter)
    rows = case_rows(visitor, "cases_page")
    return _drawn(visitor, rows, is_current=True)


def _of_staff(visitor: Visitor, after: str | None) -> Response:
    """The cases one has a part in; who coordinates has one in all of them."""
    actor, lists = visitor.known.actor, visitor.known.tenant.lists
    is_register = actor.role is Role.KOORDINERENDE_ENHET
    ask = lists.register if is_register else lists.my_cases
    try:
        page = ask(by=actor, purpose="cases_page", after=after, limit=ON_A_PAGE)
    except BadCursor:
        return RedirectResponse("/saker", SEE_OTHER)
    cases = dict.fromkeys(UUID(item.case) for item in page.items)
    return _drawn(
        visitor,
        [_row(visitor, case, "cases_page") for case in cases],
        is_register=is_register,
        is_current=page.current,
        following=page.next,
    )


def _drawn(
    visitor: Visitor,
    rows: list[CaseRow],
    *,
    is_current: bool,
    is_register: bool = False,
    following: str | None = None,
) -> Response:
    return draw(
        visitor,
        "cases.html",
        rows=rows,
        is_current=is_current,
        is_register=is_register,
        following=following,
    )


def case_rows(visitor: Visitor, view: str) -> list[CaseRow]:
    """A row for each case this person may read; naming the child is a reading."""
    rows = [_row(visitor, case, view) for case in readable(visitor)]
    return sorted(rows, key=_urgency)


def readable(visitor: Visitor) -> Iterator[UUID]:
    """The imported cases that this person may read; nothing is said of the others."""
    member = visitor.known
    ledger = member.tenant.parts.ledger
    for label in member.tenant.folder.labels():
        case = ledger.index.case_id(label)
        loaded = ledger.readable(case)
        granted = member.grant(case) or ledger.grant_of(
            loaded, member.actor, "granted_page", visitor.today
        )
        is_granted = granted is not None
        if may_read(loaded.state, member.actor, on=visitor.today, granted=is_granted):
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
        rules=reading.rules,
    )
    due = next_due(state, reading.entries, people)
    return CaseRow(case, now, due, due_heading(due, visitor.t) if due else "")


def _urgency(row: CaseRow) -> tuple[bool, date]:
    return row.now.closed_on is not None, row.due.on if row.due else date.max
