"""What stands at the top of a case: whom it is about, four facts, what is due next."""

from __future__ import annotations

from collections.abc import (
    Iterable,
    Sequence,
)
from dataclasses import dataclass
from datetime import date

from api.pages.drawing import code_name
from api.pages.people import People, Person
from api.pages.texts import Texts
from ledger.access import age_on
from ledger.aggregates.guard import local_day
from ledger.events.concern import CaseOpened
from ledger.events.event import Event
from ledger.events.moving import (
    ChildBorn,
)
from ledger.events.plan import MeasureEvaluated
from ledger.loaded import RecordedEntry
from ledger.profiles import Profile
from ledger.projections.handovers import Handovers
from ledger.projections.overview import Due, Overview


@dataclass(frozen=True, slots=True)
class Child:
    """Whom the case is about; `None` for what was erased or is not told."""

    person: Person | None
    age: int | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Baton:
    """Who holds the baton, or for how many days nobody has."""

    holder: Person | None
    is_reader: bool
    since: date | None
    interim_until: date | None
    days_without: int | None
    is_over: bool  # the case is closed; the holder is the last one


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the case stands on a day."""

    at: date
    child: Child
    level: str  # as the municipality counts them
    last_level: str
    level_since: date | None
    baton: Baton
    heard_on: date | None
    open_measures: int
    evaluated_on: date | None
    opened_on: date | None
    closed_on: date | None
    closing_reason: str | None
    incomplete: bool


def standing(
    view: Overview,
    chronology: Handovers,
    entries: Iterable[RecordedEntry],
    people: People,
    *,
    reader: str,
    rules: Profile,
) -> Standing:
    """Read where a case stands off its views; `reader` is a ref."""
    told = tuple(entries)
    return Standing(
        at=view.at,
        child=child_of(told, people, at=view.at),
        level=rules.mark(view.level),
        last_level=rules.mark(len(rules.levels) - 1),
        level_since=view.level_since,
        baton=_baton(view, chronology, people, reader),
        heard_on=view.child_heard_on,
        open_measures=len(view.measures) if view.is_open else 0,
        evaluated_on=_evaluated_on(told),
        opened_on=view.opened_on,
        closed_on=view.closed_on,
        closing_reason=view.closing_reason,
        incomplete=view.incomplete,
    )


def child_of(entries: Sequence[RecordedEntry], people: People, *, at: date) -> Child:
    """Whom the case is about; the unit is the one that the last holder works in."""
    opened = (e.event for e in entries if isinstance(e.event, CaseOpened))
    event = next(opened, None)
    if event is None:
        return Child(None, None, None)
    born_on, subject = event.birth_date, event.subject_ref
    for entry in entries:
        if isinstance(entry.event, ChildBorn):
            born_on, subject = entry.event.on, entry.event.subject_ref
    age = None if born_on is None else age_on(born_on, at)
    return Child(people[subject], age, _unit(entries))


def _unit(entries: Iterable[RecordedEntry]) -> str | None:
    units = [e.by.unit for e in entries if e.by.unit and e.by.service == "skole"]
    units += [e.by.unit for e in entries if e.by.unit and e.by.service == "barnehage"]
    return units[-1] if units else None


def _baton(view: Overview, chronology: Handovers, people: People, reader: str) -> Baton:
    open_gap = next((gap for gap in chronology.gaps if gap.open), None)
    last = chronology.periods[-1] if chronology.periods else None
    holder = view.holder.ref if view.holder else None
    if not view.is_open and last is not None:
        holder = last.holder
    return Baton(
        holder=people[holder] if holder else None,
        is_reader=holder == reader,
        since=last.from_date if last and holder else None,
        interim_until=view.holder.until if view.holder and view.is_open else None,
        days_without=open_gap.days if open_gap and view.is_open else None,
        is_over=not view.is_open,
    )


def _evaluated_on(entries: Iterable[RecordedEntry]) -> date | None:
    evaluated = (
        local_day(e.occurred_at)
        for e in entries
        if isinstance(e.event, MeasureEvaluated)
    )
    return max(evaluated, default=None)


# --- what is due ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NextDue:
    """What is due first, what it is about in the case's words, and how late it is."""

    kind: str
    on: date
    about: str | None
    days_late: int  # below zero: days left

    @property
    def is_late(self) -> bool:
        """Whether the day has passed."""
        return self.days_late > 0


def next_due(
    view: Overview, entries: Iterable[RecordedEntry], people: People
) -> NextDue | None:
    """The first thing due; nothing in a closed case."""
    due = view.next_due
    if due is None:
        return None
    about = _about(due, [e.event for e in entries if isinstance(e.event, Event)])
    if due.kind in ("interim_end", "consent_end", "handover_answer") and about:
        about = people[about].short
    return NextDue(due.kind, due.on, about, (view.at - due.on).days)


_WORDS_OF = {  # kind: the id field of the events it is about, and the field to show
    "evaluation": ("measure_id", "text"),
    "measure_start": ("measure_id", "text"),
    "consent_end": ("consent_id", "giver_ref"),
    "handover_answer": ("proposal_id", "to_holder"),
    "meeting": ("meeting_id", "type"),
}


def _about(due: Due, events: list[Event]) -> str | None:
    """What the due thing is called: words of the plan, a person's ref, or a code."""
    if due.kind == "interim_end":
        return due.about
    if due.kind not in _WORDS_OF:
        return None
    identity, shown = _WORDS_OF[due.kind]
    meant = (e for e in events if getattr(e, identity, None) == due.about)
    found = (getattr(event, shown, None) for event in meant)
    return next((text for text in found if text), None)


def due_heading(due: NextDue, t: Texts) -> str:
    """What is due, as something to do."""
    what = due.about or ""
    if due.kind == "meeting":
        what = code_name("meeting-types", what, t)
    return t(f"due.{due.kind}", what=what)
