"""The handover chronology as a sheet: a row a day, gaps among them, who knew when.

People are told by what they do, not by name: the sheet goes to another service.
Everything is composed from data; no free text of ours stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from api.pages.giving import Consents
from api.pages.people import People, Person
from api.pages.plan import OBSERVED
from api.pages.silences import Silence
from api.pages.telling import Teller, Told
from ledger.aggregates.deciding import FAMILY
from ledger.aggregates.guard import local_day
from ledger.application import Reading
from ledger.events.access import AccessRecorded
from ledger.events.child import ChildViewRecorded, TransitionNoted
from ledger.events.concern import CaseOpened, UndringssamtaleHeld
from ledger.events.consent import ConsentGiven
from ledger.events.event import Event
from ledger.events.meeting import MeetingHeld
from ledger.events.plan import MeasurePlanned
from ledger.loaded import RecordedEntry
from ledger.projections.handovers import Handovers
from ledger.projections.overview import Overview
from ledger.projections.timeline import is_milestone


class Functions(People):
    """People by what they do: a professional is called by their title."""

    def __getitem__(self, ref: str) -> Person:
        """Who this is to another service."""
        person = super().__getitem__(ref)
        if person.title is None:
            return person
        title = person.title[0].upper() + person.title[1:]
        return Person(ref, title, None, person.unit)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of a day: what happened, in whose words, and if it was corrected."""

    title: str
    quote: str | None
    is_childs: bool
    line: str
    corrected_on: date | None


@dataclass(frozen=True, slots=True)
class DayRow:
    """What happened on a day; `days` since the row above; `numbers` as "9–11"."""

    on: date
    days: int | None
    parts: tuple[Part, ...]
    who: str
    numbers: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A day, or days on which nobody held the baton."""

    day: DayRow | None = None
    gap: Silence | None = None


def sheet_rows(
    reading: Reading,
    teller: Teller,
    consents: Consents,
    silences: Iterable[Silence],
    *,
    until: date,
) -> list[SheetRow]:
    """The rows in order of time, each gap before the day that ends it."""
    told = [teller.tell(entry) for entry in reading.entries if _belongs(entry)]
    told += [
        _lapse(row.giver, row.valid_to, teller)
        for row in consents.rows
        if row.state == "lapsed" and row.valid_to and row.valid_to <= until
    ]
    told.sort(key=lambda one: (one.on, one.number))
    corrected = _corrected_on(reading)
    gaps = [silence for silence in silences if silence.kind == "vacant"]
    rows: list[SheetRow] = []
    before: date | None = None
    for on, group in groupby(told, key=lambda one: one.on):
        while gaps and gaps[0].from_date <= on:
            rows.append(SheetRow(gap=gaps.pop(0)))
        rows.append(SheetRow(day=_day(on, before, tuple(group), corrected)))
        before = on
    return [*rows, *(SheetRow(gap=gap) for gap in gaps)]


def _belongs(entry: RecordedEntry) -> bool:
    if isinstance(entry.event, CaseOpened):
        return False
    more = isinstance(entry.event, TransitionNoted | UndringssamtaleHeld)
    return more or is_milestone(entry)


def _lapse(giver: Person, on: date, teller: Teller) -> Told:
    """The last day of a consent: nobody's act, so it has no number."""
    return teller.without_entry("events.ConsentLapsed", on=on, who=giver.short)


def _corrected_on(reading: Reading) -> dict[int, date]:
    days = {e.position: local_day(e.occurred_at) for e in reading.entries}
    return {
        position: days[mark.by]
        for position, marks in reading.seen.corrections.items()
        for mark in marks
        if mark.took_effect and mark.by in days
    }


