"""The recorder: the library's contract, and what a ledger needs beyond it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests.persistence import (
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from psycopg_pool import ConnectionPool

from audit.record import leaf_hash
from ledger.database.roles import DatabaseRole
from ledger.recorder import (
    AlreadyRecorded,
    Conflict,
    Draft,
    Head,
    IndexRow,
    LedgerRecorder,
    RequestKey,
    _Call,
    _Ticket,
)
from ledger.sealing import SealedEvent
from tests.clusters import Databases, Tenant, new_tenant

TOPIC = "stafettlogg.case.v1"


def pool_of(tenant: Tenant) -> ConnectionPool[Any]:
    return ConnectionPool(
        tenant.ledger(), kwargs={"autocommit": True}, min_size=1, max_size=20, open=True
    )


@pytest.fixture
def pool(tenant: Tenant) -> Iterator[ConnectionPool[Any]]:
    with pool_of(tenant) as pool:
        yield pool


@pytest.fixture
def recorder(tenant: Tenant, pool: ConnectionPool[Any]) -> LedgerRecorder:
    return LedgerRecorder(pool, tenant.schema)


def sealed(stream: UUID, version: int = 1) -> SealedEvent:
    """An event whose bytes mean nothing: the recorder does not look into them."""
    state = os.urandom(64)
    return SealedEvent(
        originator_id=stream,
        originator_version=version,
        topic=TOPIC,
        state=state,
        leaf=leaf_hash(state),
        iat_ms=0,
        key_id=uuid4(),
        nonce=os.urandom(12),
        ciphertext=os.urandom(272),
    )


def head_after(event: SealedEvent) -> Head:
    return Head(event.stream, event.originator_version, event.leaf)


# -- the library's own cases -------------------------------------------------------


class _OnOurRecorder:
    """Makes the library's test cases run on a fresh tenant of a server."""

    server = "wheel_postgres"

    @pytest.fixture(autouse=True)
    def _tenants(self, request: pytest.FixtureRequest) -> Iterator[None]:
        self._databases: Databases = request.getfixturevalue(self.server)
        self._pools: list[ConnectionPool[Any]] = []
        yield
        for pool in self._pools:
            pool.close()

    def create_recorder(self) -> LedgerRecorder:
        tenant = new_tenant(self._databases)
        self._pools.append(pool_of(tenant))
        return LedgerRecorder(self._pools[-1], tenant.schema)


class TestLibraryCasesOnTheWheel(_OnOurRecorder, ApplicationRecorderTestCase):
    INITIAL_VERSION = 1

    def new_originator_id(self) -> UUID:
        return uuid4()

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNonInterleavingOnTheWheel(
    _OnOurRecorder, NonInterleavingNotificationIDsBaseCase
):
    insert_num = 1000


class TestLibraryCasesOnDebian15(TestLibraryCasesOnTheWheel):
    server = "debian_postgres"


class TestNonInterleavingOnDebian15(TestNonInterleavingOnTheWheel):
    server = "debian_postgres"


# -- beyond it ---------------------------------------------------------------------


def test_positions_are_dense_and_start_at_one(recorder: LedgerRecorder) -> None:
    positions = [
        recorder.record([sealed(stream), sealed(stream, 2)])
        for stream in (uuid4(), uuid4())
    ]
    assert positions == [[1, 2], [3, 4]]
    assert recorder.max_notification_id() == 4


def test_a_conflict_burns_no_position(recorder: LedgerRecorder) -> None:
    first = sealed(uuid4())
    recorder.record([first], decided_on=[Head(first.stream)])
    with pytest.raises(Conflict):
        recorder.record([sealed(first.stream)], decided_on=[Head(first.stream)])
    assert recorder.record([sealed(uuid4())]) == [2]


def test_a_stream_read_but_not_written_that_moved_is_a_conflict(
    recorder: LedgerRecorder,
) -> None:
    read, written = sealed(uuid4()), sealed(uuid4())
    recorder.record([read], decided_on=[Head(read.stream)])
    with pytest.raises(Conflict):
        recorder.record([written], decided_on=[Head(written.stream), Head(read.stream)])
    recorder.record([written], decided_on=[Head(written.stream), head_after(read)])


def test_the_same_version_with_another_leaf_is_a_conflict(
    recorder: LedgerRecorder,
) -> None:
    first = sealed(uuid4())
    recorder.record([first])
    wrong = Head(first.stream, 1, os.urandom(32))
    with pytest.raises(Conflict):
        recorder.record([sealed(first.stream, 2)], decided_on=[wrong])


