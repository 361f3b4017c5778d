"""What entries say once they are corrected, and beside it what was recorded.

An entry is never changed. Whoever shows a case shows each entry as its corrections have
it, and next to it the marks that tell which field said what before, and who says so.
The rules, with their reasons, are decision 13:

- what a correction means is looked for among the entries before it, as they were
  recorded, which is what the guard did when it was accepted; and no further than its
  own stream and the shared one, since it is placed where its target is, and whoever
  made it may have seen no other;
- corrections of one entry are applied in position order, so the last word holds;
- a correction is an entry and may be corrected; it then works as it should have read;
- one that gives no possible entry leaves it as it was, and its mark says so;
- a target whose body is gone is not corrected, and where the target may be such a one,
  no other entry is taken for it unless it says what the correction calls wrong.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json as read_json

from ledger.aggregates.case import Case
from ledger.aggregates.correction import OF_THE_BODY, target_of
from ledger.aggregates.deciding import CLOCKS_DIFFER_BY
from ledger.entry import Entry, Erased
from ledger.events import from_json, to_json
from ledger.events.correction import EntryCorrected
from ledger.events.event import Event, Instant, Part, personal_fields

Recorded = Entry[Event | Erased]
Steps = list[str]

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction of one field of the entry at `position`.

    `was` and `right` are values as a correction quotes them: a string as it is, all
    else as JSON text, and `None` for nothing.
    """

    position: int
    field: str  # as in EntryCorrected: names and numbers with dots between
    was: str | None  # right before this correction
    right: str | None  # from then on; what was asked for, if it took no effect
    by: int  # position of the correction
    took_effect: bool
    personal: bool  # tells about a person, or may

    def without_words(self) -> Correction:
        """The same where no word about a person may stand."""
        return replace(self, was=None, right=None) if self.personal else self


@dataclass(frozen=True, slots=True)
class Corrected:
    """Entries in position order, and the corrections of each that has any."""

    entries: tuple[Recorded, ...]
    corrections: Mapping[int, tuple[Correction, ...]]


_Placed = tuple[int, EntryCorrected]
"""A correction and its position."""


def corrected(entries: Iterable[Recorded]) -> Corrected:
    """The entries as all corrections among them have it; given in position order."""
    recorded = tuple(entries)
    if not any(isinstance(entry.event, EntryCorrected) for entry in recorded):
        return Corrected(recorded, {})
    found: dict[int, tuple[Correction, ...]] = {}
    waiting: defaultdict[int, list[_Placed]] = defaultdict(list)
    told = list(recorded)
    # From the last to the first: what corrects a correction comes after it.
    for number in reversed(range(len(recorded))):
        entry = recorded[number]
        due = waiting[place(entry)]
        if due:
            told[number], found[place(entry)] = _with_all(entry, due)
        correction = told[number].event
        if isinstance(correction, EntryCorrected):
            meant = _meant(within_reach(recorded[:number], entry), correction)
            if meant is not None:
                waiting[place(meant)].insert(0, (place(entry), correction))
    return Corrected(tuple(told), found)


def place(entry: Recorded) -> int:
    """The entry's position. Raises `ValueError` for one that is not recorded yet."""
    if entry.position is None:
        raise ValueError("only what is recorded can be told")
    return entry.position


def within_reach(before: Iterable[Recorded], correction: Recorded) -> list[Recorded]:
    """The entries that a correction may mean: of its own stream, and shared ones."""
    reached = (None, correction.shield)
    return [e for e in before if e.stream == correction.stream or e.shield in reached]


def _meant(before: Sequence[Recorded], correction: EntryCorrected) -> Recorded | None:
    """The entry that is corrected, `None` when it is not there or cannot be told."""
    meant = target_of(Case(entries=tuple(before)), correction.target)
    if meant is None or correction.target.entry:
        return meant
    later = (entry for entry in before if place(entry) > place(meant))
    if any(isinstance(entry.event, Erased) for entry in later):
        says = _quoted(_value(meant, correction.field))
        return meant if says == correction.wrong else None
    return meant


def _with_all(
    entry: Recorded, corrections: Sequence[_Placed]
) -> tuple[Recorded, tuple[Correction, ...]]:
    marks = []
    for correction in corrections:
        entry, mark = _with_one(entry, *correction)
        marks.append(mark)
    return entry, tuple(marks)


def _with_one(
    entry: Recorded, by: int, correction: EntryCorrected
) -> tuple[Recorded, Correction]:
    field, asked_for = correction.field, correction.right
    after = _replaced(entry, field, asked_for)
    mark = Correction(
        position=place(entry),
        field=field,
        was=_quoted(_value(entry, field)),
        right=_quoted(_value(after, field)) if after else asked_for,
        by=by,
        took_effect=after is not None,
        personal=after is None or any(_is_personal(e, field) for e in (entry, after)),
    )
    return after or entry, mark


# --- one field ------------------------------------------------------------------------


def _replaced(entry: Recorded, field: str, right: str) -> Recorded | None:
    """The entry with the field replaced, `None` when that is no possible entry."""
    if field in OF_THE_BODY:
        return _moved(entry, right)
    is_text = isinstance(_value(entry, field), str | None)
    for value in _read(right, is_text=is_text):
        try:
            return replace(entry, event=_put(entry.event, field.split("."), value))
        except (ValueError, LookupError):
            continue
    return None


def _moved(entry: Recorded, right: str) -> Recorded | None:
    """The entry with another time; it still cannot happen after it was recorded."""
    try:
        moment = _INSTANT.validate_json(json.dumps(right))
    except ValueError:
        return None
    if moment > entry.recorded_at + CLOCKS_DIFFER_BY:
        return None
    return replace(entry, occurred_at=moment)


def _read(right: str, *, is_text: bool) -> list[Any]:
    """What a quotation may mean, the likelier first: a string, or JSON."""
    try:
        data = read_json(right, allow_inf_nan=False)
    except ValueError:
        return [right]
    return [right, data] if is_text and data is not None else [data, right]


def _put(event: Event | Erased, steps: Steps, value: Any) -> Event:
    """The event with another value. Raises `ValueError` or `LookupError`."""
    if isinstance(event, Erased):
        raise ValueError("nothing is left to correct")
    body: Any = json.loads(to_json(event))
    holder = body
    for step in steps[:-1]:
        holder = holder[_key(holder, step)]
    holder[_key(holder, steps[-1])] = value  # a list grows only as a whole
    return from_json(event.NAME, json.dumps(body))


def _key(holder: Any, step: str) -> Any:
    if isinstance(holder, dict):
        return step
    if isinstance(holder, list) and step.isdecimal():
        return int(step)
    raise LookupError("no field has this name")


def _value(entry: Recorded, field: str) -> Any:
    """What stands in the field, as JSON data; `None` for nothing."""
    if field in OF_THE_BODY:
        return entry.occurred_at.isoformat()
    if isinstance(entry.event, Erased):
        return None
    value: Any = json.loads(to_json(entry.event))
    try:
        for step in field.split("."):
            value = value[_key(value, step)]
    except LookupError:
        return None
    return value


def _quoted(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_personal(entry: Recorded, field: str) -> bool:
    """Whether the way to the value is marked so, or no plain value stands there."""
    if field in OF_THE_BODY:
        return False
    value: Any = entry.event
    for step in field.split("."):
        if isinstance(value, Part):
            if step in personal_fields(type(value)):
                return True
            value = getattr(value, step, None)
        elif isinstance(value, tuple) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return value is not None  # data of no fixed form may hold anything
    return not _is_plain(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | date)
