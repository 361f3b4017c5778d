"""What stands in the picture of a case: plain values, in no language and at no place.

Days are calendar days in Europe/Oslo; every stretch has its last day within it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

State = Literal["valid", "none", "lapsed"]  # of a consent on a day
CROWDED = 40  # more marks than this, and only the weightiest are drawn


class Shape(StrEnum):
    """What sort of thing a mark tells of."""

    CIRCLE = "circle"  # a talk, a meeting, an observation, an evaluation
    SQUARE = "square"  # a decision
    DIAMOND = "diamond"  # a consent
    BUBBLE = "bubble"  # the child was heard


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody may be called; `None` where the reader is not told."""

    name: str | None = None
    given: str | None = None  # the part of the name that friends use
    title: str | None = None
    service: str | None = None  # code of the service kind


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a day, with a short form in each language.

    `key` names the short form: a type of event, or a variant of it after a dot.
    `positions` are those of its entries; a consent that ran out has none.
    """

    number: int  # from 1, in order of time
    day: date
    shape: Shape
    key: str
    positions: tuple[int, ...]
    weighty: bool = False  # drawn also where there are too many marks
    level: int | None = None
    person: str | None = None  # given name of whom it is about
    meeting: str | None = None  # code of the meeting type


@dataclass(frozen=True, slots=True)
class Step:
    """The level from one day until the last day before the next step."""

    level: int
    from_date: date
    to_date: date


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of days with a holder, an interim one, or nobody."""

    kind: Literal["held", "interim", "vacant"]
    from_date: date
    to_date: date
    days: int
    present: bool  # it lasts to the end of the picture
    holder: Person | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """A handover that waited for its answer; `to_date` is the answer's, or the end."""

    from_date: date
    to_date: date
    days: int
    answered: bool
    asked: Person


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which a giver's consent was valid, not given yet, or had run out."""

    state: State
    from_date: date
    to_date: date
    days: int


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """The stretches of one giver, in order of time."""

    giver: Person
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class End:
    """The day up to which the case is drawn, and why it is that day."""

    day: date
    kind: Literal["today", "closed", "past"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A case over time; the axis runs from `t0` to `t1`."""

    t0: date
    t1: date
    first: date  # the day of the first entry
    end: End
    weekly: bool  # so short that weeks are told apart
    steps: tuple[Step, ...]
    bands: tuple[Band, ...]
    pending: tuple[Pending, ...]
    marks: tuple[Mark, ...]
    consents: tuple[ConsentRow, ...]

    @property
    def drawn(self) -> tuple[Mark, ...]:
        """The marks that are drawn; all of them stand in the table."""
        if len(self.marks) <= CROWDED:
            return self.marks
        return tuple(mark for mark in self.marks if mark.weighty)

    @property
    def vacancies(self) -> tuple[Band, ...]:
        """The stretches in which nobody held the baton."""
        return tuple(band for band in self.bands if band.kind == "vacant")

    def level_on(self, day: date) -> int:
        """The level at the end of a day; 0 where no level is known."""
        return last_level(self.steps, day)


def last_level(steps: Iterable[Step], day: date) -> int:
    """The level of the last step that has begun on a day, 0 before the first."""
    begun = [step.level for step in steps if step.from_date <= day]
    return begun[-1] if begun else 0


def days_between(first: date, last: date) -> int:
    """Whole days from the first to the last, both counted."""
    return (last - first).days + 1
