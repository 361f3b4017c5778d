"""The level chapter: how much effort the child gets, from one service to many."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    LEADERSHIP_AND_HOLDER,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Event,
    Kind,
    Many,
    OptionalId,
    Whole,
    register,
)

PlanAnswer = Literal["accepted", "declined", "open"]


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
