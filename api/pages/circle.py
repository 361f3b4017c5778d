"""Who is in the case, and who is missing from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from api.pages.people import People, Person
from ledger.aggregates.case import Case
from ledger.aggregates.guard import local_day
from ledger.projections.handovers import Handovers
from ledger.projections.overview import Overview

Kind = Literal[
    "holder",  # holds the baton
    "vacant",  # nobody does
    "joined",  # takes part for a service
    "invited",  # was asked
    "left",  # has left the job; nobody new is known
    "not_invited",  # a consent names the service, nobody has asked it
    "guardian",
]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody around the child, or a place that is empty, and since when."""

    kind: Kind
    person: Person | None = None
    service: str | None = None
    since: date | None = None
    authority: str | None = None
    days: int | None = None


def circle_of(
    case: Case, view: Overview, chronology: Handovers, people: People
) -> tuple[Member, ...]:
    """The circle around the child on the view's day."""
    return (
        *_holder(view, chronology, people),
        *_participants(case, view, chronology, people),
        *_not_invited(case, view),
        *_guardians(case, people),
    )


def _holder(view: Overview, chronology: Handovers, people: People) -> Iterator[Member]:
    gap = next((gap for gap in chronology.gaps if gap.open), None)
    if view.holder is not None:
        holder = people[view.holder.ref]
        yield Member("holder", holder, view.holder.service, view.holder.since)
    elif gap is not None and view.is_open:
        yield Member("vacant", since=gap.from_date, days=gap.days)


def _participants(
    case: Case, view: Overview, chronology: Handovers, people: People
) -> Iterator[Member]:
    left = {p.holder: p.until for p in chronology.periods if p.vacancy == "left_job"}
    for ref, participant in case.people.participants.items():
        if view.holder is not None and ref == view.holder.ref:
            continue
        if ref in left:
            yield Member("left", people[ref], participant.service, left[ref])
        elif participant.left_on is not None:
            yield Member("left", people[ref], participant.service, participant.left_on)
        elif participant.joined_at is not None:
            on = local_day(participant.joined_at)
            yield Member("joined", people[ref], participant.service, on)
        elif participant.invited_at is not None:
            on = local_day(participant.invited_at)
            yield Member("invited", people[ref], participant.service, on)


def _not_invited(case: Case, view: Overview) -> Iterator[Member]:
    here = {p.service for _, p in case.people.present()}
    here |= {view.holder.service} if view.holder and view.holder.service else set()
    here |= {case.opening.service} if case.opening and case.opening.service else set()
    since: dict[str, date] = {}
    for consent in case.consent.consents.values():
        if not consent.stands_on(view.at):
            continue
        for naming in consent.namings:
            for service in naming.services:
                since.setdefault(service, local_day(naming.since))
    for service, day in since.items():
        if service not in here and view.is_open:
            yield Member("not_invited", service=service, since=day)


def _guardians(case: Case, people: People) -> Iterator[Member]:
    for ref, guardian in case.people.guardians.items():
        yield Member("guardian", people[ref], authority=guardian.authority)
