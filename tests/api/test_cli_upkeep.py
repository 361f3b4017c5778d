"""`migrate` and `config check`, and what a configured database is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger.database.embedded import EmbeddedPostgres
from ledger.database.migrate import MIGRATIONS, read_migrations
from tests.api.conftest import DEMO, REAL
from tests.api.consoles import PASSPHRASE, Console, sample
from tests.clusters import cluster, temporary_folder

SECRET = "Hemmelig-Testord-4711"


@pytest.fixture(scope="module")
def operators() -> Iterator[EmbeddedPostgres]:
    """A server of an operator's, at first without our roles."""
    with cluster() as server:
        yield server


@pytest.fixture
def configured(operators: EmbeddedPostgres, tmp_path: Path) -> Console:
    """A home whose ledger is on the operator's server."""
    return Console(tmp_path).with_settings(
        DATABASE=operators.conninfo(),
        KEY_DATABASE=operators.key_conninfo,
        PASSPHRASE=PASSPHRASE,
    )


# --- the embedded server --------------------------------------------------------------


def test_tables_of_the_embedded_server_are_brought_up_to_date_on_demand(demo):
    told = demo.told("migrate")
    assert told["applied"][DEMO] == []
    assert told["applied"][REAL] == []
    assert demo.told("migrate", "--tenant", DEMO) == {"applied": {DEMO: []}}
    assert "up to date" in demo.run("migrate").stdout


def test_the_embedded_server_runs_only_while_it_is_used():
    with temporary_folder() as home:
        console = Console(home)
        console.run("tenant", "create", "nes", "--demo")
        assert EmbeddedPostgres(home).postmaster_pid is None
        assert console.told("show", "--tenant", "nes") == {"cases": []}
        assert EmbeddedPostgres(home).postmaster_pid is None


# --- a configured one -----------------------------------------------------------------


def test_on_a_configured_database_an_operator_migrates(configured):
    assert "no tenant yet" in configured.run("migrate").stdout
    configured.run("tenant", "create", "nes_1")
    configured.run("import", sample("a"), "--tenant", "nes_1")
    assert configured.told("show", "a", "--tenant", "nes_1")["state"]["level"] == 0
    assert configured.told("migrate") == {"applied": {"nes_1": []}}
    assert configured.told("publish", "--tenant", "nes_1", "--once")["size"] > 12
    assert configured.told("fsck", "--tenant", "nes_1")["ok"]
    assert not (configured.home / "postgres").exists()


def test_nothing_is_opened_while_migrations_are_pending(configured, operators):
    configured.run("tenant", "create", "nes_2")
    with psycopg.connect(operators.conninfo(), autocommit=True) as connection:
        connection.execute("DROP SCHEMA t_nes_2 CASCADE")
    said = configured.run("show", "--tenant", "nes_2", exits=1).stderr
    assert said.startswith("stafettlogg: MIGRATIONS_PENDING: ")
    assert "run `stafettlogg migrate`" in said
    checked = configured.told("config", "check", exits=1)
    every = [str(migration) for migration in read_migrations(MIGRATIONS)]
    assert checked["tenants"][0]["tables"] == f"pending: {', '.join(every)}"
    # A schema made anew is empty: a lost ledger is not taken for a new one.
    assert configured.told("migrate") == {"applied": {"nes_2": every}}
    assert configured.code("show", "--tenant", "nes_2") == "TENANT_ABSENT"


def test_a_database_that_does_not_answer_is_named_without_its_password(shared):
    nowhere = f"host=127.0.0.1 port=1 user=x password={SECRET} dbname=x"
    away = shared.with_settings(
        DATABASE=nowhere, KEY_DATABASE=nowhere, PASSPHRASE=PASSPHRASE
    )
    for typed in (("migrate",), ("show", "--tenant", REAL), ("config", "check")):
        said = away.run(*typed, exits=1)
        assert "DATABASE_UNREACHABLE" in said.stderr + said.stdout
        assert SECRET not in said.stderr + said.stdout


def test_an_unsafe_server_is_refused_before_anything_is_made(configured, operators):
    unsafe = make_conninfo(operators.conninfo(), options="-c synchronous_commit=off")
    console = configured.with_settings(
        DATABASE=unsafe, KEY_DATABASE=operators.key_conninfo, PASSPHRASE=PASSPHRASE
    )
    assert console.code("tenant", "create", "nes_3") == "UNSAFE_SETTINGS"
    assert not (console.home / "tenants" / "nes_3" / "keyring.json").exists()
    checked = console.told("config", "check", exits=1)
    assert checked["safe"] is False
    (wrong,) = [finding for finding in checked["findings"] if finding["unsafe"]]
    assert "synchronous_commit is off" in wrong["said"]


def test_the_event_stores_own_functions_are_refused(demo, monkeypatch):
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    assert demo.code("show", "--tenant", DEMO) == "UNSAFE_SETTINGS"
    assert demo.told("config", "check", exits=1)["safe"] is False


# --- config check ---------------------------------------------------------------------


def test_a_check_tells_settings_database_tenants_and_cautions(real):
    checked = real.told("config", "check")
    assert checked["safe"] is True
    assert checked["database"]["kind"] == "embedded"
    assert checked["database"]["version"].startswith("18")
    tenants = {each["tenant"]: each for each in checked["tenants"]}
    assert tenants[REAL] == {"tenant": REAL, "keys": "open", "tables": "up to date"}
    about = {finding["about"] for finding in checked["findings"]}
    assert {"STAFETTLOGG_KEY_DATABASE", "STAFETTLOGG_PASSPHRASE"} <= about
    said = real.run("config", "check").stdout
    assert "Safe to start." in said
    assert "the registry's root is still here" in said


def test_a_check_shows_no_secret(real):
    said = real.run("config", "check").stdout
    assert PASSPHRASE not in said
    assert "STAFETTLOGG_PASSPHRASE          set" in said


def test_a_keyring_that_does_not_open_is_unsafe(shared):
    wrong = shared.with_settings(PASSPHRASE="en annen")
    checked = wrong.told("config", "check", exits=1)
    tenants = {each["tenant"]: each for each in checked["tenants"]}
    assert tenants[REAL]["keys"] == "do not open"
    assert "NOT safe to start." in wrong.run("config", "check", exits=1).stdout


def test_a_setting_that_is_none_is_told_by_every_command(shared):
    slip = shared.with_settings(DATABSE="x")
    assert "STAFETTLOGG_DATABSE is no setting" in slip.run("tenant", "list").stderr
    findings = slip.told("config", "check")["findings"]
    assert "STAFETTLOGG_DATABSE" in {finding["about"] for finding in findings}


def test_a_bad_setting_stops_every_command(shared):
    bad = shared.with_settings(HOME="")
    bad.settings = {"STAFETTLOGG_DATABASE": "dbname=x"}
    assert bad.code("tenant", "list") == "SETTINGS"
    assert bad.code("config", "check") == "SETTINGS"


def test_where_nothing_was_made_yet_a_check_makes_nothing(tmp_path):
    checked = Console(tmp_path).told("config", "check")
    assert checked["database"] == {"kind": "embedded", "version": "not made yet"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "typed",
    [["migrate", "--tenant", "X"], ["config"], ["config", "chek"], ["migrate", "x"]],
    ids=" ".join,
)
def test_wrong_usage_of_upkeep_is_exit_status_2(demo, typed):
    demo.run(*typed, exits=2)