def _day(
    on: date, before: date | None, told: Sequence[Told], corrected: dict[int, date]
) -> DayRow:
    who = dict.fromkeys(one.by.name for one in told if one.number)
    return DayRow(
        on=on,
        days=None if before is None else (on - before).days,
        parts=tuple(
            Part(
                one.title,
                one.quote,
                one.is_childs,
                one.line,
                corrected.get(one.position),
            )
            for one in told
        ),
        who=", ".join(who) or "–",
        numbers=_ranges(sorted(one.number for one in told if one.number)),
    )


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers as they stand in print: 9–11, 20."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    said = (str(s[0]) if len(s) == 1 else f"{s[0]}–{s[-1]}" for s in spans)
    return ", ".join(said) or "–"


# --- in short -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InShort:
    """The numbers that the sheet begins with."""

    level: str  # as the municipality counts them
    level_since: date | None
    holders: int
    interims: int
    days_without: int
    heard_on: tuple[date, ...]
    days_between: int | None  # between the first and the last time the child was heard
    measures: int
    without_effect: int
    closed_on: date | None
    closing_reason: str | None


def in_short(reading: Reading, view: Overview, chronology: Handovers) -> InShort:
    """Count what the sheet tells at length."""
    heard = tuple(sorted(_heard(reading.entries)))
    planned = [e for e in reading.entries if isinstance(e.event, MeasurePlanned)]
    effects = {
        evaluation.measure_id: evaluation.effect
        for evaluation in reading.state.plan.evaluations.values()
    }
    return InShort(
        level=reading.rules.mark(view.level),
        level_since=view.level_since,
        holders=sum(period.began != "interim" for period in chronology.periods),
        interims=sum(period.began == "interim" for period in chronology.periods),
        days_without=sum(gap.days for gap in chronology.gaps),
        heard_on=heard,
        days_between=(heard[-1] - heard[0]).days if len(heard) > 1 else None,
        measures=len(planned),
        without_effect=sum(effect in ("none", "worse") for effect in effects.values()),
        closed_on=view.closed_on,
        closing_reason=view.closing_reason,
    )


def _heard(entries: Iterable[RecordedEntry]) -> Iterator[date]:
    for entry in entries:
        if isinstance(entry.event, ChildViewRecorded) and entry.event.form != OBSERVED:
            yield local_day(entry.occurred_at)


# --- who knew what when ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Knower:
    """A unit: its first entry in the case, and when somebody of it read it last."""

    unit: str
    service: str | None
    since: date
    read_on: date | None


@dataclass(frozen=True, slots=True)
class Guardian:
    """A guardian, and the first day that they are known to have been told."""

    person: Person
    told_on: date | None


def knowers(
    reading: Reading, reads: Iterable[RecordedEntry], *, until: date
) -> tuple[Knower, ...]:
    """Each unit that has written in the case; `reads` are of its access streams."""
    first: dict[str, tuple[date, str | None]] = {}
    units: dict[str, str] = {}
    for entry in reading.entries:
        unit = entry.by.unit
        if unit is not None and entry.by.role not in FAMILY:
            first.setdefault(unit, (local_day(entry.occurred_at), entry.by.service))
            units[entry.by.ref] = unit
    last: dict[str, date] = {}
    for read in reads:
        day = local_day(read.recorded_at)
        if isinstance(read.event, AccessRecorded) and day <= until:
            unit = units.get(read.event.reader)
            if unit is not None:
                last[unit] = day
    return tuple(
        Knower(unit, service, since, last.get(unit))
        for unit, (since, service) in first.items()
    )


def guardians(reading: Reading, people: People) -> tuple[Guardian, ...]:
    """Each guardian, with the first talk, meeting or consent that names them."""
    told: dict[str, date] = {}
    for entry in reading.entries:
        if isinstance(entry.event, Event):
            for ref in _told(entry.event):
                told.setdefault(ref, local_day(entry.occurred_at))
    return tuple(
        Guardian(people[ref], told.get(ref)) for ref in reading.state.people.guardians
    )


def _told(event: Event) -> tuple[str, ...]:
    match event:
        case UndringssamtaleHeld(attended=refs) | MeetingHeld(attended=refs):
            return refs
        case ConsentGiven(giver_ref=ref):
            return (ref,)
    return ()
