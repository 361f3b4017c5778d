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
    carries,
    complete,
    is_empty,
    local_day,
    no_guard,
    while_open,
    with_reason,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.closing import CaseClosed
from ledger.events.event import Role
from ledger.events.plan import (
    DocumentReferenced,
    EvaluationPostponed,
    GoalRevised,
    GoalSet,
    MeasureChanged,
    MeasureEvaluated,
    MeasurePlanned,
    MeasureStarted,
    MeasureStopped,
    ReferralAnswered,
    ReferralSent,
    Responsible,
)
from ledger.profiles import Profile
from ledger.refusals import (
    Refusal,
    UnknownTarget,
    WrongRole,
)

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
    postponed: int = 0  # how often its next evaluation has been put off
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
class Referral:
    """Another service was asked to take the child on; the last answer holds.

    The service is `None` for a referral that is only known by its answer.
    """

    to_service: str | None = None
    sent_at: datetime | None = None
    outcome: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Document:
    """A document in an archive, known by its hash and its place there."""

    sha256: str
    archive_ref: str
    about: str | None


@dataclass(frozen=True)
class Plan:
    """State of the chapter, each by its id."""

    goals: Mapping[str, Goal] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    evaluations: Mapping[str, Evaluation] = field(default_factory=dict)
    referrals: Mapping[str, Referral] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)

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
    yield from _may_answer_for(case, event.responsible, at=at, rules=rules)


def _may_answer_for(
    case: Case, responsible: Responsible | None, *, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Refuse who is of a service that nobody's consent covers."""
    if responsible is not None and not _is_family(case, responsible):
        yield from covered(
            case,
            (responsible.service,),
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


def revise_goal(
    case: Case, event: GoalRevised, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Put anew what to reach."""
    yield from while_open(case)
    if event.goal_id not in case.plan.goals:
        yield UnknownTarget(("goal_id",))


def change_measure(
    case: Case, event: MeasureChanged, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Change what is done, by whom or until when, and say why."""
    yield from while_open(case)
    yield from _measure_that_goes_on(case, event.measure_id)
    yield from with_reason(event.reason)
    yield from _may_answer_for(case, event.responsible, at=at, rules=rules)


def stop_measure(
    case: Case, event: MeasureStopped, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record that a measure was ended."""
    yield from _known_measure(case, event.measure_id)


def postpone_evaluation(
    case: Case,
    event: EvaluationPostponed,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Put off an evaluation with a reason; more than so often only by a leader."""
    yield from while_open(case)
    yield from _measure_that_goes_on(case, event.measure_id)
    yield from with_reason(event.reason)
    measure = case.plan.measures.get(event.measure_id) or Measure()
    often = measure.postponed >= rules.postponements_without_leader
    if often and by.role is not Role.LEADER:
        yield WrongRole()


def refer(
    case: Case, event: ReferralSent, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Ask a service to take the child on that consent, or another basis, covers."""
    yield from while_open(case)
    basis = event.legal_basis
    if basis is None or not carries(basis.act, basis.section, local_day(at)):
        yield from covered(
            case, (event.to_service,), at=at, rules=rules, field="to_service"
        )


def answer_referral(
    case: Case, event: ReferralAnswered, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record what came of a referral that was sent."""
    if event.referral_id not in case.plan.referrals:
        yield UnknownTarget(("referral_id",))


def _measure_that_goes_on(case: Case, measure_id: str) -> Iterator[Refusal]:
    if measure_id not in case.plan.open_measures():
        yield UnknownTarget(("measure_id",))


def _known_measure(case: Case, measure_id: str) -> Iterator[Refusal]:
    if measure_id not in case.plan.measures:
        yield UnknownTarget(("measure_id",))


COMMANDS: Commands = {
    GoalSet: set_goal,
    GoalRevised: revise_goal,
    MeasurePlanned: plan_measure,
    MeasureStarted: start_measure,
    MeasureChanged: change_measure,
    MeasureStopped: stop_measure,
    MeasureEvaluated: evaluate_measure,
    EvaluationPostponed: postpone_evaluation,
    ReferralSent: refer,
    ReferralAnswered: answer_referral,
    DocumentReferenced: no_guard,
}


# --- folds ----------------------------------------------------------------------------


def _goal_set(plan: Plan, entry: Entry[GoalSet]) -> Plan:
    goal = Goal(entry.occurred_at, entry.event.area)
    return replace(plan, goals={**plan.goals, entry.event.goal_id: goal})


def _revised(plan: Plan, entry: Entry[GoalRevised]) -> Plan:
    event = entry.event
    known = plan.goals.get(event.goal_id) or Goal(entry.occurred_at, event.area or "")
    goal = replace(known, area=event.area or known.area)
    return replace(plan, goals={**plan.goals, event.goal_id: goal})


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


def _changed(plan: Plan, entry: Entry[MeasureChanged]) -> Plan:
    """What the change does not name stays as it was."""
    event = entry.event
    known = _measure(plan, event.measure_id, entry)
    responsible = event.responsible
    measure = replace(
        known,
        service=responsible.service if responsible else known.service,
        person=responsible.person if responsible else known.person,
        evaluation_due=event.evaluation_due or known.evaluation_due,
    )
    return _with_measure(plan, event.measure_id, measure)


def _stopped(plan: Plan, entry: Entry[MeasureStopped]) -> Plan:
    known = _measure(plan, entry.event.measure_id, entry)
    measure = replace(known, ended_at=known.ended_at or entry.occurred_at)
    return _with_measure(plan, entry.event.measure_id, measure)


def _postponed(plan: Plan, entry: Entry[EvaluationPostponed]) -> Plan:
    event = entry.event
    known = _measure(plan, event.measure_id, entry)
    measure = replace(
        known, evaluation_due=event.new_due, postponed=known.postponed + 1
    )
    return _with_measure(plan, event.measure_id, measure)


def _referred(plan: Plan, entry: Entry[ReferralSent]) -> Plan:
    event = entry.event
    known = plan.referrals.get(event.referral_id) or Referral()
    sent = replace(known, to_service=event.to_service, sent_at=entry.occurred_at)
    return replace(plan, referrals={**plan.referrals, event.referral_id: sent})


def _referral_answered(plan: Plan, entry: Entry[ReferralAnswered]) -> Plan:
    event = entry.event
    known = plan.referrals.get(event.referral_id) or Referral()
    answered = replace(known, outcome=event.outcome, answered_at=entry.occurred_at)
    return replace(plan, referrals={**plan.referrals, event.referral_id: answered})


def _document_named(plan: Plan, entry: Entry[DocumentReferenced]) -> Plan:
    event = entry.event
    document = Document(event.sha256, event.archive_ref, event.about)
    return replace(plan, documents={**plan.documents, event.document_id: document})


def _evaluated(plan: Plan, entry: Entry[MeasureEvaluated]) -> Plan:
    event = entry.event
    known = _measure(plan, event.measure_id, entry)
    ends = event.decision in ENDING
    measure = replace(
        known,
        evaluations=known.evaluations + 1,
        postponed=0,
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
    GoalRevised: _revised,
    MeasurePlanned: _planned,
    MeasureStarted: _started,
    MeasureChanged: _changed,
    MeasureStopped: _stopped,
    MeasureEvaluated: _evaluated,
    EvaluationPostponed: _postponed,
    ReferralSent: _referred,
    ReferralAnswered: _referral_answered,
    DocumentReferenced: _document_named,
    CaseClosed: _closed,
}
