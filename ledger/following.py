"""Follows the log: runs every view over it in batches, rows and position in one commit.

A position goes forward only, and over every entry, so the rows of a view are those of a
prefix of the log and nothing else decides them. What passes is tried again; an entry
that cannot be read is set aside with its case, and everything else goes on. One
follower a tenant, by advisory lock; one runner takes the tenants in turn.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from threading import Event as Signal
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg_pool import ConnectionPool

from ledger.batches import Batch, Batches, LogGap
from ledger.database.bounded import LOST, drop_lost
from ledger.lag import Followed, Lag
from ledger.tables import Generation, Part, SetAside, Tables
from ledger.tenant import Tenant
from ledger.views import OF_CASES, OF_ENTRIES, VIEWS, Changes, changes

BATCH_ENTRIES = 2000
PAUSE_SECONDS = 0.1  # between turns: many small batches would cost more than they save
BUSY_SECONDS = 0.4  # the same while much comes in, when what is gathered saves most
BUSY_ENTRIES = 16  # in one turn
RETRY_SECONDS = (0.1, 0.5, 2.0, 5.0)
PASSES = (*LOST, OperationalError)
"""What a turn raises that passes by itself: the database is away, or too slow."""
SWEEP_ROWS = 5000
_NO_CASE = UUID(int=0)

logger = logging.getLogger(__name__)


class AlreadyFollowing(Exception):
    """Another process follows this tenant's log."""


class LogSmaller(Exception):
    """The log ends before what its tables rest on: an older state was put back."""

    def __init__(self, position: int) -> None:
        super().__init__(f"LOG_SMALLER: position {position + 1} is no longer there")
        self.code = "LOG_SMALLER"
        self.position = position + 1


class Superseded(Exception):
    """A generation is not where it was: another has moved or replaced it."""


