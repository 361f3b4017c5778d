"""Days as places on an axis, and where the axis bears a line and a name.

The scale is even from end to end: nothing is broken or logarithmic, so that a long
silence is as long as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

DAYS_OF_MONTH = 30.4375  # on the average
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis of days: `t0` stands at `start`, `t1` at `stop`."""

    t0: date
    t1: date
    start: float
    stop: float

    def at(self, day: date) -> float:
        """Where a day begins, with one decimal; within the axis, whatever the day."""
        part = (day - self.t0).days / (self.t1 - self.t0).days
        part = min(1.0, max(0.0, part))
        return round(self.start + (self.stop - self.start) * part, 1)

    def after(self, day: date) -> float:
        """Where a day is over."""
        return self.at(day + timedelta(days=1))

    @property
    def month(self) -> float:
        """The length of a month."""
        return (self.stop - self.start) * DAYS_OF_MONTH / (self.t1 - self.t0).days


@dataclass(frozen=True, slots=True)
class Tick:
    """A day that has a line across the picture, and how it is named."""

    day: date
    kind: Literal["week", "month", "year"]


@dataclass(frozen=True, slots=True)
class Spacing:
    """The least length of a month at which each one, two or three are named."""

    one: float
    two: float
    three: float
    year: float  # the least length between years that are named


def ticks(scale: Scale, spacing: Spacing, *, weekly: bool) -> Iterator[Tick]:
    """Mondays, or the first days of months, as far apart as their names need."""
    if weekly:
        yield from _mondays(scale)
        return
    every = _months_apart(scale.month, spacing)
    years = _years_apart(scale.month * 12, spacing) if every == 12 else 1
    for day in _first_days(scale):
        if (day.month - 1) % every == 0 and day.year % years == 0:
            yield Tick(day, "year" if day.month == 1 else "month")


def _mondays(scale: Scale) -> Iterator[Tick]:
    day = scale.t0 + timedelta(days=-scale.t0.weekday() % 7)
    while day <= scale.t1:
        yield Tick(day, "week")
        day += timedelta(days=7)


def _first_days(scale: Scale) -> Iterator[date]:
    day = scale.t0
    while day <= scale.t1:
        yield day
        day = (day + timedelta(days=31)).replace(day=1)


def _months_apart(month: float, spacing: Spacing) -> int:
    if month >= spacing.one:
        return 1
    if month >= spacing.two:
        return 2
    return 3 if month >= spacing.three else 12


def _years_apart(year: float, spacing: Spacing) -> int:
    fitting = (years for years in _YEAR_STEPS if year * years >= spacing.year)
    return next(fitting, _YEAR_STEPS[-1])
