"""Keys of requests are kept as long as was promised, and no longer."""

from __future__ import annotations

import threading
from uuid import uuid4

import psycopg
import pytest

from ledger.database.alone import AlreadyAtWork, Task, alone
from ledger.recorder import RequestKey
from ledger.sweeping import Sweeper, Swept
from tests.ledger.test_recorder import sealed
from tests.tenants import OpenTenant


def record(opened: OpenTenant, days: int | None) -> bytes:
    """Record a request that is kept for so many days; negative: its time is over."""
    key = uuid4().bytes * 2
    request = RequestKey(key, key, days=days)
    opened.opened().recorder.record([sealed(uuid4())], requests=[request])
    return key


def known(opened: OpenTenant, *keys: bytes) -> set[bytes]:
    return set(opened.opened().recorder.known(keys))


@pytest.fixture
def sweeper(opened: OpenTenant) -> Sweeper:
    return Sweeper(opened.opened(), opened.pool(opened.schemas.ledger()))


def test_what_is_over_is_forgotten_and_nothing_else(opened, sweeper):
    over, kept, for_ever = (record(opened, days) for days in (-1, 30, None))
    size = opened.opened().recorder.max_notification_id()
    assert sweeper.sweep().forgotten == 1
    assert known(opened, over, kept, for_ever) == {kept, for_ever}
    assert sweeper.sweep().forgotten == 0
    assert opened.opened().recorder.max_notification_id() == size


def test_the_writer_may_sweep_and_not_delete(opened):
    record(opened, 30)
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(opened.schemas.ledger()) as writer, refused:
        writer.execute(f"DELETE FROM {opened.schemas.schema}.request")


def test_there_is_one_sweeper_at_a_time(opened, sweeper):
    pool = opened.pool(opened.schemas.ledger())
    busy = alone(pool, Task.SWEEP, opened.schemas.schema)
    with busy, pytest.raises(AlreadyAtWork):
        sweeper.sweep()
    assert sweeper.sweep().forgotten == 0


def test_a_running_sweeper_sweeps_until_it_is_told_to_stop(opened, sweeper):
    stop, swept = threading.Event(), list[int]()

    def tell(done: Swept) -> None:
        swept.append(done.forgotten)
        if len(swept) == 1:
            record(opened, -1)
        else:
            stop.set()

    sweeper.run(stop, tell, seconds=0.001)
    assert swept == [0, 1]
