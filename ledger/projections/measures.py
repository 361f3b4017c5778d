"""The measures of a case: towards which goal, who answers, by when, and what it did.

Everything is read off the folded `Case` and its entries as the reader sees them. The
words are told as they were last put. Days are calendar days in Europe/Oslo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from ledger.aggregates.case import Case
from ledger.aggregates.guard import local_day
from ledger.aggregates.plan import Measure
from ledger.entry import Entry
from ledger.events.plan import (
    EvaluationPostponed,
    GoalRevised,
    GoalSet,
    MeasureChanged,
    MeasureEvaluated,
    MeasurePlanned,
    MeasureStarted,
    MeasureStopped,
)

Standing = Literal[
    "planned",
    "not_begun",  # its first day is over
    "under_way",
    "overdue",  # the day to see whether it helped is over
    "ended",
    "carried_on",  # open in a case that was closed
]
What = Literal["planned", "started", "changed", "postponed", "evaluated", "stopped"]
NAMED: Final[dict[type[Any], What]] = {
    MeasurePlanned: "planned",
    MeasureStarted: "started",
    MeasureChanged: "changed",
    EvaluationPostponed: "postponed",
    MeasureEvaluated: "evaluated",
    MeasureStopped: "stopped",
}


@dataclass(frozen=True, slots=True)
class GoalLine:
    """What the family and the services want to reach, and the measures towards it."""

    goal_id: str
    text: str | None
    child_words: str | None
    area: str
    set_on: date
    revised_on: tuple[date, ...]
    measures: tuple[str, ...]  # ids


@dataclass(frozen=True, slots=True)
class MeasureStep:
    """Something that was done about a measure, by whom.

    `due` is the day to look again from then on. `days_late` counts from the day before
    which an evaluation was due; `effect`, `decision` and `child_view` are its own.
    """

    what: What
    on: date
    by: str
    service: str | None
    due: date | None
    effect: str | None = None
    decision: str | None = None
    child_view: str | None = None
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure as it stands; `service` and `person` are of who answers for it.

    `days_late` is how long its evaluation has been overdue on the day.
    """

    measure_id: str
    goal_id: str | None
    text: str | None
    arena: str | None
    offer_id: str | None
    service: str | None
    person: str | None
    agreed_with: tuple[str, ...]
    shield: str | None
    stands: Standing
    planned_on: date | None
    start: date | None
    started_on: date | None
    evaluation_due: date | None
    days_late: int
    ended_on: date | None
    history: tuple[MeasureStep, ...]  # in the order of its days


@dataclass(frozen=True, slots=True)
class MeasureView:
    """The plan as it stands on the day `at`, in the order it was agreed."""

    at: date
    incomplete: bool  # the body of an entry is gone, so something may be missing here
    goals: tuple[GoalLine, ...]
    measures: tuple[MeasureLine, ...]


def measures(case: Case, *, at: date) -> MeasureView:
    """Read the goals and measures of a case on the day `at`."""
    return MeasureView(
        at=at,
        incomplete=case.incomplete,
        goals=tuple(_goal(case, each) for each in case.plan.goals),
        measures=tuple(_measure(case, each, at) for each in case.plan.measures),
    )


def _goal(case: Case, goal_id: str) -> GoalLine:
    known = case.plan.goals[goal_id]
    line = GoalLine(
        goal_id=goal_id,
        text=None,
        child_words=None,
        area=known.area,
        set_on=local_day(known.set_at),
        revised_on=(),
        measures=tuple(
            measure_id
            for measure_id, measure in case.plan.measures.items()
            if measure.goal_id == goal_id
        ),
    )
    for entry in case.entries:
        match entry.event:
            case GoalSet(goal_id=each) as told if each == goal_id:
                line = replace(line, text=told.text, child_words=told.child_words)
            case GoalRevised(goal_id=each) as told if each == goal_id:
                revised = (*line.revised_on, local_day(entry.occurred_at))
                words = told.child_words or line.child_words
                line = replace(
                    line, text=told.text, child_words=words, revised_on=revised
                )
    return line


def _measure(case: Case, measure_id: str, at: date) -> MeasureLine:
    known = case.plan.measures[measure_id]
    entries = [entry for entry in case.entries if _names(entry, measure_id)]
    planned = _planned(entries)
    stands = _standing(case, known, at)
    due = known.evaluation_due
    return MeasureLine(
        measure_id=measure_id,
        goal_id=known.goal_id,
        text=_text(entries),
        arena=planned.arena if planned else None,
        offer_id=planned.offer_id if planned else None,
        service=known.service,
        person=known.person,
        agreed_with=planned.agreed_with if planned else (),
        shield=known.shield,
        stands=stands,
        planned_on=local_day(known.planned_at) if known.planned_at else None,
        start=known.start,
        started_on=known.started_on,
        evaluation_due=due,
        days_late=(at - due).days if due and stands == "overdue" else 0,
        ended_on=local_day(known.ended_at) if known.ended_at else None,
        history=tuple(sorted(_history(entries), key=lambda step: step.on)),
    )


def _names(entry: Entry[Any], measure_id: str) -> bool:
    return type(entry.event) in NAMED and entry.event.measure_id == measure_id


def _planned(entries: Iterable[Entry[Any]]) -> MeasurePlanned | None:
    events = (entry.event for entry in entries)
    return next((e for e in events if isinstance(e, MeasurePlanned)), None)


def _text(entries: Iterable[Entry[Any]]) -> str | None:
    """What is done, as it was planned or last changed."""
    text = None
    for entry in entries:
        if isinstance(entry.event, MeasurePlanned | MeasureChanged):
            text = entry.event.text or text
    return text


def _standing(case: Case, measure: Measure, at: date) -> Standing:
    if measure.ended_at is not None:
        return "ended"
    if case.is_closed:
        return "carried_on"
    if measure.evaluation_due is not None and measure.evaluation_due < at:
        return "overdue"
    if measure.started_on is not None:
        return "under_way"
    is_late = measure.start is not None and measure.start < at
    return "not_begun" if is_late else "planned"


def _history(entries: Iterable[Entry[Any]]) -> Iterator[MeasureStep]:
    """What was done, with the deadline that each step left standing."""
    due: date | None = None
    for entry in entries:
        before, due = due, _due_after(entry, due)
        step = MeasureStep(
            what=NAMED[type(entry.event)],
            on=getattr(entry.event, "on", None) or local_day(entry.occurred_at),
            by=entry.by.ref,
            service=entry.by.service,
            due=due,
        )
        yield _evaluated(step, entry.event, before)


def _due_after(entry: Entry[Any], due: date | None) -> date | None:
    match entry.event:
        case MeasurePlanned() as planned:
            return planned.evaluation_due
        case MeasureChanged() as changed:
            return changed.evaluation_due or due
        case EvaluationPostponed() as postponed:
            return postponed.new_due
        case MeasureEvaluated() as evaluated:
            return evaluated.next_due
        case MeasureStopped():
            return None
    return due


def _evaluated(step: MeasureStep, event: object, due: date | None) -> MeasureStep:
    if not isinstance(event, MeasureEvaluated):
        return step
    return replace(
        step,
        effect=event.effect,
        decision=event.decision,
        child_view=event.child_view or None,
        days_late=max(0, (step.on - due).days) if due else 0,
    )
