"""The log chapter: the relay log (stafettlogg) that follows the child."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    LEADERSHIP,
    LEADERSHIP_AND_HOLDER,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Kind,
    Many,
    OptionalId,
    OptionalRef,
    Ref,
    Role,
    Whole,
    register,
)

LogFormat = Literal["digital", "manual"]


@register
class StafettloggRequested(Event):
    """A parent or a youth asked for a relay log. It must be answered."""

    NAME = "stafettlogg-requested.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | {Role.GUARDIAN, Role.YOUTH}
    SOURCE = "domain.md §5 Log, consent, people; §1.3"

    requested_by: Literal["parent", "youth"]
    requester_ref: OptionalRef = None  # the person, when another records the request
    reason: Confidential | None = None


@register
class StafettloggRequestDecided(Event):
    """The family's request for a relay log was granted or refused, with a reason."""

    NAME = "stafettlogg-request-decided.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP
    SOURCE = "domain.md §5 Log, consent, people"

    outcome: Literal["granted", "refused"]
    reason: Confidential | None = None


@register
class StafettloggOpened(Event):
    """The family and the service began a relay log for the child.

    It sets the level when that was 0; the same level changes nothing.
    """

    NAME = "stafettlogg-opened.v1"
    KIND = Kind.ACT
    RECORDED_BY = MUNICIPAL_STAFF
    MILESTONE = True
    BASIS = "local"
    SOURCE = "domain.md §5 Log, consent, people"

    format: LogFormat
    level: Whole


@register
class StafettloggSupersededByIndividuellPlan(Event):
    """An individual plan with a coordinator took over; the case closes, clocks stop."""

    NAME = "stafettlogg-superseded-by-individuell-plan.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER
    MILESTONE = True
    BASIS = "bvl § 15-9"
    SOURCE = "domain.md §5 Log, consent, people"

    system: Code
    on: Day
    coordinator_ref: Ref
    notified: Many[Ref] | None = None  # who has been told
    child_view_ref: OptionalId = None  # the view it rests on
    child_view_weight: Confidential | None = None
