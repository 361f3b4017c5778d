"""Writing: the plain library, our whole path, and the bound under both.

- `plain_n`: n threads; each makes an event, lets the library's mapper turn it into
  JSON, and inserts it: one event a call, on a stream of its own.
- `ledger_n`: n threads; each makes an entry, seals and signs it, and records it with
  the head it follows and the keyed hashes of its request: one entry a call, on a stream
  of its own whose data key exists.
- `record_n`: the same through `CaseLedger`, which loads the case and decides before;
  every 50th call opens a new case with new keys.
- `psycopg_1`, `psycopg_batch`: rows as long as what we store of an entry, with no more
  than an INSERT each, committed one by one and by the thousand.
- `peak_mb`: memory of a process in which 32 threads write as in `ledger_32`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import count, islice
from typing import Any
from uuid import UUID, uuid4

import psycopg

from ledger.events.event import Event
from ledger.recorder import Head
from ledger.sealing import body_of
from ledger.tenant import Tenant
from tests.benchmarks import facts, plain
from tests.benchmarks.alone import run_alone
from tests.benchmarks.callers import Call, per_second
from tests.benchmarks.filling import CASE_LENGTH, request_for
from tests.benchmarks.plain import PlainCases
from tests.benchmarks.rounds import Bench, Figure, Goal, Group
from tests.benchmarks.server import Place, Server

BATCH_ROWS = 1000
INSERT = "INSERT INTO bare (stream, version, topic, state) VALUES (%s, %s, %s, %s)"

GOALS = {
    1: Goal(1.1, 1.5, is_ratio=True),
    8: Goal(3, 5, is_ratio=True),
    32: Goal(5, 8, is_ratio=True),
    512: Goal(6, 10, is_ratio=True),
}


class Writing:
    """The benches of writing, and what they write to, made when it is first needed."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @cached_property
    def place(self) -> Place:
        """Where the tenant is that is written to."""
        return self._server.place()

    @cached_property
    def tenant(self) -> Tenant:
        """That tenant, open."""
        return self._server.opened(self.place)

    @property
    def plain(self) -> PlainCases:
        """The plain library."""
        return self._server.plain

    @cached_property
    def bare(self) -> psycopg.Connection[Any]:
        """A connection, and a table with the two indexes that anybody needs."""
        self._server.execute(
            "CREATE TABLE bare (position bigserial PRIMARY KEY, stream uuid NOT NULL,"
            " version bigint NOT NULL, topic text NOT NULL, state bytea NOT NULL,"
            " UNIQUE (stream, version))"
        )
        return self._server.connection()

    def groups(self) -> list[Group]:
        """What is compared stands together."""
        return [
            [self._plain(1), self._ledger(1, 1), self._record(1), self._single()],
            [self._plain(8), self._ledger(8, 8)],
            [
                self._plain(32),
                self._ledger(32, 32),
                self._ledger(512, 32),
                self._record(32),
            ],
            [self._batch()],
            [self._peak()],
        ]

    def sizes(self) -> tuple[int, int]:
        """Bytes of JSON that are stored of one event: the library's, ours."""
        state = self.plain.mapper.to_stored_event(plain.observation(uuid4(), 2)).state
        now = datetime.now(UTC)
        entry = facts.entry_after(Head(uuid4()), uuid4(), facts.observation(), now)
        return len(state), len(body_of(entry))

    def _plain(self, callers: int) -> Bench:
        def measure(seconds: float) -> list[float]:
            calls = [plain_caller(self.plain) for _ in range(callers)]
            return [per_second(calls, seconds)]

        return Bench((Figure(f"plain_{callers}", "entries/s"),), measure)

    def _ledger(self, callers: int, vs: int) -> Bench:
        def measure(seconds: float) -> list[float]:
            return [per_second(ledger_callers(self.tenant, callers), seconds)]

        name = f"ledger_{callers}"
        figure = Figure(name, "entries/s", f"plain_{vs}", GOALS[callers])
        return Bench((figure,), measure)

    def _record(self, callers: int) -> Bench:
        def measure(seconds: float) -> list[float]:
            calls = [record_caller(self.tenant) for _ in range(callers)]
            return [per_second(calls, seconds)]

        figure = Figure(f"record_{callers}", "entries/s", f"plain_{callers}")
        return Bench((figure,), measure)

    def _single(self) -> Bench:
        def measure(seconds: float) -> list[float]:
            bare, rows = self.bare, self._rows()
            return [per_second([lambda: bare.execute(INSERT, next(rows))], seconds)]

        return Bench((Figure("psycopg_1", "entries/s"),), measure)

    def _batch(self) -> Bench:
        def measure(seconds: float) -> list[float]:
            bare, rows = self.bare, self._rows()

            def insert() -> None:
                with bare.transaction(), bare.cursor() as cursor:
                    cursor.executemany(INSERT, list(islice(rows, BATCH_ROWS)))

            return [per_second([insert], seconds) * BATCH_ROWS]

        return Bench((Figure("psycopg_batch", "entries/s"),), measure)

    def _rows(self) -> Iterator[tuple[UUID, int, str, bytes]]:
        """Rows as long as what is stored of one of our entries, without end."""
        stream = uuid4()
        self.tenant.data_keys.create([stream])
        now = datetime.now(UTC)
        entry = facts.entry_after(Head(stream), uuid4(), facts.observation(), now)
        sealed = self.tenant.mapper.to_stored_event(entry)
        assert sealed.ciphertext is not None, "it was sealed just now"
        state = os.urandom(len(sealed.state) + len(sealed.ciphertext))
        return ((stream, version, sealed.topic, state) for version in count(1))

    def _peak(self) -> Bench:
        def measure(seconds: float) -> list[float]:
            return [run_alone(write_alone, self.place, 32, seconds).peak_mb]

        return Bench((Figure("peak_mb", "MB"),), measure, rounds=3, is_warmed=False)


