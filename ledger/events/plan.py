"""The plan chapter: goals, the measures towards them, and whether they helped."""

from __future__ import annotations

from typing import Literal

from ledger.events.concern import Arena
from ledger.events.event import (
    EVERYONE_OF_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    OptionalCode,
    OptionalId,
    Part,
    Ref,
    register,
)

Effect = Literal["wanted", "partly", "none", "worse", "not_done"]
WayForward = Literal["continue", "change", "stop", "level"]


class Responsible(Part):
    """Who answers for a measure: a person, and the service that person works in."""

    service: Code
    person: Ref


@register
class GoalSet(Event):
    """The family and the services agreed what they want to reach."""

    NAME = "goal-set.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings; §1.2 step 1.2"

    goal_id: Id
    text: Confidential
    area: Code
    # the child's own words; they do not count as the child's view for F10
    child_words: Confidential | None = None


@register
class MeasurePlanned(Event):
    """It was agreed what to do, who does it, and when to see whether it helped."""

    NAME = "measure-planned.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    measure_id: Id
    goal_id: OptionalId = None
    text: Confidential
    arena: Arena
    responsible: Responsible | None = None
    start: Day
    evaluation_due: Day | None = None
    agreed_with: Many[Ref]
    offer_id: OptionalCode = None  # an entry of the municipality's list of offers


@register
class MeasureStarted(Event):
    """The measure was begun."""

    NAME = "measure-started.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    measure_id: Id
    on: Day


@register
class MeasureEvaluated(Event):
    """It was judged whether the measure helped, and what to do next.

    The decisions stop and level end the measure.
    """

    NAME = "measure-evaluated.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Plan, measures, meetings; §1.2 step 1.4"

    evaluation_id: Id
    measure_id: Id
    effect: Effect
    child_view: OptionalId = None  # date or view_id of the child's view it rests on
    parent_view: Confidential | None = None
    decision: WayForward
    next_due: Day | None = None  # next evaluation when it goes on
