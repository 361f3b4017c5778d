"""`tenant create` and `tenant list`."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from itertools import count

import pytest

from api.founding import wanted
from api.home import Home, TenantFolder
from api.installation import Installation
from api.settings import Settings
from ledger.keyring import FileKeyring, RootKey
from tests.api.conftest import DEMO, REAL
from tests.api.consoles import PASSPHRASE, Console

_numbers = count(1)


@pytest.fixture
def name() -> str:
    return f"ny_{next(_numbers)}"


@pytest.fixture
def keeper(fresh: Console) -> Console:
    return fresh.with_settings(PASSPHRASE=PASSPHRASE)


def folder_of(console: Console, name: str) -> TenantFolder:
    return Home(console.home, console.home / "log").tenant(name)


def test_a_real_tenant_signs_as_its_organisation_number(keeper, name):
    made = keeper.told("tenant", "create", name, "--organisation", "923456789")
    folder = folder_of(keeper, name)
    origin = f"{name.replace('_', '-')}.kommune.no/stafettlogg"
    assert made["origin"] == origin
    assert made["signed_as"] == "923456789"
    assert made["passphrase_file"] is None
    assert folder.read_policy().tenant == "923456789"
    assert folder.read_policy().origin == origin


def test_whoever_makes_a_tenant_is_told_what_to_do_with_its_files(keeper, name):
    said = keeper.run("tenant", "create", name).stdout
    folder = folder_of(keeper, name)
    assert "Hand this policy" in said
    assert str(folder.policy) in said
    assert "offline" in said
    assert str(folder.root) in said


def test_a_demo_without_a_passphrase_gets_one_that_nobody_else_may_read(fresh, name):
    said = fresh.run("tenant", "create", name, "--demo").stdout
    file = folder_of(fresh, name).passphrase
    assert f"No passphrase was set, so one was made up:\n  {file}" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) > 24
    fresh.run("keys", "show", "--tenant", name)


def test_a_demo_uses_the_passphrase_that_is_set(keeper, fresh, name):
    keeper.run("tenant", "create", name, "--demo")
    assert not folder_of(keeper, name).passphrase.exists()
    assert fresh.code("keys", "show", "--tenant", name) == "PASSPHRASE_MISSING"
    keeper.run("keys", "show", "--tenant", name)


def test_a_real_tenant_without_a_passphrase_is_refused_and_nothing_is_made(fresh, name):
    assert fresh.code("tenant", "create", name) == "PASSPHRASE_MISSING"
    assert not folder_of(fresh, name).path.exists()


@pytest.mark.parametrize("created", ["", "--demo"])
def test_files_of_a_tenant_are_closed_to_others(keeper, name, created):
    keeper.run("tenant", "create", name, *filter(None, [created]))
    folder = folder_of(keeper, name)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    for secret in (folder.keyring, folder.root):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_tenant_is_made_once(keeper, name):
    keeper.run("tenant", "create", name)
    before = folder_of(keeper, name).keyring.read_bytes()
    assert keeper.code("tenant", "create", name) == "TENANT_EXISTS"
    assert folder_of(keeper, name).keyring.read_bytes() == before


def test_two_tenants_have_two_origins(keeper, name):
    keeper.run("tenant", "create", name)
    taken = folder_of(keeper, name).read_policy().origin
    other = f"{name}_x"
    assert keeper.code("tenant", "create", other, "--origin", taken) == "ORIGIN_TAKEN"
    assert not folder_of(keeper, other).path.exists()


@pytest.mark.parametrize(
    "typed",
    [
        ["tenant", "create"],
        ["tenant", "create", "Nes"],
        ["tenant", "create", "1nes"],
        ["tenant", "create", "../nes"],
        ["tenant", "create", "nes", "--organisation", "12345678"],
        ["tenant", "create", "nes", "--organisation", "12345678x"],
        ["tenant", "create", "nes", "--origin", "no host"],
        ["tenant", "create", "nes", "--origin", "nes.kommune.no"],
        ["tenant", "create", "nes", "--origin", "a+b/stafettlogg"],
        ["tenant", "create", "nes", "--origin", "nes.demo.example/stafettlogg"],
        ["tenant", "create", "nes", "--demo", "--origin", "nes.kommune.no/log"],
        ["tenant", "make", "nes"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_status_2_and_touches_nothing(fresh, typed):
    before = sorted(fresh.home.rglob("tenants/*"))
    fresh.run(*typed, exits=2)
    assert sorted(fresh.home.rglob("tenants/*")) == before


# --- a making that was cut short ------------------------------------------------------


def root_only(folder: TenantFolder, opened: Installation) -> None:
    folder.make()
    RootKey.create(folder.root, PASSPHRASE)


def keys_only(folder: TenantFolder, opened: Installation) -> None:
    root_only(folder, opened)
    FileKeyring.create(
        folder.keyring,
        PASSPHRASE,
        tenant=folder.name,
        origin=wanted(folder.name, demo=False).origin,
        root=RootKey.open(folder.root, PASSPHRASE).signer.public_key,
    )


def keys_and_tables(folder: TenantFolder, opened: Installation) -> None:
    keys_only(folder, opened)
    opened.migrate(folder)


def all_but_the_policy(folder: TenantFolder, opened: Installation) -> None:
    keys_and_tables(folder, opened)
    tenant = opened.put_together(folder, FileKeyring.open(folder.keyring, PASSPHRASE))
    tenant.parts.found(RootKey.open(folder.root, PASSPHRASE))


Stopped = Callable[[TenantFolder, Installation], None]


@pytest.mark.parametrize(
    "stopped", [root_only, keys_only, keys_and_tables, all_but_the_policy]
)
def test_a_making_that_was_cut_short_goes_on_where_it_stopped(
    keeper: Console, name: str, stopped: Stopped
):
    folder = folder_of(keeper, name)
    with Installation(Settings(home=keeper.home)) as opened:
        stopped(folder, opened)
    made = {file: file.read_bytes() for file in folder.path.glob("*.json")}
    assert keeper.code("show", "--tenant", name) == "TENANT_INCOMPLETE"
    keeper.run("tenant", "create", name)
    assert {file: file.read_bytes() for file in made} == made
    report = keeper.told("fsck", "--tenant", name)
    assert report["counts"]["entries"] == 2


def test_a_making_that_was_cut_short_goes_on_as_the_same_tenant_only(keeper, name):
    with Installation(Settings(home=keeper.home)) as opened:
        keys_only(folder_of(keeper, name), opened)
    other = ("tenant", "create", name, "--organisation", "923456789")
    assert keeper.code(*other) == "NOT_THE_SAME"
    keeper.run("tenant", "create", name)


def test_without_its_root_a_making_cannot_go_on(keeper, name):
    with Installation(Settings(home=keeper.home)) as opened:
        keys_only(folder_of(keeper, name), opened)
    folder_of(keeper, name).root.unlink()
    assert keeper.code("tenant", "create", name) == "ROOT_MISSING"


def test_new_keys_are_not_made_for_a_log_that_others_keys_have_begun(keeper, name):
    keeper.run("tenant", "create", name)
    folder = folder_of(keeper, name)
    for file in (folder.policy, folder.root, folder.keyring):
        file.unlink()
    assert keeper.code("tenant", "create", name) == "SCHEMA_TAKEN"


def test_a_log_that_was_published_is_not_begun_again_in_an_empty_database(keeper, name):
    with Installation(Settings(home=keeper.home)) as opened:
        keys_only(folder_of(keeper, name), opened)
    state = folder_of(keeper, name).publisher_state
    state.parent.mkdir(exist_ok=True)
    state.write_text(json.dumps({"origin": "x", "size": 17, "root": ""}))
    assert keeper.code("tenant", "create", name) == "LOG_LOST"


# --- opening one ----------------------------------------------------------------------


def test_a_tenant_that_is_not_there_is_named(demo):
    error = demo.told("show", "--tenant", "borte", exits=1)["error"]
    assert error["code"] == "TENANT_UNKNOWN"
    assert "borte" in error["message"]


def test_a_wrong_passphrase_opens_nothing(shared):
    other = shared.with_settings(PASSPHRASE="en annen")
    assert other.code("show", "--tenant", REAL) == "KEYRING"
    assert shared.code("show", "--tenant", REAL) == "PASSPHRASE_MISSING"


def test_a_passphrase_is_read_from_a_file(shared, tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n")
    shared.with_settings(PASSPHRASE_FILE=str(file)).run("show", "--tenant", REAL)
    missing = shared.with_settings(PASSPHRASE_FILE=str(tmp_path / "borte"))
    assert missing.code("show", "--tenant", REAL) == "SETTINGS"


def test_a_list_of_tenants_needs_no_passphrase(shared):
    listed = {each["tenant"]: each for each in shared.told("tenant", "list")["tenants"]}
    assert listed[DEMO]["kind"] == "demo"
    assert listed[REAL]["kind"] == "real"
    assert listed[REAL]["signed_as"] == "987654321"
    assert listed[DEMO]["signed_entries"] > 0
    said = shared.run("tenant", "list").stdout
    assert f"{DEMO}.demo.example/stafettlogg" in said


def test_where_there_is_no_tenant_the_list_says_how_to_make_one(tmp_path):
    empty = Console(tmp_path)
    assert empty.told("tenant", "list") == {"tenants": []}
    assert "tenant create" in empty.run("tenant", "list").stdout
