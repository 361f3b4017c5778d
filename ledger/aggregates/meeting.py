"""The meeting chapter: who may be called together, what was held or called off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from ledger.aggregates.closing import is_disposed_of
from ledger.aggregates.consent import covered
from ledger.aggregates.guard import Commands, Folds, no_guard, while_open
from ledger.aggregates.state import replace
from ledger.codes import code_list
from ledger.entry import Actor, Entry
from ledger.events.closing import CaseClosed
from ledger.events.meeting import (
    MeetingCancelled,
    MeetingHeld,
    MeetingScheduled,
)
from ledger.profiles import Profile
from ledger.refusals import (
    ParentsFirstForbidden,
    Refusal,
    UnknownTarget,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class Scheduled:
    """A meeting that people have been called to and that has not been held."""

    type: str
    on: date
    invited: tuple[str, ...]
    scheduled_at: datetime


@dataclass(frozen=True)
class Held:
    """A meeting that took place; `service` is that of who recorded it."""

    type: str
    held_at: datetime
    attended: tuple[str, ...]
    service: str | None


@dataclass(frozen=True)
class Meetings:
    """State of the chapter, each by its meeting_id."""

    scheduled: Mapping[str, Scheduled] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)
    called: frozenset[str] = frozenset()  # everything that was ever scheduled


def schedule_meeting(
    case: Case, event: MeetingScheduled, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Call people together whose services may share what is spoken of."""
    yield from while_open(case)
    if _tells_parents_first(case, event):
        yield ParentsFirstForbidden(("invited",))
    services = {case.people.services.get(ref) for ref in event.invited}
    # A participant here on another basis than consent is covered by that basis.
    sharing = [s for s in services if s and not case.people.on_legal_basis(s)]
    yield from covered(case, sharing, at=at, rules=rules, field="invited")


def _tells_parents_first(case: Case, event: MeetingScheduled) -> bool:
    """Suspected violence or abuse: no talk with parents until a shield was lifted."""
    if event.type not in code_list("meeting-types").marked("parents-first"):
        return False
    if not any(ref in case.people.guardians for ref in event.invited):
        return False
    return any(
        not case.people.shield_lifted_since(raised_at)
        for raised_at in case.concern.violence_since()
    )


def cancel_meeting(
    case: Case, event: MeetingCancelled, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record that a meeting that had been called did not take place."""
    meetings = case.meeting
    if event.meeting_id not in meetings.called or event.meeting_id in meetings.held:
        yield UnknownTarget(("meeting_id",))


COMMANDS: Commands = {
    MeetingScheduled: schedule_meeting,
    MeetingCancelled: cancel_meeting,
    MeetingHeld: no_guard,
}


def _called(meetings: Meetings, entry: Entry[MeetingScheduled]) -> Meetings:
    event = entry.event
    meeting = Scheduled(event.type, event.on, event.invited, entry.occurred_at)
    scheduled = {**meetings.scheduled, event.meeting_id: meeting}
    called = meetings.called | {event.meeting_id}
    return replace(meetings, scheduled=scheduled, called=called)


def _met(meetings: Meetings, entry: Entry[MeetingHeld]) -> Meetings:
    event = entry.event
    held = Held(event.type, entry.occurred_at, event.attended, entry.by.service)
    return replace(
        meetings,
        scheduled=_without(meetings.scheduled, {event.meeting_id}),
        held={**meetings.held, event.meeting_id: held},
    )


def _cancelled(meetings: Meetings, entry: Entry[MeetingCancelled]) -> Meetings:
    """A new date is an intention; to schedule the meeting makes it one."""
    left = _without(meetings.scheduled, {entry.event.meeting_id})
    return replace(meetings, scheduled=left)


def _closed(meetings: Meetings, entry: Entry[CaseClosed]) -> Meetings:
    """What was decided for will not be held."""
    dropped = {
        meeting_id
        for meeting_id in meetings.scheduled
        if is_disposed_of(entry.event, meeting_id)
    }
    return replace(meetings, scheduled=_without(meetings.scheduled, dropped))


def _without(
    scheduled: Mapping[str, Scheduled], dropped: set[str]
) -> Mapping[str, Scheduled]:
    if dropped.isdisjoint(scheduled):
        return scheduled
    return {key: value for key, value in scheduled.items() if key not in dropped}


FOLDS: Folds = {
    MeetingScheduled: _called,
    MeetingHeld: _met,
    MeetingCancelled: _cancelled,
    CaseClosed: _closed,
}