def test_a_request_sent_twice_is_recorded_once(recorder: LedgerRecorder) -> None:
    key = RequestKey(os.urandom(32), os.urandom(32))
    recorder.record([sealed(uuid4())], requests=[key])
    with pytest.raises(AlreadyRecorded) as again:
        recorder.record([sealed(uuid4())], requests=[key])
    assert (again.value.known.first, again.value.known.same) == (1, True)
    assert recorder.max_notification_id() == 1


def test_a_request_key_with_another_content_is_told_apart(
    recorder: LedgerRecorder,
) -> None:
    key = os.urandom(32)
    recorder.record([sealed(uuid4())], requests=[RequestKey(key, b"one")])
    with pytest.raises(AlreadyRecorded) as again:
        recorder.record([sealed(uuid4())], requests=[RequestKey(key, b"two")])
    assert not again.value.known.same


def test_each_part_of_a_call_knows_its_own_positions(recorder: LedgerRecorder) -> None:
    recorder.record([sealed(uuid4())])
    keys = [os.urandom(32), os.urandom(32)]
    recorder.record(
        [sealed(uuid4()) for _ in range(3)],
        requests=[
            RequestKey(keys[0], b"a", first=0, count=2),
            RequestKey(keys[1], b"b", first=2),
        ],
    )
    known = recorder.known(keys)
    assert [known[key][1:] for key in keys] == [(2, 3), (4, 4)]


def test_of_two_calls_that_claim_one_index_key_one_is_in_conflict(
    recorder: LedgerRecorder,
) -> None:
    key = os.urandom(32)
    recorder.record([sealed(uuid4())], index=[IndexRow(key, b"first")])
    with pytest.raises(Conflict):
        recorder.record([sealed(uuid4())], index=[IndexRow(key, b"second")])
    assert recorder.look_up([key]) == {key: b"first"}


def test_of_many_callers_at_once_only_the_one_in_conflict_fails(
    recorder: LedgerRecorder,
) -> None:
    taken = sealed(uuid4())
    recorder.record([taken])
    ready = threading.Barrier(17)

    def write(stream: UUID) -> bool:
        ready.wait()
        try:
            recorder.record([sealed(stream)], decided_on=[Head(stream)])
        except Conflict:
            return False
        return True

    streams = [uuid4() for _ in range(16)] + [taken.stream]
    with ThreadPoolExecutor(17) as threads:
        recorded = list(threads.map(write, streams))
    assert recorded == [True] * 16 + [False]
    assert recorder.max_notification_id() == 17


def test_one_call_of_a_batch_may_not_rest_on_what_another_one_writes(
    tenant: Tenant, recorder: LedgerRecorder
) -> None:
    """The database holds this by itself, whoever builds the batch."""
    event, other = sealed(uuid4()), sealed(uuid4())
    calls = [
        _Call([event], [Head(event.stream)]),
        _Call([other], [Head(other.stream), Head(event.stream)]),
    ]
    assert recorder._append_once(calls) == (0, [2])
    assert recorder.max_notification_id() is None


def test_entries_of_an_access_stream_chain_on_each_other_without_conflict(
    recorder: LedgerRecorder,
) -> None:
    stream = uuid4()
    seen: list[Head] = []

    def sign(head: Head, earliest: int) -> SealedEvent:
        seen.append(head)
        return sealed(stream, head.version + 1)

    with ThreadPoolExecutor(32) as threads:
        positions = list(
            threads.map(lambda _: recorder.append(Draft(stream, sign)), range(32))
        )
    assert sorted(positions) == list(range(1, 33))
    stored = recorder.sealed_after(0, 100)
    assert [event.originator_version for event in stored] == list(range(1, 33))
    heads = {head.version: head.leaf for head in seen}
    for event in stored[:-1]:
        assert heads[event.originator_version] == event.leaf


def test_bodies_come_back_beside_their_envelopes(recorder: LedgerRecorder) -> None:
    event = sealed(uuid4())
    recorder.record([event])
    (stored,) = recorder.sealed_after(0, 10)
    assert (stored.key_id, stored.nonce, stored.ciphertext, stored.state) == (
        event.key_id,
        event.nonce,
        event.ciphertext,
        event.state,
    )


