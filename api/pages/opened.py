"""One entry opened: its fields, what was corrected, and who may see and check it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from api.pages.listing import FieldRow, Lister
from api.pages.people import Person
from api.pages.telling import Teller, Told, field_name
from ledger.aggregates.guard import local_day
from ledger.application import Reading
from ledger.entry import Erased
from ledger.events.correction import EntryCorrected, EntryDisputed
from ledger.events.supervision import SupervisoryCaseOpened
from ledger.loaded import RecordedEntry
from ledger.projections.corrections import Correction
from ledger.projections.disputes import disputes


@dataclass(frozen=True, slots=True)
class CorrectionTold:
    """Who said what should have stood, when, and why."""

    number: int
    at: datetime
    by: Person
    field: str
    was: str
    right: str
    reason: str
    took_effect: bool
    supervised_since: datetime | None  # when it came after a supervisory case


@dataclass(frozen=True, slots=True)
class DisputeTold:
    """Who does not agree with the entry, since when and why."""

    number: int
    at: datetime
    by: Person
    statement: str


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry with all that is known of it."""

    told: Told
    fields: tuple[FieldRow, ...]
    corrections: tuple[CorrectionTold, ...]
    disputes: tuple[DisputeTold, ...]
    of: int  # entries that this reader sees
    days_after: int  # from when it happened to when it was recorded
    version: int
    stream: str
    leaf: str  # hex of the 32-byte hash that the log holds
    is_published: bool


def open_entry(
    reading: Reading, number: int, teller: Teller, *, published: int
) -> Opened | None:
    """The entry of this number; `published` is how many the signed log holds."""
    if not 1 <= number <= len(reading.entries):
        return None
    entry = reading.entries[number - 1]
    marks = reading.seen.corrections.get(entry.position or 0, ())
    told = teller.tell(entry)
    return Opened(
        told=told,
        fields=tuple(_fields(entry, marks, teller)),
        corrections=tuple(_corrections(reading, marks, teller)),
        disputes=tuple(_disputes(reading, entry, teller)),
        of=len(reading.entries),
        days_after=(local_day(entry.recorded_at) - local_day(entry.occurred_at)).days,
        version=entry.version,
        stream=str(entry.stream),
        leaf=(entry.leaf or b"").hex(),
        is_published=(entry.position or 0) <= published,
    )


def _fields(
    entry: RecordedEntry, marks: tuple[Correction, ...], teller: Teller
) -> Iterator[FieldRow]:
    if isinstance(entry.event, Erased):
        return
    lister = Lister(teller.people, teller.t)
    was = {
        field_name(mark.field, teller.t): lister.quoted(mark.field, mark.was)
        for mark in reversed(marks)
        if mark.took_effect
    }
    for row in lister.rows(entry.event):
        yield replace(row, was=was.get(row.name))


def _corrections(
    reading: Reading, marks: tuple[Correction, ...], teller: Teller
) -> Iterator[CorrectionTold]:
    by_position = {entry.position: entry for entry in reading.entries}
    lister = Lister(teller.people, teller.t)
    for mark in marks:
        entry = by_position.get(mark.by)
        if entry is None or not isinstance(entry.event, EntryCorrected):
            continue
        yield CorrectionTold(
            number=teller.numbers[entry.position],
            at=entry.occurred_at,
            by=teller.people[entry.by.ref],
            field=field_name(mark.field, teller.t),
            was=lister.quoted(mark.field, mark.was),
            right=lister.quoted(mark.field, mark.right),
            reason=entry.event.reason,
            took_effect=mark.took_effect,
            supervised_since=_supervised(reading, entry),
        )


def _disputes(
    reading: Reading, disputed: RecordedEntry, teller: Teller
) -> Iterator[DisputeTold]:
    by_position = {entry.position: entry for entry in reading.entries}
    for position in disputes(reading.entries).get(disputed.position or 0, ()):
        entry = by_position[position]
        if isinstance(entry.event, EntryDisputed):
            yield DisputeTold(
                number=teller.numbers[position],
                at=entry.occurred_at,
                by=teller.people[entry.event.disputed_by],
                statement=entry.event.statement,
            )


def _supervised(reading: Reading, correction: RecordedEntry) -> datetime | None:
    opened = (
        entry.occurred_at
        for entry in reading.entries
        if isinstance(entry.event, SupervisoryCaseOpened)
    )
    return next((at for at in opened if at < correction.occurred_at), None)