class Follower:
    """Follows one tenant's log; the tenant and `pool` act in the follower's role."""

    def __init__(
        self,
        tenant: Tenant,
        pool: ConnectionPool[Any],
        *,
        views: Sequence[str] = VIEWS,
        batch: int = BATCH_ENTRIES,
    ) -> None:
        self.schema = tenant.schema
        self.pool = pool
        self.tables = Tables(tenant.keyring, tenant.schema)
        self._tenant = tenant
        self._views = tuple(views)
        self.batch = batch  # entries at most
        self._batches = Batches(tenant)
        self.is_behind = False  # after a turn: there is more than one batch to take
        self.is_busy = False  # after a turn: much has come in since the one before
        self._erasures: int | None = None  # under which the batches remember
        self._followed = Followed(
            self.tables, tenant.recorder, pool, self._views, tenant.ledger.clock
        )

    def run(self, stop: Signal) -> None:
        """Follow until `stop` is set. Raises `AlreadyFollowing`."""
        follow([self], stop)

    def catch_up(self) -> None:
        """Bring every view up to what is recorded now. Raises as `turn` does."""
        with self.alone():
            while self.turn():
                pass

    def lag(self) -> dict[str, Lag]:
        """How far each view is behind."""
        return self._followed.lag()

    def wait_for(self, position: int, timeout: float) -> bool:
        """Whether every view reaches a position within so many seconds."""
        return self._followed.wait_for(position, timeout)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the tenant's follower lock. Raises `AlreadyFollowing`."""
        with self.pool.connection() as connection:
            if not lock(connection, f"follow/{self.schema}"):
                raise AlreadyFollowing("another process follows this log")
            try:
                yield
            finally:
                unlock(connection, f"follow/{self.schema}")

    def head(self) -> int:
        """The last position of the log, 0 before the first."""
        return self._tenant.recorder.state_of_log()[0]

    def turn(self) -> bool:
        """Take every view one batch further; `False` when there was nothing to do.

        Raises `LogGap`, `LogSmaller` and, when the database is away, one of `PASSES`.
        """
        moved = self.is_behind = self.is_busy = False
        for position, generations in self._by_position():
            views = {generation.view for generation in generations}
            batch, erasures = self.read(position, views)
            self.is_behind |= batch.last - position >= self.batch
            self.is_busy |= batch.last - position >= BUSY_ENTRIES
            for generation in generations:
                with suppress(Superseded):
                    moved |= self.take(generation, batch, erasures)
        return moved or self._sweep()

    def read(self, position: int, views: Collection[str]) -> tuple[Batch, int]:
        """The batch after a position, for some views; and the erasures of the log."""
        head, erasures = self._tenant.recorder.state_of_log()
        if head < position:
            raise LogSmaller(head)
        if erasures != self._erasures:
            self._batches.forget()
            self._erasures = erasures
        sealed = self._tenant.recorder.sealed_after(position, self.batch)
        if not sealed and head > position:
            raise LogGap(position + 1)
        batch = self._batches.read(
            sealed,
            position,
            cases=any(view in OF_CASES for view in views),
            accesses=any(view in OF_ENTRIES for view in views),
        )
        return batch, erasures

    def take(self, generation: Generation, batch: Batch, erasures: int) -> bool:
        """Take one generation over a batch: its rows and its position in one commit."""
        if batch.last == generation.position and erasures == generation.erasures:
            return False
        with self.pool.connection() as connection, connection.transaction():
            self.write(connection, generation, batch, erasures)
        return True

    def write(
        self,
        connection: psycopg.Connection[Any],
        generation: Generation,
        batch: Batch,
        erasures: int,
    ) -> None:
        """As `take`, in the caller's transaction. Raises `Superseded`."""
        made = [changes(generation.view, batch)]
        if erasures != generation.erasures:
            made.insert(0, self._without_erased(connection, generation))
        if not self.tables.move(connection, generation, batch.last, erasures):
            raise Superseded(generation.view)
        for each in made:
            self._write(connection, generation, each)

    # -- one view, one batch ---------------------------------------------------------

    def _write(
        self,
        connection: psycopg.Connection[Any],
        generation: Generation,
        change: Changes,
    ) -> None:
        self.tables.replace(connection, generation, change.parts)
        self.tables.set_aside(connection, generation, change.aside, change.healed)
        for entry in change.aside:
            _alarm(self.schema, generation.view, entry)

    def _without_erased(
        self, connection: psycopg.Connection[Any], generation: Generation
    ) -> Changes:
        """What rested on erased bodies, made anew as of where the generation stands."""
        erased = self._tenant.recorder.erased()
        if generation.view not in OF_CASES:
            gone = tuple(Part(_NO_CASE, s, None, (), position=p) for s, p in erased)
            return Changes(gone, (), frozenset())
        streams = {stream for stream, _ in erased}
        cases = self.tables.cases_through(connection, generation, streams)
        batch = self._batches.cases_at(streams, cases, generation.position)
        return changes(generation.view, batch)

    # -- all views -------------------------------------------------------------------

    def _by_position(self) -> list[tuple[int, list[Generation]]]:
        """The live generations, those that stand at the same position together."""
        with self.pool.connection() as connection:
            found = self.tables.generations(connection)
            missing = set(self._views) - {generation.view for generation in found}
            for view in missing:
                self.tables.begin(connection, view)
            if missing:
                found = self.tables.generations(connection)
        live = [g for g in found if g.status == "live" and g.view in self._views]
        live.sort(key=lambda generation: generation.position)
        grouped = groupby(live, key=lambda generation: generation.position)
        return [(position, list(same)) for position, same in grouped]

    def _sweep(self) -> bool:
        """Clear away some of what a rebuild has replaced."""
        with self.pool.connection() as connection, connection.transaction():
            return self.tables.sweep(connection, SWEEP_ROWS) > 0


# --- many tenants in turn -------------------------------------------------------------


def follow(
    followers: Sequence[Follower],
    stop: Signal,
    *,
    on_loss: Callable[[], None] = lambda: None,
) -> None:
    """Follow several tenants in turn, one batch each, until `stop` is set.

    What stops one does not stop the others: it is tried again later. A tenant that
    another process follows is left to it, and taken over when that ends; the only one
    there is raises `AlreadyFollowing`. `on_loss` is called whenever the database is
    away, before it is tried again.
    """
    turns = [_Turns(follower) for follower in followers]
    while not stop.is_set():
        try:
            with ExitStack() as held:
                _take_turns(turns, held, stop)
        except PASSES as error:
            logger.warning("following: %s; trying again", type(error).__name__)
            on_loss()
            for follower in followers:
                drop_lost(follower.pool)
            stop.wait(RETRY_SECONDS[1])


