"""Who follows the log dies at each message to the database, and others write meanwhile.

Whatever step it was at, whoever follows next ends with the rows that one pass over the
whole log makes: none is lost, doubled or older.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.database.roles import DatabaseRole
from ledger.following import AlreadyFollowing, Follower
from ledger.rebuilding import AlreadyRebuilding, rebuild
from ledger.views import VIEWS
from tests.faults.examining import open_cases, positions
from tests.faults.patience import until
from tests.faults.processes import Program, at_once, programs
from tests.ledger.test_application import COORDINATOR, Story, concern, event, opening
from tests.ledger.test_following import as_superuser, live_rows
from tests.tenants import OpenTenant

STEP = 3  # every third message: the others are the same statements for other views


def roles(opened: OpenTenant) -> dict[str, str]:
    """How a program reaches the databases as a follower."""
    role = DatabaseRole.FOLLOWER
    ledger, keys = opened.schemas.ledger(role), opened.schemas.keys(role)
    return {"follower": ledger, "follower_keys": keys}


def tell(opened: OpenTenant) -> None:
    """A short log with a shield, a late entry, a correction and a reading."""
    ledger = opened.opened().ledger
    story = Story(ledger, "en")
    story.record(opening())
    story.record(concern())
    story.record(event("RiskFlagRaised", flag_id="f", kind="violence", reason="Merke."))
    ledger.read(story.case, by=COORDINATOR, view="state", purpose="p")
    corrected = {"target": {"event": "ConcernRaised", "concern_id": "t-1"}}
    corrected |= {"field": "observed_from", "wrong": "2026-08-20"}
    corrected |= {"right": "2026-08-19", "reason": "Feil dag.", "requested_by": "t-l"}
    story.record(event("EntryCorrected", **corrected))


def forget_rows(opened: OpenTenant) -> None:
    with as_superuser(opened) as connection:
        connection.execute("TRUNCATE listed, projection, quarantine")


@contextmanager
def passing(opened: OpenTenant, **more: Any) -> Iterator[Follower]:
    """A follower whose connections are closed at the end: there are many of them."""
    before = len(opened.pools)
    try:
        yield opened.follower(**more)
    finally:
        for pool in opened.pools[before:]:
            pool.close()
        del opened.pools[before:]


def catch_up(opened: OpenTenant) -> None:
    """Catch up, once the server has noticed that the other follower is gone."""
    with passing(opened) as follower:
        until(lambda: succeeds(follower.catch_up), "the other follower's end")


def build(opened: OpenTenant, view: str) -> None:
    with passing(opened) as follower:
        until(lambda: succeeds(partial(rebuild, follower, view)), "the other's end")


def succeeds(work: Callable[[], object]) -> bool:
    """Whether the work was done, and the lock was not still that of a dead process."""
    try:
        work()
    except (AlreadyFollowing, AlreadyRebuilding):
        return False
    return True


def position_of(opened: OpenTenant) -> dict[str, int]:
    """How far each view has come, 0 for one that has not begun."""
    with as_superuser(opened) as connection:
        rows = connection.execute(
            "SELECT view, position FROM projection WHERE status = 'live'"
        ).fetchall()
    return dict.fromkeys(VIEWS, 0) | dict(rows)


@pytest.mark.xdist_group("killed-follower")
def test_a_follower_killed_at_any_step_goes_on_where_it_was(
    opened: OpenTenant,
) -> None:
    tell(opened)
    catch_up(opened)
    whole = live_rows(opened)
    orders = {**roles(opened), "batch": 4}
    with programs(Program("follow and die", opened, **orders)) as (program,):
        for number in count(1, STEP):
            forget_rows(opened)
            program.tell(str(number))
            if not program.hear("died")["died"]:
                break
            reached = position_of(opened)
            catch_up(opened)
            assert live_rows(opened) == whole
            assert all(position_of(opened)[view] >= reached[view] for view in VIEWS)
    assert program.all("status")[-1] == 0
    assert number > 40, "too few steps to have followed three batches of four views"


@pytest.mark.xdist_group("killed-follower")
def test_a_rebuild_killed_at_any_step_is_ended_by_the_next(opened: OpenTenant) -> None:
    tell(opened)
    catch_up(opened)
    whole = live_rows(opened)
    orders = {**roles(opened), "batch": 3, "view": "register"}
    with programs(Program("rebuild and die", opened, **orders)) as (program,):
        for number in count(1, STEP):
            program.tell(str(number))
            if not program.hear("died")["died"]:
                break
            assert live_rows(opened) == whole
            build(opened, "register")
            assert live_rows(opened) == whole
            assert generations(opened) == {"live": len(VIEWS)}
    assert program.all("status")[-1] == 0
    assert number > 20, "too few steps to have rebuilt in three batches"


def generations(opened: OpenTenant) -> dict[str, int]:
    with as_superuser(opened) as connection:
        rows = connection.execute("SELECT status FROM projection").fetchall()
    statuses = [status for (status,) in rows]
    return {status: statuses.count(status) for status in statuses}


@pytest.mark.xdist_group("killed-follower")
def test_followers_killed_under_writers_lose_and_double_nothing(
    opened: OpenTenant,
) -> None:
    labels = ["en", "to", "tre"]
    open_cases(opened, *labels)
    writers = [
        Program("write", opened, labels=labels, threads=2, name=f"w{n}", each=15)
        for n in range(2)
    ]
    with programs(*writers):
        at_once(*writers)
        for _ in range(6):
            with programs(Program("follow", opened, **roles(opened))) as (program,):
                program.hear("ready")
                program.tell("go")
                start = positions(opened)[-1]
                until(lambda start=start: reached(opened, start), "what is recorded")
                program.kill()
        for writer in writers:
            writer.succeed()
    catch_up(opened)
    live = live_rows(opened)
    for view in VIEWS:
        build(opened, view)
    assert live_rows(opened) == live
    assert set(position_of(opened).values()) == {positions(opened)[-1]}


def reached(opened: OpenTenant, position: int) -> bool:
    return min(position_of(opened).values()) >= position


@pytest.mark.xdist_group("killed-follower")
@pytest.mark.parametrize("writers", [8, 16])
def test_who_reads_on_while_others_write_misses_nothing(
    opened: OpenTenant, writers: int
) -> None:
    labels = [f"sak {n}" for n in range(writers)]
    open_cases(opened, *labels)
    writing = [
        Program("write", opened, labels=labels, threads=4, name=f"w{n}", each=10)
        for n in range(writers // 4)
    ]
    with programs(Program("tail", opened), *writing) as (reading, *_):
        at_once(reading, *writing)
        for program in writing:
            program.succeed()
        reading.tell("stop")
        reading.succeed()
    met = reading.all("met")
    assert met == positions(opened)
    assert len(met) >= writers * 11
    acked = {
        line["position"]: line["leaf"]
        for p in writing
        for line in p.said
        if "acked" in line
    }
    seen = {line["met"]: line["leaf"] for line in reading.said if "met" in line}
    assert acked.items() <= seen.items()


@pytest.fixture
def told(opened: OpenTenant) -> tuple[OpenTenant, Any]:
    tell(opened)
    catch_up(opened)
    return opened, live_rows(opened)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 12), st.integers(0, 4), st.booleans()), max_size=5
    )
)
def test_batches_and_restarts_decide_nothing(
    told: tuple[OpenTenant, Any], steps: list[tuple[int, int, bool]]
) -> None:
    opened, whole = told
    forget_rows(opened)
    with ExitStack() as stack:
        follower = stack.enter_context(passing(opened))
        for batch, turns, restarts in steps:
            if restarts:
                follower = stack.enter_context(passing(opened))
            follower.batch = batch
            for _ in range(turns):
                follower.turn()
        follower.catch_up()
    assert live_rows(opened) == whole
