"""A row of a list across cases: what it says, and what it is found and sorted by.

A row is made of the log's entries alone. It holds dates and never a judgement that
depends on the day it is read, so it can be made again at any time and be the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Row:
    """One line of one list.

    `about` tells it from the other rows of the same stream, `owner` says whose list it
    stands in (`None`: the municipality's), `sort` where in it; `line` is the line as
    JSON.
    """

    about: str
    owner: str | None
    sort: str
    line: bytes


def to_line(line: Any) -> bytes:
    """A line, which is a frozen dataclass, as compact JSON in field order."""
    return _shape(type(line)).dump_json(line)


def from_line(kind: type[Any], line: bytes) -> Any:
    """The line of this class that the JSON holds."""
    return _shape(kind).validate_json(line)


_SHAPES: dict[type[Any], TypeAdapter[Any]] = {}


def _shape(kind: type[Any]) -> TypeAdapter[Any]:
    return _SHAPES.setdefault(kind, _SHAPES.get(kind) or TypeAdapter(kind))


def newest_first(day: date) -> str:
    """A day as text that sorts the later day first."""
    return f"{date.max.toordinal() - day.toordinal():07d}"
