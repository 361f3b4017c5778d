"""Views that follow the log: what they say, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ledger.batches import LogGap
from ledger.database.roles import DatabaseRole
from ledger.following import AlreadyFollowing, Follower, LogSmaller, follow
from ledger.importing import Importer
from ledger.loaded import position_of
from ledger.rebuilding import rebuild
from ledger.views import OF_CASES, OF_ENTRIES, VIEWS
from tests.clusters import Databases
from tests.faults.patience import until
from tests.ledger.test_application import (
    COORDINATOR,
    MORNING,
    Story,
    concern,
    event,
    opening,
)
from tests.tenants import OpenTenant, open_tenant

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
    assert {view for view in VIEWS if not whole[view]} == {"grants"}  # of no sample


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


# --- what cannot be read --------------------------------------------------------------


def positions_of(opened: OpenTenant, case: UUID) -> list[int]:
    return [position_of(entry) for entry in opened.opened().ledger.load(case).entries]


def break_body(opened: OpenTenant, position: int) -> bytes:
    """Spoil a sealed body; answers what it was."""
    with as_superuser(opened) as connection:
        (was,) = connection.execute(
            "SELECT ciphertext FROM body WHERE position = %s", (position,)
        ).fetchone()
        mend_body(opened, position, was[:-1] + bytes([was[-1] ^ 1]))
    return was


def mend_body(opened: OpenTenant, position: int, content: bytes) -> None:
    with as_superuser(opened) as connection:
        connection.execute(
            "UPDATE body SET ciphertext = %s WHERE position = %s", (content, position)
        )


def set_aside(opened: OpenTenant) -> set[tuple[str, int, str]]:
    with as_superuser(opened) as connection:
        rows = connection.execute("SELECT view, position, code FROM quarantine")
        return set(rows.fetchall())


@pytest.fixture
def pair(opened: OpenTenant) -> tuple[Story, Story]:
    """Two cases of some entries each."""
    ledger = opened.opened().ledger
    stories = Story(ledger, "en"), Story(ledger, "to")
    for number, story in enumerate(stories):
        story.record(opening(f"{19882100000 + number}"))
        for n in range(3):
            story.record(concern(f"t-{n}"))
    return stories


def outdated(opened: OpenTenant) -> list[bool]:
    return sorted(row[4] for row in live_rows(opened)["register"])


@pytest.mark.parametrize("batch", [1, 3, 2000])
def test_an_entry_that_cannot_be_read_stops_its_own_case_and_no_other(
    opened: OpenTenant, pair: tuple[Story, Story], batch: int
) -> None:
    bad = positions_of(opened, pair[0].case)[2]
    break_body(opened, bad)
    follower = opened.follower(batch=batch)
    follower.catch_up()
    assert set_aside(opened) == {(view, bad, "BODY_DAMAGED") for view in OF_CASES}
    assert outdated(opened) == [False, True]
    lags = follower.lag()
    assert {lag.entries for lag in lags.values()} == {0}
    assert {view: lag.aside for view, lag in lags.items()} == {
        view: int(view in OF_CASES) for view in VIEWS
    }


@pytest.mark.parametrize("batch", [1, 3, 2000])
def test_the_rows_of_a_case_that_stopped_are_those_before_the_bad_entry(
    opened: OpenTenant, pair: tuple[Story, Story], batch: int
) -> None:
    bad = positions_of(opened, pair[0].case)[2]
    break_body(opened, bad)
    opened.follower().catch_up()
    whole = live_rows(opened)
    with as_superuser(opened) as connection:
        connection.execute("TRUNCATE listed, projection, quarantine")
    opened.follower(batch=batch).catch_up()
    assert live_rows(opened) == whole
    rebuild(opened.follower(batch=batch), "register")
    assert live_rows(opened) == whole


def rows_at(opened: OpenTenant, view: str, position: int) -> list[tuple[Any, ...]]:
    """The rows of a view that has come to a position, entry by entry."""
    with as_superuser(opened) as connection:
        connection.execute("TRUNCATE listed, projection, quarantine")
    follower = opened.follower(views=(view,), batch=1)
    while follower.lag()[view].position < position:
        follower.turn()
    return live_rows(opened)[view]


def test_nothing_after_a_bad_entry_is_told_of_its_case(
    opened: OpenTenant, pair: tuple[Story, Story]
) -> None:
    bad = positions_of(opened, pair[0].case)[2]
    pair[0].record(concern("t-9"), shield="sk", at=MORNING - timedelta(days=3))
    before = rows_at(opened, "register", bad - 1)
    whole = rows_at(opened, "register", opened.follower().head())
    break_body(opened, bad)
    stopped = rows_at(opened, "register", opened.follower().head())
    of_case = {row[0] for row in before}
    assert len(of_case) == 1
    assert [row[5] for row in stopped if row[0] in of_case] == [before[0][5]]
    assert len(whole) == 3
    assert len(stopped) == 2


def test_views_at_different_places_each_tell_of_their_own_place(
    opened: OpenTenant, pair: tuple[Story, Story]
) -> None:
    early, late = (
        pair[0].record(concern(f"t-{days}"), at=MORNING - timedelta(days=days)).position
        for days in (3, 5)
    )
    expected = rows_at(opened, "my_cases", early - 1)
    rows_at(opened, "register", late - 1)
    follower = opened.follower(views=("register", "my_cases"), batch=1)
    while follower.lag()["my_cases"].position < early - 1:
        follower.turn()
    assert live_rows(opened)["my_cases"] == expected


def test_a_bad_entry_is_alarmed_by_its_place_and_nothing_of_its_content(
    opened: OpenTenant, pair: tuple[Story, Story], caplog: pytest.LogCaptureFixture
) -> None:
    bad = positions_of(opened, pair[0].case)[2]
    break_body(opened, bad)
    opened.follower().catch_up()
    alarms = [r for r in caplog.records if r.name == "ledger.following"]
    assert {(r.position, r.code) for r in alarms} == {(bad, "BODY_DAMAGED")}
    assert {r.levelname for r in alarms} == {"ERROR"}
    assert str(pair[0].case) not in caplog.text


@pytest.mark.parametrize("batch", [1, 2000])
def test_what_is_wrong_under_a_shield_does_not_show_in_what_is_shared(
    opened: OpenTenant, pair: tuple[Story, Story], batch: int
) -> None:
    """Not by a mark, and not because the rows of the case stand still."""
    flagged = event("RiskFlagRaised", flag_id="f", kind="violence", reason="Merke.")
    break_body(opened, pair[0].record(flagged).position)
    joined = event("ParticipantJoined", service="ppt", person_ref="t-ny")
    pair[0].record(joined)
    opened.follower(batch=batch).catch_up()
    assert outdated(opened) == [False, False]
    assert len({row[2] for row in live_rows(opened)["my_cases"]}) == 2


@pytest.mark.parametrize("how", ["rebuild", "the next entry"])
def test_once_it_is_mended_a_case_goes_on(
    opened: OpenTenant, pair: tuple[Story, Story], how: str
) -> None:
    bad = positions_of(opened, pair[0].case)[2]
    was = break_body(opened, bad)
    follower = opened.follower()
    follower.catch_up()
    mend_body(opened, bad, was)
    if how == "rebuild":
        for view in VIEWS:
            rebuild(opened.follower(), view)
    else:
        pair[0].record(concern("t-ny"))
    follower.catch_up()
    assert outdated(opened) == [False, False]
    assert set_aside(opened) == set()


def test_what_goes_bad_while_it_is_followed_stops_its_case(
    opened: OpenTenant, pair: tuple[Story, Story]
) -> None:
    follower = opened.follower()
    follower.catch_up()
    bad = pair[0].record(concern("t-ny")).position
    break_body(opened, bad)
    last = pair[1].record(concern("t-ny")).position
    follower.catch_up()
    assert outdated(opened) == [False, True]
    assert follower.wait_for(last, 0)


def test_another_tenant_never_notices(
    opened: OpenTenant, database: Databases, tmp_path: Path, pair: tuple[Story, Story]
) -> None:
    break_body(opened, positions_of(opened, pair[0].case)[0])
    (tmp_path / "other").mkdir()
    with open_tenant(database, tmp_path / "other") as other:
        receipt = Story(other.opened().ledger).record(opening())
        followers = [opened.follower(), other.follower()]
        with following(followers):
            assert followers[1].wait_for(receipt.position, 60)
            assert followers[0].wait_for(followers[0].head(), 60)
        assert outdated(other) == [False]
        assert set_aside(other) == set()


@contextmanager
def following(followers: list[Follower]) -> Iterator[None]:
    """Let some followers run in a thread of their own."""
    stop = Signal()
    running = Thread(target=follow, args=(followers, stop))
    running.start()
    try:
        yield
    finally:
        stop.set()
        running.join()


def test_a_gap_in_the_log_is_never_passed_over(
    opened: OpenTenant, pair: tuple[Story, Story]
) -> None:
    gone = positions_of(opened, pair[0].case)[1]
    with as_superuser(opened) as connection:
        connection.execute("DELETE FROM envelope WHERE position = %s", (gone,))
    follower = opened.follower()
    with pytest.raises(LogGap) as found:
        follower.catch_up()
    assert found.value.position == gone
    assert {lag.position for lag in follower.lag().values()} == {0}


def test_a_log_that_has_lost_its_end_is_told(
    opened: OpenTenant, pair: tuple[Story, Story]
) -> None:
    follower = opened.follower()
    follower.catch_up()
    last = follower.head()
    with as_superuser(opened) as connection:
        connection.execute("DELETE FROM envelope WHERE position = %s", (last,))
        connection.execute("UPDATE head SET position = position - 1")
    with pytest.raises(LogSmaller) as found:
        opened.follower().catch_up()
    assert found.value.position == last


def test_an_access_entry_that_cannot_be_read_stops_its_stream_alone(
    opened: OpenTenant, pair: tuple[Story, Story]
) -> None:
    for story in pair:
        for _ in range(2):
            story.ledger.read(story.case, by=COORDINATOR, view="state", purpose="p")
    bad = opened.follower().head() - 3
    break_body(opened, bad)
    opened.follower().catch_up()
    assert set_aside(opened) == {(view, bad, "BODY_DAMAGED") for view in OF_ENTRIES}
    assert len(live_rows(opened)["access_log"]) == 2
    assert outdated(opened) == [False, False]


# --- what was erased ------------------------------------------------------------------


def erase(opened: OpenTenant, positions: list[int], decided_at: int) -> None:
    role = opened.schemas.ledger(DatabaseRole.ERASER)
    with psycopg.connect(role, autocommit=True) as connection:
        connection.execute(f"SET search_path TO {opened.schemas.schema}")
        connection.execute("SELECT erase_bodies(%s, %s)", (positions, decided_at))


@pytest.mark.parametrize("some", [slice(None), slice(0, 1), slice(1, 3)])
def test_rows_lose_what_rested_on_an_erased_body(
    opened: OpenTenant, pair: tuple[Story, Story], some: slice
) -> None:
    pair[0].record(
        event("RiskFlagRaised", flag_id="f", kind="violence", reason="Merke.")
    )
    pair[0].ledger.read(pair[0].case, by=COORDINATOR, view="state", purpose="p")
    follower = opened.follower()
    follower.catch_up()
    before = live_rows(opened)
    gone = positions_of(opened, pair[0].case)[some]
    erase(opened, gone, pair[1].record(concern("t-ny")).position)
    follower.catch_up()
    live = live_rows(opened)
    assert live["register"] != before["register"]
    for view in VIEWS:
        rebuild(opened.follower(batch=2), view)
    assert live_rows(opened) == live
    assert len(live["register"]) == (1 if some == slice(None) else 2)


def test_an_erased_reading_is_in_nobodys_log(
    opened: OpenTenant, pair: tuple[Story, Story]
) -> None:
    pair[0].ledger.read(pair[0].case, by=COORDINATOR, view="state", purpose="p")
    follower = opened.follower()
    follower.catch_up()
    read_at = follower.head()
    assert len(live_rows(opened)["access_log"]) == 1
    erase(opened, [read_at], pair[1].record(concern("t-ny")).position)
    follower.catch_up()
    assert live_rows(opened)["access_log"] == []


# --- rights ---------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["listed", "projection", "quarantine"])
@pytest.mark.parametrize("role", [DatabaseRole.PUBLISHER, DatabaseRole.ERASER])
@pytest.mark.parametrize("statement", ["SELECT FROM {}", "DELETE FROM {}"])
def test_who_publishes_or_erases_has_no_part_in_the_tables(
    opened: OpenTenant, table: str, role: DatabaseRole, statement: str
) -> None:
    refused(opened, role, statement.format(table))


@pytest.mark.parametrize("table", ["listed", "projection", "quarantine"])
def test_who_writes_entries_reads_the_tables_and_no_more(
    opened: OpenTenant, table: str
) -> None:
    with psycopg.connect(opened.schemas.ledger()) as connection:
        connection.execute(f"SELECT FROM {opened.schemas.schema}.{table}")
    refused(opened, DatabaseRole.WRITER, f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM envelope",
        "UPDATE head SET position = 0",
        "DELETE FROM body",
        "DELETE FROM keyed_index",
        "SELECT hold()",
        "SELECT FROM request",
        "CREATE TABLE mine ()",
    ],
)
def test_who_follows_changes_nothing_that_was_recorded(
    opened: OpenTenant, statement: str
) -> None:
    refused(opened, DatabaseRole.FOLLOWER, statement)


def refused(opened: OpenTenant, role: DatabaseRole, statement: str) -> None:
    with psycopg.connect(opened.schemas.ledger(role)) as connection:
        connection.execute(f"SET search_path TO {opened.schemas.schema}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


# --- many tenants ---------------------------------------------------------------------


def test_a_tenant_whose_log_has_a_gap_does_not_keep_the_others_waiting(
    opened: OpenTenant, database: Databases, tmp_path: Path, pair: tuple[Story, Story]
) -> None:
    gone = positions_of(opened, pair[0].case)[1]
    with as_superuser(opened) as connection:
        connection.execute("DELETE FROM envelope WHERE position = %s", (gone,))
    (tmp_path / "other").mkdir()
    with open_tenant(database, tmp_path / "other") as other:
        receipt = Story(other.opened().ledger).record(opening())
        followers = [opened.follower(), other.follower()]
        with following(followers):
            assert followers[1].wait_for(receipt.position, 60)
    assert not followers[0].wait_for(gone, 0)


def test_a_tenant_that_another_process_follows_is_taken_over_when_that_ends(
    opened: OpenTenant, database: Databases, tmp_path: Path, pair: tuple[Story, Story]
) -> None:
    (tmp_path / "other").mkdir()
    with open_tenant(database, tmp_path / "other") as other:
        receipt = Story(other.opened().ledger).record(opening())
        followers = [opened.follower(), other.follower()]
        with opened.follower().alone(), following(followers):
            assert followers[1].wait_for(receipt.position, 60)
            assert not followers[0].wait_for(1, 0)
        with following([opened.follower(), other.follower()]):
            assert followers[0].wait_for(followers[0].head(), 60)
        opened.follower().catch_up()
        other.follower().catch_up()
