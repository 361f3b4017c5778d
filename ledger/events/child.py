"""The child chapter: what the child says, and where the child is going."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Kind,
    OptionalCode,
    OptionalId,
    OptionalRef,
    Ref,
    Role,
    register,
)

ViewForm = Literal["1.1", "1.2", "1.3", "1.4"]
"""SSB: 1.1 talk, 1.2 representative, 1.3 observation, 1.4 other."""

NotHeard = Literal["2.1", "2.2"]
"""SSB: 2.1 had no chance, 2.2 did not wish."""

TransitionKind = Literal["kindergarten", "school", "youth", "other"]


@register
class ChildInformed(Event):
    """Somebody told the child what happens, in words the child understands or not."""

    NAME = "child-informed.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "BK art. 12"
    SOURCE = "domain.md §5 Child"

    what: Confidential
    informed_by: Ref
    fitted_to_age: bool


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
class ChildNotHeard(Event):
    """The child was not heard, and why: no chance to be, or no wish."""

    NAME = "child-not-heard.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "bvl § 1-4; BK art. 12"
    SOURCE = "domain.md §5 Child"

    reason: NotHeard
    about: OptionalCode = None
    explanation: Confidential | None = None
    leader: OptionalRef = None  # who stands for the explanation


@register
class ChildStrengthNoted(Event):
    """Somebody put on record what went well for the child: a glimpse of light."""

    NAME = "child-strength-noted.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF | {Role.GUARDIAN, Role.YOUTH}
    SOURCE = "domain.md §5 Child"

    text: Confidential


@register
class FamilyEntryMade(Event):
    """A guardian or the youth wrote in the log, or staff wrote it down for them."""

    NAME = "family-entry-made.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | {Role.GUARDIAN, Role.YOUTH}
    SOURCE = "domain.md §5 Child"

    text: Confidential
    written_by: OptionalRef = None  # when staff writes it down for them
    about: OptionalCode = None


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
