"""What commands and folds are, and the guards that several chapters share.

A command is a generator of refusals in the order of the catalogue: it reads as the
whole rule, its first refusal gives the code and the rest are listed. It takes time,
actor and profile as arguments, asks nobody and changes nothing. A fold takes a
chapter's state and an entry and gives the new state; it refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sized
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from ledger.codes import is_in_force
from ledger.entry import Actor, Entry, Erased
from ledger.events.event import Event
from ledger.profiles import Profile
from ledger.refusals import (
    Closed,
    Incomplete,
    NoReason,
    OneOfficer,
    OutOfOrder,
    Refusal,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

LOCAL = ZoneInfo("Europe/Oslo")


class Command(Protocol):
    """Every reason why an event may not be recorded now, in the catalogue's order."""

    def __call__(
        self, case: Case, event: Any, /, *, by: Actor, at: datetime, rules: Profile
    ) -> Iterator[Refusal]:
        """Yield the refusals; none when the event may be recorded."""


Commands = Mapping[type[Event], Command]
Fold = Callable[[Any, Entry[Any]], Any]
Folds = Mapping[type[Event] | type[Erased], Fold]


def no_guard(
    case: Case, event: Event, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """The event has no guard of its own: who may write in the case may record it."""
    return iter(())


def while_open(case: Case) -> Iterator[Refusal]:
    """Refuse when the case is closed."""
    if case.is_closed:
        yield Closed()


def in_order(case: Case, at: datetime) -> Iterator[Refusal]:
    """Refuse what is dated before the last move of baton or level, or the closing."""
    turns = (case.baton.moved_at, case.level.moved_at, case.closing.closed_at)
    if any(turn is not None and at < turn for turn in turns):
        yield OutOfOrder()


def with_reason(text: str | None, field: str = "reason") -> Iterator[Refusal]:
    """Refuse when nothing stands in the field that asks for a reason."""
    if is_empty(text):
        yield NoReason((field,))


def two_officers(
    named: Collection[str] | None, *, other_than: Collection[str] = ()
) -> Iterator[Refusal]:
    """Refuse what does not name two different persons, neither of them `other_than`."""
    officers = {ref for ref in named or () if not is_empty(ref)} - set(other_than)
    if len(officers) < 2:
        yield OneOfficer(("officers",))


def complete(**fields: object) -> Iterator[Refusal]:
    """Refuse when one of the fields is missing; the refusal names those that are."""
    missing = tuple(name for name, value in fields.items() if is_empty(value))
    if missing:
        yield Incomplete(missing)


def carries(act: str | None, section: str | None, day: date) -> bool:
    """Whether a section is named of an act that was in force, as far as it is known."""
    return bool(act and section and act.strip() and section.strip()) and is_in_force(
        act or "", day
    )


def is_empty(value: object) -> bool:
    """Whether a guard that asks for a field finds nothing in it (catalogue)."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Sized) and len(value) == 0)


def local_day(moment: datetime) -> date:
    """The calendar day of a moment, where the case is led."""
    return moment.astimezone(LOCAL).date()


def start_of(day: date) -> datetime:
    """The first moment of a local day; clocks are never changed at midnight."""
    return datetime.combine(day, time.min, LOCAL)


def end_of(day: date) -> datetime:
    """The last microsecond of a local day."""
    return datetime.combine(day, time.max, LOCAL)


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the last day of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, 28)
