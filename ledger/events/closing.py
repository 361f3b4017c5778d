"""The closing chapter: how the follow-up ends, and how it begins anew."""

from __future__ import annotations

from typing import Literal

from ledger.events.concern import ConcernSource
from ledger.events.event import (
    LEADERSHIP,
    LEADERSHIP_AND_HOLDER,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    OptionalId,
    Part,
    Ref,
    register,
)

ClosingReason = Literal[
    "goal_reached", "no_concern", "withdrawn", "moved", "superseded", "age", "death"
]
Outcome = Literal["done", "stopped", "carried_on_outside", "transferred"]


class Disposition(Part):
    """What becomes of one thing that is still open."""

    item: Code  # kind and id, e.g. measure:c-t2
    outcome: Outcome
    reason: Confidential | None = None


@register
class CaseClosed(Event):
    """The follow-up ended, with a last evaluation, and the family was told."""

    NAME = "case-closed.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER
    MILESTONE = True
    SOURCE = "domain.md §5 Close, move, archive"

    reason: ClosingReason | None = None
    final_evaluation: Confidential | None = None
    informed: Many[Ref]
    dispositions: Many[Disposition] | None = None
    child_view_ref: OptionalId = None
    child_view_weight: Confidential | None = None


class NewConcern(Part):
    """The worry for which a case is taken up again; the fields of a ConcernRaised."""

    concern_id: Id
    area: Code
    observed_from: Day
    source: ConcernSource
    text: Confidential


@register
class CaseReopened(Event):
    """A closed case was taken up again, from level 0 and without a holder.

    Sharing needs a new consent; what was sealed stays sealed.
    """

    NAME = "case-reopened.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP
    MILESTONE = True
    SOURCE = "domain.md §5 Close, move, archive"

    reason: Confidential | None = None
    new_concern: NewConcern | None = None
