"""Connections that do not wait for ever: a silent database is a lost one.

A server that stops answering without closing the connection would hold its caller, and
with group commit all callers behind it. Past the patience the connection is given up
and the caller is told so; whether a commit happened is then found out over another one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg.abc import PQGen
from psycopg_pool import ConnectionPool, PoolTimeout

PATIENCE = 10.0  # seconds without the answer to one statement
SHORTEST_CONNECT = 2  # seconds; the driver takes no less

T = TypeVar("T")


class BoundedConnection(psycopg.Connection[Any]):
    """A connection on which no statement is waited for longer than its `patience`.

    Nor longer to connect, or to be given a free connection.
    """

    patience = PATIENCE

    def wait(
        self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None
    ) -> T:
        """Drive `gen` to its end. Raises `OperationalError` when patience runs out."""
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.errors._WaitTimeout:  # the name the driver gives it
            self.pgconn.finish()
            raise psycopg.OperationalError(
                f"the database gave no answer within {self.patience:g} s"
            ) from None


class Overloaded(OperationalError):
    """The database cannot take this now; nothing was recorded. Worth trying again."""


LOST = (psycopg.OperationalError, psycopg.InterfaceError)
"""What a statement raises when its connection is gone; `PoolTimeout` is one of them."""


def asked_again(
    pool: ConnectionPool[Any], work: Callable[[psycopg.Connection[Any]], T]
) -> T:
    """Do `work` on a connection, and once more when the connection was lost.

    Only for what may be done twice. Raises `Overloaded` when no connection can be had,
    or the second one is lost too.
    """
    try:
        with pool.connection() as connection:
            return work(connection)
    except PoolTimeout:
        raise Overloaded("no connection to the database is free") from None
    except LOST:
        drop_lost(pool)
    try:
        with pool.connection() as connection:
            return work(connection)
    except LOST:
        raise Overloaded("the database does not answer") from None


def drop_lost(pool: ConnectionPool[Any]) -> None:
    """Look through a pool: one lost connection seldom comes alone."""
    with suppress(PoolTimeout):
        pool.check()


def open_pool(
    conninfo: str,
    *,
    size: int = 16,
    connections: type[BoundedConnection] = BoundedConnection,
) -> ConnectionPool[BoundedConnection]:
    """A pool of at most `size` connections that commit by themselves."""
    to_connect = max(SHORTEST_CONNECT, int(connections.patience))
    return ConnectionPool(
        conninfo,
        connection_class=connections,
        kwargs={"autocommit": True, "connect_timeout": to_connect},
        min_size=1,
        max_size=size,
        timeout=connections.patience,
        open=True,
    )


def connected_as(pool: ConnectionPool[Any]) -> psycopg.Connection[Any]:
    """A connection of its own that is like the pool's."""
    assert isinstance(pool.conninfo, str)
    assert isinstance(pool.kwargs, dict)
    kind: type[psycopg.Connection[Any]] = pool.connection_class
    return kind.connect(pool.conninfo, **pool.kwargs)
