"""The two dates of a page: how a case was (`slik`), and as it was known (`kjent`).

`kjent` follows `slik` unless it is given. A date that is today, or lies ahead, is the
present; a text that names no day is kept, with an error, and the present is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from api.pages.days import NoDay, day_text, parse_day
from ledger.aggregates.guard import end_of, local_day
from ledger.loaded import RecordedEntry
from ledger.projections.moment import PRESENT, Moment

Mistake = Literal["no_day", "ahead"]


@dataclass(frozen=True, slots=True)
class DateField:
    """What stands in a date field, the day it names, and what is wrong with it."""

    typed: str = ""
    day: date | None = None
    mistake: Mistake | None = None


@dataclass(frozen=True, slots=True)
class GoingBack:
    """Where in both times a page stands."""

    today: date
    as_of: DateField
    known_at: DateField

    @property
    def is_wrong(self) -> bool:
        """Whether one of the fields has to be filled in again."""
        return bool(self.as_of.mistake or self.known_at.mistake)

    @property
    def day(self) -> date:
        """The day that the page shows."""
        return self.as_of.day or self.known_at.day or self.today

    @property
    def known_on(self) -> date:
        """The day whose knowledge the page shows."""
        return self.known_at.day or self.as_of.day or self.today

    @property
    def is_past(self) -> bool:
        """Whether the page shows another day than today."""
        return self.day != self.today or self.known_on != self.today

    @property
    def moment(self) -> Moment:
        """The moment for a reading."""
        if self.is_wrong or not self.is_past:
            return PRESENT
        return Moment(as_of=end_of(self.day), known_at=end_of(self.known_on))

    def query(self, **more: str) -> str:
        """The query part of a link that stays in this moment."""
        kept = {"slik": self.as_of.day, "kjent": self.known_at.day}
        dates = {name: day_text(day) for name, day in kept.items() if day}
        given = {**dates, **more} if not self.is_wrong and self.is_past else more
        return f"?{urlencode(given)}" if given else ""


def going_back(slik: str | None, kjent: str | None, *, today: date) -> GoingBack:
    """Read the two fields."""
    return GoingBack(today, _field(slik, today), _field(kjent, today))


def _field(typed: str | None, today: date) -> DateField:
    text = (typed or "").strip()
    if not text:
        return DateField()
    try:
        day = parse_day(text, today=today)
    except NoDay:
        return DateField(text, mistake="no_day")
    if day > today:
        return DateField(text, mistake="ahead")
    return DateField(day_text(day), day)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The days with an event before and after the one that is shown."""

    before: date | None
    after: date | None


def neighbours(entries: Iterable[RecordedEntry], day: date) -> Neighbours:
    """Where one may go from here; `entries` are all that this reader sees."""
    days = {local_day(entry.occurred_at) for entry in entries}
    return Neighbours(
        before=max((d for d in days if d < day), default=None),
        after=min((d for d in days if d > day), default=None),
    )
