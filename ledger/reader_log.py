"""What a person does that no case may tell of, in an access stream of their own a day.

Readings across cases, and refusals that would show in a case's shared access stream
that something is shielded.

The stream's id is random; it is found by a sealed index row, claimed in the call that
records its first entry. Its entries name the stream itself as their case.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

from ledger.aggregates.guard import local_day
from ledger.entry import Actor, StreamKind
from ledger.events.access import AccessDenied, AccessRecorded, CommandRefused
from ledger.index import CaseStream
from ledger.keyring import KeyringError
from ledger.recorder import Conflict, Draft, Head, IndexRow
from ledger.refusals import NoCase, Refused
from ledger.sealing import IntegrityFailure, SealedEvent
from ledger.writing import access_entry

if TYPE_CHECKING:
    from ledger.application import CaseLedger

Noted = AccessRecorded | AccessDenied | CommandRefused


class ReaderLog:
    """Records, for one tenant, what a person reads and is refused beside cases."""

    def __init__(self, ledger: CaseLedger) -> None:
        self._ledger = ledger
        self._index = ledger.index

    def read(
        self, by: Actor, view: str, purpose: str, names: Collection[str] = ()
    ) -> int:
        """Put it on record that someone read across cases, and what they were shown.

        `names` are ids of cases and of shielded streams. Returns the entry's position;
        raises `Overloaded`, `OutcomeUnknown`, `IntegrityFailure`.
        """
        read = AccessRecorded(
            reader=by.ref,
            reader_role=by.role.value,
            reader_service=by.service,
            view=view,
            purpose=purpose,
            cases=tuple(sorted(names)),
        )
        return self.record(read)

    def refuse(self, by: Actor, view: str) -> NoReturn:
        """Put it on record that someone may not ask, and refuse it."""
        denied = AccessDenied(
            reader=by.ref, reader_role=by.role.value, view=view, reason_code=NoCase.code
        )
        self.record(denied)
        raise Refused((NoCase(),))

    def record(self, event: Noted) -> int:
        """Put a reading or a refusal on record; returns its position.

        Raises `Overloaded`, `OutcomeUnknown`, `IntegrityFailure`.
        """
        now = self._ledger.clock()
        day = local_day(now)
        stream = self.stream_of(reader_of(event), day)
        if stream is None:
            try:
                return self._begin(event, day, now)
            except Conflict:  # another has begun the day just now
                stream = self.stream_of(reader_of(event), day)
        if stream is None:
            raise IntegrityFailure("INDEX_ABSENT", self._index.registry, 0)
        return self._append(stream, event, now)

    def stream_of(self, reader: str, day: date) -> CaseStream | None:
        """The reader's stream of a day, if it was begun. Raises `IntegrityFailure`."""
        key = self._index.reader_key(reader, day)
        sealed = self._ledger.recorder.look_up([key]).get(key)
        if sealed is None:
            return None
        try:
            stream = self._index.open_reader(key, sealed)
        except (KeyringError, ValueError):
            raise IntegrityFailure("INDEX_DAMAGED", self._index.registry, 0) from None
        return CaseStream(stream, stream, StreamKind.ACCESS)

    def new_stream(self, reader: str, day: date) -> tuple[CaseStream, IndexRow]:
        """A stream with its key, and the row that claims the day for it."""
        stream = uuid4()
        self._ledger.data_keys.create([stream])
        row = self._index.reader_row(reader, day, stream)
        return CaseStream(stream, stream, StreamKind.ACCESS), row

    def _begin(self, event: Noted, day: date, now: datetime) -> int:
        own, row = self.new_stream(reader_of(event), day)
        head = Head(own.stream)
        first = self._sealed(own, event, now, head, 0)
        (position,) = self._ledger.recorder.record(
            [first], decided_on=[head], index=[row]
        )
        return position

    def _append(self, own: CaseStream, event: Noted, now: datetime) -> int:
        def sign(head: Head, earliest: int) -> SealedEvent:
            return self._sealed(own, event, now, head, earliest)

        return self._ledger.recorder.append(Draft(own.stream, sign))

    def _sealed(
        self, own: CaseStream, event: Noted, now: datetime, head: Head, earliest: int
    ) -> SealedEvent:
        entry = access_entry(
            own.stream, own, event, now=now, earliest=earliest, head=head
        )
        return self._ledger.mapper.to_stored_event(entry)


def reader_of(event: Noted) -> str:
    """Whose stream it goes into."""
    return event.actor if isinstance(event, CommandRefused) else event.reader
