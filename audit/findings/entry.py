"""One entry as a bundle shows it: plain data, and no event class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

LOCAL: Final = ZoneInfo("Europe/Oslo")
CASE, ACCESS, REGISTRY = "case", "access", "registry"


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


def catalogue_name(wire: str) -> str:
    """The catalogue's name of a type: `concern-raised.v1` is `ConcernRaised`."""
    words = wire.partition(".")[0].split("-")
    return "".join(word.capitalize() for word in words)


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

    @classmethod
    def hidden(
        cls,
        *,
        position: int,
        recorded_at: datetime,
        shield: str | None,
        kind: str,
        stream: str,
        version: int | None,
    ) -> Entry:
        """An entry whose body is not to be had: withheld, or erased."""
        return cls(
            position=position,
            event="",
            data={},
            person="",
            role="",
            occurred_at=recorded_at,
            recorded_at=recorded_at,
            shield=shield,
            kind=kind,
            stream=stream,
            version=version,
            withheld=True,
        )

    @property
    def type(self) -> str:
        """The first version of its type's name on the wire."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", self.event).lower() + ".v1"

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
