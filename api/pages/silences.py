"""What did not happen: days without a holder, long silences, answers that came late.

Nothing is inferred from white space: each gets a line of its own with its days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from ledger.aggregates.guard import local_day
from ledger.events.closing import CaseClosed, CaseReopened, NewConcern
from ledger.events.concern import ConcernClarified, ConcernRaised
from ledger.events.level import (
    LevelEscalated,
    LevelLowered,
)
from ledger.events.log import StafettloggSupersededByIndividuellPlan
from ledger.events.meeting import MeetingHeld
from ledger.loaded import RecordedEntry
from ledger.profiles import Profile
from ledger.projections.handovers import Handovers

ONE_DAY = timedelta(days=1)
Kind = Literal["vacant", "silent", "clarify", "meet"]


@dataclass(frozen=True, slots=True)
class Silence:
    """Days in which something was missing; `limit` is what the profile allows."""

    kind: Kind
    from_date: date
    to_date: date
    days: int
    limit: int | None = None
    open: bool = False


def silences(
    entries: Sequence[RecordedEntry],
    chronology: Handovers,
    rules: Profile,
    *,
    ended: date | None,
) -> tuple[Silence, ...]:
    """All of them in order of time; a closed case is not silent any more."""
    vacant = [
        Silence("vacant", gap.from_date, gap.to_date, gap.days, open=gap.open)
        for gap in chronology.gaps
    ]
    days = sorted({local_day(entry.occurred_at) for entry in entries})
    told = _silent(days, vacant, rules, ended or chronology.at, is_open=ended is None)
    rests = tuple(_rests(entries))
    found = [
        *vacant,
        *(silence for silence in told if not _is_within(silence, rests)),
        *_clarified_late(entries, rules),
        *_met_late(entries, rules),
    ]
    return tuple(sorted(found, key=lambda silence: silence.from_date))


def _silent(
    days: Sequence[date],
    vacant: Sequence[Silence],
    rules: Profile,
    end: date,
    *,
    is_open: bool,
) -> Iterator[Silence]:
    """Stretches between entries; one in which nobody held the baton is told by that."""
    told = [day for day in days if day <= end]
    stops = [*told, end] if is_open and told else told
    for before, after in pairwise(stops):
        length = (after - before).days
        is_vacant = any(before < gap.from_date <= after for gap in vacant)
        if length > rules.inactivity_days and not is_vacant:
            is_last = is_open and after == end and end not in days
            yield Silence("silent", before + ONE_DAY, after, length, open=is_last)


def _rests(entries: Sequence[RecordedEntry]) -> Iterator[tuple[date, date]]:
    """From the day on which the case was closed to that on which it began anew."""
    closed: date | None = None
    for entry in entries:
        day = local_day(entry.occurred_at)
        match entry.event:
            case CaseClosed() | StafettloggSupersededByIndividuellPlan():
                closed = closed or day
            case CaseReopened() if closed is not None:
                yield closed, day
                closed = None


def _is_within(silence: Silence, rests: Sequence[tuple[date, date]]) -> bool:
    return any(
        first < silence.from_date and silence.to_date <= last for first, last in rests
    )


def _clarified_late(
    entries: Sequence[RecordedEntry], rules: Profile
) -> Iterator[Silence]:
    raised: dict[str, date] = {}
    for entry in entries:
        day = local_day(entry.occurred_at)
        match entry.event:
            case (
                ConcernRaised(concern_id=concern)
                | CaseReopened(new_concern=NewConcern(concern_id=concern))
            ):
                raised.setdefault(concern, day)
            case ConcernClarified(concern_id=concern) if concern in raised:
                since = raised.pop(concern)
                if (day - since).days > rules.clarify_days:
                    yield _late("clarify", since, day, rules.clarify_days)


def _met_late(entries: Sequence[RecordedEntry], rules: Profile) -> Iterator[Silence]:
    since: date | None = None
    for entry in entries:
        day = local_day(entry.occurred_at)
        match entry.event:
            case LevelEscalated(to_level=2):
                since = since or day
            case LevelLowered() | CaseReopened():
                since = None
            case MeetingHeld() if since is not None:
                if (day - since).days > rules.joint_meeting_days:
                    yield _late("meet", since, day, rules.joint_meeting_days)
                return


def _late(kind: Kind, since: date, day: date, limit: int) -> Silence:
    return Silence(kind, since + ONE_DAY, day, (day - since).days, limit)
