"""The access log of a person: what they read or asked to read, when and what for.

A list that somebody read names the cases it showed, so it stands in the log of each of
these as well: whoever asks who has seen a case must learn of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ledger.entry import Entry, Erased
from ledger.events.access import AccessDenied, AccessRecorded
from ledger.events.event import Event
from ledger.projections.row import Row, to_line

NAME = "access_log"


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One reading, or one that was denied.

    `cases` holds what a list has shown: ids of cases, and of shielded streams.
    """

    at: datetime
    reader: str
    role: str
    service: str | None
    view: str
    purpose: str | None
    basis: str | None
    denied: str | None  # the code of the refusal
    cases: tuple[str, ...]
    position: int


def rows(entry: Entry[Event | Erased]) -> Iterator[Row]:
    """A row in the reader's log, and for a list one in the log of each thing shown."""
    read = entry.event
    if not isinstance(read, AccessRecorded | AccessDenied):
        return
    line = _line(entry, read)
    newest_first = f"{10**15 - line.position:015d}"
    yield Row(read.reader, of_person(read.reader), newest_first, to_line(line))
    for shown in line.cases:
        yield Row(shown, of_shown(shown), newest_first, to_line(line))


def of_person(ref: str) -> str:
    """Whose list the rows of this reader stand in."""
    return f"person {ref}"


def of_shown(what: str) -> str:
    """Whose list the readings of lists stand in that showed this case or stream."""
    return f"shown {what}"


def _line(
    entry: Entry[Event | Erased], read: AccessRecorded | AccessDenied
) -> AccessLine:
    answered = read if isinstance(read, AccessRecorded) else None
    return AccessLine(
        at=entry.recorded_at,
        reader=read.reader,
        role=read.reader_role,
        service=answered.reader_service if answered else None,
        view=read.view,
        purpose=answered.purpose if answered else None,
        basis=answered.legal_basis if answered else None,
        denied=None if isinstance(read, AccessRecorded) else read.reason_code,
        cases=(answered.cases or ()) if answered else (),
        position=entry.position or 0,
    )
