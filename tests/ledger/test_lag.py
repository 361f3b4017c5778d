"""How far the tables are behind, for whoever watches or waits for their own write."""

from __future__ import annotations

from ledger.rebuilding import rebuild
from ledger.views import VIEWS
from tests.ledger.test_application import Story, concern, opening
from tests.tenants import OpenTenant


def test_what_is_not_followed_yet_is_counted_and_its_age_told(
    opened: OpenTenant,
) -> None:
    story, follower = Story(opened.opened().ledger), opened.follower()
    follower.catch_up()
    first = story.record(opening()).position
    last = story.record(concern()).position
    opened.clock.move(seconds=30)
    lags = follower.lag()
    assert {lag.entries for lag in lags.values()} == {last - first + 1}
    assert {lag.position for lag in lags.values()} == {first - 1}
    assert {lag.seconds for lag in lags.values()} == {30.0}
    follower.catch_up()
    assert {(lag.entries, lag.seconds) for lag in follower.lag().values()} == {(0, 0.0)}


def test_what_was_never_followed_lags_by_the_whole_log(opened: OpenTenant) -> None:
    follower = opened.follower()
    assert {lag.entries for lag in follower.lag().values()} == {follower.head()}
    assert follower.lag().keys() == set(VIEWS)


def test_how_far_a_rebuild_has_come_is_told(opened: OpenTenant) -> None:
    Story(opened.opened().ledger).record(opening())
    follower, seen = opened.follower(batch=1), []
    follower.catch_up()
    rebuild(
        opened.follower(batch=1),
        "register",
        lambda done, of: seen.append(follower.lag()["register"].building),
    )
    assert seen == list(range(follower.head() + 1))
    assert follower.lag()["register"].building is None


def test_a_position_is_waited_for_until_every_view_is_there(opened: OpenTenant) -> None:
    position = Story(opened.opened().ledger).record(opening()).position
    opened.follower(views=("register",)).catch_up()
    follower = opened.follower()
    assert not follower.wait_for(position, 0)
    follower.catch_up()
    assert follower.wait_for(position, 0)
    assert not follower.wait_for(position + 1, 0)
