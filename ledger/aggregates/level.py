"""The level chapter: how much effort the child gets, and what moving it asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.aggregates.child import is_unheard
from ledger.aggregates.concern import LEVEL_SET_BY
from ledger.aggregates.consent import covered
from ledger.aggregates.guard import (
    Commands,
    Folds,
    in_order,
    is_empty,
    no_guard,
    while_open,
    with_reason,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.closing import CaseReopened
from ledger.events.concern import ConcernClarified
from ledger.events.event import Role
from ledger.events.level import (
    BarnekoordinatorAssessed,
    IndividuellPlanAssessed,
    LevelEscalated,
    LevelLowered,
    StalledCaseAdvised,
    StalledCaseEscalated,
    StepEntered,
)
from ledger.events.log import StafettloggOpened
from ledger.profiles import Profile
from ledger.refusals import (
    ChildUnheard,
    LevelRule,
    NoEvaluation,
    OpenItems,
    Refusal,
    UnknownTarget,
    WrongRole,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

SECOND_SERVICE_FROM = 3  # reliability, section 4.4, row 22


@dataclass(frozen=True)
class Stalled:
    """A body was asked about a case that stood still.

    `to_body` is `None` for a question that is only known by its advice.
    """

    to_body: str | None = None
    asked_at: datetime | None = None
    advised_at: datetime | None = None


@dataclass(frozen=True)
class Level:
    """State of the chapter. Setting the level it has already moves nothing."""

    number: int = 0
    moved_at: datetime | None = None
    step: str | None = None  # of the profile, as last entered
    plan_assessed_at: datetime | None = None  # individuell plan
    coordinator_assessed_at: datetime | None = None  # barnekoordinator
    stalled: Mapping[str, Stalled] = field(default_factory=dict)  # by escalation_id


# --- commands -------------------------------------------------------------------------


def escalate_level(
    case: Case, event: LevelEscalated, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Raise the effort one level, or more in an emergency, with a reason."""
    yield from while_open(case)
    yield from in_order(case, at)
    if not _is_step_up(case, event, rules):
        yield LevelRule(("from_level", "to_level"))
    yield from with_reason(event.reason)
    yield from covered(case, event.services or (), at=at, rules=rules, field="services")
    if _wants_second_service(event, by) and not _has_second_service(case, event, by):
        yield WrongRole(("evaluation_id", "meeting_id"))
    if rules.child_unheard_on_level == "refuse" and is_unheard(case):
        yield ChildUnheard()
    evaluated = event.emergency or not is_empty(event.evaluation_id)
    if rules.unevaluated_on_level == "refuse" and not evaluated:
        yield NoEvaluation(("evaluation_id",))


def _is_step_up(case: Case, event: LevelEscalated, rules: Profile) -> bool:
    if event.from_level != case.level.number:
        return False
    if event.to_level <= event.from_level or not rules.has_level(event.to_level):
        return False
    skips = event.to_level - event.from_level > 1
    return not skips or (bool(event.emergency) and not is_empty(event.reason))


def _wants_second_service(event: LevelEscalated, by: Actor) -> bool:
    """Level 3 is not for one service alone, save in an emergency that names nothing.

    An emergency stands for the evaluation; one that is named is judged all the same.
    """
    if event.to_level != SECOND_SERVICE_FROM or by.role is Role.KOORDINERENDE_ENHET:
        return False
    nothing_named = is_empty(event.evaluation_id) and is_empty(event.meeting_id)
    return not (event.emergency and nothing_named)


def _has_second_service(case: Case, event: LevelEscalated, by: Actor) -> bool:
    """Whether another service than the holder's evaluated, recorded or met."""
    holder = case.baton.holder
    first = holder.service if holder else by.service
    evaluation = case.plan.evaluations.get(event.evaluation_id or "")
    if evaluation is not None and evaluation.service not in (None, first):
        return True
    meeting = case.meeting.held.get(event.meeting_id or "")
    if meeting is None:
        return False
    present = {case.people.services.get(ref) for ref in meeting.attended}
    return bool((present | {meeting.service}) - {None, first})


