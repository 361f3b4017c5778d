"""A backup is changed, cut short, mixed with another day's, or is yesterday's."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.database.embedded import EmbeddedPostgres
from tests.api.consoles import PASSPHRASE, Console, console, sample

GIVEN = (
    '{"form": "1.1", "about": "plan", "view": "Vil ha ro.", "approved_by_child": true}'
)


@pytest.fixture(scope="module")
def machine() -> Iterator[Console]:
    """A tenant that is published."""
    with console() as fresh:
        real = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        real.run("tenant", "create", "nes", "--organisation", "987654321")
        real.run("import", sample("c"), "--tenant", "nes")
        real.run("publish", "--tenant", "nes", "--once")
        yield real


@pytest.fixture(scope="module")
def days(
    machine: Console, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Backups of two days; on the second a case was opened, with keys of its own."""
    folder = tmp_path_factory.mktemp("backups")
    machine.run("backup", str(folder / "first"))
    machine.run("import", sample("a"), "--tenant", "nes")
    machine.run("publish", "--tenant", "nes", "--once")
    machine.run("backup", str(folder / "second"))
    return folder / "first", folder / "second"


@pytest.fixture
def backup(days: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the second day's backup, to be tampered with."""
    return Path(shutil.copytree(days[1], tmp_path / "backup"))


@pytest.fixture(scope="module")
def target() -> Iterator[Console]:
    """A machine to restore on; a restore that is refused leaves it as it was."""
    with console() as empty:
        yield empty.with_settings(PASSPHRASE=PASSPHRASE)


def refusal(target: Console, backup: Path) -> str:
    """The code a restore is refused with, having left nothing behind."""
    code = target.code("restore", str(backup), "--newest")
    assert target.told("tenant", "list") == {"tenants": []}
    with (
        EmbeddedPostgres(target.home) as server,
        psycopg.connect(server.conninfo()) as connection,
    ):
        found = connection.execute("SELECT to_regnamespace('t_nes')").fetchone()
    assert found == (None,)
    return code


def say_that_it_is_right(folder: Path, name: str) -> None:
    """Let the manifest agree with a changed file, as whoever changed it can."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    content = (folder / name).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    manifest["files"][name] = {"bytes": len(content), "sha256": sha256}
    path.write_text(json.dumps(manifest))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


# -- files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["ledger/nes/envelope.copy", "ledger/nes/publisher.json", "keys/nes/keyring.json"],
)
def test_a_changed_file_is_found_before_anything_is_restored(target, backup, name):
    flip(backup / name, -2)
    assert refusal(target, backup) == "BACKUP_CHANGED"


@pytest.mark.parametrize("name", ["ledger/nes/body.copy", "keys/nes/wrapped_key.copy"])
def test_a_file_cut_short_is_found_before_anything_is_restored(target, backup, name):
    content = (backup / name).read_bytes()
    (backup / name).write_bytes(content[: len(content) // 2])
    assert refusal(target, backup) == "BACKUP_CHANGED"


def test_a_file_that_is_gone_is_found(target, backup):
    (backup / "ledger/nes/request.copy").unlink()
    assert refusal(target, backup) == "BACKUP_CHANGED"


def test_a_manifest_leads_to_no_file_outside_the_backup(target, backup):
    path = backup / "ledger/nes/manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["../../../nowhere"] = manifest["files"]["policy"]
    path.write_text(json.dumps(manifest))
    assert refusal(target, backup) == "BACKUP_CHANGED"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "x"}', b"\xff"])
def test_a_manifest_that_cannot_be_read_is_refused(target, backup, content):
    (backup / "ledger/nes/manifest.json").write_bytes(content)
    assert refusal(target, backup) == "BACKUP_CHANGED"


def test_one_tenants_backup_is_not_taken_for_anothers(target, backup):
    for part in ("ledger", "keys"):
        (backup / part / "nes").rename(backup / part / "sund")
    code = target.code("restore", str(backup), "--tenant", "sund", "--newest")
    assert code == "BACKUP_OF_ANOTHER"


def test_a_backup_by_a_newer_program_is_refused(target, backup):
    path = backup / "ledger/nes/manifest.json"
    manifest = json.loads(path.read_text())
    newer = {"number": 9999, "name": "from_tomorrow", "sha256": "0" * 64}
    manifest["migrations"].append(newer)
    path.write_text(json.dumps(manifest))
    assert refusal(target, backup) == "BACKUP_NEWER"


# -- what the hashes do not show -------------------------------------------------------


def test_a_changed_row_is_found_though_the_manifest_agrees(target, backup):
    folder = backup / "ledger/nes"
    flip(folder / "body.copy", (folder / "body.copy").stat().st_size // 2)
    say_that_it_is_right(folder, "body.copy")
    assert refusal(target, backup) in {"BACKUP_DAMAGED", "DATABASE"}


def test_another_days_rows_are_found_though_the_manifest_agrees(target, backup, days):
    """A smaller request table: repeating a request would record it twice."""
    folder = backup / "ledger/nes"
    shutil.copy(days[0] / "ledger/nes/keyed_index.copy", folder)
    say_that_it_is_right(folder, "keyed_index.copy")
    assert refusal(target, backup) == "BACKUP_DAMAGED"


def test_keys_of_another_day_are_refused_in_clear_words(target, backup, days):
    shutil.rmtree(backup / "keys")
    shutil.copytree(days[0] / "keys", backup / "keys")
    said = target.run("restore", str(backup), "--newest", exits=1).stderr
    assert said.startswith("stafettlogg: KEYS_DO_NOT_FIT: ")
    assert "of another day than the entries" in said
    assert refusal(target, backup) == "KEYS_DO_NOT_FIT"


def test_newer_keys_than_entries_fit(target, backup, days):
    shutil.rmtree(backup / "ledger")
    shutil.copytree(days[0] / "ledger", backup / "ledger")
    with console() as other:
        elsewhere = other.with_settings(PASSPHRASE=PASSPHRASE)
        elsewhere.run("restore", str(backup), "--newest")
        assert elsewhere.told("fsck", "--tenant", "nes")["ok"]


def test_keys_of_another_tenant_are_refused(target, backup, tmp_path):
    with console() as other:
        stranger = other.with_settings(PASSPHRASE=PASSPHRASE)
        stranger.run("tenant", "create", "nes", "--organisation", "987654321")
        stranger.run("backup", str(tmp_path / "strange"))
    shutil.rmtree(backup / "keys")
    shutil.copytree(tmp_path / "strange" / "keys", backup / "keys")
    assert refusal(target, backup) in {"KEYS_DO_NOT_FIT", "CP_SIGNATURE"}


def test_a_key_that_was_destroyed_does_not_come_back_with_an_old_backup(days):
    """The epoch's key is gone from the keyring, and with it all older copies."""
    first, second = days
    with console() as fresh:
        here = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        here.run("restore", str(second), "--newest")
        here.run("keys", "epoch", "--tenant", "nes", "--destroy-old")
        with EmbeddedPostgres(here.home) as server:
            for conninfo in (server.conninfo(), server.key_conninfo):
                with psycopg.connect(conninfo, autocommit=True) as connection:
                    connection.execute("DROP SCHEMA t_nes CASCADE")
        assert here.code("restore", str(second)) == "KEYS_DO_NOT_FIT"
        assert first.exists()


# -- yesterday -------------------------------------------------------------------------


def test_a_ledger_put_back_by_other_means_is_not_opened(days, tmp_path):
    """Whoever restores the database itself does not ask our program for leave."""
    with console() as fresh:
        here = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        here.run("restore", str(days[1]), "--newest")
        signed = here.told("publish", "--tenant", "nes", "--once")["size"]
        with (
            EmbeddedPostgres(here.home) as server,
            psycopg.connect(server.conninfo(), autocommit=True) as connection,
        ):
            connection.execute("SET session_replication_role = replica")
            connection.execute("SET search_path TO t_nes")
            kept = (signed - 3,)
            connection.execute("DELETE FROM envelope WHERE position > %s", kept)
            connection.execute("UPDATE head SET position = %s", kept)
        for typed in (("show",), ("record", "--case", "c", "--event",
                      "ChildViewRecorded", "--data", "-", "--by", "c-larer",
                      "--role", "employee", "--service", "skole")):  # fmt: skip
            error = here.told(*typed, "--tenant", "nes", exits=1, given=GIVEN)["error"]
            assert error["code"] == "ROLLED_BACK"
            assert error["first_missing"] == signed - 2


def test_yesterdays_backup_is_named_with_the_first_missing_entry(days):
    first, second = days
    sizes = [
        json.loads((day / "ledger/nes/manifest.json").read_text())["size"]
        for day in days
    ]
    with console() as fresh:
        here = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        kept = second / "ledger/nes/checkpoint"
        told = here.told("restore", str(first), "--checkpoint", str(kept), exits=1)
        (restored,) = told["restored"]
        assert restored["first_missing"] == sizes[0] + 1
        assert restored["signed"] == sizes[1]
        assert here.code("show", "--tenant", "nes") == "ROLLED_BACK"


def test_a_checkpoint_of_another_history_is_not_passed_over(
    machine, target, backup, tmp_path, days
):
    """Same keys, other entries: one of the two was made up."""
    with console() as fresh:
        fork = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        fork.run("restore", str(days[0]), "--newest")
        fork.run("show", "c", "--tenant", "nes")
        fork.run("publish", "--tenant", "nes", "--once")
        shutil.copy(fork.home / "log/nes/checkpoint", tmp_path / "note")
    typed = ("restore", str(backup), "--checkpoint", str(tmp_path / "note"))
    assert target.code(*typed) == "OTHER_HISTORY"
    assert target.told("tenant", "list") == {"tenants": []}
