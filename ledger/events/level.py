"""The level chapter: how much effort the child gets, from one service to many."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    LEADERSHIP,
    LEADERSHIP_AND_HOLDER,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Event,
    Id,
    Kind,
    Many,
    OptionalId,
    OptionalRef,
    Whole,
    register,
)

PlanAnswer = Literal["accepted", "declined", "open"]
Body = Literal["koordinerende_enhet", "beslutningsmote"]


@register
class LevelEscalated(Event):
    """The effort was raised, because what had been done was not enough."""

    NAME = "level-escalated.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER
    MILESTONE = True
    SOURCE = "domain.md §5 Level"

    from_level: Whole
    to_level: Whole
    reason: Confidential | None = None
    evaluation_id: OptionalId = None
    meeting_id: OptionalId = None
    emergency: bool | None = None  # lets a level be skipped, stands for the evaluation
    services: Many[Code] | None = None  # services that come in with the new level
    child_view_ref: OptionalId = None
    child_view_weight: Confidential | None = None


@register
class LevelLowered(Event):
    """The effort was eased, because less is needed; some services may leave by it."""

    NAME = "level-lowered.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER
    MILESTONE = True
    SOURCE = "domain.md §5 Level"

    from_level: Whole
    to_level: Whole
    reason: Confidential | None = None
    evaluation_id: OptionalId = None
    meeting_id: OptionalId = None
    leaving_services: Many[Code] | None = None  # services that leave with the old level
    child_view_ref: OptionalId = None
    child_view_weight: Confidential | None = None


@register
class IndividuellPlanAssessed(Event):
    """It was considered whether the child has the right to an individual plan."""

    NAME = "individuell-plan-assessed.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF
    MILESTONE = True
    BASIS = "bvl § 15-9; hol § 7-1"
    SOURCE = "domain.md §5 Level"

    right: bool  # the child has the right
    offered: bool
    answer: PlanAnswer | None = None
    reason: Confidential | None = None


@register
class BarnekoordinatorAssessed(Event):
    """It was considered whether the family has the right to a child coordinator."""

    NAME = "barnekoordinator-assessed.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF
    MILESTONE = True
    BASIS = "hol § 7-2 a; pbrl § 2-5 c"
    SOURCE = "domain.md §5 Level"

    right: bool  # the family has the right
    offered: bool
    answer: PlanAnswer | None = None
    appointed_ref: OptionalRef = None
    reason: Confidential | None = None


@register
class StepEntered(Event):
    """The work reached a step of the profile's course.

    A step out of the profile's order is shown as a warning, never refused.
    """

    NAME = "step-entered.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF
    SOURCE = "domain.md §5 Level"

    step: Code  # level.step of the profile, e.g. 1.2
    reason: Confidential | None = None


@register
class StalledCaseEscalated(Event):
    """The case stood still, and a body above it was asked what to do."""

    NAME = "stalled-case-escalated.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER
    MILESTONE = True
    SOURCE = "domain.md §5 Level"

    escalation_id: Id
    to_body: Body
    reason: Confidential | None = None


@register
class StalledCaseAdvised(Event):
    """The body that was asked about a case that stood still gave its advice."""

    NAME = "stalled-case-advised.v1"
    KIND = Kind.FACT
    RECORDED_BY = LEADERSHIP
    MILESTONE = True
    SOURCE = "domain.md §5 Level"

    escalation_id: Id
    advice: Confidential
