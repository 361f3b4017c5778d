"""What a day brings by itself: consents end, proposals lapse, birthdays are had.

The service puts each on record from the day on which it holds, so that a history shows
it. Nothing rests on that: who asks how a case stands on a day is answered by the dates.
A closed case is left as it was; one that is taken up again is told what came meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ledger.access import OF_AGE, birthday
from ledger.aggregates.baton import lapses_on
from ledger.aggregates.case import Case
from ledger.aggregates.concern import Opening
from ledger.aggregates.guard import local_day, start_of
from ledger.events import catalogue_name
from ledger.events.baton import HandoverLapsed, HandoverProposed
from ledger.events.concern import CaseOpened
from ledger.events.consent import (
    ConsentCapacityChanged,
    ConsentExpired,
    ConsentGiven,
)
from ledger.events.event import Event
from ledger.events.people import ProtectedAddressLapsed, ProtectedAddressSet
from ledger.events.supervision import GrantExpired
from ledger.profiles import Profile
from ledger.projections.row import Row, to_line

NAME = "turns"
ONE_DAY = timedelta(days=1)

What = tuple[str, str]
"""An event's name in the catalogue, and the id of what it is about."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that holds from the start of a local day on, and what says so.

    `shield` is that of the entry it follows from.
    """

    event: Event
    on: date
    shield: str | None = None

    @property
    def occurred_at(self) -> datetime:
        """The first moment at which it holds."""
        return start_of(self.on)

    @property
    def what(self) -> What:
        """What it tells of; on another day it is another turn."""
        return _what(self.event)


@dataclass(frozen=True, slots=True)
class TurnLine:
    """That something of a kind is to be put on record from a day on."""

    kind: str
    on: date


def rows(case: Case, rules: Profile) -> Iterator[Row]:
    """A row for each turn that is not on record, however far ahead."""
    for turn in turns(case, rules):
        kind, about = turn.what
        line = TurnLine(kind, turn.on)
        yield Row(f"{kind} {turn.on} {about}", None, str(turn.on), to_line(line))


def turns(case: Case, rules: Profile) -> tuple[Turn, ...]:
    """What a day brings, or has brought, that is not on record; the earliest first."""
    if not case.is_open:
        return ()
    told = _told(case)
    found = [
        turn
        for turn in (
            *_ends_of_consents(case),
            *_lapses_of_proposals(case, rules),
            *_lapses_of_protection(case),
            *_birthdays(case, rules),
        )
        if told.get(turn.what, date.min) < turn.on
    ]
    return tuple(sorted(found, key=lambda turn: (turn.on, turn.what)))


def _told(case: Case) -> Mapping[What, date]:
    """The last day as of which each thing is on record."""
    told: defaultdict[What, date] = defaultdict(lambda: date.min)
    for entry in case.entries:
        if type(entry.event) in NAMED_BY:
            day, what = local_day(entry.occurred_at), _what(entry.event)
            told[what] = max(day, told[what])
    return told


def _what(event: Any) -> What:
    about = " ".join(getattr(event, name) for name in NAMED_BY[type(event)])
    return catalogue_name(type(event)), about


NAMED_BY: Mapping[type[Any], tuple[str, ...]] = {
    ConsentExpired: ("consent_id",),
    HandoverLapsed: ("proposal_id",),
    ProtectedAddressLapsed: ("subject_ref",),
    ConsentCapacityChanged: ("subject_ref", "new_capacity"),
    GrantExpired: ("grant_id",),  # of access streams: told by `grants_running_out`
}
"""What the sweep writes, and by which fields one is told from another."""


def _ends_of_consents(case: Case) -> Iterator[Turn]:
    """The day after the last valid one, unless nothing was left of the consent."""
    for consent_id, consent in case.consent.consents.items():
        ends = [first - ONE_DAY for first, _ in consent.gaps]
        ends += [consent.valid_to] if consent.valid_to else []
        for last in ends:
            if consent.services_on(last):
                shield = _shield(case, ConsentGiven, "consent_id", consent_id)
                expired = ConsentExpired(consent_id=consent_id)
                yield Turn(expired, last + ONE_DAY, shield)


def _lapses_of_proposals(case: Case, rules: Profile) -> Iterator[Turn]:
    for proposal_id in case.baton.open_proposals():
        on = lapses_on(case.baton.proposals[proposal_id], rules)
        if on is not None:
            shield = _shield(case, HandoverProposed, "proposal_id", proposal_id)
            yield Turn(HandoverLapsed(proposal_id=proposal_id), on, shield)


def _lapses_of_protection(case: Case) -> Iterator[Turn]:
    """The day after the last one on which an address is protected, unless renewed."""
    for ref, protection in case.people.protected.items():
        if protection.valid_to is not None and protection.lapsed_at is None:
            shield = _shield(case, ProtectedAddressSet, "subject_ref", ref)
            lapsed = ProtectedAddressLapsed(subject_ref=ref)
            yield Turn(lapsed, protection.valid_to + ONE_DAY, shield)


def _birthdays(case: Case, rules: Profile) -> Iterator[Turn]:
    """The days on which other people come to decide for the child than before.

    Who was so old when the case was opened has not changed in it. Somebody pregnant
    consents alone at any age.
    """
    opening = case.opening
    if opening is None or opening.birth_date is None:
        return
    shield = _shield(case, CaseOpened, "subject_ref", opening.subject)
    for age, change in _changes_at(opening, rules):
        on = birthday(opening.birth_date, age)
        if on > local_day(opening.opened_at):
            yield Turn(change, on, shield)


def _changes_at(
    opening: Opening, rules: Profile
) -> Iterator[tuple[int, ConsentCapacityChanged]]:
    """Each age at which it changes who consents, and the event that says so."""
    ref, age = opening.subject, rules.youth_consent_age
    if age < OF_AGE and opening.kind != "pregnant":
        rule = f"youth_consent_age {age}"
        yield (
            age,
            ConsentCapacityChanged(subject_ref=ref, new_capacity="youth", rule=rule),
        )
    rule = f"of_age {OF_AGE}"
    yield (
        OF_AGE,
        ConsentCapacityChanged(subject_ref=ref, new_capacity="adult", rule=rule),
    )


def _shield(case: Case, kind: type[Event], field: str, value: str) -> str | None:
    """The shield of the first entry of a kind that names something."""
    return next(
        (
            entry.shield
            for entry in case.entries
            if isinstance(entry.event, kind) and getattr(entry.event, field) == value
        ),
        None,
    )
