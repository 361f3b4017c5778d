"""Goals with the child's own words; measures with who, until when, and what came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from api.pages.people import People, Person
from ledger.aggregates.case import Case
from ledger.aggregates.guard import local_day
from ledger.events.child import ChildViewRecorded
from ledger.events.plan import (
    EvaluationPostponed,
    GoalRevised,
    GoalSet,
    MeasureChanged,
    MeasureEvaluated,
    MeasurePlanned,
)
from ledger.loaded import RecordedEntry


@dataclass(frozen=True, slots=True)
class GoalRow:
    """What family and services want to reach."""

    set_on: date
    text: str
    child_words: str | None


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """Something done for a goal; `days_late` of the evaluation, above zero."""

    text: str
    service: str | None
    person: Person | None
    started_on: date | None
    due: date | None
    evaluated_on: date | None
    effect: str | None
    days_late: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Words:
    """What the child said, and when."""

    said: str
    on: date
    by_observation: bool  # nobody's words: what an adult saw


@dataclass(frozen=True, slots=True)
class Plan:
    """Goals, measures that go on, and those that ended; the child's last words."""

    goals: tuple[GoalRow, ...]
    active: tuple[MeasureRow, ...]
    ended: tuple[MeasureRow, ...]
    last_words: Words | None


OBSERVED = "1.3"  # SSB code of the form in which a child was seen, not asked


def plan_of(
    case: Case, entries: Iterable[RecordedEntry], people: People, *, at: date
) -> Plan:
    """The plan as it stands on a day."""
    told = tuple(entries)
    measures = [
        _measure(case, e.event, told, people, at)
        for e in told
        if isinstance(e.event, MeasurePlanned)
    ]
    words = [
        _words(e.event, local_day(e.occurred_at))
        for e in told
        if isinstance(e.event, ChildViewRecorded)
    ]
    return Plan(
        goals=tuple(_goals(told)),
        active=tuple(measure for measure in measures if measure.is_open),
        ended=tuple(measure for measure in reversed(measures) if not measure.is_open),
        last_words=max(words, key=lambda said: said.on, default=None),
    )


def _goals(entries: Iterable[RecordedEntry]) -> Iterable[GoalRow]:
    """Each goal as it was put last."""
    goals: dict[str, GoalRow] = {}
    for entry in entries:
        on = local_day(entry.occurred_at)
        match entry.event:
            case GoalSet(goal_id=goal, text=text, child_words=words):
                goals[goal] = GoalRow(on, text, words)
            case GoalRevised(goal_id=goal, text=text, child_words=words):
                known = goals.get(goal) or GoalRow(on, text, words)
                goals[goal] = replace(
                    known, text=text, child_words=words or known.child_words
                )
    return goals.values()


def _words(event: ChildViewRecorded, on: date) -> Words:
    return Words(event.view, on, event.form == OBSERVED)


def _measure(
    case: Case,
    planned: MeasurePlanned,
    entries: Sequence[RecordedEntry],
    people: People,
    at: date,
) -> MeasureRow:
    known = case.plan.measures[planned.measure_id]
    judged = [
        (local_day(e.occurred_at), e.event.effect)
        for e in entries
        if isinstance(e.event, MeasureEvaluated)
        and e.event.measure_id == planned.measure_id
    ]
    evaluated_on, effect = judged[-1] if judged else (None, None)
    is_open = known.ended_at is None and not case.is_closed
    text, last_due = _as_changed(planned, entries)
    due = known.evaluation_due if is_open else last_due
    waited_to = evaluated_on if not is_open else at
    late = (waited_to - due).days if waited_to and due else 0
    return MeasureRow(
        text=text,
        service=known.service,
        person=people[known.person] if known.person else None,
        started_on=known.started_on,
        due=due,
        evaluated_on=evaluated_on,
        effect=effect,
        days_late=max(0, late),
        is_open=is_open,
    )


def _as_changed(
    planned: MeasurePlanned, entries: Iterable[RecordedEntry]
) -> tuple[str, date | None]:
    """What is done and when to look again, by the last change that says so."""
    text, due = planned.text, planned.evaluation_due
    for entry in entries:
        event = entry.event
        if getattr(event, "measure_id", None) != planned.measure_id:
            continue
        if isinstance(event, MeasureChanged):
            text, due = event.text or text, event.evaluation_due or due
        elif isinstance(event, EvaluationPostponed):
            due = event.new_due
    return text, due
