"""`follow` and `rebuild`: the tables of lists, as an operator keeps them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from api.home import Home
from ledger.database.embedded import EmbeddedPostgres
from ledger.views import VIEWS
from tests.api.consoles import Console, console, sample


@pytest.fixture(scope="module")
def two() -> Iterator[Console]:
    """A home with two tenants of one case each."""
    with console() as fresh:
        for name, letter in (("vik", "a"), ("nes", "d")):
            fresh.run("tenant", "create", name, "--demo")
            fresh.run("import", sample(letter), "--tenant", name)
        yield fresh


def test_every_tenant_is_followed_to_the_end(two):
    told = two.told("follow", "--once")["tenants"]
    assert set(told) == {"vik", "nes"}
    for lags in told.values():
        assert [lag["view"] for lag in lags] == list(VIEWS)
        assert {lag["entries"] for lag in lags} == {0}
        assert lags[0]["position"] > 0


def test_one_tenant_may_be_followed_alone(two):
    assert set(two.told("follow", "--once", "--tenant", "vik")["tenants"]) == {"vik"}


def test_a_view_is_rebuilt_and_says_where_it_is(two):
    before = two.told("follow", "--once", "--tenant", "nes")
    assert two.told("rebuild", "register", "--tenant", "nes") == before
    assert "register" in two.run("rebuild", "--tenant", "nes").stdout


def test_a_view_that_is_not_there_is_wrong_usage(two):
    assert "a view is one of" in two.run("rebuild", "alt", exits=2).stderr


def test_what_was_set_aside_is_said_and_cleared_when_it_is_mended(two):
    folder = Home(two.home, two.home / "log").tenant("vik")
    with psycopg.connect(EmbeddedPostgres(two.home).conninfo(), autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        db.execute(f"SET search_path TO {folder.schema}")
        row = db.execute(
            "SELECT position, ciphertext FROM body WHERE position ="
            " (SELECT min(position) FROM envelope WHERE topic LIKE '%.case.%')"
        ).fetchone()
        set_to = "UPDATE body SET ciphertext = %s WHERE position = %s"
        db.execute(set_to, (b"\0", row[0]))
        told = two.told("rebuild", "register", "--tenant", "vik", exits=1)
        assert told["tenants"]["vik"][0]["aside"] == 1
        db.execute(set_to, (row[1], row[0]))
    told = two.told("rebuild", "register", "--tenant", "vik")
    assert told["tenants"]["vik"][0]["aside"] == 0


def test_a_case_read_in_a_list_would_be_shown_with_its_readings(two):
    two.run("show", "d", "--tenant", "nes")
    two.run("follow", "--once", "--tenant", "nes")
    shown = two.told("show", "d", "--tenant", "nes", "--view", "access")
    assert [row["what"] for row in shown["access"]][-2:] == ["read", "read"]
