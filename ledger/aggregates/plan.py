"""The plan chapter: goals, the measures towards them, and who found what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ledger.aggregates.closing import is_disposed_of
from ledger.aggregates.consent import covered
from ledger.aggregates.guard import (
    Commands,
    Folds,
    complete,
    is_empty,
    while_open,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.closing import CaseClosed
from ledger.events.plan import (
    GoalSet,
    MeasureEvaluated,
    MeasurePlanned,
    MeasureStarted,
    Responsible,
)
from ledger.profiles import Profile
from ledger.refusals import Refusal, UnknownTarget

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

ENDING = frozenset({"stop", "level"})  # decisions of an evaluation that end the measure


@dataclass(frozen=True)
class Goal:
    """What the family and the services want to reach."""

    set_at: datetime
    area: str


@dataclass(frozen=True)
class Measure:
    """Something done for a goal. `planned_at` is `None` for one only known later on."""

    planned_at: datetime | None = None
    goal_id: str | None = None
    service: str | None = None  # of who answers for it
    person: str | None = None
    start: date | None = None
    evaluation_due: date | None = None
    started_on: date | None = None
    evaluations: int = 0
    ended_at: datetime | None = None
    shield: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """What someone, of a service, found a measure did."""

    measure_id: str
    at: datetime
    by: str
    service: str | None
    effect: str
    decision: str


@dataclass(frozen=True)
class Plan:
    """State of the chapter, each by its id."""

    goals: Mapping[str, Goal] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    evaluations: Mapping[str, Evaluation] = field(default_factory=dict)

    def open_measures(self) -> Iterator[str]:
        """Ids of the measures that have not ended."""
        for measure_id, measure in self.measures.items():
            if measure.ended_at is None:
                yield measure_id


# --- commands -------------------------------------------------------------------------


def set_goal(
    case: Case, event: GoalSet, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Agree what to reach."""
    yield from while_open(case)


def plan_measure(
    case: Case, event: MeasurePlanned, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Agree what to do for a goal, who answers for it and when to look again."""
    yield from while_open(case)
    yield from complete(
        goal_id=event.goal_id,
        responsible=event.responsible,
        evaluation_due=event.evaluation_due,
    )
    if not is_empty(event.goal_id) and event.goal_id not in case.plan.goals:
        yield UnknownTarget(("goal_id",))
    if event.responsible is not None and not _is_family(case, event.responsible):
        yield from covered(
            case,
            (event.responsible.service,),
            at=at,
            rules=rules,
            field="responsible",
        )


def _is_family(case: Case, responsible: Responsible) -> bool:
    """What the family does at home itself is shared with nobody."""
    subject = case.opening.subject if case.opening else None
    return responsible.person == subject or (
        responsible.person in case.people.guardians
    )


def start_measure(
    case: Case, event: MeasureStarted, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record that a measure was begun."""
    yield from _known_measure(case, event.measure_id)


def evaluate_measure(
    case: Case, event: MeasureEvaluated, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record what a measure did."""
    yield from _known_measure(case, event.measure_id)


def _known_measure(case: Case, measure_id: str) -> Iterator[Refusal]:
    if measure_id not in case.plan.measures:
        yield UnknownTarget(("measure_id",))


COMMANDS: Commands = {
    GoalSet: set_goal,
    MeasurePlanned: plan_measure,
    MeasureStarted: start_measure,
    MeasureEvaluated: evaluate_measure,
}


# --- folds ----------------------------------------------------------------------------


def _goal_set(plan: Plan, entry: Entry[GoalSet]) -> Plan:
    goal = Goal(entry.occurred_at, entry.event.area)
    return replace(plan, goals={**plan.goals, entry.event.goal_id: goal})


def _planned(plan: Plan, entry: Entry[MeasurePlanned]) -> Plan:
    event = entry.event
    responsible = event.responsible
    measure = Measure(
        planned_at=entry.occurred_at,
        goal_id=event.goal_id,
        service=responsible.service if responsible else None,
        person=responsible.person if responsible else None,
        start=event.start,
        evaluation_due=event.evaluation_due,
        shield=entry.shield,
    )
    return _with_measure(plan, event.measure_id, measure)


def _started(plan: Plan, entry: Entry[MeasureStarted]) -> Plan:
    known = _measure(plan, entry.event.measure_id, entry)
    measure = replace(known, started_on=entry.event.on)
    return _with_measure(plan, entry.event.measure_id, measure)


def _evaluated(plan: Plan, entry: Entry[MeasureEvaluated]) -> Plan:
    event = entry.event
    known = _measure(plan, event.measure_id, entry)
    ends = event.decision in ENDING
    measure = replace(
        known,
        evaluations=known.evaluations + 1,
        evaluation_due=event.next_due,
        ended_at=entry.occurred_at if ends else known.ended_at,
    )
    evaluation = Evaluation(
        measure_id=event.measure_id,
        at=entry.occurred_at,
        by=entry.by.ref,
        service=entry.by.service,
        effect=event.effect,
        decision=event.decision,
    )
    evaluations = {**plan.evaluations, event.evaluation_id: evaluation}
    plan = replace(plan, evaluations=evaluations)
    return _with_measure(plan, event.measure_id, measure)


def _closed(plan: Plan, entry: Entry[CaseClosed]) -> Plan:
    """What was decided for ends; what is carried along stays open."""
    ended = {
        measure_id: replace(plan.measures[measure_id], ended_at=entry.occurred_at)
        for measure_id in plan.open_measures()
        if is_disposed_of(entry.event, measure_id)
    }
    return replace(plan, measures={**plan.measures, **ended}) if ended else plan


def _measure(plan: Plan, measure_id: str, entry: Entry[Any]) -> Measure:
    return plan.measures.get(measure_id) or Measure(shield=entry.shield)


def _with_measure(plan: Plan, measure_id: str, measure: Measure) -> Plan:
    return replace(plan, measures={**plan.measures, measure_id: measure})


FOLDS: Folds = {
    GoalSet: _goal_set,
    MeasurePlanned: _planned,
    MeasureStarted: _started,
    MeasureEvaluated: _evaluated,
    CaseClosed: _closed,
}