def _take_turns(turns: Sequence[_Turns], held: ExitStack, stop: Signal) -> None:
    """Take turns on connections that hold the locks, until one of them is lost."""
    pools = {id(turn.follower.pool): turn.follower.pool for turn in turns}
    connections = {
        name: held.enter_context(pool.connection()) for name, pool in pools.items()
    }
    for connection in connections.values():
        held.callback(_release, connection)
    for turn in turns:
        turn.leave()
    while not stop.is_set():
        is_behind = False
        for turn in turns:
            is_behind |= turn.take(connections[id(turn.follower.pool)])
        if len(turns) == 1 and not turns[0].has_held:
            raise AlreadyFollowing("another process follows this log")
        if not is_behind:
            is_busy = any(turn.follower.is_busy for turn in turns)
            stop.wait(BUSY_SECONDS if is_busy else PAUSE_SECONDS)


def _release(connection: psycopg.Connection[Any]) -> None:
    """Give back all locks of a connection that others will use again."""
    with suppress(*PASSES):
        connection.execute("SELECT pg_advisory_unlock_all()")


class _Turns:
    """One tenant's turns: whether it is ours, and when it is tried again."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.holds_lock = False
        self.has_held = False
        self._failures = 0
        self._not_before = 0.0

    def leave(self) -> None:
        """The connection that held the lock is given up."""
        self.holds_lock = False

    def take(self, connection: psycopg.Connection[Any]) -> bool:
        """One turn, if it is time; whether the next is due at once.

        Raises one of `PASSES` when the connection that holds the locks is gone.
        """
        if monotonic() < self._not_before or not self._locked(connection):
            return False
        try:
            self.follower.turn()
        except (LogGap, LogSmaller) as stopped:
            _alarm_of_log(self.follower.schema, stopped)
            return self._fail()
        except PASSES as error:
            logger.warning("following: %s; trying again", type(error).__name__)
            connection.execute("SELECT")  # without it, another may have taken over
            return self._fail()
        except Exception as error:  # whatever it is: the other tenants go on
            logger.error("following %s: %s", self.follower.schema, type(error).__name__)
            return self._fail()
        self._failures = 0
        return self.follower.is_behind

    def _locked(self, connection: psycopg.Connection[Any]) -> bool:
        if not self.holds_lock:
            self.holds_lock = lock(connection, f"follow/{self.follower.schema}")
            self.has_held |= self.holds_lock
            if not self.holds_lock:
                self._not_before = monotonic() + RETRY_SECONDS[1]
        return self.holds_lock

    def _fail(self) -> bool:
        wait = RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]
        self._failures += 1
        self._not_before = monotonic() + wait
        return False


def lock(connection: psycopg.Connection[Any], what: str) -> bool:
    """Take the session's lock on something, unless another session has it."""
    query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
    row = connection.execute(query, (f"stafettlogg/{what}",)).fetchone()
    return row is not None and bool(row[0])


def unlock(connection: psycopg.Connection[Any], what: str) -> None:
    """Give the session's lock back."""
    query = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
    connection.execute(query, (f"stafettlogg/{what}",))


# --- alarms: where and why, never what ------------------------------------------------


def _alarm(schema: str, view: str, entry: SetAside) -> None:
    said = {"tenant": schema, "view": view, "position": entry.position}
    logger.error(
        "set aside: %s at position %d, view %s of %s",
        entry.code,
        entry.position,
        view,
        schema,
        extra={**said, "code": entry.code},
    )


def _alarm_of_log(schema: str, stopped: LogGap | LogSmaller) -> None:
    logger.error(
        "following stopped: %s at position %d of %s",
        stopped.code,
        stopped.position,
        schema,
        extra={"tenant": schema, "position": stopped.position, "code": stopped.code},
    )
