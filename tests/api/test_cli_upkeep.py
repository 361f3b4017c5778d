"""`migrate` and `config check`, and what a configured database is asked for."""

from __future__ import annotations

import shutil

import psycopg
import pytest

from api.home import Home
from ledger.database.embedded import EmbeddedPostgres
from tests.api.conftest import DEMO, REAL
from tests.api.consoles import PASSPHRASE, Console, sample
from tests.clusters import temporary_folder

SECRET = "Hemmelig-Testord-4711"


@pytest.fixture
def configured(own_postgres: EmbeddedPostgres, tmp_path) -> Console:
    """A home whose ledger is on a server of the operator's, as yet without our roles."""
    return Console(tmp_path).with_settings(
        DATABASE=own_postgres.conninfo(),
        KEY_DATABASE=own_postgres.key_conninfo,
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
        console.run("import", sample("a"), "--tenant", "nes")
        assert EmbeddedPostgres(home).postmaster_pid is None
        assert console.told("show", "a", "--tenant", "nes")["case"]
        assert EmbeddedPostgres(home).postmaster_pid is None


def test_a_home_whose_database_was_lost_is_not_begun_anew():
    with temporary_folder() as home:
        console = Console(home)
        console.run("tenant", "create", "nes", "--demo")
        shutil.rmtree(home / "postgres")
        assert console.code("import", sample("a"), "--tenant", "nes") == "TENANT_ABSENT"


# --- a configured one -----------------------------------------------------------------


def test_on_a_configured_database_an_operator_migrates(configured):
    assert "no tenant yet" in configured.run("migrate").stdout
    configured.run("tenant", "create", "nes")
    configured.run("import", sample("a"), "--tenant", "nes")
    assert configured.told("show", "a", "--tenant", "nes")["state"]["level"] == 0
    assert configured.told("migrate") == {"applied": {"nes": []}}
    assert configured.told("publish", "--tenant", "nes", "--once")["size"] > 12
    assert configured.told("fsck", "--tenant", "nes")["ok"]
    assert not (configured.home / "postgres").exists()


def test_nothing_is_opened_while_migrations_are_pending(configured, own_postgres):
    configured.run("tenant", "create", "nes")
    with psycopg.connect(own_postgres.conninfo(), autocommit=True) as connection:
        connection.execute("ALTER SCHEMA t_nes RENAME TO t_borte")
    assert configured.code("show", "--tenant", "nes") == "MIGRATIONS_PENDING"
    checked = configured.told("config", "check", exits=1)
    assert checked["tenants"][0]["tables"] == "pending: 0001_ledger"
    said = configured.run("show", "--tenant", "nes", exits=1).stderr
    assert "run `stafettlogg migrate`" in said


def test_a_database_that_does_not_answer_is_named_without_its_password(
    fresh, monkeypatch
):
    nowhere = f"host=127.0.0.1 port=1 user=x password={SECRET} dbname=x"
    away = fresh.with_settings(
        DATABASE=nowhere, KEY_DATABASE=nowhere, PASSPHRASE=PASSPHRASE
    )
    for typed in (("migrate",), ("show", "--tenant", REAL), ("config", "check")):
        said = away.run(*typed, exits=1)
        assert "DATABASE_UNREACHABLE" in said.stderr + said.stdout
        assert SECRET not in said.stderr + said.stdout


def test_an_unsafe_server_is_refused_before_anything_is_opened(tmp_path):
    with (
        temporary_folder() as folder,
        EmbeddedPostgres(folder, settings={"synchronous_commit": "off"}) as server,
    ):
        console = Console(tmp_path).with_settings(
            DATABASE=server.conninfo(),
            KEY_DATABASE=server.key_conninfo,
            PASSPHRASE=PASSPHRASE,
        )
        assert console.code("tenant", "create", "nes") == "UNSAFE_SETTINGS"
        checked = console.told("config", "check", exits=1)
    assert checked["safe"] is False
    assert "synchronous_commit is off" in checked["findings"][0]["said"]
    assert not Home(tmp_path, tmp_path / "log").tenant("nes").keyring.exists()


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
