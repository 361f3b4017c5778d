"""Consents as a table: who said yes to which service, until when, at one glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from api.pages.people import People, Person
from ledger.aggregates.case import Case
from ledger.aggregates.consent import Consent
from ledger.aggregates.guard import local_day
from ledger.codes import code_list

State = Literal["valid", "lapsed", "withdrawn", "refused", "excepted", "none"]


@dataclass(frozen=True, slots=True)
class GiverRow:
    """One who may say yes; `services` are those the consent names on the day.

    `on` is the day of a refusal, or of the decision to go on without an answer.
    """

    giver: Person
    state: State
    valid_to: date | None = None
    services: tuple[str, ...] = ()
    days_without: int | None = None  # since the log was opened
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Consents:
    """Rows by giver, columns by service."""

    services: tuple[str, ...]
    rows: tuple[GiverRow, ...]


def consents_of(
    case: Case, people: People, *, at: date, log_since: date | None
) -> Consents:
    """The consents as they stand on a day."""
    rows = tuple(_row(case, people[ref], at, log_since) for ref in _givers(case, at))
    named = dict.fromkeys(
        service
        for consent in case.consent.consents.values()
        for service in consent.services_on(at)
    )
    return Consents(tuple(named), rows)


def _givers(case: Case, at: date) -> list[str]:
    """Guardians who have a say, and whoever else has given a consent."""
    silent = code_list("guardian-authorities").marked("no-say")
    asked = [
        ref
        for ref, guardian in case.people.guardians.items()
        if guardian.authority not in silent
    ]
    given = [c.giver for c in case.consent.consents.values() if c.giver is not None]
    return list(dict.fromkeys([*asked, *given]))


def _row(case: Case, giver: Person, at: date, log_since: date | None) -> GiverRow:
    own = [
        consent
        for consent in case.consent.consents.values()
        if consent.giver == giver.ref and consent.valid_from <= at
    ]
    if not own:
        return _without_consent(case, giver, at, log_since)
    last = max(own, key=_validity)
    if last.stands_on(at):
        return GiverRow(giver, "valid", last.valid_to, last.services_on(at))
    services = last.services_on(at)
    state: State = "lapsed" if services else "withdrawn"
    return GiverRow(giver, state, last.last_day(), services)


def _without_consent(
    case: Case, giver: Person, at: date, log_since: date | None
) -> GiverRow:
    """Who has given none: said no, need not be asked, or is still to answer."""
    no = [local_day(n.since) for n in case.consent.refused if n.giver == giver.ref]
    refused_on = max((day for day in no if day <= at), default=None)
    if refused_on is not None:
        return GiverRow(giver, "refused", on=refused_on)
    excepted = case.consent.excepted.get(giver.ref)
    if excepted is not None and local_day(excepted.decided_at) <= at:
        return GiverRow(giver, "excepted", on=local_day(excepted.decided_at))
    days = (at - log_since).days if log_since and log_since < at else None
    return GiverRow(giver, "none", days_without=days)


def _validity(consent: Consent) -> tuple[date, date]:
    return consent.valid_to or date.min, consent.valid_from