def test_the_writer_can_write_through_append_alone(tenant: Tenant) -> None:
    schema = tenant.schema
    statements = [
        f"INSERT INTO {schema}.envelope VALUES (9, gen_random_uuid(), 1, 't', '')",
        f"UPDATE {schema}.head SET position = 5",
        f"DELETE FROM {schema}.body",
        f"TRUNCATE {schema}.stream_head",
        f"SELECT {schema}.erase_bodies('{{1}}', 2)",
    ]
    with psycopg.connect(tenant.ledger(), autocommit=True) as connection:
        for statement in statements:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.parametrize("role", [DatabaseRole.PUBLISHER, DatabaseRole.FOLLOWER])
def test_who_only_reads_cannot_append(tenant: Tenant, role: DatabaseRole) -> None:
    with (
        psycopg.connect(tenant.ledger(role), autocommit=True) as connection,
        ConnectionPool(tenant.ledger(role), kwargs={"autocommit": True}) as pool,
    ):
        connection.execute(f"SELECT position FROM {tenant.schema}.head")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            LedgerRecorder(pool, tenant.schema).record([sealed(uuid4())])


def test_entries_are_never_changed_or_deleted_even_by_their_owner(
    tenant: Tenant, recorder: LedgerRecorder
) -> None:
    recorder.record([sealed(uuid4())])
    owner = tenant.ledger(DatabaseRole.OWNER)
    with psycopg.connect(owner, autocommit=True) as connection:
        for change in ("DELETE FROM", "TRUNCATE"):
            with pytest.raises(psycopg.errors.RaiseException):
                connection.execute(f"{change} {tenant.schema}.envelope")


def test_a_body_is_erased_only_on_the_strength_of_a_later_entry(
    tenant: Tenant, recorder: LedgerRecorder
) -> None:
    recorder.record([sealed(uuid4()), sealed(uuid4())])
    eraser = tenant.ledger(DatabaseRole.ERASER)
    erase = f"SELECT {tenant.schema}.erase_bodies(%s, %s)"
    with psycopg.connect(eraser, autocommit=True) as connection:
        for positions, decided_at in (([2], 2), ([1], 3)):
            with pytest.raises(psycopg.errors.RaiseException):
                connection.execute(erase, (positions, decided_at))
        assert connection.execute(erase, ([1], 2)).fetchone() == (1,)
    first, second = recorder.sealed_after(0, 10)
    assert first.ciphertext is None
    assert second.ciphertext is not None


def test_plain_events_of_the_library_get_a_leaf_too(
    tenant: Tenant, recorder: LedgerRecorder
) -> None:
    stream = uuid4()
    recorder.insert_events([StoredEvent(stream, 1, "plain", b"state")])
    heads = f"SELECT version, leaf FROM {tenant.schema}.stream_head WHERE stream = %s"
    with psycopg.connect(tenant.ledger()) as connection:
        found = connection.execute(heads, (stream,)).fetchone()
    assert found == (1, leaf_hash(b"state"))


def test_waiting_callers_do_not_pile_up_behind_a_failed_writer(
    tenant: Tenant, recorder: LedgerRecorder
) -> None:
    """A draft that cannot be signed fails by itself, and the next one is recorded."""

    def broken(head: Head, earliest: int) -> SealedEvent:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            recorder.append(Draft(uuid4(), broken))
    assert recorder.record([sealed(uuid4())]) == [1]


def test_a_caller_who_gives_up_waiting_takes_nobody_along(
    recorder: LedgerRecorder,
) -> None:
    """Its ticket leaves the queue; whoever waits behind is written by the next one."""
    held, go_on = threading.Event(), threading.Event()

    def slow(head: Head, earliest: int) -> SealedEvent:
        held.set()
        go_on.wait(30)
        return sealed(stream, head.version + 1)

    class Impatient(threading.Thread):
        """Waits behind the writer until it is interrupted, as by Ctrl-C."""

        def run(self) -> None:
            ticket = _Ticket(_Call([sealed(uuid4())]))
            ticket.woken.acquire()
            with recorder._mutex:
                recorder._queue.append(ticket)
            assert recorder._withdrawn(ticket)

    stream = uuid4()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(recorder.append, Draft(stream, slow))
        assert held.wait(30)
        impatient = Impatient()
        impatient.start()
        impatient.join()
        second = threads.submit(recorder.record, [sealed(uuid4())])
        go_on.set()
        assert sorted([first.result(30), *second.result(30)]) == [1, 2]
    assert recorder.record([sealed(uuid4())]) == [3]