def lower_level(
    case: Case, event: LevelLowered, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Ease the effort with a reason, when no service leaves a measure behind."""
    yield from while_open(case)
    yield from in_order(case, at)
    if not _is_step_down(case, event, rules):
        yield LevelRule(("from_level", "to_level"))
    yield from with_reason(event.reason)
    left_behind = tuple(_left_behind(case, event.leaving_services or ()))
    if left_behind:
        yield OpenItems(left_behind)
    if rules.child_unheard_on_level == "refuse" and is_unheard(case):
        yield ChildUnheard()
    if rules.unevaluated_on_level == "refuse" and is_empty(event.evaluation_id):
        yield NoEvaluation(("evaluation_id",))


def _is_step_down(case: Case, event: LevelLowered, rules: Profile) -> bool:
    if event.from_level != case.level.number:
        return False
    return event.to_level < event.from_level and rules.has_level(event.to_level)


def _left_behind(case: Case, leaving: Collection[str]) -> Iterator[str]:
    """Open measures that a service answers for which leaves with the old level."""
    for measure_id in case.plan.open_measures():
        if case.plan.measures[measure_id].service in leaving:
            yield f"measure:{measure_id}"


def escalate_stalled_case(
    case: Case,
    event: StalledCaseEscalated,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Ask a body above the case what to do, and say why."""
    yield from while_open(case)
    yield from with_reason(event.reason)


def advise_stalled_case(
    case: Case, event: StalledCaseAdvised, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record the advice on a case that a body was asked about."""
    if event.escalation_id not in case.level.stalled:
        yield UnknownTarget(("escalation_id",))


COMMANDS: Commands = {
    LevelEscalated: escalate_level,
    LevelLowered: lower_level,
    IndividuellPlanAssessed: no_guard,
    BarnekoordinatorAssessed: no_guard,
    StepEntered: no_guard,
    StalledCaseEscalated: escalate_stalled_case,
    StalledCaseAdvised: advise_stalled_case,
}


# --- folds ----------------------------------------------------------------------------


def _set_to(level: Level, number: int, entry: Entry[Any]) -> Level:
    return replace(level, number=number, moved_at=entry.occurred_at)


def _clarified(level: Level, entry: Entry[ConcernClarified]) -> Level:
    """Levels 1 and 2 are set at once, never downward."""
    number = LEVEL_SET_BY.get(entry.event.outcome, 0)
    return _set_to(level, number, entry) if number > level.number else level


def _log_opened(level: Level, entry: Entry[StafettloggOpened]) -> Level:
    return level if level.number else _set_to(level, entry.event.level, entry)


def _moved(level: Level, entry: Entry[LevelEscalated | LevelLowered]) -> Level:
    return _set_to(level, entry.event.to_level, entry)


def _reopened(level: Level, entry: Entry[CaseReopened]) -> Level:
    """What is needed now is found out anew."""
    return _set_to(level, 0, entry)


def _plan_assessed(level: Level, entry: Entry[IndividuellPlanAssessed]) -> Level:
    return replace(level, plan_assessed_at=entry.occurred_at)


def _coordinator_assessed(
    level: Level, entry: Entry[BarnekoordinatorAssessed]
) -> Level:
    return replace(level, coordinator_assessed_at=entry.occurred_at)


def _step_entered(level: Level, entry: Entry[StepEntered]) -> Level:
    """A step moves no level, though it is named after one."""
    return replace(level, step=entry.event.step)


def _stalled(level: Level, entry: Entry[StalledCaseEscalated]) -> Level:
    event = entry.event
    known = level.stalled.get(event.escalation_id) or Stalled()
    asked = replace(known, to_body=event.to_body, asked_at=entry.occurred_at)
    return replace(level, stalled={**level.stalled, event.escalation_id: asked})


def _advised(level: Level, entry: Entry[StalledCaseAdvised]) -> Level:
    known = level.stalled.get(entry.event.escalation_id) or Stalled()
    advised = replace(known, advised_at=entry.occurred_at)
    stalled = {**level.stalled, entry.event.escalation_id: advised}
    return replace(level, stalled=stalled)


FOLDS: Folds = {
    ConcernClarified: _clarified,
    StafettloggOpened: _log_opened,
    LevelEscalated: _moved,
    LevelLowered: _moved,
    CaseReopened: _reopened,
    IndividuellPlanAssessed: _plan_assessed,
    BarnekoordinatorAssessed: _coordinator_assessed,
    StepEntered: _step_entered,
    StalledCaseEscalated: _stalled,
    StalledCaseAdvised: _advised,
}
