"""`publish`, `fsck` and `mirror`: the log that outsiders check."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from api.home import Home, TenantFolder
from audit.mirror import fsck_mirror
from ledger.database.embedded import EmbeddedPostgres
from tests.api.conftest import DEMO, REAL
from tests.api.consoles import Console, sample


@pytest.fixture(scope="module")
def damaged(fresh: Console) -> Console:
    """A tenant `skadet` of one case, published, for tests to damage and mend."""
    fresh.run("tenant", "create", "skadet", "--demo")
    fresh.run("import", sample("a"), "--tenant", "skadet")
    fresh.run("publish", "--tenant", "skadet", "--once")
    return fresh


def folder_of(console: Console, name: str) -> TenantFolder:
    return Home(console.home, console.home / "log").tenant(name)


# --- publish --------------------------------------------------------------------------


def test_publishing_signs_all_that_is_recorded(demo):
    demo.run("show", "a", "--tenant", DEMO)
    first = demo.told("publish", "--tenant", DEMO, "--once")
    assert first["origin"] == "nes.demo.example/stafettlogg"
    assert demo.told("publish", "--tenant", DEMO, "--once") == first
    said = demo.run("publish", "--tenant", DEMO, "--once").stdout
    assert said.startswith(f"Published: {first['size']} entries of nes.demo.example")
    checkpoint = folder_of(demo, DEMO).checkpoint.read_text()
    assert checkpoint.splitlines()[1] == str(first["size"])
    assert demo.told("fsck", "--tenant", DEMO)["counts"]["unpublished"] == 0


def test_a_log_whose_state_was_lost_is_not_signed(damaged):
    state = folder_of(damaged, "skadet").publisher_state
    kept = state.read_bytes()
    state.unlink()
    try:
        error = damaged.told("publish", "--tenant", "skadet", "--once", exits=1)
        assert error["error"]["code"] == "STATE_LOST"
        assert error["error"]["message"].startswith("Nothing was signed: ")
    finally:
        state.write_bytes(kept)
    damaged.run("publish", "--tenant", "skadet", "--once")


def test_tiles_lie_where_the_settings_say(fresh, tmp_path):
    elsewhere = fresh.with_settings(LOG_DIRECTORY=str(tmp_path))
    elsewhere.run("tenant", "create", "annet_sted", "--demo")
    elsewhere.run("publish", "--tenant", "annet_sted", "--once")
    assert (tmp_path / "annet_sted" / "checkpoint").exists()
    assert not folder_of(fresh, "annet_sted").log.exists()


# --- fsck -----------------------------------------------------------------------------


def test_a_ledger_nobody_touched_is_proved(demo):
    report = demo.told("fsck", "--tenant", DEMO)
    assert (report["ok"], report["code"]) == (True, "PROVED_UNWITNESSED")
    said = demo.run("fsck", "--tenant", DEMO).stdout
    assert said.startswith("PROVED BY THE LOG ALONE, no independent witness")
    assert "Note: no independent witness vouches" in said
    assert "Checked against the tenant's own policy" in said


def test_a_supervisor_checks_with_a_policy_of_their_own(demo, tmp_path):
    policy = tmp_path / "policy"
    policy.write_text(folder_of(demo, DEMO).policy.read_text())
    typed = ("fsck", "--tenant", DEMO, "--policy", str(policy))
    assert "own policy" not in demo.run(*typed).stdout
    policy.write_text(folder_of(demo, REAL).policy.read_text())
    assert demo.told(*typed, exits=1)["ok"] is False


def test_a_policy_without_witnesses_may_be_refused(demo):
    typed = ("fsck", "--tenant", DEMO, "--require-witnesses")
    assert demo.told(*typed, exits=1)["code"] == "POLICY_UNWITNESSED"


def test_a_flipped_byte_is_found_and_is_exit_status_1(damaged):
    with EmbeddedPostgres(damaged.home) as server:
        conninfo = server.conninfo()
    flip = (
        "UPDATE t_skadet.body SET ciphertext ="
        " set_byte(ciphertext, 9, get_byte(ciphertext, 9) # 1) WHERE position = 5"
    )
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(flip)
        try:
            report = damaged.told("fsck", "--tenant", "skadet", exits=1)
            assert report["failures"][0]["code"] == "BODY_DAMAGED"
            assert report["failures"][0]["position"] == 5
            said = damaged.run("fsck", "--tenant", "skadet", exits=1).stdout
            assert said.startswith("NOT PROVED")
            assert damaged.code("show", "a", "--tenant", "skadet") == "BODY_DAMAGED"
        finally:
            connection.execute(flip)
    damaged.run("fsck", "--tenant", "skadet")


# --- mirror ---------------------------------------------------------------------------


def test_a_mirror_is_checked_by_somebody_who_has_nothing_else(demo, tmp_path):
    folder = folder_of(demo, DEMO)
    told = demo.told("mirror", str(tmp_path / "mirror"), "--tenant", DEMO)
    report = fsck_mirror(
        told["directory"], folder.policy.read_text(), allow_unwitnessed=True
    )
    assert report.ok, report.as_text()
    assert report.counts.total() == told["size"] == folder.signed_size


def test_a_mirror_holds_no_body_of_a_case(demo, tmp_path):
    demo.run("mirror", str(tmp_path / "mirror"), "--tenant", DEMO)
    bodies = [
        path for path in (tmp_path / "mirror/preimages").rglob("*") if path.is_file()
    ]
    assert len(bodies) == 2  # those that introduce the service's and the log's key
    assert b"Testbarn" not in b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )


def test_a_mirror_is_brought_up_to_date_where_it_lies(demo, tmp_path):
    typed = ("mirror", str(tmp_path), "--tenant", DEMO)
    first = demo.told(*typed)["size"]
    demo.run("show", "a", "--tenant", DEMO)
    demo.run("publish", "--tenant", DEMO, "--once")
    assert demo.told(*typed)["size"] > first
    policy = folder_of(demo, DEMO).policy.read_text()
    assert fsck_mirror(tmp_path, policy, allow_unwitnessed=True).ok


def test_what_is_not_published_is_not_mirrored(fresh, tmp_path):
    fresh.run("tenant", "create", "upublisert", "--demo")
    typed = ("mirror", str(tmp_path / "m"), "--tenant", "upublisert")
    assert fresh.code(*typed) == "NOT_PUBLISHED"
    assert not Path(tmp_path / "m").exists()


@pytest.mark.parametrize(
    "typed",
    [
        ["publish", "--tenant", DEMO, "--twice"],
        ["fsck"],
        ["fsck", "--tenant", DEMO, "--policy", "no-such-file"],
        ["mirror", "--tenant", DEMO],
        ["mirror", __file__, "--tenant", DEMO],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_status_2(demo, typed):
    demo.run(*typed, exits=2)
