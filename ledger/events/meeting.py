"""The meeting chapter: meetings called, and what came of them."""

from __future__ import annotations

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    Ref,
    register,
)

MeetingType = Code
"""Open list: undringssamtale, foreldresamtale, ressursteam, samarbeidsmote,
nettverksmote, koordineringsmote, evalueringsmote, ansvarsgruppemote, avklaringsmote,
beslutningsmote, overgangsmote."""


@register
class MeetingScheduled(Event):
    """People were called to a meeting on a day."""

    NAME = "meeting-scheduled.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings; §1.3"

    meeting_id: Id
    type: MeetingType
    invited: Many[Ref]
    on: Day
    agenda: Confidential | None = None
    interpreter: bool | None = None


@register
class MeetingHeld(Event):
    """A meeting took place, with short minutes and what it decided."""

    NAME = "meeting-held.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Plan, measures, meetings"

    meeting_id: Id  # need not have been scheduled
    type: MeetingType
    attended: Many[Ref]
    absent: Many[Ref]
    agenda: Confidential | None = None
    minutes: Confidential
    decisions: Many[Confidential]
    next_date: Day | None = None  # an intention; MeetingScheduled makes an open item
    interpreter: bool


@register
class MeetingCancelled(Event):
    """A meeting that people had been called to was called off."""

    NAME = "meeting-cancelled.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    meeting_id: Id
    reason: Confidential
    new_date: Day | None = None  # an intention; MeetingScheduled makes an open item
