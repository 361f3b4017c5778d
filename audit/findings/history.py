"""The plain history that findings are judged from: entries, rules, codes and a date.

Nothing here knows a database, a key or an event class. An entry is what a bundle shows
of it; one whose body was withheld or erased is a place in the log and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

LOCAL: Final = ZoneInfo("Europe/Oslo")
CASE, ACCESS, REGISTRY = "case", "access", "registry"
ENDINGS: Final = ("CaseClosed", "StafettloggSupersededByIndividuellPlan")


def local_day(moment: datetime) -> date:
    """The calendar day of a moment in Europe/Oslo: legal clocks count these."""
    return moment.astimezone(LOCAL).date()


def day_of(text: object) -> date | None:
    """The day that a field holds, `None` for nothing or for no day."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the last day of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, 28)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `position` counts from 1 in the log, `version` in its `stream`.

    `event` is the catalogue's name, `data` its fields as JSON data. Of a `withheld` one
    only the place and `recorded_at` are known: `occurred_at` then repeats that, which
    is the latest it can have happened. `kind` is that of its stream.
    """

    position: int
    event: str
    data: Mapping[str, Any]
    person: str
    role: str
    occurred_at: datetime
    recorded_at: datetime
    service: str | None = None
    unit: str | None = None
    shield: str | None = None
    kind: str = CASE
    stream: str = ""
    version: int | None = None
    withheld: bool = False

    @property
    def day(self) -> date:
        """The local day on which it happened."""
        return local_day(self.occurred_at)

    def text(self, name: str) -> str:
        """The text of a field, empty when there is none."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list, none when there is no list."""
        value = self.data.get(name)
        found = value if isinstance(value, list | tuple) else ()
        return tuple(each for each in found if isinstance(each, str))

    def date(self, name: str) -> date | None:
        """The day of a field, `None` when there is none."""
        return day_of(self.data.get(name))


@dataclass(frozen=True)
class History:
    """A case as it is judged on the day `at`; later happenings are left out.

    `entries` are as their corrections have them, `recorded` as they were written, both
    in position order. `profiles` are the versions of the case's process rules as plain
    data, `codes` the code lists by id, each a list of objects.
    """

    entries: tuple[Entry, ...]
    recorded: tuple[Entry, ...]
    at: date
    profiles: tuple[Mapping[str, Any], ...] = ()
    codes: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _in_time(self) -> tuple[Entry, ...]:
        shown = (entry for entry in self.entries if not entry.withheld)
        return tuple(sorted(shown, key=lambda e: (e.occurred_at, e.position)))

    def of(self, *events: str) -> tuple[Entry, ...]:
        """The entries of these types, in the order in which they happened."""
        return tuple(entry for entry in self._in_time if entry.event in events)

    def first(
        self, *events: str, since: datetime | None = None, **fields: str
    ) -> Entry | None:
        """The first of these types that happened then or later and has these fields."""
        return next(
            (
                entry
                for entry in self.of(*events)
                if (since is None or entry.occurred_at >= since)
                and all(entry.data.get(name) == said for name, said in fields.items())
            ),
            None,
        )

    @cached_property
    def opening(self) -> Entry | None:
        """The first CaseOpened."""
        return self.first("CaseOpened")

    def rule(self, key: str, on: date) -> Any:
        """What the profile that is valid on a day says under a key.

        Before the first version the first one counts. Raises `KeyError`.
        """
        versions = sorted(self.profiles, key=lambda rules: str(rules["valid_from"]))
        valid = [v for v in versions if str(v["valid_from"]) <= on.isoformat()]
        return (valid[-1] if valid else versions[0])[key]

    def marked(self, codes: str, mark: str) -> frozenset[str]:
        """The codes of a list that bear a mark."""
        known = self.codes.get(codes, ())
        return frozenset(code["code"] for code in known if mark in code["marks"])

    def closing(self, since: datetime) -> Entry | None:
        """What ended the case after that, and with it every clock that was running."""
        return self.first(*ENDINGS, since=since)

    def open_until(self, since: datetime) -> date:
        """How far a clock that started then has run: to the end of the case, or `at`.

        Source: domain.md, section 5: supersession closes the case and stops its clocks.
        """
        ended = self.closing(since)
        return ended.day if ended else self.at

    def undisclosed(self, *kinds: str) -> tuple[Entry, ...]:
        """The entries of these kinds of streams whose bodies are not to be had."""
        return tuple(e for e in self.entries if e.withheld and e.kind in kinds)

    def hidden_since(self, moment: datetime) -> tuple[int, ...]:
        """Positions of undisclosed entries of the case that may have happened since.

        What was recorded before that moment cannot have happened after it.
        """
        hidden = self.undisclosed(CASE)
        return tuple(e.position for e in hidden if e.recorded_at >= moment)


def history_of(
    recorded: Iterable[Entry],
    *,
    at: date,
    profiles: Iterable[Mapping[str, Any]],
    codes: Mapping[str, Any],
) -> History:
    """The history that these entries tell; given as recorded, in any order."""
    in_order = sorted(recorded, key=lambda entry: entry.position)
    return History(
        entries=tuple(_by(at, in_order)),
        recorded=tuple(_by(at, in_order)),
        at=at,
        profiles=tuple(profiles),
        codes=codes,
    )


def _by(at: date, entries: Iterable[Entry]) -> Iterator[Entry]:
    """What had happened by the end of that day, or may have: no body says when."""
    return (entry for entry in entries if entry.withheld or entry.day <= at)
