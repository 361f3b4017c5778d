"""A rebuild ends with the rows that following has made, and nobody sees it at work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Signal
from threading import Thread

import pytest

from ledger.rebuilding import AlreadyRebuilding, UnknownView, rebuild
from ledger.views import VIEWS
from tests.ledger.test_application import Story, concern, opening
from tests.ledger.test_following import as_superuser, import_samples, live_rows
from tests.tenants import OpenTenant


@pytest.fixture
def followed(opened: OpenTenant) -> OpenTenant:
    """A tenant whose views are up to date."""
    import_samples(opened)
    opened.follower().catch_up()
    return opened


@contextmanager
def running(*work: Thread) -> Iterator[None]:
    for thread in work:
        thread.start()
    try:
        yield
    finally:
        for thread in work:
            thread.join()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("batch", [3, 2000])
def test_a_rebuilt_view_is_byte_for_byte_the_live_one(
    followed: OpenTenant, view: str, batch: int
) -> None:
    before = live_rows(followed)
    assert rebuild(followed.follower(batch=batch), view) == followed.follower().head()
    assert live_rows(followed) == before


def test_what_was_replaced_is_cleared_away(followed: OpenTenant) -> None:
    rebuild(followed.follower(), "register")
    with as_superuser(followed) as connection:
        rows = connection.execute(
            "SELECT status, generation FROM projection WHERE view = 'register'"
        ).fetchall()
        of = connection.execute(
            "SELECT DISTINCT generation FROM listed WHERE view = 'register'"
        ).fetchall()
    assert rows == [("live", 2)]
    assert of == [(2,)]


def test_a_view_that_was_never_followed_can_be_rebuilt(opened: OpenTenant) -> None:
    import_samples(opened)
    rebuild(opened.follower(), "register")
    assert len(live_rows(opened)["register"]) == 3


def test_no_view_of_an_unknown_name_is_rebuilt(opened: OpenTenant) -> None:
    with pytest.raises(UnknownView):
        rebuild(opened.follower(), "listed; DROP TABLE listed")


def test_a_tenants_views_are_rebuilt_by_one_at_a_time(followed: OpenTenant) -> None:
    def again(done: int, of: int) -> None:
        with pytest.raises(AlreadyRebuilding):
            rebuild(followed.follower(), "register")

    rebuild(followed.follower(), "my_cases", again)


def test_a_rebuild_under_live_writes_ends_with_what_following_has(
    followed: OpenTenant,
) -> None:
    stop, follower = Signal(), followed.follower()

    def write() -> None:
        story = Story(followed.opened().ledger, "skrives")
        story.record(opening("19882198846"))
        for number in range(20):
            story.record(concern(f"t-{number}"))
        stop.set()

    def follow() -> None:
        while not stop.is_set():
            follower.catch_up()

    with running(Thread(target=write), Thread(target=follow)):
        builder = followed.follower(batch=5)
        while not stop.is_set():
            rebuild(builder, "register")
    follower.catch_up()
    live = live_rows(followed)
    rebuild(followed.follower(), "register")
    assert live_rows(followed) == live
    assert len(live["register"]) == 4


def test_readers_see_the_old_rows_until_the_switch(followed: OpenTenant) -> None:
    seen = []
    rebuild(
        followed.follower(batch=10),
        "register",
        lambda done, of: seen.append(len(live_rows(followed)["register"])),
    )
    assert len(seen) > 5
    assert set(seen) == {3}


def test_a_position_never_goes_back_by_a_switch(followed: OpenTenant) -> None:
    """Following gets further ahead than a batch when the rebuild is all but done."""
    follower, story = followed.follower(), Story(followed.opened().ledger, "ny")
    story.record(opening("19882100001"))
    seen: list[int] = []
    ahead: list[int] = []
    told: list[int] = []

    def look(done: int, of: int) -> None:
        told.append(done)
        if told[-2:] == [of, of] and not ahead:  # there was nothing left to read
            ahead.extend(story.record(concern(f"t-{n}")).position for n in range(5))
            follower.catch_up()
        seen.append(follower.lag()["register"].position)

    rebuild(followed.follower(batch=1), "register", look)
    seen.append(follower.lag()["register"].position)
    assert seen == sorted(seen)
    assert seen[-1] == ahead[-1]
