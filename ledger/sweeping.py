"""What is due by the clock alone: keys of requests are forgotten in their time.

Nothing that is on record is touched. A little is taken away at a time, so that nobody
who writes waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Signal
from typing import Any

from psycopg import sql
from psycopg_pool import ConnectionPool

from ledger.database.alone import Task, alone

AT_ONCE = 1000  # keys
ROUND_SECONDS = 600.0

Tell = Callable[[int], None]
"""Told how many keys a round has forgotten."""


class Sweeper:
    """Sweeps one tenant; `pool` acts as the writer."""

    def __init__(self, pool: ConnectionPool[Any], schema: str) -> None:
        self._pool = pool
        self._schema = schema

    def sweep(self) -> int:
        """Forget all whose time is over; returns how many. Raises `AlreadyAtWork`."""
        with alone(self._pool, Task.SWEEP, self._schema):
            return self._sweep()

    def run(
        self,
        stop: Signal,
        tell: Tell,
        *,
        seconds: float = ROUND_SECONDS,
    ) -> None:
        """Sweep now and then until `stop` is set, and tell how many were forgotten.

        Raises `AlreadyAtWork`.
        """
        with alone(self._pool, Task.SWEEP, self._schema):
            tell(self._sweep())
            while not stop.wait(seconds):
                tell(self._sweep())

    def _sweep(self) -> int:
        swept = 0
        while gone := self._sweep_some():
            swept += gone
        return swept

    def _sweep_some(self) -> int:
        query = sql.SQL("SELECT {}(%s)").format(
            sql.Identifier(self._schema, "sweep_requests")
        )
        with self._pool.connection() as connection:
            row = connection.execute(query, (AT_ONCE,)).fetchone()
        assert row is not None  # the function answers one row
        return int(row[0])
