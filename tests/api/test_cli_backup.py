"""`backup` and `restore`: what comes back, what does not, and what stays closed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api.home import Home, TenantFolder
from ledger.database.embedded import EmbeddedPostgres
from tests.api.consoles import PASSPHRASE, Console, console, sample
from tests.clusters import DEBIAN_15, cluster, temporary_folder

NAMES = (b"Testbarn", b"Testforelder", b"Testansatt", "Testl\u00e6rer".encode())


@pytest.fixture(scope="module")
def machine() -> Iterator[Console]:
    """A home with a demo and a real tenant that backups are taken of."""
    with console() as fresh:
        fresh.run("tenant", "create", "nes", "--demo")
        for name in "ad":
            fresh.run("import", sample(name), "--tenant", "nes")
        fresh.run("publish", "--tenant", "nes", "--once")
        real = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        real.run("tenant", "create", "sund", "--organisation", "987654321")
        real.run("import", sample("c"), "--tenant", "sund")
        yield real


@pytest.fixture
def backup(machine: Console, tmp_path: Path) -> Path:
    """A backup of both tenants as they are now."""
    machine.run("backup", str(tmp_path / "today"))
    return tmp_path / "today"


@pytest.fixture
def other_machine() -> Iterator[Console]:
    """A home where nothing was ever made."""
    with console() as empty:
        yield empty.with_settings(PASSPHRASE=PASSPHRASE)


def folder_of(console: Console, name: str) -> TenantFolder:
    return Home(console.home, console.home / "log").tenant(name)


def lose_the_databases(console: Console, name: str) -> None:
    with EmbeddedPostgres(console.home) as server:
        for conninfo in (server.conninfo(), server.key_conninfo):
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute(f"DROP SCHEMA t_{name} CASCADE")


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


# --- backup ---------------------------------------------------------------------------


def test_a_backup_says_how_far_each_ledger_had_come(machine, tmp_path):
    machine.run("publish", "--tenant", "nes", "--once")
    told = machine.told("backup", str(tmp_path / "b"))
    report = machine.told("fsck", "--tenant", "nes")
    sizes = {each["tenant"]: each["size"] for each in told["tenants"]}
    assert sizes["nes"] == report["counts"]["entries"]
    manifest = json.loads((tmp_path / "b/ledger/nes/manifest.json").read_text())
    assert manifest["size"] == sizes["nes"]
    assert manifest["root"] == report["checkpoint"]["root"]


def test_a_backup_needs_no_passphrase(machine, tmp_path):
    knows_nothing = Console(machine.home)
    knows_nothing.run("backup", str(tmp_path / "b"))


def test_a_backup_is_closed_to_others(backup):
    modes = {path.stat().st_mode & 0o777 for path in files_below(backup)}
    assert modes == {0o600}
    folders = {path.stat().st_mode & 0o777 for path in backup.rglob("*/")}
    assert folders | {backup.stat().st_mode & 0o777} == {0o700}


def test_a_backup_holds_no_name_of_a_case(backup):
    content = b"".join(path.read_bytes() for path in files_below(backup))
    assert len(content) > 10_000
    assert [name for name in NAMES if name in content] == []


def test_keys_lie_in_a_folder_of_their_own(backup):
    ours = {path.name for path in files_below(backup / "ledger" / "sund")}
    assert {"envelope.copy", "body.copy", "policy", "manifest.json"} <= ours
    assert not {"wrapped_key.copy", "keyring.json", "root.json"} & ours
    keys = {path.name for path in files_below(backup / "keys" / "sund")}
    assert keys == {"wrapped_key.copy", "keyring.json", "root.json", "manifest.json"}


def test_a_backup_never_writes_over_anything(machine, backup):
    before = [path.read_bytes() for path in files_below(backup)]
    assert machine.code("backup", str(backup)) == "BACKUP_EXISTS"
    assert [path.read_bytes() for path in files_below(backup)] == before


def test_one_tenant_can_be_backed_up_alone(machine, tmp_path):
    told = machine.told("backup", str(tmp_path / "b"), "--tenant", "nes")
    assert [each["tenant"] for each in told["tenants"]] == ["nes"]
    assert [path.name for path in (tmp_path / "b/ledger").iterdir()] == ["nes"]


def test_a_backup_of_nothing_is_no_backup(other_machine, tmp_path):
    assert other_machine.code("backup", str(tmp_path / "b")) == "TENANT_UNKNOWN"
    assert not (tmp_path / "b").exists()


# --- restore --------------------------------------------------------------------------


def test_a_backup_comes_back_on_another_machine(machine, backup, other_machine):
    told = other_machine.told("restore", str(backup), "--newest")
    assert {each["tenant"] for each in told["restored"]} == {"nes", "sund"}
    assert {each["first_missing"] for each in told["restored"]} == {None}
    for name, case in (("nes", "a"), ("nes", "d"), ("sund", "c")):
        typed = ("show", case, "--tenant", name)
        there, here = machine.told(*typed), other_machine.told(*typed)
        assert there["state"]["level"] == here["state"]["level"]
    assert other_machine.told("fsck", "--tenant", "nes")["ok"]
    assert other_machine.told("publish", "--tenant", "nes", "--once")["size"]
    assert other_machine.told("fsck", "--tenant", "nes")["ok"]


def test_tables_come_back_with_their_rights(backup, other_machine):
    other_machine.run("restore", str(backup), "--tenant", "sund", "--newest")
    given = (
        '{"form": "1.1", "about": "plan", "view": "Vil ha ro.",'
        ' "approved_by_child": true}'
    )
    other_machine.run(
        "record", "--tenant", "sund", "--case", "c", "--event", "ChildViewRecorded",
        "--data", "-", "--by", "c-larer", "--role", "employee", "--service", "skole",
        given=given,
    )  # fmt: skip
    assert other_machine.told("fsck", "--tenant", "sund")["ok"]


def test_nothing_is_restored_over_entries(machine, backup):
    assert machine.code("restore", str(backup), "--tenant", "nes") == "NOT_EMPTY"
    assert machine.told("fsck", "--tenant", "nes")["ok"]


def test_who_knows_nothing_of_what_was_signed_must_say_so(backup, other_machine):
    typed = ("restore", str(backup), "--tenant", "nes")
    assert other_machine.code(*typed) == "LAST_SIGNED_UNKNOWN"
    assert other_machine.code("show", "--tenant", "nes") == "TENANT_UNKNOWN"


def test_a_lost_ledger_comes_back_while_its_keys_are_still_there(machine, backup):
    with (
        EmbeddedPostgres(machine.home) as server,
        psycopg.connect(server.conninfo(), autocommit=True) as connection,
    ):
        connection.execute("DROP SCHEMA t_sund CASCADE")
    shutil.rmtree(backup / "keys")
    machine.run("restore", str(backup), "--tenant", "sund", "--newest")
    assert machine.told("fsck", "--tenant", "sund")["ok"]


def test_a_backup_is_taken_while_the_service_runs_and_none_is_restored(
    machine, backup, tmp_path
):
    with folder_of(machine, "nes").in_use():  # as every process that signs entries
        machine.run("backup", str(tmp_path / "meanwhile"))
        assert machine.code("restore", str(backup), "--tenant", "nes") == "IN_USE"
        accept = ("--accept", "--reason", "x", "--by", "y")
        assert machine.code("restore", "--tenant", "nes", *accept) == "IN_USE"


def test_nothing_is_restored_or_given_up_under_a_publisher_that_runs(machine, backup):
    with folder_of(machine, "nes").unpublished():
        assert machine.code("publish", "--tenant", "nes", "--once") == (
            "ALREADY_PUBLISHING"
        )
        assert machine.code("restore", str(backup), "--tenant", "nes") == "IN_USE"
        accept = ("--accept", "--reason", "x", "--by", "y")
        assert machine.code("restore", "--tenant", "nes", *accept) == "IN_USE"


def test_no_backup_is_taken_while_keys_are_being_changed(machine, tmp_path):
    with folder_of(machine, "nes").alone():
        assert machine.code("backup", str(tmp_path / "b")) == "IN_USE"
    assert list(tmp_path.iterdir()) == []


def test_without_keys_nothing_is_restored(backup, other_machine):
    shutil.rmtree(backup / "keys")
    typed = ("restore", str(backup), "--tenant", "nes", "--newest")
    assert other_machine.code(*typed) == "BACKUP_ABSENT"
    assert other_machine.code("show", "--tenant", "nes") == "TENANT_UNKNOWN"


def test_a_restore_that_was_cut_short_is_begun_anew(backup, other_machine):
    typed = ("restore", str(backup), "--tenant", "nes", "--newest")
    other_machine.run(*typed)
    folder = folder_of(other_machine, "nes")
    mark = {"parts": ["ledger", "keys"], "files": ["passphrase", "keyring.json"]}
    folder.restoring.write_text(json.dumps(mark))
    assert other_machine.code("show", "--tenant", "nes") == "RESTORE_UNFINISHED"
    other_machine.run("restore", str(backup), "--tenant", "nes")
    assert other_machine.told("fsck", "--tenant", "nes")["ok"]
    assert not folder.restoring.exists()


def test_a_backup_of_one_server_comes_back_on_another(backup):
    if not DEBIAN_15.exists():
        pytest.skip("Debian's PostgreSQL 15 is not installed")
    with cluster(DEBIAN_15) as server, temporary_folder() as home:
        older = Console(home).with_settings(
            DATABASE=server.conninfo(),
            KEY_DATABASE=server.key_conninfo,
            PASSPHRASE=PASSPHRASE,
        )
        older.run("restore", str(backup), "--newest")
        assert older.told("fsck", "--tenant", "nes")["ok"]
        older.run("backup", str(home / "again"))
        lose = "DROP SCHEMA t_nes CASCADE"
        for conninfo in (server.conninfo(), server.key_conninfo):
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute(lose)
        older.run("restore", str(home / "again"), "--tenant", "nes")
        assert older.told("fsck", "--tenant", "nes")["ok"]


# --- what stays closed ----------------------------------------------------------------


def test_yesterdays_backup_is_detected_and_stays_closed(machine, tmp_path):
    machine.run("publish", "--tenant", "nes", "--once")
    taken = machine.told("backup", str(tmp_path / "old"), "--tenant", "nes")
    (size,) = [each["size"] for each in taken["tenants"]]
    machine.run("show", "a", "--tenant", "nes")  # a reading is an entry
    signed = machine.told("publish", "--tenant", "nes", "--once")["size"]
    machine.run("backup", str(tmp_path / "new"), "--tenant", "nes")
    lose_the_databases(machine, "nes")
    told = machine.told("restore", str(tmp_path / "old"), exits=1)
    assert told["restored"] == [
        {"tenant": "nes", "size": size, "signed": signed, "first_missing": size + 1}
    ]
    for typed in (
        ("show", "a"), ("export", "a", "--out", str(tmp_path / "z")),
        ("publish", "--once"), ("mirror", str(tmp_path / "m")), ("keys", "rotate"),
    ):  # fmt: skip
        error = machine.told(*typed, "--tenant", "nes", exits=1)["error"]
        assert error["code"] == "ROLLED_BACK", typed
        assert (error["first_missing"], error["signed"]) == (size + 1, signed)
    report = machine.told("fsck", "--tenant", "nes", exits=1)
    assert report["code"] == "MISSING_TAIL"
    lose_the_databases(machine, "nes")
    machine.run("restore", str(tmp_path / "new"))
    assert machine.told("fsck", "--tenant", "nes")["ok"]


def test_a_checkpoint_kept_elsewhere_shows_what_a_backup_lacks(
    machine, tmp_path, other_machine
):
    machine.run("publish", "--tenant", "nes", "--once")
    taken = machine.told("backup", str(tmp_path / "old"), "--tenant", "nes")
    machine.run("show", "a", "--tenant", "nes")
    machine.run("publish", "--tenant", "nes", "--once")
    kept = tmp_path / "kept-by-the-supervisor"
    kept.write_bytes(folder_of(machine, "nes").checkpoint.read_bytes())
    typed = ("restore", str(tmp_path / "old"), "--checkpoint", str(kept))
    told = other_machine.told(*typed, exits=1)
    first = taken["tenants"][0]["size"] + 1
    assert told["restored"][0]["first_missing"] == first
    error = other_machine.told("show", "--tenant", "nes", exits=1)["error"]
    assert (error["code"], error["first_missing"]) == ("ROLLED_BACK", first)


def test_a_checkpoint_of_another_log_says_nothing(machine, backup, other_machine):
    machine.run("publish", "--tenant", "sund", "--once")
    kept = folder_of(machine, "sund").checkpoint
    typed = ("restore", str(backup), "--tenant", "nes", "--checkpoint", str(kept))
    assert other_machine.code(*typed) == "CP_ORIGIN"
    assert other_machine.code("show", "--tenant", "nes") == "TENANT_UNKNOWN"


@pytest.mark.parametrize(
    "typed",
    [
        ["backup"],
        ["backup", "x", "y"],
        ["restore"],
        ["restore", "/no/such/folder"],
        ["restore", "/", "--checkpoint", "/no/such/file"],
        ["restore", "/", "--tenant", "X"],
        ["restore", "--accept", "--tenant", "nes", "--by", "x"],
        ["restore", "/", "--accept", "--tenant", "nes", "--by", "x", "--reason", "y"],
        ["restore", "/", "--reason", "y"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_status_2(machine, typed):
    machine.run(*typed, exits=2)
