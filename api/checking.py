"""Checks a whole log as the database holds it: hands `audit.fsck` all there is.

Entries, stream heads and erasures are read in one snapshot, page by page, so a log that
grows meanwhile does not look torn, and memory stays small however long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool

from api.installation import OpenTenant
from audit.failures import ProofFailed
from audit.fsck import Damaged, Missing, StoredEntry, fsck
from audit.report import Report
from audit.tiles import Tiles
from ledger.keyring import KeyringError
from ledger.recorder import sealed_event
from ledger.sealing import IntegrityFailure, SealedEvent

PAGE = 1000  # entries

Progress = Callable[[int, int], None]
"""Told how many entries are checked of how many."""


def check_log(
    tenant: OpenTenant,
    pool: ConnectionPool[Any],
    *,
    policy: str,
    allow_unwitnessed: bool,
    progress: Progress = lambda done, of: None,
) -> Report:
    """Re-derive the tenant's log from its entries; `policy` is a policy file's text."""
    checkpoint = _checkpoint(tenant)  # before the entries, which may grow beyond it
    with pool.connection() as connection, _snapshot(connection):
        stored = Snapshot(connection, tenant)
        size = stored.size()
        return fsck(
            stored.entries(),
            policy=policy,
            checkpoint=checkpoint,
            tiles=Tiles(tenant.folder.log),
            heads=stored.heads(),
            allow_unwitnessed=allow_unwitnessed,
            progress=lambda count: progress(count, size),
        )


def _checkpoint(tenant: OpenTenant) -> bytes | None:
    try:
        return tenant.folder.checkpoint.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def _snapshot(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


class Snapshot:
    """One tenant's tables at one moment, on a connection whose transaction holds it."""

    def __init__(self, connection: psycopg.Connection[Any], tenant: OpenTenant) -> None:
        self._connection = connection
        self._schema = tenant.folder.schema
        self._parts = tenant.parts
        query: LiteralString = "SELECT position, decided_at FROM {}"
        self._erased = dict(self._rows(query, "erasure"))

    def size(self) -> int:
        """The position of the last entry."""
        ((position,),) = self._rows("SELECT position FROM {}", "head")
        return int(position)

    def heads(self) -> Iterator[tuple[UUID, int, bytes]]:
        """Where each stream ends, as stored: stream, version, leaf hash."""
        query = "SELECT stream, version, leaf FROM {}"
        for stream, version, leaf in self._rows(query, "stream_head"):
            yield stream, version, bytes(leaf)

    def entries(self) -> Iterator[StoredEntry]:
        """Every entry by position, its body opened if it can be."""
        tables = {name: sql.Identifier(self._schema, name) for name in _TABLES}
        with self._connection.cursor(name="fsck") as cursor:
            cursor.execute(sql.SQL(_SEALED).format(**tables), binary=True)
            while rows := cursor.fetchmany(PAGE):
                page = [sealed_event(*row) for row in rows]
                self._load_keys(page)
                yield from map(self._stored, page)

    def _rows(self, query: LiteralString, table: str) -> list[tuple[Any, ...]]:
        name = sql.Identifier(self._schema, table)
        return self._connection.execute(sql.SQL(query).format(name)).fetchall()

    def _load_keys(self, page: Sequence[SealedEvent]) -> None:
        """Fetch a page's keys at once; one that does not open is met with its entry."""
        key_ids = (event.key_id for event in page if event.key_id is not None)
        try:
            self._parts.data_keys.load_all(key_ids)
        except KeyringError:
            return

    def _stored(self, event: SealedEvent) -> StoredEntry:
        assert event.position is not None, "it was read from the database"
        return StoredEntry(
            position=event.position,
            stream=event.stream,
            version=event.originator_version,
            kind=event.topic,
            envelope=event.state,
            leaf=None,  # the table keeps none; the heads' are checked on their own
            body=self._body(event, event.position),
        )

    def _body(self, event: SealedEvent, position: int) -> bytes | Missing | Damaged:
        try:
            preimage = self._parts.mapper.preimage(event)
        except (IntegrityFailure, KeyringError, ProofFailed):
            return Damaged()  # an envelope that cannot be read fails by itself
        if preimage is None:
            return Missing(self._erased.get(position))
        return preimage


_TABLES = ("body", "envelope")
_SEALED: LiteralString = (
    "SELECT e.position, e.stream, e.version, e.topic, e.state,"
    " b.key_id, b.nonce, b.ciphertext"
    " FROM {envelope} e LEFT JOIN {body} b USING (position) ORDER BY e.position"
)
