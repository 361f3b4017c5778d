"""What happened on a case, in the order it happened: one row for every entry.

The line that says what happened is made from the event's class: its name, and the
fields that are not marked personal. So a new event type is told here without a change,
and no word about a person can slip into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ledger.aggregates.guard import local_day
from ledger.entry import Erased, StreamKind
from ledger.events import catalogue_name
from ledger.events.event import Event, Part, Role, personal_fields
from ledger.projections.corrections import Correction, Recorded, place
from ledger.projections.disputes import disputes
from ledger.projections.moment import PRESENT, Moment, seen_at

VALUE_LENGTH = 120  # a row is one line


class Depth(StrEnum):
    """How much of a case is told."""

    MILESTONES = "milestones"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. `position` counts over the tenant, `version` within the stream."""

    position: int
    version: int
    stream: StreamKind
    shield: str | None
    occurred_at: datetime
    recorded_at: datetime
    type: str  # wire name, or "erased"
    who: str  # ref of the actor
    role: Role
    service: str | None
    fact: str
    recorded_after_days: int
    late: bool  # recorded more days after it happened than allowed for
    corrects: int | None  # position of the entry it corrects
    corrections: tuple[Correction, ...]  # of this entry, without words about a person
    disputes: int | None = None  # position of the entry it disputes
    disputed_by: tuple[int, ...] = ()  # positions of what disputes it

    @property
    def corrected_by(self) -> tuple[int, ...]:
        """Positions of what corrects it."""
        return tuple(correction.by for correction in self.corrections)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows of one depth, and how many each depth has."""

    depth: Depth
    rows: tuple[Row, ...]
    milestones: int
    entries: int


def timeline(
    entries: Sequence[Recorded],
    *,
    moment: Moment = PRESENT,
    depth: Depth = Depth.ALL,
    late_after_days: int = 7,
) -> Timeline:
    """Tell a case at a moment by (occurred_at, position).

    `entries` are as they were recorded, in any order, already chosen for this reader;
    rows say what is right, and in their corrections what was recorded.
    `late_after_days` is the profile's `recording_lag_days`.
    """
    seen = seen_at(sorted(entries, key=place), moment)
    told = sorted(seen.entries, key=lambda entry: (entry.occurred_at, place(entry)))
    milestones = [entry for entry in told if is_milestone(entry)]
    chosen = milestones if depth is Depth.MILESTONES else told
    return Timeline(
        depth=depth,
        rows=tuple(
            rows(chosen, seen.corrections, late_after_days, disputes(seen.entries))
        ),
        milestones=len(milestones),
        entries=len(told),
    )


def rows(
    entries: Iterable[Recorded],
    corrections: Mapping[int, tuple[Correction, ...]],
    late_after_days: int,
    disputed: Mapping[int, tuple[int, ...]] | None = None,
) -> Iterator[Row]:
    """A row for each of the entries, which are as corrected.

    `disputed` is as `ledger.projections.disputes` finds it.
    """
    marks = [mark for marks in corrections.values() for mark in marks]
    corrects = {mark.by: mark.position for mark in marks}
    disputed = disputed or {}
    disputing = {by: position for position, all_by in disputed.items() for by in all_by}
    for entry in entries:
        at = place(entry)
        row = _row(entry, corrections.get(at, ()), corrects.get(at), late_after_days)
        yield replace(row, disputes=disputing.get(at), disputed_by=disputed.get(at, ()))


def _row(
    entry: Recorded,
    corrections: Iterable[Correction],
    corrects: int | None,
    late_after_days: int,
) -> Row:
    days = (local_day(entry.recorded_at) - local_day(entry.occurred_at)).days
    return Row(
        position=place(entry),
        version=entry.version,
        stream=entry.stream_kind,
        shield=entry.shield,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        type="erased" if isinstance(entry.event, Erased) else entry.event.NAME,
        who=entry.by.ref,
        role=entry.by.role,
        service=entry.by.service,
        fact=fact(entry.event),
        recorded_after_days=days,
        late=days > late_after_days,
        corrects=corrects,
        corrections=tuple(each.without_words() for each in corrections),
    )


def is_milestone(entry: Recorded) -> bool:
    """Whether the entry is told where a case is told in short."""
    return isinstance(entry.event, Event) and entry.event.MILESTONE


# --- the line that says what happened -------------------------------------------------


def fact(event: Event | Erased) -> str:
    """Say in one line what happened, without a word about a person.

    `LevelEscalated` becomes "Level escalated: from level 1; to level 2".
    """
    if isinstance(event, Erased):
        return "Erased"
    words = re.findall("[A-Z][a-z0-9]*", catalogue_name(type(event)))
    title = " ".join(words).capitalize()
    details = "; ".join(_details(event))
    return f"{title}: {details}" if details else title


def _details(part: Part) -> Iterator[str]:
    hidden = personal_fields(type(part))
    for name, value in part:
        said = "" if name in hidden else _said(value)
        if said:
            yield f"{name.replace('_', ' ')} {said}"


def _said(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            line = " ".join(value.split())
            return line if len(line) <= VALUE_LENGTH else f"{line[:VALUE_LENGTH]}…"
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case Part():
            return f"({', '.join(_details(value))})"
        case tuple():
            return ", ".join(said for inner in value if (said := _said(inner)))
        case _:  # nothing, or data of no fixed form
            return ""
