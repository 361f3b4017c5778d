"""The disk was lost, and the newest backup is of yesterday: what happens then."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from audit.mirror import fsck_mirror
from audit.verify import verify_bundle
from ledger.database.embedded import EmbeddedPostgres
from tests.api.consoles import PASSPHRASE, Console, console, sample
from tests.faults.patience import until

ACCEPT = (
    "restore", "--accept", "--tenant", "nes", "--reason", "disk lost, no replica",
    "--by", "driftsansvarlig",
)  # fmt: skip


@dataclass
class Disaster:
    """A tenant restored from yesterday's backup, and what others kept of today."""

    console: Console
    kept: Path  # what a supervisor has: checkpoint, policy, a mirror, a bundle
    size: int  # entries of yesterday
    signed: int  # entries signed today

    @property
    def policy(self) -> str:
        """The tenant's policy as it is now."""
        return (self.console.home / "tenants/nes/policy").read_text()

    def now_published(self, folder: Path) -> Path:
        """Publish and mirror what the log is now."""
        self.console.run("publish", "--tenant", "nes", "--once")
        self.console.run("mirror", str(folder / "mirror"), "--tenant", "nes")
        return folder / "mirror"


def lose_the_databases(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        for conninfo in (server.conninfo(), server.key_conninfo):
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("DROP SCHEMA t_nes CASCADE")


@pytest.fixture
def disaster(tmp_path: Path) -> Iterator[Disaster]:
    kept = tmp_path / "kept"
    with console() as fresh:
        here = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        here.run("tenant", "create", "nes", "--organisation", "987654321")
        here.run("import", sample("c"), "--tenant", "nes")
        here.run("publish", "--tenant", "nes", "--once")
        taken = here.told("backup", str(tmp_path / "yesterday"))
        here.run("import", sample("a"), "--tenant", "nes")
        signed = here.told("publish", "--tenant", "nes", "--once")["size"]
        here.run("mirror", str(kept / "mirror"), "--tenant", "nes")
        bundle = ("export", "a", "--tenant", "nes", "--out", str(kept / "a.zip"))
        here.run("publish", "--tenant", "nes", "--once")
        here.run(*bundle)
        shutil.copy(here.home / "tenants/nes/policy", kept / "policy")
        signed = here.told("publish", "--tenant", "nes", "--once")["size"]
        shutil.copy(here.home / "log/nes/checkpoint", kept / "checkpoint")
        lose_the_databases(here.home)
        here.run("restore", str(tmp_path / "yesterday"), exits=1)
        yield Disaster(here, kept, taken["tenants"][0]["size"], signed)


def test_a_rolled_back_ledger_is_opened_only_by_a_signed_act(disaster, tmp_path):
    here = disaster.console
    assert here.code("show", "--tenant", "nes") == "ROLLED_BACK"
    told = here.told(*ACCEPT)
    assert (told["signed"], told["size"]) == (disaster.signed, disaster.size)
    assert told["log"].startswith("nes.kommune.no/stafettlogg~")
    here.run("show", "c", "--tenant", "nes")
    mirror = disaster.now_published(tmp_path)
    report = fsck_mirror(mirror, disaster.policy, allow_unwitnessed=True)
    assert report.ok, report.as_text()
    assert "RESTORED" in report.notices
    bodies = [path.read_bytes() for path in (mirror / "preimages").rglob("*/[0-9]*")]
    (declared,) = [body for body in bodies if b"ledger-restored.v1" in body]
    said = json.loads(declared[32:])
    assert said["actor"]["ref"] == "driftsansvarlig"
    assert said["actor"]["role"] == "administrator"
    assert said["event"] == {
        "from_size": disaster.signed,
        "to_size": disaster.size,
        "reason": "disk lost, no replica",
    }
    assert here.told("fsck", "--tenant", "nes")["ok"]


def test_what_was_given_up_is_named_to_whoever_kept_a_checkpoint(disaster, tmp_path):
    disaster.console.run(*ACCEPT)
    for letter in "ad":  # as many entries as before, and more
        disaster.console.run("import", sample(letter), "--tenant", "nes")
    mirror = disaster.now_published(tmp_path)
    known = (disaster.kept / "checkpoint").read_bytes()
    report = fsck_mirror(mirror, disaster.policy, known=known, allow_unwitnessed=True)
    assert report.code == "CP_ROLLBACK"
    assert report.failures[0].position == disaster.size + 1
    typed = ("fsck", "--tenant", "nes", "--known", str(disaster.kept / "checkpoint"))
    assert disaster.console.told(*typed, exits=1)["code"] == "CP_ROLLBACK"


def test_nothing_of_the_log_is_believed_under_the_policy_pinned_before(
    disaster, tmp_path
):
    """Who checks has to pin the new name, and so learns why there is one."""
    disaster.console.run(*ACCEPT)
    mirror = disaster.now_published(tmp_path)
    pinned = (disaster.kept / "policy").read_text()
    report = fsck_mirror(mirror, pinned, allow_unwitnessed=True)
    assert report.code == "CP_SIGNATURE"
    bundle = tmp_path / "c.zip"
    disaster.console.run("export", "c", "--tenant", "nes", "--out", str(bundle))
    assert verify_bundle(bundle, pinned, allow_unwitnessed=True).code == "CP_SIGNATURE"
    report = verify_bundle(bundle, disaster.policy, allow_unwitnessed=True)
    assert report.ok, report.as_text()
    assert "RESTORED" in report.notices


def test_what_was_proved_before_stays_proved(disaster):
    """The lost case is gone from the ledger, and its bundle is still evidence."""
    disaster.console.run(*ACCEPT)
    pinned = (disaster.kept / "policy").read_text()
    assert fsck_mirror(disaster.kept / "mirror", pinned, allow_unwitnessed=True).ok
    assert verify_bundle(disaster.kept / "a.zip", pinned, allow_unwitnessed=True).ok
    assert disaster.console.code("show", "a", "--tenant", "nes") == "NO_CASE"


def test_the_former_logs_files_are_moved_aside_whole(disaster):
    before = (disaster.console.home / "log/nes/checkpoint").read_bytes()
    former = Path(disaster.console.told(*ACCEPT)["former"])
    assert (former / "checkpoint").read_bytes() == before
    assert not (disaster.console.home / "log/nes").exists()


def test_a_loss_is_accepted_only_where_there_is_one(disaster):
    disaster.console.run(*ACCEPT)
    assert disaster.console.code(*ACCEPT) == "NOT_ROLLED_BACK"


def test_a_loss_is_accepted_only_under_the_registrys_root(disaster):
    here = disaster.console
    root = here.home / "tenants/nes/root.json"
    away = root.rename(here.home / "root-in-the-safe.json")
    assert here.code(*ACCEPT) == "KEYRING"
    here.run("tenant", "create", "sund")
    strange = here.home / "tenants/sund/root.json"
    assert here.code(*ACCEPT, "--root", str(strange)) == "WRONG_ROOT"
    assert here.code("show", "--tenant", "nes") == "ROLLED_BACK"
    here.run(*ACCEPT, "--root", str(away))
    here.run("show", "--tenant", "nes")


def test_an_acceptance_that_was_cut_short_carries_on(disaster):
    """As after a kill between the entry and the files that follow from it."""
    here = disaster.console
    state = here.home / "publisher/nes.json"
    before = state.read_bytes()
    here.run(*ACCEPT)
    state.write_bytes(before)
    assert here.code("show", "--tenant", "nes") in {"ROLLED_BACK", "OTHER_LOG"}
    here.run(*ACCEPT)
    here.run("publish", "--tenant", "nes", "--once")
    report = here.told("fsck", "--tenant", "nes")
    assert report["ok"]
    entries = here.told("keys", "show", "--tenant", "nes")["introduced"]
    assert len(entries) == 2  # nothing was said twice


def test_a_second_disaster_gives_the_log_a_third_name(disaster, tmp_path):
    here = disaster.console
    first = here.told(*ACCEPT)["log"]
    here.run("publish", "--tenant", "nes", "--once")
    lose_the_databases(here.home)
    here.run("restore", str(tmp_path / "yesterday"), exits=1)
    second = here.told(*ACCEPT)["log"]
    assert second.startswith("nes.kommune.no/stafettlogg~")
    assert first != second
    mirror = disaster.now_published(tmp_path)
    assert fsck_mirror(mirror, disaster.policy, allow_unwitnessed=True).ok


def test_a_signing_key_known_only_to_lost_entries_is_introduced_again(disaster):
    here = disaster.console
    keyring = here.home / "tenants/nes/keyring.json"
    here.run(*ACCEPT)
    here.run("keys", "rotate", "--tenant", "nes")
    here.run("publish", "--tenant", "nes", "--once")
    backups = disaster.kept.parent / "yesterday"
    lose_the_databases(here.home)
    assert keyring.exists()
    here.run("restore", str(backups), exits=1)
    here.run(*ACCEPT)
    here.run("import", sample("a"), "--tenant", "nes")
    here.run("publish", "--tenant", "nes", "--once")
    assert here.told("fsck", "--tenant", "nes")["ok"]


# -- killed ----------------------------------------------------------------------------


def start(here: Console, *typed: str) -> subprocess.Popen[bytes]:
    """A command in a process of its own, to be killed."""
    ours = {name: value for name, value in here.environment().items() if value}
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *typed],
        env={**os.environ, **ours},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_backup_that_is_killed_leaves_nothing_called_a_backup(tmp_path):
    with console() as fresh:
        fresh.run("tenant", "create", "nes", "--demo")
        fresh.run("import", sample("a"), "--tenant", "nes")
        process = start(fresh, "backup", str(tmp_path / "b" / "today"))
        folder = tmp_path / "b"
        until(lambda: folder.exists() and any(folder.iterdir()), "a draft")
        kill(process)
        if not (folder / "today").exists():
            assert all(path.name.startswith(".") for path in folder.iterdir())
        fresh.run("backup", str(folder / "again"))


def test_a_restore_that_is_killed_is_not_opened_and_can_be_given_again(tmp_path):
    with console() as fresh, console() as other:
        fresh.run("tenant", "create", "nes", "--demo")
        for letter in "ad":
            fresh.run("import", sample(letter), "--tenant", "nes")
        fresh.run("publish", "--tenant", "nes", "--once")
        fresh.run("backup", str(tmp_path / "b"))
        typed = ("restore", str(tmp_path / "b"), "--newest")
        mark = other.home / "tenants/nes/restoring"
        process = start(other, *typed)
        until(lambda: mark.exists() or process.poll() is not None, "the mark")
        kill(process)
        assert mark.exists(), "over before it could be killed"
        code = other.code("show", "--tenant", "nes")
        assert code in {"TENANT_INCOMPLETE", "RESTORE_UNFINISHED"}
        other.run(*typed)
        assert other.told("fsck", "--tenant", "nes")["ok"]
