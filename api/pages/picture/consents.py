"""Whose consent was valid when, for the bars of the picture.

A bar begins where consent is missed: when the log is opened, or at the first consent of
anybody, and not before the giver was on record. Source: domain, F06.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from api.pages.picture.contents import ConsentRow, State, Stretch, days_between
from api.pages.picture.marks import Entries
from api.pages.picture.persons import person
from api.views import Named
from ledger.aggregates.case import Case
from ledger.aggregates.consent import Consent
from ledger.aggregates.guard import local_day
from ledger.codes import code_list
from ledger.events.log import StafettloggOpened
from ledger.events.people import GuardianRegistered

ONE_DAY = timedelta(days=1)
Validity = tuple[date, date]  # first and last day


def consent_rows(
    case: Case, recorded: Entries, *, until: date, names: Mapping[str, Named]
) -> tuple[ConsentRow, ...]:
    """A row for each guardian with responsibility and for each who has consented."""
    validities = _validities(case)
    missed = _missed_from(recorded, validities)
    if missed is None:
        return ()
    registered = _registered(recorded)
    responsible = code_list("guardian-authorities").marked("responsible")
    asked = [r for r, g in case.people.guardians.items() if g.authority in responsible]
    rows = []
    for ref in dict.fromkeys([*asked, *validities]):
        start = max(missed, registered.get(ref, missed))
        stretches = tuple(_stretches(validities.get(ref, []), start, until))
        if stretches:
            rows.append(ConsentRow(person(ref, names), stretches))
    return tuple(rows)


def _validities(case: Case) -> dict[str, list[Validity]]:
    """For each giver the days of validity, in order; those that touch are one."""
    found: dict[str, list[Validity]] = {}
    known = [*case.consent.earlier, *case.consent.consents.values()]
    for consent in sorted(known, key=lambda consent: consent.valid_from):
        if consent.giver is None:
            continue  # it covers nothing
        mine = found.setdefault(consent.giver, [])
        for first, last in _periods(consent):
            if mine and first <= mine[-1][1] + ONE_DAY:
                mine[-1] = (mine[-1][0], max(mine[-1][1], last))
            else:
                mine.append((first, last))
    return found


def _periods(consent: Consent) -> Iterator[Validity]:
    """The days on which it stood, those before a late renewal left out."""
    first, end = consent.valid_from, consent.last_day()
    for gap_begins, gap_ends in consent.gaps:
        yield first, gap_begins - ONE_DAY
        first = gap_ends + ONE_DAY
    if end is not None and first <= end:
        yield first, end


def _missed_from(
    recorded: Entries, validities: Mapping[str, list[Validity]]
) -> date | None:
    opened = [
        local_day(entry.occurred_at)
        for entry in recorded
        if isinstance(entry.event, StafettloggOpened)
    ]
    first_valid = [mine[0][0] for mine in validities.values() if mine]
    return min([*opened, *first_valid], default=None)


def _registered(recorded: Entries) -> dict[str, date]:
    days: dict[str, date] = {}
    for entry in recorded:
        if isinstance(entry.event, GuardianRegistered):
            days.setdefault(entry.event.guardian_ref, local_day(entry.occurred_at))
    return days


def _stretches(valid: list[Validity], start: date, until: date) -> Iterator[Stretch]:
    """Every day from the start until the end, valid or not."""
    day = start
    missing: State = "none"
    for first, last in valid:
        if first > until:
            break
        if day < first:
            yield _stretch(missing, day, first - ONE_DAY)
        yield _stretch("valid", first, min(last, until))
        day, missing = last + ONE_DAY, "lapsed"
    if day <= until:
        yield _stretch(missing, day, until)


def _stretch(state: State, first: date, last: date) -> Stretch:
    return Stretch(state, first, last, days_between(first, last))
