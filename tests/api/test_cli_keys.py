"""`keys show`, `keys rotate` and `keys epoch`."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from api.home import Home, TenantFolder
from ledger.keyring import FileKeyring, KeyringError
from tests.api.conftest import DEMO
from tests.api.consoles import Console, sample

NAME = "nokler"


@pytest.fixture(scope="module")
def name(fresh: Console) -> str:
    """A demo of one case, whose keys each test goes on changing."""
    fresh.run("tenant", "create", NAME, "--demo")
    fresh.run("import", sample("a"), "--tenant", NAME)
    return NAME


def folder_of(console: Console, name: str) -> TenantFolder:
    return Home(console.home, console.home / "log").tenant(name)


def passphrase_of(folder: TenantFolder) -> str:
    return folder.passphrase.read_text().strip()


def test_keys_are_shown_by_their_public_halves(demo):
    told = demo.told("keys", "show", "--tenant", DEMO)
    policy = folder_of(demo, DEMO).policy.read_text()
    assert f"log {told['log']}\n" in policy
    assert f"registry {told['registry']}\n" in policy
    assert [key["purpose"] for key in told["introduced"]] == ["service", "checkpoint"]
    assert told["introduced"][0] == {
        "key_id": told["service"],
        "purpose": "service",
        "position": 1,
    }
    assert told["epoch"] == 1
    said = demo.run("keys", "show", "--tenant", DEMO).stdout
    assert f"signs now   {told['service']}" in said


def test_after_a_rotation_a_new_key_signs_and_all_entries_verify(fresh, name):
    before = fresh.told("keys", "show", "--tenant", name)["service"]
    rotated = fresh.told("keys", "rotate", "--tenant", name)
    assert rotated["replaces"] == before != rotated["service"]
    shown = fresh.told("keys", "show", "--tenant", name)
    assert shown["service"] == rotated["service"]
    fresh.run("show", "a", "--tenant", name)
    assert fresh.told("fsck", "--tenant", name)["ok"]
    assert "from now on" in fresh.run("keys", "rotate", "--tenant", name).stdout


def test_the_root_may_lie_elsewhere_and_without_it_nothing_is_rotated(
    fresh, name, tmp_path
):
    here = folder_of(fresh, name).root
    offline = here.rename(tmp_path / "root.json")
    assert fresh.code("keys", "rotate", "--tenant", name) == "KEYRING"
    fresh.run("keys", "rotate", "--tenant", name, "--root", str(offline))
    offline.rename(here)
    assert fresh.told("fsck", "--tenant", name)["ok"]


def test_another_registrys_root_introduces_nothing(fresh, name, tmp_path):
    other = f"{name}_x"
    folder, strange = folder_of(fresh, name), folder_of(fresh, other)
    keeper = fresh.with_settings(PASSPHRASE=passphrase_of(folder))
    keeper.run("tenant", "create", other, "--demo")
    before = fresh.told("keys", "show", "--tenant", name)
    typed = ("keys", "rotate", "--tenant", name, "--root", str(strange.root))
    assert fresh.code(*typed) == "WRONG_ROOT"
    assert fresh.told("keys", "show", "--tenant", name) == before


def test_a_rotation_that_was_cut_short_keeps_everybody_out_until_it_is_given_again(
    fresh, name
):
    folder = folder_of(fresh, name)
    keyring = FileKeyring.open(folder.keyring, passphrase_of(folder))
    waiting = keyring.new_service_key().key_id.hex()
    assert fresh.code("show", "a", "--tenant", name) == "KEY_NOT_INTRODUCED"
    assert fresh.told("keys", "rotate", "--tenant", name)["service"] == waiting
    fresh.run("show", "a", "--tenant", name)
    assert fresh.told("fsck", "--tenant", name)["ok"]


def test_a_new_epoch_wraps_every_data_key_anew_and_leaves_the_entries(fresh, name):
    before = fresh.told("keys", "show", "--tenant", name)
    (count,) = before["data_keys"].values()
    epoch = before["epoch"] + 1
    told = fresh.told("keys", "epoch", "--tenant", name)
    assert told == {"epoch": epoch, "rewrapped": count, "old_destroyed": False}
    shown = fresh.told("keys", "show", "--tenant", name)
    assert shown["data_keys"] == {str(epoch): count}
    fresh.run("show", "a", "--tenant", name)
    assert fresh.told("fsck", "--tenant", name)["ok"]


def test_older_tenant_keys_are_destroyed_when_that_is_asked_for(fresh, name):
    folder = folder_of(fresh, name)
    before = FileKeyring.open(folder.keyring, passphrase_of(folder)).epoch
    said = fresh.run("keys", "epoch", "--tenant", name, "--destroy-old").stdout
    assert said.startswith(f"Epoch {before + 1}: ")
    assert "destroyed" in said
    fresh.run("show", "a", "--tenant", name)
    keyring = FileKeyring.open(folder.keyring, passphrase_of(folder))
    with pytest.raises(KeyringError, match=f"tenant key of epoch {before} is not"):
        keyring.unwrap(UUID(int=1), UUID(int=2), before, b"")


@pytest.mark.parametrize("what", [["rotate"], ["epoch"], ["epoch", "--destroy-old"]])
def test_keys_do_not_change_while_somebody_signs_with_them(fresh, name, what):
    folder = folder_of(fresh, name)
    before = folder.keyring.read_bytes()
    with folder.in_use():
        fresh.run("show", "a", "--tenant", name)  # others may use them as well
        assert fresh.code("keys", *what, "--tenant", name) == "IN_USE"
    assert folder.keyring.read_bytes() == before
    with folder.alone():
        assert fresh.code("show", "a", "--tenant", name) == "IN_USE"


@pytest.mark.parametrize(
    "typed",
    [
        ["keys"],
        ["keys", "show"],
        ["keys", "rotate", "--tenant", DEMO, "--root", "no-such-file"],
        ["keys", "burn", "--tenant", DEMO],
    ],
    ids=" ".join,
)
def test_wrong_usage_of_keys_is_exit_status_2(demo: Console, typed: list[str]):
    demo.run(*typed, exits=2)


def test_a_keyring_is_left_whole_by_every_change(fresh, name):
    folder = folder_of(fresh, name)
    fresh.run("keys", "rotate", "--tenant", name)
    fresh.run("keys", "epoch", "--tenant", name)
    assert sorted(Path(folder.path).glob("*.partial")) == []
