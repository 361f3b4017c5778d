"""The page of a case: facts, what is due, picture, consents, plan, who is in it."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api import views
from api.pages.advising import Advice, advice
from api.pages.circle import circle_of
from api.pages.drawing import draw
from api.pages.giving import consents_of
from api.pages.going_back import GoingBack, going_back, neighbours
from api.pages.people import People
from api.pages.pictured import pictured
from api.pages.plan import plan_of
from api.pages.route import PageRoute
from api.pages.standing import due_heading, next_due, standing
from api.pages.visitor import Looking, Visitor
from ledger.aggregates.deciding import FROM_OUTSIDE
from ledger.application import Reading
from ledger.projections.moment import PRESENT

router = APIRouter(prefix="/saker", route_class=PageRoute)

Typed = Annotated[str | None, Query(max_length=40)]
"""What somebody typed into a date field."""


def read(visitor: Visitor, case: UUID, view: str) -> Reading:
    """Read a case for a page; the view's name is also what it is read for."""
    member = visitor.known
    return member.tenant.parts.ledger.read(
        case, by=member.actor, view=view, purpose=view, grant=member.grant(case)
    )


def status_of(when: GoingBack) -> int:
    """Of a page whose fields may have to be filled in again."""
    return 422 if when.is_wrong else 200


@router.get("/{case}")
def get_case(
    visitor: Looking, case: UUID, slik: Typed = None, kjent: Typed = None
) -> Response:
    """The case page."""
    when = going_back(slik, kjent, today=visitor.today)
    reading = read(visitor, case, "case_page").at(when.moment)
    return draw(
        visitor,
        "case.html",
        status=status_of(when),
        case=case,
        when=when,
        has_papers=visitor.known.actor.role not in FROM_OUTSIDE,
        jumps=neighbours(reading.at(PRESENT).entries, when.day),
        **case_content(visitor, reading, when),
    )


def case_content(
    visitor: Visitor, reading: Reading, when: GoingBack
) -> dict[str, object]:
    """What the page shows of a reading that stands at the page's moment."""
    day, entries, case = when.day, reading.entries, reading.state
    people = People(views.names(entries))
    view, chronology = views.state(reading, day), views.handovers(reading, day)
    reader = visitor.known.actor.ref
    due = next_due(view, entries, people)
    return {
        "count": len(entries),
        "advice": _advice(visitor, reading, day, people),
        "due_heading": due_heading(due, visitor.t) if due else "",
        "now": standing(
            view, chronology, entries, people, reader=reader, rules=reading.rules
        ),
        "due": due,
        "picture": pictured(reading, when, visitor.t.language),
        "consents": consents_of(case, people, at=day, log_since=view.log_opened_on),
        "plan": plan_of(case, entries, people, at=day),
        "circle": circle_of(case, view, chronology, people),
    }


def _advice(
    visitor: Visitor, reading: Reading, day: date, people: People
) -> Advice | None:
    """What the action guide says to those who follow the child up."""
    if visitor.known.actor.role in FROM_OUTSIDE:
        return None
    return advice(views.guide(reading, day), reading.rules, people, visitor.t)
