"""The access chapter: who opened the case to themselves in need, and until when.

It stands in the access stream, so a case as it is loaded knows nothing of it:
`needing` adds it where somebody who may not read asks to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ledger.aggregates.guard import Commands, Folds, no_guard, with_reason
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.access import (
    OF_READING,
    BreakGlassUsed,
    NoticeSent,
    OwnAccessLogIssued,
    SubjectAccessIssued,
)
from ledger.events.event import Event
from ledger.profiles import Profile
from ledger.refusals import Refusal

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

ACUTE = timedelta(minutes=60)  # the longest (reliability, section 4.4, row 43)


@dataclass(frozen=True)
class Need:
    """Who reads in need, from when, and the first moment when that is over."""

    reader: str
    category: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Readings:
    """State of the chapter."""

    needs: tuple[Need, ...] = ()

    def is_in_need(self, reader: str, at: datetime) -> bool:
        """Whether somebody has opened the case to themselves, and still reads."""
        return any(
            need.reader == reader and need.since <= at < need.until
            for need in self.needs
        )


def break_glass(
    case: Case, event: BreakGlassUsed, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Open the case to oneself, with a reason."""
    yield from with_reason(event.reason)


COMMANDS: Commands = {
    **dict.fromkeys(OF_READING, no_guard),  # a history tells who has read elsewhere
    BreakGlassUsed: break_glass,
    OwnAccessLogIssued: no_guard,
    SubjectAccessIssued: no_guard,
    NoticeSent: no_guard,
}


def _broken(readings: Readings, entry: Entry[BreakGlassUsed]) -> Readings:
    """Nobody lets others in by it."""
    event, since = entry.event, entry.recorded_at
    if event.reader != entry.by.ref:
        return readings
    until = min(event.until, since + ACUTE)
    need = Need(event.reader, event.category, since, until)
    return replace(readings, needs=(*readings.needs, need))


FOLDS: Folds = {BreakGlassUsed: _broken}

UNCHANGING: frozenset[type[Event]] = frozenset(
    {NoticeSent, OwnAccessLogIssued, SubjectAccessIssued}
)
"""Types that change no chapter: that something was sent or handed out is all."""


def needing(readings: Readings, beside: Iterable[Entry[Any]]) -> Readings:
    """The chapter with what is on record in the access stream."""
    for entry in beside:
        fold = FOLDS.get(type(entry.event))
        readings = readings if fold is None else fold(readings, entry)
    return readings
