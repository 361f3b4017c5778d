"""What a family is not told in the entries that it sees: national numbers of others.

The numbers of the child and of the reader are told. Corrections quote what they
correct, so those of such a number, and of such a correction, lose their quotations.
Source: reliability, section 4.4, row 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ledger.aggregates.deciding import FAMILY
from ledger.entry import Actor, Erased
from ledger.events.concern import CaseOpened
from ledger.events.correction import EntryCorrected
from ledger.events.event import Event
from ledger.events.people import GuardianRegistered
from ledger.projections.corrections import Correction, Recorded, corrected, place

_NUMBER = "national_id"
_NOTHING = "null"  # as a correction quotes it
# What a correction may be of that quotes a number, where its target cannot be told.
_QUOTING = frozenset({_NUMBER, "wrong", "right"})


def told_to(
    reader: Actor, recorded: Sequence[Recorded]
) -> tuple[tuple[Recorded, ...], frozenset[int]]:
    """The entries as this reader is told them, and positions of those told in part.

    `recorded` are entries as recorded, in position order.
    """
    if reader.role not in FAMILY:
        return tuple(recorded), frozenset()
    partly = frozenset(_numbering_others(recorded, reader.ref))
    told = (_in_part(e) if place(e) in partly else e for e in recorded)
    return tuple(told), partly


def _in_part(entry: Recorded) -> Recorded:
    match entry.event:
        case CaseOpened() | GuardianRegistered() as event:
            return replace(entry, event=event.model_copy(update={_NUMBER: None}))
        case EntryCorrected() as event:
            quoted = {"wrong": _NOTHING, "right": _NOTHING}
            return replace(entry, event=event.model_copy(update=quoted))
    return entry


def _numbering_others(recorded: Sequence[Recorded], ref: str) -> Iterator[int]:
    """Positions of entries that hold or quote the number of another."""
    seen = corrected(recorded)
    others = {
        place(entry)
        for entry in (*recorded, *seen.entries)
        if _is_of_another(entry.event, ref)
    }
    yield from (place(e) for e in recorded if place(e) in others and _has_number(e))
    marks = {mark.by: mark for marks in seen.corrections.values() for mark in marks}
    quoting: set[int] = set()
    for entry in recorded:  # a correction stands after what it corrects
        if isinstance(entry.event, EntryCorrected):
            mark = marks.get(place(entry))
            if _quotes(entry.event, mark, others, quoting):
                quoting.add(place(entry))
    yield from quoting


def _is_of_another(event: Event | Erased, ref: str) -> bool:
    match event:
        case GuardianRegistered():
            return event.guardian_ref != ref
        case CaseOpened():  # until the child is born, the number is its mother's
            is_child = event.subject_kind in ("born", "youth")
            return not is_child and event.subject_ref != ref
    return False


def _has_number(entry: Recorded) -> bool:
    return getattr(entry.event, _NUMBER, None) is not None


def _quotes(
    event: EntryCorrected, mark: Correction | None, others: set[int], quoting: set[int]
) -> bool:
    if mark is None:
        return event.field in _QUOTING
    is_number = mark.position in others and mark.field == _NUMBER
    return is_number or mark.position in quoting
