"""What a person reads across cases, on record in an access stream of their own a day.

The stream's id is random; it is found by a sealed index row, claimed in the call that
records its first entry. Its entries name the stream itself as their case.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NoReturn
from uuid import UUID, uuid4

from ledger.aggregates.guard import local_day
from ledger.entry import Actor, StreamKind
from ledger.events.access import AccessDenied, AccessRecorded
from ledger.index import CaseStream
from ledger.keyring import KeyringError
from ledger.recorder import Conflict, Draft, Head
from ledger.refusals import NoCase, Refused
from ledger.sealing import IntegrityFailure, SealedEvent
from ledger.tenant import Tenant
from ledger.writing import access_entry


class ReaderLog:
    """Records, for one tenant, which lists were read."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._index = tenant.ledger.index

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

    def record(self, event: AccessRecorded | AccessDenied) -> int:
        """Put a reading on record; returns its position.

        Raises `Overloaded`, `OutcomeUnknown`, `IntegrityFailure`.
        """
        now = self._tenant.ledger.clock()
        day = local_day(now)
        stream = self._stream(event.reader, day)
        if stream is None:
            try:
                return self._begin(event, day, now)
            except Conflict:  # another has begun the day just now
                stream = self._stream(event.reader, day)
        if stream is None:
            raise IntegrityFailure("INDEX_ABSENT", self._index.registry, 0)
        return self._append(stream, event, now)

    def _stream(self, reader: str, day: date) -> UUID | None:
        key = self._index.reader_key(reader, day)
        sealed = self._tenant.recorder.look_up([key]).get(key)
        if sealed is None:
            return None
        try:
            return self._index.open_reader(key, sealed)
        except (KeyringError, ValueError):
            raise IntegrityFailure("INDEX_DAMAGED", self._index.registry, 0) from None

    def _begin(
        self, event: AccessRecorded | AccessDenied, day: date, now: datetime
    ) -> int:
        stream = uuid4()
        self._tenant.data_keys.create([stream])
        first = self._sealed(stream, event, now, Head(stream), 0)
        row = self._index.reader_row(event.reader, day, stream)
        (position,) = self._tenant.recorder.record(
            [first], decided_on=[Head(stream)], index=[row]
        )
        return position

    def _append(
        self, stream: UUID, event: AccessRecorded | AccessDenied, now: datetime
    ) -> int:
        def sign(head: Head, earliest: int) -> SealedEvent:
            return self._sealed(stream, event, now, head, earliest)

        return self._tenant.recorder.append(Draft(stream, sign))

    def _sealed(
        self,
        stream: UUID,
        event: AccessRecorded | AccessDenied,
        now: datetime,
        head: Head,
        earliest: int,
    ) -> SealedEvent:
        own = CaseStream(stream, stream, StreamKind.ACCESS)
        entry = access_entry(stream, own, event, now=now, earliest=earliest, head=head)
        return self._tenant.mapper.to_stored_event(entry)
