"""Checks a whole tenant as the database holds it, at one moment.

`audit.fsck` re-derives the log from the entries; whoever has no keys can do as much.
Here is added what only the keeper of the keys can check: that every body opens, that
the keyed index leads to every stream and every child's case and to nothing else, that
what makes repeated requests safe says what was recorded, and that the counters of the
head are right.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool

from audit.failures import ProofFailed
from audit.fsck import Damaged, Missing, StoredEntry, fsck
from audit.report import Report
from audit.tiles import Tiles
from ledger.aggregates.guard import local_day
from ledger.entry import StreamKind
from ledger.events.concern import CaseOpened
from ledger.events.moving import (
    ChildBorn,
)
from ledger.index import CaseStream
from ledger.keyring import KeyringError
from ledger.queries import BODIES, SEALED
from ledger.recorder import sealed_event
from ledger.requests import Asked, asked_in
from ledger.sealing import IntegrityFailure, SealedEvent
from ledger.tenant import Tenant
from ledger.writing import CHANGES_ACCESS

PAGE = 1000  # entries

Progress = Callable[[int, int], None]
"""Told how many entries are checked of how many."""


def check_log(
    tenant: Tenant,
    pool: ConnectionPool[Any],
    *,
    log: Path,
    policy: str,
    known: bytes | None = None,
    allow_unwitnessed: bool,
    progress: Progress = lambda done, of: None,
) -> Report:
    """Re-derive a tenant's log and compare it with all that is stored beside it.

    `log` is the directory of tiles and checkpoint, `policy` the text of a policy file,
    `known` a checkpoint that somebody has kept.
    """
    note = log / "checkpoint"  # read before the entries, which may grow beyond it
    checkpoint = note.read_bytes() if note.exists() else None
    with pool.connection() as connection, _snapshot(connection):
        stored = _Stored(connection, tenant)
        report = fsck(
            stored.entries(),
            policy=policy,
            checkpoint=checkpoint,
            tiles=Tiles(log),
            known=known,
            heads=stored.heads(),
            allow_unwitnessed=allow_unwitnessed,
            progress=lambda count: progress(count, stored.position),
        )
        for failure in stored.unkept():
            report.fail(failure)
        return report


@contextmanager
def _snapshot(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


@dataclass(slots=True)
class _Seen:
    """What the bodies say of streams and children, gathered while they pass by."""

    streams: dict[UUID, dict[UUID, tuple[StreamKind, str | None]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    cases_of: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    readers: dict[UUID, tuple[str, date]] = field(default_factory=dict)
    granting: int = 0
    unread: int = 0  # bodies that are gone or damaged
    entries: int = 0

    def take(self, event: SealedEvent, asked: Asked | None) -> None:
        """Note one entry; `None` when its body cannot be read."""
        self.entries += 1
        if asked is None:
            self.unread += 1
            return
        kind = _KINDS.get(event.topic)  # an unknown one is the log's own failure
        if kind is StreamKind.ACCESS and asked.case == event.stream:
            self._take_reader(event.stream, asked)
        elif kind is not None and kind is not StreamKind.REGISTRY:
            self.streams[asked.case][event.stream] = (kind, asked.placed_under)
        self.granting += asked.name in _GRANTING
        if asked.name in (CaseOpened.NAME, ChildBorn.NAME):
            number = json.loads(asked.event).get("national_id")
            if number is not None:
                self.cases_of[number].append(asked.case)

    def _take_reader(self, stream: UUID, asked: Asked) -> None:
        """Note whose lists a stream is about: its first entry tells, and the day."""
        if stream not in self.readers:
            day = local_day(datetime.fromisoformat(asked.occurred_at))
            said = json.loads(asked.event)
            self.readers[stream] = (said.get("reader") or said["actor"], day)


_KINDS = {kind.value: kind for kind in StreamKind}
_GRANTING = frozenset(each.NAME for each in CHANGES_ACCESS)


class _Stored:
    """One tenant's tables at one moment, on a connection whose transaction holds it."""

    def __init__(self, connection: psycopg.Connection[Any], tenant: Tenant) -> None:
        self._connection = connection
        self._tenant = tenant
        self._seen = _Seen()
        self._erased: dict[int, int] = dict(
            self._rows("SELECT position, decided_at FROM {erasure}")
        )
        ((self.position, self._erasures, self._grants),) = self._rows(
            "SELECT position, erasures, grants FROM {head}"
        )
        self._wrong_requests = 0
        self._requests = self._all_requests()
        self._request = next(self._requests, None)

    # -- for `audit.fsck` ------------------------------------------------------------

    def heads(self) -> Iterator[tuple[UUID, int, bytes]]:
        """Where each stream ends, as stored: stream, version, leaf hash."""
        query = "SELECT stream, version, leaf FROM {stream_head}"
        for stream, version, leaf in self._rows(query):
            yield stream, version, bytes(leaf)

    def entries(self) -> Iterator[StoredEntry]:
        """Every entry by position, its body opened if it can be."""
        with self._connection.cursor(name="entries") as cursor:
            cursor.execute(self._composed(_ENTRIES), binary=True)
            while rows := cursor.fetchmany(PAGE):
                page = [sealed_event(*row) for row in rows]
                self._load_keys(page)
                yield from map(self._stored, page)

    def _load_keys(self, page: Sequence[SealedEvent]) -> None:
        """Fetch a page's keys at once; one that does not open is met with its entry."""
        key_ids = (event.key_id for event in page if event.key_id is not None)
        try:
            self._tenant.data_keys.load_all(key_ids)
        except KeyringError:
            return

    def _stored(self, event: SealedEvent) -> StoredEntry:
        assert event.position is not None, "it was read from the database"
        body = self._body(event, event.position)
        asked = asked_in(body) if isinstance(body, bytes) else None
        self._seen.take(event, asked)
        self._check_requests(event.position, asked)
        return StoredEntry(
            position=event.position,
            stream=event.stream,
            version=event.originator_version,
            kind=event.topic,
            envelope=event.state,
            leaf=None,  # the table keeps none; the heads' are checked on their own
            body=body,
        )

    def _body(self, event: SealedEvent, position: int) -> bytes | Missing | Damaged:
        try:
            preimage = self._tenant.mapper.preimage(event)
        except (IntegrityFailure, KeyringError, ProofFailed):
            return Damaged()  # an envelope that cannot be read fails by itself
        if preimage is None:
            return Missing(self._erased.get(position))
        return preimage

    # -- requests, side by side with the entries they name ---------------------------

    def _all_requests(self) -> Iterator[tuple[bytes, bytes, int, int]]:
        with self._connection.cursor(name="requests") as cursor:
            cursor.execute(self._composed(_REQUESTS), binary=True)
            while rows := cursor.fetchmany(PAGE):
                yield from rows

    def _check_requests(self, position: int, asked: Asked | None) -> None:
        """Every request must name an entry that says what was asked for."""
        while self._request is not None and self._request[2] <= position:
            key, content, first, last = self._request
            fits = first == position and self._fits(key, content, last - first, asked)
            self._wrong_requests += not fits
            self._request = next(self._requests, None)

    def _fits(
        self, key: bytes, content: bytes, further: int, asked: Asked | None
    ) -> bool:
        if asked is None:
            return True  # the words are gone; nothing is left to compare with
        if asked.is_refusal:
            return further >= 0  # the refused words are not kept
        index = self._tenant.ledger.index
        possible = {index.request_content(key, each) for each in asked.as_requested()}
        return further == 0 and content in possible

    # -- what remains to be said at the end ------------------------------------------

    def unkept(self) -> Iterator[ProofFailed]:
        """How what is stored beside the entries differs from what they say."""
        if self.position != self._seen.entries:
            yield ProofFailed("HEAD_POSITION")
        if self._erasures != len(self._erased) or not self._grants_fit():
            yield ProofFailed("HEAD_COUNTER")
        beyond = sum(1 for _ in self._requests) + (self._request is not None)
        for _ in range(self._wrong_requests + beyond):
            yield ProofFailed("REQUEST_DAMAGED")
        yield from self._index_failures()

    def _grants_fit(self) -> bool:
        """Erased entries may have granted something; that is not known any more."""
        least = self._seen.granting
        return bool(least <= self._grants <= least + self._seen.unread)

    def _index_failures(self) -> Iterator[ProofFailed]:
        rows = {
            bytes(key): bytes(sealed)
            for key, sealed in self._rows("SELECT key, sealed FROM {keyed_index}")
        }
        for case, streams in self._seen.streams.items():
            yield from self._case_failures(case, streams, rows)
        for number, cases in self._seen.cases_of.items():
            yield from self._subject_failures(number, cases, rows)
        for stream, (reader, day) in self._seen.readers.items():
            yield from self._reader_failures(stream, reader, day, rows)
        if not self._seen.unread:  # an erased case's rows can no longer be named
            yield from (ProofFailed("INDEX_UNKNOWN") for _ in rows)

    def _case_failures(
        self,
        case: UUID,
        streams: dict[UUID, tuple[StreamKind, str | None]],
        rows: dict[bytes, bytes],
    ) -> Iterator[ProofFailed]:
        """Take a case's rows away; they must lead to all its streams, as they are."""
        index = self._tenant.ledger.index
        ordinal, found = 0, dict[UUID, tuple[StreamKind, str | None]]()
        while True:
            (key,) = index.stream_keys(case, ordinal, 1)
            if key not in rows:
                break
            ordinal += 1
            try:
                found |= _led_to(index.open_stream(key, rows.pop(key)))
            except (KeyringError, ValueError):
                yield ProofFailed("INDEX_DAMAGED")
                continue
        for stream, known in streams.items():
            if stream not in found:
                yield ProofFailed("INDEX_ABSENT")
            elif found[stream] != known:
                yield ProofFailed("INDEX_DAMAGED")

    def _subject_failures(
        self, number: str, cases: list[UUID], rows: dict[bytes, bytes]
    ) -> Iterator[ProofFailed]:
        index = self._tenant.ledger.index
        keys = index.subject_keys(number, 0, len(cases))
        for key, case in zip(keys, cases, strict=True):
            if key not in rows:
                yield ProofFailed("INDEX_ABSENT")
                continue
            try:
                named = index.open_subject(key, rows.pop(key))
            except (KeyringError, ValueError):
                named = None
            if named != case:
                yield ProofFailed("INDEX_DAMAGED")

    def _reader_failures(
        self, stream: UUID, reader: str, day: date, rows: dict[bytes, bytes]
    ) -> Iterator[ProofFailed]:
        """A reader's stream of the day must be the one that its row leads to."""
        index = self._tenant.ledger.index
        key = index.reader_key(reader, day)
        if key not in rows:
            yield ProofFailed("INDEX_ABSENT")
            return
        try:
            named = index.open_reader(key, rows.pop(key))
        except (KeyringError, ValueError):
            named = None
        if named != stream:
            yield ProofFailed("INDEX_DAMAGED")

    # -- the tables ------------------------------------------------------------------

    def _rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        return self._connection.execute(self._composed(query)).fetchall()

    def _composed(self, query: LiteralString) -> sql.Composed:
        names: dict[str, sql.Composable] = {
            name: sql.Identifier(self._tenant.schema, name) for name in _TABLES
        }
        names["sealed"], names["bodies"] = (
            sql.SQL(SEALED),
            sql.SQL(BODIES).format(**names),
        )
        return sql.SQL(query).format(**names)


def _led_to(stream: CaseStream) -> dict[UUID, tuple[StreamKind, str | None]]:
    return {
        stream.stream: (stream.kind, stream.shield),
        stream.access: (StreamKind.ACCESS, stream.shield),
    }


_TABLES = (
    "body",
    "envelope",
    "erasure",
    "head",
    "keyed_index",
    "request",
    "stream_head",
)
_ENTRIES: LiteralString = (
    "SELECT {sealed} FROM {envelope} e {bodies} ORDER BY e.position"
)
_REQUESTS: LiteralString = (
    "SELECT key, content, first, last FROM {request} ORDER BY first"
)
