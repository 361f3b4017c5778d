"""Views that follow the log: what they say, whatever happens on the way."""

from __future__ import annotations

from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any

import psycopg
import pytest

from ledger.following import AlreadyFollowing, Follower
from ledger.importing import Importer
from ledger.views import VIEWS
from tests.faults.patience import until
from tests.ledger.test_application import COORDINATOR, Story, concern, event, opening
from tests.tenants import OpenTenant

SAMPLES = Path(__file__).parents[2] / "api" / "samples"
Rows = dict[str, list[tuple[Any, ...]]]


def import_samples(opened: OpenTenant) -> None:
    ledger = opened.opened().ledger
    for path in sorted(SAMPLES.glob("*.jsonl")):
        Importer(ledger, on_file_clock=True).run(path.read_bytes().splitlines())


def as_superuser(opened: OpenTenant) -> psycopg.Connection[Any]:
    """A connection above all rights, into the tenant's schema."""
    connection = psycopg.connect(opened.schemas.databases.ledger, autocommit=True)
    connection.execute("SET session_replication_role = replica")
    connection.execute(f"SET search_path TO {opened.schemas.schema}")
    return connection


def live_rows(opened: OpenTenant) -> Rows:
    """Every row that a reader finds now, byte for byte, by view."""
    with as_superuser(opened) as connection:
        found = connection.execute(
            "SELECT l.view, key, part, owner, sort, outdated, sealed FROM listed l"
            " JOIN projection USING (view, generation) WHERE status = 'live'"
            " ORDER BY key"
        ).fetchall()
    return {view: [row[1:] for row in found if row[0] == view] for view in VIEWS}


@pytest.fixture
def told(opened: OpenTenant) -> OpenTenant:
    """A tenant with the sample histories, a reading, and a shield."""
    import_samples(opened)
    ledger = opened.opened().ledger
    story = Story(ledger)
    story.record(opening("19882198765"))
    story.record(concern())
    story.record(event("RiskFlagRaised", flag_id="f", kind="violence", reason="Merke."))
    ledger.read(story.case, by=COORDINATOR, view="state", purpose="oversikt")
    return opened


@pytest.fixture
def follower(told: OpenTenant) -> Follower:
    return told.follower()


def test_a_follower_brings_every_view_up_to_the_log(follower: Follower) -> None:
    follower.catch_up()
    assert {lag.entries for lag in follower.lag().values()} == {0}
    assert follower.lag().keys() == set(VIEWS)


@pytest.mark.parametrize("batch", [1, 2, 7, 50])
def test_rows_are_the_same_however_the_log_is_cut_into_batches(
    told: OpenTenant, batch: int
) -> None:
    told.follower().catch_up()
    whole = live_rows(told)
    with as_superuser(told) as connection:
        connection.execute("TRUNCATE listed, projection, quarantine")
    told.follower(batch=batch).catch_up()
    assert live_rows(told) == whole
    assert all(whole.values())


def test_one_follower_follows_a_tenant_at_a_time(told: OpenTenant) -> None:
    with told.follower().alone(), pytest.raises(AlreadyFollowing):
        told.follower().catch_up()


def test_a_follower_that_runs_sees_what_is_recorded_until_it_is_stopped(
    told: OpenTenant,
) -> None:
    follower, stop = told.follower(), Signal()
    running = Thread(target=follower.run, args=(stop,))
    running.start()
    try:
        story = Story(told.opened().ledger, "ny")
        receipt = story.record(opening("19882198846"))
        assert follower.wait_for(receipt.position, 60)
    finally:
        stop.set()
        running.join()
    assert until(lambda: not running.is_alive(), "the end")


def test_what_nobody_follows_is_not_waited_for_in_vain(follower: Follower) -> None:
    assert not follower.wait_for(1, 0)
