"""Notices that wait to be delivered: sealed rows, each put once under an id of its own.

The id follows from what the notice is, so whoever makes it again puts nothing new, and
a receiver who is told twice can drop the second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg_pool import ConnectionPool

from ledger.events.event import Role
from ledger.keyring import Keyring
from ledger.projections.notices import Notice

KEPT = timedelta(days=60)  # after its end: far longer than anything makes it again
FORGOTTEN_AT_ONCE = 1000
_PADDING = 128  # bytes; so that the length of a row tells little
_PURPOSE = "outbox"
_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice about a case; `shield` is the one it rests on, if it does on one."""

    case: UUID
    shield: str | None
    notice: Notice


@dataclass(frozen=True, slots=True)
class Tried:
    """A notice in the outbox, how often it was tried, and when it was made."""

    id: UUID
    waiting: Waiting
    tries: int
    made_at: datetime


class Outbox:
    """One tenant's outbox; `pool` acts in the writer's role."""

    def __init__(self, keyring: Keyring, pool: ConnectionPool[Any], schema: str):
        self._keyring = keyring
        self._pool = pool
        self._names = {
            name: sql.Identifier(schema, name)
            for name in ("outbox", "outbox_put", "outbox_tried", "outbox_forget")
        }

    def id_of(self, waiting: Waiting) -> UUID:
        """The same for the same notice, whoever makes it and however often."""
        return UUID(bytes=self._keyring.keyed_hash(_PURPOSE, _words(waiting))[:16])

    def known(self, ids: Iterable[UUID]) -> set[UUID]:
        """Which of these notices were put already."""
        rows = self._ask("SELECT id FROM {outbox} WHERE id = ANY(%s)", (list(ids),))
        return {row[0] for row in rows}

    def put(self, notices: Sequence[Waiting], at: datetime) -> int:
        """Put notices that are not there; returns how many were new."""
        ids = [self.id_of(each) for each in notices]
        sealed = [self._sealed(each) for each in notices]
        query = "SELECT {outbox_put}(%s::uuid[], %s::bytea[], %s)"
        return int(self._ask(query, (ids, sealed, at))[0][0])

    def due(self, at: datetime, limit: int) -> list[Tried]:
        """Notices to be tried by now, those that have waited longest first."""
        query: LiteralString = (
            "SELECT id, sealed, tries, made_at FROM {outbox}"
            " WHERE ended_at IS NULL AND due_at <= %s ORDER BY due_at, id LIMIT %s"
        )
        return [
            Tried(id, self._opened(id, sealed), tries, made_at)
            for id, sealed, tries, made_at in self._ask(query, (at, limit))
        ]

    def end(self, id: UUID, at: datetime) -> None:
        """Note that a notice was sent, or is not to be sent any more."""
        self._ask("SELECT {outbox_tried}(%s, %s, NULL)", (id, at))

    def again(self, id: UUID, at: datetime, then: datetime) -> None:
        """Note that a notice could not be sent, and when to try once more."""
        self._ask("SELECT {outbox_tried}(%s, %s, %s)", (id, at, then))

    def forget(self, at: datetime) -> int:
        """Delete some that came to their end long ago; returns how many."""
        query = "SELECT {outbox_forget}(%s, %s)"
        return int(self._ask(query, (at - KEPT, FORGOTTEN_AT_ONCE))[0][0])

    def _ask(
        self, query: LiteralString, values: tuple[Any, ...]
    ) -> list[tuple[Any, ...]]:
        composed = sql.SQL(query).format(**self._names)
        with self._pool.connection() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(
                composed, values
            ).fetchall()
        return rows

    def _sealed(self, waiting: Waiting) -> bytes:
        said = _words(waiting)
        padded = said.ljust(-(-len(said) // _PADDING) * _PADDING)
        return self._keyring.seal_alike(_PURPOSE, padded, self.id_of(waiting).bytes)

    def _opened(self, id: UUID, sealed: bytes) -> Waiting:
        said = json.loads(self._keyring.open_small(_PURPOSE, sealed, id.bytes))
        case, shield, person, role, kind, about, on = said
        notice = Notice(person, Role(role), kind, about, date.fromisoformat(on))
        return Waiting(UUID(case), shield, notice)


def _words(waiting: Waiting) -> bytes:
    told = waiting.notice
    what = [told.person, told.role.value, told.kind, told.about, told.on.isoformat()]
    return json.dumps([str(waiting.case), waiting.shield, *what]).encode()