def plain_caller(application: PlainCases) -> Call:
    """Makes one event, maps it and inserts it, on a stream of its own."""
    mapper, recorder = application.mapper, application.recorder
    case, versions = uuid4(), count(2)

    def call() -> None:
        event = plain.observation(case, next(versions))
        recorder.insert_events([mapper.to_stored_event(event)])

    return call


def ledger_callers(tenant: Tenant, callers: int) -> list[Call]:
    """As many callers, each with a stream of its own, whose data key is there."""
    streams = [uuid4() for _ in range(callers)]
    tenant.data_keys.create(streams)
    return [LedgerCaller(tenant, stream) for stream in streams]


class LedgerCaller:
    """Makes an entry, seals and signs it, and records it under a request key."""

    def __init__(self, tenant: Tenant, stream: UUID) -> None:
        self._tenant = tenant
        self._case = uuid4()
        self._head = Head(stream)

    def __call__(self) -> None:
        """Record one entry, decided on the one before."""
        head, now = self._head, datetime.now(UTC)
        entry = facts.entry_after(head, self._case, facts.observation(), now)
        sealed = self._tenant.mapper.to_stored_event(entry)
        requests = [request_for(self._tenant, self._case, entry.event, now)]
        self._tenant.recorder.record([sealed], decided_on=[head], requests=requests)
        self._head = Head(head.stream, entry.version, sealed.leaf)


def record_caller(tenant: Tenant) -> Call:
    """Records through `CaseLedger`, case after case."""
    following = _cases()

    def call() -> None:
        case, number, event = next(following)
        tenant.ledger.record(
            case,
            event,
            by=facts.TEACHER,
            occurred_at=datetime.now(UTC),
            key=f"{case}/{number}",
        )

    return call


def _cases() -> Iterator[tuple[UUID, int, Event]]:
    events = facts.series(CASE_LENGTH)
    while True:
        case = uuid4()
        for number, event in enumerate(events):
            yield case, number, event


def write_alone(place: Place, callers: int, seconds: float) -> float:
    """Write as `ledger_n` does; answers entries a second."""
    with place.opened() as tenant:
        return per_second(ledger_callers(tenant, callers), seconds)
