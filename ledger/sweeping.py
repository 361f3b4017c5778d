"""What is due by the clock alone: what a day brings is put on record, people are told
of what waits for them, and keys of requests are forgotten in their time.

One sweeper a tenant. Nothing depends on when it has run: what it records is dated when
it came to hold, and how a case stands on a day is answered by dates. A little is taken
away at a time, so that nobody who writes waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Signal
from typing import Any

from psycopg import sql
from psycopg_pool import ConnectionPool

from ledger.database.alone import Task, alone
from ledger.notifying import Courier, Notified, Notifying
from ledger.tenant import Tenant
from ledger.turning import Turned, Turning

AT_ONCE = 1000  # keys
ROUND_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Swept:
    """What a round has done: keys it forgot, what it recorded, whom it told."""

    forgotten: int
    turned: Turned
    notified: Notified


Tell = Callable[[Swept], None]
"""Told what a round has done."""


class Sweeper:
    """Sweeps one tenant; `pool` acts as the writer, as the tenant does.

    Without a courier nobody is told anything.
    """

    def __init__(
        self, tenant: Tenant, pool: ConnectionPool[Any], courier: Courier | None = None
    ) -> None:
        self._pool = pool
        self._schema = tenant.schema
        self._turning = Turning(tenant, pool)
        self._notifying = Notifying(tenant, pool, courier) if courier else None

    def sweep(self) -> Swept:
        """Do all that is due; returns what was done. Raises `AlreadyAtWork`."""
        with alone(self._pool, Task.SWEEP, self._schema):
            return self._sweep()

    def run(
        self,
        stop: Signal,
        tell: Tell,
        *,
        seconds: float = ROUND_SECONDS,
    ) -> None:
        """Sweep now and then until `stop` is set, and tell what was done.

        Raises `AlreadyAtWork`.
        """
        with alone(self._pool, Task.SWEEP, self._schema):
            tell(self._sweep())
            while not stop.wait(seconds):
                tell(self._sweep())

    def _sweep(self) -> Swept:
        turned = self._turning.turn()
        notified = self._notifying.notify() if self._notifying else Notified()
        return Swept(self._forget(), turned, notified)

    def _forget(self) -> int:
        forgotten = 0
        while gone := self._forget_some():
            forgotten += gone
        return forgotten

    def _forget_some(self) -> int:
        query = sql.SQL("SELECT {}(%s)").format(
            sql.Identifier(self._schema, "sweep_requests")
        )
        with self._pool.connection() as connection:
            row = connection.execute(query, (AT_ONCE,)).fetchone()
        assert row is not None  # the function answers one row
        return int(row[0])
