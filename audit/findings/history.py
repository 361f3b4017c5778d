"""The plain history that findings are judged from: entries, rules, codes and a date.

Nothing here knows a database, a key or an event class. An entry is what a bundle shows
of it; one whose body was withheld or erased is a place in the log and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, TypeVar

from audit.findings.corrected import corrected
from audit.findings.entry import CASE, Entry

T = TypeVar("T")
ENDINGS: Final = ("CaseClosed", "StafettloggSupersededByIndividuellPlan")


@dataclass(frozen=True)
class History:
    """A case as it is judged on the day `at`; later happenings are left out.

    `entries` are as their corrections have them, `recorded` as they were written, both
    in position order. `profiles` are the versions of the case's process rules as plain
    data, `codes` the code lists by id, each a list of objects; `case` is its id.
    """

    entries: tuple[Entry, ...]
    recorded: tuple[Entry, ...]
    at: date
    case: str = ""
    profiles: tuple[Mapping[str, Any], ...] = ()
    codes: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def in_time(self) -> tuple[Entry, ...]:
        """Every entry that is shown, in the order in which they happened."""
        shown = (entry for entry in self.entries if not entry.withheld)
        return tuple(sorted(shown, key=_when))

    @cached_property
    def _by_type(self) -> Mapping[str, list[Entry]]:
        by_type: dict[str, list[Entry]] = {}
        for entry in self.in_time:
            by_type.setdefault(entry.event, []).append(entry)
        return by_type

    @cached_property
    def _known(self) -> dict[Callable[[History], Any], Any]:
        return {}

    def once(self, read: Callable[[History], T]) -> T:
        """What a function reads in this history; asked again, it is not read again."""
        if read not in self._known:
            self._known[read] = read(self)
        known: T = self._known[read]
        return known

    def of(self, *events: str) -> tuple[Entry, ...]:
        """The entries of these types, in the order in which they happened."""
        found = [e for event in set(events) for e in self._by_type.get(event, ())]
        return tuple(sorted(found, key=_when))

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
    case: str,
    at: date,
    profiles: Iterable[Mapping[str, Any]],
    codes: Mapping[str, Any],
) -> History:
    """The history that these entries tell; given as recorded, in any order."""
    in_order = sorted(recorded, key=lambda entry: entry.position)
    return History(
        entries=tuple(_by(at, corrected(in_order))),
        recorded=tuple(_by(at, in_order)),
        at=at,
        case=case,
        profiles=tuple(profiles),
        codes=codes,
    )


def _by(at: date, entries: Iterable[Entry]) -> Iterator[Entry]:
    """What had happened by the end of that day, or may have: no body says when."""
    return (entry for entry in entries if entry.withheld or entry.day <= at)


def _when(entry: Entry) -> tuple[datetime, int]:
    return entry.occurred_at, entry.position
