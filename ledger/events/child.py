"""The child chapter: what the child says, and where the child is going."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Kind,
    OptionalId,
    register,
)

ViewForm = Literal["1.1", "1.2", "1.3", "1.4"]
"""SSB: 1.1 talk, 1.2 representative, 1.3 observation, 1.4 other."""

TransitionKind = Literal["kindergarten", "school", "youth", "other"]


@register
class ChildViewRecorded(Event):
    """The child was heard, and what the child thinks was put on record."""

    NAME = "child-view-recorded.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    MILESTONE = True
    BASIS = "bvl § 1-4; BK art. 12"
    SOURCE = "domain.md §5 Child"

    view_id: OptionalId = None
    form: ViewForm
    about: Code  # kind and id, e.g. concern:a-1, measure:c-t3; or plan, level, closing
    view: Confidential
    approved_by_child: bool


@register
class TransitionNoted(Event):
    """The child is to start somewhere new: a kindergarten, a school, a youth offer."""

    NAME = "transition-noted.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "barnehageloven § 2 a; opplæringslova ch. 24"
    SOURCE = "domain.md §1.3, §5"

    kind: TransitionKind  # what the child starts in
    from_unit: Code
    to_unit: Code
    starts: Day
