"""The baton chapter: who holds the baton (stafettpinne), and how it passes on.

The baton is held until a new holder has received and accepted it.
"""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    LEADERSHIP,
    LEADERSHIP_AND_HOLDER,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    OptionalId,
    OptionalRef,
    Ref,
    Role,
    register,
)

HandoverReason = Literal["transition", "level", "leave", "family_wish"]
VacancyReason = Literal["left_job", "leave", "unit_closed", "excluded"]


@register
class StafettholderAppointed(Event):
    """A leader named who holds the baton, where nobody held it."""

    NAME = "stafettholder-appointed.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP
    MILESTONE = True
    SOURCE = "domain.md §0.2, §5 Baton"

    holder: Ref
    service: Code  # open list of service kinds, as in consents
    from_date: Day  # not after the day of the entry
    family_wish: Confidential | None = None


@register
class HandoverProposed(Event):
    """The holder, or a leader, asked another to take over the baton.

    It moves nothing. A new proposal replaces an open one.
    """

    NAME = "handover-proposed.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER
    MILESTONE = True
    SOURCE = "domain.md §5 Baton"

    proposal_id: Id
    from_holder: Ref
    to_holder: Ref
    to_service: Code
    reason: HandoverReason
    planned_from: Day
    handover_note: Confidential


@register
class StafettholderHandedOver(Event):
    """The one who was asked accepted: this entry moves the baton."""

    NAME = "stafettholder-handed-over.v1"
    KIND = Kind.ACT
    RECORDED_BY = MUNICIPAL_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Baton"

    proposal_id: Id
    from_date: Day  # not after the day of the entry


@register
class HandoverDeclined(Event):
    """The one who was asked said no, and why; the baton stays where it is."""

    NAME = "handover-declined.v1"
    KIND = Kind.ACT
    RECORDED_BY = MUNICIPAL_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Baton"

    proposal_id: Id
    reason: Confidential | None = None


@register
class HandoverWithdrawn(Event):
    """Whoever asked, or answers for the baton, took the question back."""

    NAME = "handover-withdrawn.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER
    MILESTONE = True
    SOURCE = "domain.md §5 Baton"

    proposal_id: Id
    reason: Confidential | None = None


@register
class HandoverLapsed(Event):
    """The question stood unanswered for as long as the profile lets it stand.

    The service itself records it; what has lapsed is asked anew by a new proposal.
    """

    NAME = "handover-lapsed.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM})
    MILESTONE = True
    SOURCE = "domain.md §5 Baton"

    proposal_id: Id


@register
class StafettholderVacated(Event):
    """The holder was gone without a successor: left the job, on leave, unit closed.

    Forced events only; who wishes to stop proposes a handover.
    """

    NAME = "stafettholder-vacated.v1"
    KIND = Kind.FACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER | {Role.SYSTEM}
    MILESTONE = True
    SOURCE = "domain.md §5 Baton"

    reason: VacancyReason
    last_day: Day
    holder: OptionalRef = None  # when another records it


@register
class InterimHolderAssigned(Event):
    """A leader took the baton for a time, because nobody held it."""

    NAME = "interim-holder-assigned.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP
    MILESTONE = True
    BASIS = "bvl § 15-8"
    SOURCE = "domain.md §5 Baton"

    holder: Ref  # a leader
    service: Code
    until: Day


@register
class CoordinationResponsibilityDecided(Event):
    """The municipality decided which service coordinates the help for the child."""

    NAME = "coordination-responsibility-decided.v1"
    KIND = Kind.FACT
    RECORDED_BY = LEADERSHIP
    MILESTONE = True
    BASIS = "bvl § 15-8 (2)"
    SOURCE = "domain.md §5 Baton"

    service: Code
    decided_by: Code  # the body of the municipality
    reason: Confidential | None = None


@register
class HandoverMeetingHeld(Event):
    """Old and new holder met about the handover, best with the family at the table."""

    NAME = "handover-meeting-held.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Baton"

    proposal_id: OptionalId = None
    attended: Many[Ref]
    child_present: bool
    parents_present: bool
    minutes: Confidential | None = None
