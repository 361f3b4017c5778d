"""What plain entries say once they are corrected.

An entry is never changed: a correction is another entry that says what one field should
have said. The rules are those by which the ledger shows a case (decision 13): what is
meant is looked for among the entries before the correction as they were recorded, in
its own stream and the shared one; corrections of one entry apply in position order; a
correction may itself be corrected and then works as it should have read; what is
withheld is neither corrected nor corrects, and where it may be what was meant, another
entry is taken only when it says what the correction calls wrong.

No event class stands here, so a value is held against what it replaces: a day stays a
day, a number a number, a list a list. What does not fit changes nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from audit.findings.entry import CASE, Entry

CORRECTION: Final = "EntryCorrected"
CLOCKS_DIFFER_BY: Final = timedelta(seconds=2)


def corrected(recorded: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries as all corrections among them have it; given in position order."""
    told = list(recorded)
    waiting: defaultdict[int, list[Entry]] = defaultdict(list)
    # From the last to the first: what corrects a correction comes after it.
    for number in reversed(range(len(recorded))):
        for correction in waiting[recorded[number].position]:
            told[number] = _with_one(told[number], correction)
        if told[number].event == CORRECTION:
            meant = _meant(recorded[:number], told[number])
            if meant is not None:
                waiting[meant.position].insert(0, told[number])
    return tuple(told)


def target_of(entries: Iterable[Entry], correction: Entry) -> Entry | None:
    """The newest of these entries that a correction means, `None` when there is none.

    They are given in position order. An entry's id is its position in the log, or its
    place `<stream>/<version>`.
    """
    target = correction.data.get("target")
    if not isinstance(target, Mapping):
        return None
    reached = [e for e in entries if _is_in_reach(e, correction)]
    return next((e for e in reversed(reached) if _is_meant(target, e)), None)


def _is_in_reach(entry: Entry, correction: Entry) -> bool:
    if entry.kind != CASE or entry.position >= correction.position:
        return False
    return entry.shield in (None, correction.shield)


def _is_meant(target: Mapping[str, Any], entry: Entry) -> bool:
    event, place = target.get("event"), target.get("entry")
    if entry.withheld or not (event or place):
        return False
    if place and place not in _ids(entry):
        return False
    if event and event not in (entry.event, entry.type):
        return False
    ids = {name: said for name, said in target.items() if name.endswith("_id")}
    return all(entry.data.get(name) == said for name, said in ids.items())


def _ids(entry: Entry) -> tuple[str, str, str]:
    place = f"{entry.stream}/{entry.version}"
    return str(entry.position), place, f"urn:uuid:{place}"


def _meant(before: Sequence[Entry], correction: Entry) -> Entry | None:
    """The entry that is corrected, `None` when it is not there or cannot be told."""
    meant = target_of(before, correction)
    if meant is None or correction.data["target"].get("entry"):
        return meant
    later = (e for e in before if e.position > meant.position)
    if any(entry.withheld and _is_in_reach(entry, correction) for entry in later):
        says = _quoted(_value(meant, correction.text("field")))
        return meant if says == correction.data.get("wrong") else None
    return meant


# --- one field ------------------------------------------------------------------------


def _with_one(entry: Entry, correction: Entry) -> Entry:
    field, right = correction.text("field"), correction.text("right")
    if field == "occurred_at":
        return _moved(entry, right)
    was = _value(entry, field)
    for value in _read(right, is_text=isinstance(was, str | None)):
        if _fits(was, value):
            data = _put(entry.data, field.split("."), value)
            return entry if data is None else replace(entry, data=data)
    return entry


def _moved(entry: Entry, right: str) -> Entry:
    """The entry with another time; it still cannot happen after it was recorded."""
    try:
        moment = datetime.fromisoformat(right)
    except ValueError:
        return entry
    is_possible = (
        moment.utcoffset() is not None
        and moment <= entry.recorded_at + CLOCKS_DIFFER_BY
    )
    return replace(entry, occurred_at=moment) if is_possible else entry


def _read(right: str, *, is_text: bool) -> list[Any]:
    """What a quotation may mean, the likelier first: a string, or JSON."""
    try:
        data = json.loads(right)
    except (ValueError, RecursionError):
        return [right]
    return [right, data] if is_text and data is not None else [data, right]


def _fits(was: Any, value: Any) -> bool:
    """Whether a value may stand where another stood."""
    if was is None or value is None:
        return True
    if _is_day(was):
        return _is_day(value)
    return type(value) is type(was)


def _is_day(value: Any) -> bool:
    try:
        return bool(isinstance(value, str) and date.fromisoformat(value))
    except ValueError:
        return False


def _put(
    data: Mapping[str, Any], steps: Sequence[str], value: Any
) -> Mapping[str, Any] | None:
    """The fields with another value; `None` when no field has this name."""
    body = deepcopy(dict(data))
    holder: Any = body
    try:
        for step in steps[:-1]:
            holder = holder[_key(holder, step)]
        holder[_key(holder, steps[-1])] = value
    except LookupError:
        return None
    return {name: said for name, said in body.items() if said is not None}


def _key(holder: Any, step: str) -> Any:
    if isinstance(holder, dict):
        return step
    if isinstance(holder, list) and step.isdecimal():
        return int(step)
    raise LookupError("no field has this name")


def _value(entry: Entry, field: str) -> Any:
    """What stands in the field, as JSON data; `None` for nothing."""
    if field == "occurred_at":
        return entry.occurred_at.isoformat()
    value: Any = entry.data
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
