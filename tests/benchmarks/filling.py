"""Filling a ledger before something is measured on it: many entries in few calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID, uuid4

from ledger.events.event import Event
from ledger.recorder import Head
from ledger.sealing import SealedEvent
from ledger.tenant import Tenant
from ledger.writing import Writing
from tests.benchmarks import facts

STREAM_LENGTH = 50  # entries of an ordinary case
CALL_STREAMS = 10  # streams written by one call: 500 entries


def open_case(tenant: Tenant, length: int) -> UUID:
    """Record a case of so many entries, decided on one after the other, in one call."""
    case = uuid4()
    writing = Writing(tenant.ledger, tenant.ledger.load(case))
    for event in facts.series(length):
        now = datetime.now(UTC)
        writing.add(event, by=facts.TEACHER, occurred_at=now, now=now)
    writing.commit([])
    return case


def fill(tenant: Tenant, size: int) -> None:
    """Record shared streams of 50 entries until the log counts `size`."""
    missing = size - (tenant.recorder.max_notification_id() or 0)
    lengths = [STREAM_LENGTH] * (missing // STREAM_LENGTH)
    lengths += [missing % STREAM_LENGTH] if missing % STREAM_LENGTH else []
    following = iter(lengths)
    while at_once := list(islice(following, CALL_STREAMS)):
        streams = [uuid4() for _ in at_once]
        tenant.data_keys.create(streams)
        sealed = [
            event
            for stream, length in zip(streams, at_once, strict=True)
            for event in sealed_series(tenant, stream, facts.series(length))
        ]
        tenant.recorder.record(sealed, decided_on=[Head(s) for s in streams])


def sealed_series(
    tenant: Tenant, stream: UUID, events: Iterable[Event]
) -> Sequence[SealedEvent]:
    """The events as the first entries of a stream whose data key is there."""
    case, head = uuid4(), Head(stream)
    sealed: list[SealedEvent] = []
    for event in events:
        entry = facts.entry_after(head, case, event, datetime.now(UTC))
        sealed.append(tenant.mapper.to_stored_event(entry))
        head = Head(stream, entry.version, sealed[-1].leaf)
    return sealed
