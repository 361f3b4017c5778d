"""The tables that lists are read from: rows, how far they are, what was set aside.

At rest they tell nothing of a case: what a row is about, whose list it stands in and
the stream it is visible through are keyed hashes, and its content is sealed; in clear
are dates and positions to sort by. The same row is always the same bytes, so tables can
be compared. A view's rows stand in generations, of which one is live: who rebuilds
writes another one beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool

from ledger.keyring import Keyring
from ledger.projections.row import Row

_PADDING = 128  # bytes; so that the length of a row tells little
_PURPOSE = "listed"
_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Generation:
    """One making of a view's rows; they rest on all entries up to `position`."""

    view: str
    number: int
    status: str
    position: int
    erasures: int


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that are made anew together: those visible through one stream of a case.

    Of streams whose entries are rows each for itself, `position` says which entry.
    """

    case: UUID
    stream: UUID
    shield: str | None
    rows: tuple[Row, ...]
    outdated: bool = False
    position: int | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """An entry that could not be read; its code says why."""

    stream: UUID
    position: int
    code: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A row as it was read: `shield` is the one it rests on, `line` its JSON."""

    key: bytes
    sort: str
    outdated: bool
    case: UUID
    stream: UUID
    shield: str | None
    line: bytes


class Tables:
    """One tenant's tables. What is written goes into the caller's transaction."""

    def __init__(self, keyring: Keyring, schema: str) -> None:
        self._keyring = keyring
        self._names: dict[str, sql.Composable] = {
            table: sql.Identifier(schema, table) for table in _TABLES
        }

    # -- generations -----------------------------------------------------------------

    def generations(self, connection: psycopg.Connection[Any]) -> list[Generation]:
        """Every generation of every view."""
        return [Generation(*row) for row in self._rows(connection, _GENERATIONS, ())]

    def begin(self, connection: psycopg.Connection[Any], view: str) -> None:
        """Let a view that was never followed have a live generation, still empty."""
        self._do(connection, _BEGIN_LIVE, {"view": view})

    def build(self, connection: psycopg.Connection[Any], view: str) -> None:
        """Begin the next generation of a view, unless one is being built."""
        self._do(connection, _BEGIN_BUILDING, {"view": view})

    def hold(self, connection: psycopg.Connection[Any], view: str) -> list[Generation]:
        """The view's generations, held as they are until the transaction ends."""
        rows = self._rows(connection, _HOLD, (view,))
        return [Generation(*row) for row in rows]

    def switch(self, connection: psycopg.Connection[Any], to: Generation) -> None:
        """Let readers see another generation, and retire the one they saw."""
        self._do(connection, _RETIRE, {"view": to.view})
        self._do(connection, _GO_LIVE, {"view": to.view, "generation": to.number})

    def sweep(self, connection: psycopg.Connection[Any], limit: int) -> int:
        """Delete some rows of retired generations; returns how many, 0 at the end."""
        deleted = self._do(connection, _SWEEP_ROWS, {"limit": limit})
        if not deleted:
            for forget in (_SWEEP_QUARANTINE, _SWEEP_GENERATIONS):
                self._do(connection, forget, {})
        return deleted

    def move(
        self,
        connection: psycopg.Connection[Any],
        generation: Generation,
        position: int,
        erasures: int,
    ) -> bool:
        """Say how far a generation has come; `False` if it is not where it was."""
        values = {
            **_named(generation),
            "before": generation.position,
            "position": position,
            "erasures": erasures,
        }
        return self._do(connection, _MOVE, values) == 1

    # -- rows ------------------------------------------------------------------------

    def replace(
        self,
        connection: psycopg.Connection[Any],
        generation: Generation,
        parts: Sequence[Part],
    ) -> None:
        """Let these parts have the rows they hold, and no others."""
        rows = [
            self._stored(generation.view, part, row)
            for part in parts
            for row in part.rows
        ]
        columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
        columns = columns or [[] for _ in _COLUMNS]
        said = dict(zip(_COLUMNS, columns, strict=True))
        named = _named(generation)
        keys = [self.part_key(part.stream, part.position) for part in parts]
        gone = {"parts": keys, "keys": said["keys"]}
        self._do(connection, _DELETE_OTHERS, {**named, **gone})
        self._do(connection, _UPSERT, {**named, **said})

    def cases_through(
        self,
        connection: psycopg.Connection[Any],
        generation: Generation,
        streams: Iterable[UUID],
    ) -> set[UUID]:
        """The cases that have rows visible through some streams."""
        parts = [self.part_key(stream) for stream in streams]
        values = {**_named(generation), "parts": parts}
        rows = self._rows(connection, _THROUGH, values)
        return {self._opened(generation.view, *row).case for row in rows}

    def page(
        self,
        connection: psycopg.Connection[Any],
        view: str,
        owner: str | None,
        *,
        after: tuple[str, bytes] | None = None,
        limit: int | None = None,
    ) -> list[Listed]:
        """Rows of one list of the live generation, in order, after a place in it."""
        sort, key = after or ("", b"")
        values = {
            "view": view,
            "owner": self._owner(view, owner),
            "sort": sort,
            "key": key,
            "limit": limit,
        }
        rows = self._rows(connection, _PAGE, values)
        return [self._opened(view, *row) for row in rows]

    def every(
        self,
        pool: ConnectionPool[Any],
        view: str,
        owner: str | None,
        *,
        after: tuple[str, bytes] | None = None,
    ) -> Iterator[Listed]:
        """As `page`, one page after the other; no connection is held in between."""
        while True:
            with pool.connection() as connection:
                rows = self.page(
                    connection, view, owner, after=after, limit=_ROWS_AT_ONCE
                )
            yield from rows
            if len(rows) < _ROWS_AT_ONCE:
                return
            after = (rows[-1].sort, rows[-1].key)

    # -- what was set aside ----------------------------------------------------------

    def set_aside(
        self,
        connection: psycopg.Connection[Any],
        generation: Generation,
        entries: Iterable[SetAside],
        healed: Iterable[UUID],
    ) -> None:
        """Note entries that cannot be read, and streams whose entries can be again.

        What is visible through the former is marked: it may say less than the log.
        """
        parts = [self.part_key(stream) for stream in healed]
        self._do(connection, _HEAL, {**_named(generation), "parts": parts})
        for entry in entries:
            values = {
                **_named(generation),
                "part": self.part_key(entry.stream),
                "position": entry.position,
                "code": entry.code,
            }
            self._do(connection, _MARK, values)
            self._do(connection, _SET_ASIDE, values)

    def how_many_aside(
        self, connection: psycopg.Connection[Any]
    ) -> dict[tuple[str, int], int]:
        """How many streams are set aside, by view and generation."""
        rows = self._rows(connection, _ASIDE, ())
        return {(view, generation): count for view, generation, count in rows}

    def part_key(self, stream: UUID, position: int | None = None) -> bytes:
        """What stands for a stream, or an entry of it, and does not lead to it."""
        place = b"" if position is None else b"#%d" % position
        return self._keyring.keyed_hash("listed-part", stream.bytes + place)

    # -- how a row is stored ---------------------------------------------------------

    def _stored(self, view: str, part: Part, row: Row) -> tuple[Any, ...]:
        place = self.part_key(part.stream, part.position)
        said = place + f"{view} {row.about}".encode()
        key = self._keyring.keyed_hash("listed-key", said)
        head = json.dumps([str(part.case), str(part.stream), part.shield])
        said = head.encode() + b"\n" + row.line
        padded = said.ljust(-(-len(said) // _PADDING) * _PADDING)
        sealed = self._keyring.seal_alike(_PURPOSE, padded, view.encode() + key)
        owner = self._owner(view, row.owner)
        return key, place, owner, row.sort, part.outdated, sealed

    def _opened(
        self, view: str, key: bytes, sort: str, outdated: bool, sealed: bytes
    ) -> Listed:
        said = self._keyring.open_small(_PURPOSE, sealed, view.encode() + key)
        head, line = said.split(b"\n", 1)
        case, stream, shield = json.loads(head)
        return Listed(key, sort, outdated, UUID(case), UUID(stream), shield, line)

    def _owner(self, view: str, owner: str | None) -> bytes:
        if owner is None:
            return b""
        return self._keyring.keyed_hash("listed-owner", f"{view} {owner}".encode())

    # -- statements ------------------------------------------------------------------

    def _do(
        self, connection: psycopg.Connection[Any], query: LiteralString, values: Any
    ) -> int:
        composed = sql.SQL(query).format(**self._names)
        return connection.execute(composed, values).rowcount

    def _rows(
        self, connection: psycopg.Connection[Any], query: LiteralString, values: Any
    ) -> list[tuple[Any, ...]]:
        composed = sql.SQL(query).format(**self._names)
        return connection.execute(composed, values, binary=True).fetchall()


def _named(generation: Generation) -> dict[str, Any]:
    return {"view": generation.view, "generation": generation.number}


_TABLES = ("listed", "projection", "quarantine")
_COLUMNS = ("keys", "parts", "owners", "sorts", "outdated", "sealed")
_GENERATIONS: LiteralString = (
    "SELECT view, generation, status, position, erasures FROM {projection}"
)
_HOLD: LiteralString = _GENERATIONS + " WHERE view = %s FOR UPDATE"
_BEGIN_LIVE: LiteralString = (
    "INSERT INTO {projection} (view, generation, status) SELECT %(view)s, 1, 'live'"
    " WHERE NOT EXISTS (SELECT FROM {projection} WHERE view = %(view)s)"
    " ON CONFLICT DO NOTHING"
)
_BEGIN_BUILDING: LiteralString = (
    "INSERT INTO {projection} (view, generation, status)"
    " SELECT %(view)s, max(generation) + 1, 'building' FROM {projection}"
    " WHERE view = %(view)s HAVING bool_and(status <> 'building')"
    " ON CONFLICT DO NOTHING"
)
_RETIRE: LiteralString = (
    "UPDATE {projection} SET status = 'retired'"
    " WHERE view = %(view)s AND status = 'live'"
)
_GO_LIVE: LiteralString = (
    "UPDATE {projection} SET status = 'live'"
    " WHERE view = %(view)s AND generation = %(generation)s"
)
_SWEEP_ROWS: LiteralString = (
    "DELETE FROM {listed} WHERE ctid = ANY(ARRAY("
    " SELECT l.ctid FROM {listed} l JOIN {projection} USING (view, generation)"
    " WHERE status = 'retired' LIMIT %(limit)s))"
)
_SWEEP_QUARANTINE: LiteralString = (
    "DELETE FROM {quarantine} q USING {projection} p WHERE p.view = q.view"
    " AND p.generation = q.generation AND p.status = 'retired'"
)
_SWEEP_GENERATIONS: LiteralString = "DELETE FROM {projection} WHERE status = 'retired'"
_MOVE: LiteralString = (
    "UPDATE {projection} SET position = %(position)s, erasures = %(erasures)s"
    " WHERE view = %(view)s AND generation = %(generation)s"
    " AND position = %(before)s AND status <> 'retired'"
)
_DELETE_OTHERS: LiteralString = (
    "DELETE FROM {listed} WHERE view = %(view)s AND generation = %(generation)s"
    " AND part = ANY(%(parts)s::bytea[]) AND key <> ALL(%(keys)s::bytea[])"
)
_UPSERT: LiteralString = (
    "INSERT INTO {listed} AS l"
    " (view, generation, key, part, owner, sort, outdated, sealed)"
    " SELECT %(view)s, %(generation)s, r.*"
    " FROM unnest(%(keys)s::bytea[], %(parts)s::bytea[], %(owners)s::bytea[],"
    " %(sorts)s::text[], %(outdated)s::boolean[], %(sealed)s::bytea[])"
    " AS r(key, part, owner, sort, outdated, sealed)"
    " ON CONFLICT (view, generation, key) DO UPDATE SET"
    " sort = excluded.sort, outdated = excluded.outdated, sealed = excluded.sealed"
    " WHERE (l.outdated, l.sealed)"
    " IS DISTINCT FROM (excluded.outdated, excluded.sealed)"
)
_THROUGH: LiteralString = (
    "SELECT key, sort, outdated, sealed FROM {listed} WHERE view = %(view)s"
    " AND generation = %(generation)s AND part = ANY(%(parts)s::bytea[])"
)
_PAGE: LiteralString = (
    "SELECT key, sort, outdated, sealed FROM {listed} WHERE view = %(view)s"
    " AND generation = (SELECT generation FROM {projection}"
    "                    WHERE view = %(view)s AND status = 'live')"
    " AND owner = %(owner)s AND (sort, key) > (%(sort)s, %(key)s)"
    " ORDER BY sort, key LIMIT %(limit)s"
)
_HEAL: LiteralString = (
    "DELETE FROM {quarantine} WHERE view = %(view)s AND generation = %(generation)s"
    " AND part = ANY(%(parts)s::bytea[])"
)
_MARK: LiteralString = (
    "UPDATE {listed} SET outdated = true WHERE view = %(view)s"
    " AND generation = %(generation)s AND part = %(part)s"
)
_SET_ASIDE: LiteralString = (
    "INSERT INTO {quarantine} (view, generation, part, position, code)"
    " VALUES (%(view)s, %(generation)s, %(part)s, %(position)s, %(code)s)"
    " ON CONFLICT (view, generation, part) DO NOTHING"
)
_ASIDE: LiteralString = (
    "SELECT view, generation, count(*) FROM {quarantine} GROUP BY view, generation"
)
