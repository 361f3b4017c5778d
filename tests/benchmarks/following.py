"""Following: entries a second from the log into the tables, the library's way and ours.

- `library_runner`: the library's runner over its own application: one row an event,
  row and position in one transaction, nothing opened and nothing verified.
- `follow`: our follower from position 0 over a log of whole cases: every entry
  verified and opened, four views, rows and positions batch by batch.
- `rebuild`: one of the views built beside the live one, and the switch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import count
from time import perf_counter
from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg import sql
from psycopg_pool import ConnectionPool

from ledger.database.roles import DatabaseRole, acting
from ledger.following import Follower
from ledger.projections import register
from ledger.rebuilding import rebuild
from ledger.tenant import Tenant
from tests.benchmarks.filling import fill
from tests.benchmarks.plain import PlainCases
from tests.benchmarks.rounds import Bench, Figure, Goal, Group
from tests.benchmarks.server import Server, pool

ENTRIES, ENTRIES_QUICK = 20_000, 1_000
PLAIN_EVENTS, PLAIN_EVENTS_QUICK = 3_000, 300
PLAIN_CASE = 50
PATIENCE = 300.0  # seconds for the library to come to the end
TIMES_FASTER = Goal(10, 15, is_ratio=True)

_names = count(1)


class Following:
    """The benches of following, and the logs that are followed."""

    def __init__(self, server: Server, *, quick: bool) -> None:
        self._server = server
        self._size = ENTRIES_QUICK if quick else ENTRIES
        self._plain_size = PLAIN_EVENTS_QUICK if quick else PLAIN_EVENTS

    @cached_property
    def tenant(self) -> Tenant:
        """A tenant with a log of that size."""
        tenant = self._server.opened(self._server.place())
        fill(tenant, self._size)
        return tenant

    @cached_property
    def _pool(self) -> ConnectionPool[Any]:
        conninfo = acting(self._server.databases.ledger, DatabaseRole.FOLLOWER)
        return self._server.entered(pool(conninfo))

    @cached_property
    def plain(self) -> PlainCases:
        """The library's application, with enough events in it."""
        application = self._server.plain
        for _ in range(self._plain_size // PLAIN_CASE):
            application.open(PLAIN_CASE)
        return application

    def groups(self) -> list[Group]:
        """One group: all of it is compared with the library's runner."""
        return [[self._library(), self._follow(), self._rebuild()]]

    def _library(self) -> Bench:
        def measure(seconds: float) -> list[float]:
            return [run_library(self.plain)]

        figure = Figure("library_runner", "entries/s")
        return Bench((figure,), measure, rounds=3, is_warmed=False)

    def _follow(self) -> Bench:
        return self._ours("follow", self._catch_up)

    def _rebuild(self) -> Bench:
        return self._ours("rebuild", self._build_anew)

    def _ours(self, name: str, work: Callable[[], None]) -> Bench:
        def measure(seconds: float) -> Sequence[float]:
            size = self.tenant.recorder.max_notification_id() or 0
            began = perf_counter()
            work()
            return [size / (perf_counter() - began)]

        figure = Figure(name, "entries/s", "library_runner", TIMES_FASTER)
        return Bench((figure,), measure, rounds=3, is_warmed=False)

    def _catch_up(self) -> None:
        follower = self._follower()
        for statement in _FROM_THE_START:
            self._server.execute(statement.format(schema=follower.schema))
        follower.catch_up()

    def _build_anew(self) -> None:
        rebuild(self._follower(), register.NAME)

    def _follower(self) -> Follower:
        """One that remembers nothing."""
        return Follower(self.tenant, self._pool)


_FROM_THE_START = (
    "TRUNCATE {schema}.listed",
    "UPDATE {schema}.projection SET position = 0 WHERE status = 'live'",
)


# --- the library ----------------------------------------------------------------------


class CountedView(PostgresTrackingRecorder):
    """One row an event, with its position, in one transaction."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        table = f"rows_of_{kwargs['tracking_table_name']}"
        self.rows = sql.Identifier(datastore.schema, table)
        create = sql.SQL("CREATE TABLE IF NOT EXISTS {} (position bigint, stream uuid)")
        self.sql_create_statements.append(create.format(self.rows))

    def add(self, stream: Any, tracking: Tracking) -> None:
        """Write the row and the position."""
        insert = sql.SQL("INSERT INTO {} VALUES (%s, %s)").format(self.rows)
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(insert, (tracking.notification_id, stream))
            self._insert_tracking(cursor, tracking)


class Counting(Projection[CountedView]):
    """Every event becomes a row."""

    name = "counting"

    def process_event(self, event: Any, tracking: Tracking) -> None:
        """Write one."""
        self.view.add(event.originator_id, tracking)


def run_library(application: PlainCases) -> float:
    """Run the library's projection over all there is; entries a second."""
    last = application.recorder.max_notification_id() or 0
    name = f"counting_{next(_names)}"
    projection = type("Counting", (Counting,), {"name": name})
    began = perf_counter()
    with ProjectionRunner(
        application_class=PlainCases,
        projection_class=projection,
        view_class=CountedView,
        env=application.env,
    ) as runner:
        runner.wait(last, timeout=PATIENCE)
    return last / (perf_counter() - began)
