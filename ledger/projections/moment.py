"""A case at a moment: as of when things happened, and as known when they were recorded.

"What did the municipality know on 3 March?" is `known_at`: entries recorded by then.
"How was it on 3 March?" is `as_of`: entries that had happened by then. Either may be
given without the other. Corrections among what is known are applied before `as_of`
chooses, so the past is shown as it is known to have been (design, section 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger.aggregates.guard import end_of, local_day
from ledger.events.fields import FIRST_YEAR, LAST_YEAR
from ledger.projections.corrections import Corrected, Recorded, corrected, place

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a reader stands in both times; `None` is without end.

    Raises `ValueError` for a time without an offset.
    """

    as_of: datetime | None = None  # what had happened by then
    known_at: datetime | None = None  # what was recorded by then

    def __post_init__(self) -> None:
        for given in (self.as_of, self.known_at):
            if given is not None and given.utcoffset() is None:
                raise ValueError("a time needs its offset from UTC")

    def day(self, today: date) -> date:
        """The day on which open clocks are judged, in Europe/Oslo."""
        given = self.as_of or self.known_at
        return today if given is None else local_day(given)

    def back_to(self, since: datetime) -> Moment:
        """The earlier moment that a change "since then" is counted from.

        It lies back in the time that was asked about: in what had happened when `as_of`
        alone is given, else in what was known.
        """
        if self.as_of is not None and self.known_at is None:
            return replace(self, as_of=since)
        return replace(self, known_at=since)


PRESENT = Moment()
"""All that is known now, of every time."""


def parse_moment(as_of: str | None = None, known_at: str | None = None) -> Moment:
    """The moment that two texts name, each as `parse_time` reads it."""
    return Moment(
        as_of=None if as_of is None else parse_time(as_of),
        known_at=None if known_at is None else parse_time(known_at),
    )


def parse_time(text: str) -> datetime:
    """A time with its offset, as 2026-03-11T09:40+01:00, or the end of a day.

    A bare day, as 2026-03-11, ends at midnight in Europe/Oslo. Raises `ValueError`,
    which does not repeat the text.
    """
    try:
        if _DAY.fullmatch(text):
            return _of_our_time(end_of(date.fromisoformat(text)))
        if _TIME.fullmatch(text):
            return _of_our_time(datetime.fromisoformat(text))
    except ValueError:
        pass
    raise ValueError(
        "should be a day, as 2026-03-11, or a time with its offset, as "
        f"2026-03-11T09:40+01:00, from {FIRST_YEAR} to {LAST_YEAR}"
    )


def _of_our_time(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("far from where time zone arithmetic overflows")
    return moment


def seen_at(entries: Iterable[Recorded], moment: Moment) -> Corrected:
    """What a reader of `entries` sees at a moment.

    They are given as recorded, in position order, already chosen for this reader. A
    correction that is known is applied, and marked, also when it was made later than
    `as_of`: the past is not shown as it is known not to have been.
    """
    known, as_of = moment.known_at, moment.as_of
    told = corrected(e for e in entries if known is None or e.recorded_at <= known)
    if as_of is None:
        return told
    happened = tuple(e for e in told.entries if e.occurred_at <= as_of)
    here = {place(entry) for entry in happened}
    marks = {at: mark for at, mark in told.corrections.items() if at in here}
    return Corrected(happened, marks)


def entries_at(entries: Iterable[Recorded], moment: Moment) -> tuple[Recorded, ...]:
    """The entries of `seen_at`, for a fold."""
    return seen_at(entries, moment).entries
