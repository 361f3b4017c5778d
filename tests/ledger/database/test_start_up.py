from __future__ import annotations

import subprocess

import psycopg
import pytest

from ledger.database import start_up
from ledger.database.embedded import wheel_binaries
from ledger.database.start_up import (
    UnsafeSettings,
    cautions,
    refuse_unsafe_environment,
    refuse_unsafe_server,
)
from tests.clusters import as_owner_of, cluster

NAME = "POSTGRES_ENABLE_DB_FUNCTIONS"


@pytest.fixture
def connection(database):
    with psycopg.connect(database.ledger, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("name", [NAME, f"CASELEDGER_{NAME}", f"A_B_{NAME}"])
@pytest.mark.parametrize("value", ["y", "yes", "TRUE", "t", "on", "1", "perhaps"])
def test_an_event_store_that_loses_entries_for_readers_is_refused(name, value):
    with pytest.raises(UnsafeSettings, match=f"{name} is set"):
        refuse_unsafe_environment({"PATH": "/bin", name: value})


@pytest.mark.parametrize("value", ["", "n", "no", "FALSE", "f", "off", "0"])
def test_an_event_store_told_not_to_is_accepted(value):
    assert refuse_unsafe_environment({NAME: value, f"X{NAME}": "y"}) is None


def test_a_safe_server_is_accepted(every_postgres):
    with psycopg.connect(every_postgres.ledger) as connection:
        assert refuse_unsafe_server(connection) is None


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_may_lose_or_damage_entries_is_refused(setting):
    with (
        cluster(settings={setting: "off"}) as server,
        psycopg.connect(server.conninfo()) as connection,
        pytest.raises(UnsafeSettings, match=rf"^Refusing to start\. {setting} is off"),
    ):
        refuse_unsafe_server(connection)


def test_a_connection_that_does_not_wait_for_the_disk_is_refused(connection):
    connection.execute("SET synchronous_commit TO off")
    with pytest.raises(UnsafeSettings, match=r"start\. synchronous_commit is off"):
        refuse_unsafe_server(connection)


def test_a_server_without_checksums_is_refused(own_postgres):
    own_postgres.stop()
    data = own_postgres.data_directory
    command = [wheel_binaries() / "pg_checksums", "--disable", "--pgdata", data]
    subprocess.run(command, check=True, capture_output=True, **as_owner_of(data))
    own_postgres.start()
    with (
        psycopg.connect(own_postgres.conninfo()) as connection,
        pytest.raises(UnsafeSettings, match=r"start\. data_checksums is off"),
    ):
        refuse_unsafe_server(connection)


def test_a_server_older_than_the_oldest_we_know_is_refused(connection, monkeypatch):
    monkeypatch.setattr(start_up, "OLDEST_SERVER", connection.info.server_version + 1)
    with pytest.raises(UnsafeSettings, match=r"server_version is 18\."):
        refuse_unsafe_server(connection)


def test_a_refusal_names_everything_at_once(connection, monkeypatch):
    monkeypatch.setattr(start_up, "OLDEST_SERVER", connection.info.server_version + 1)
    connection.execute("SET synchronous_commit TO off")
    with pytest.raises(UnsafeSettings, match=r"synchronous_commit.*server_version"):
        refuse_unsafe_server(connection)


def test_keys_in_the_ledgers_own_cluster_are_cautioned_about(database, own_postgres):
    with (
        psycopg.connect(database.ledger) as ledger,
        psycopg.connect(database.keys) as beside,
        psycopg.connect(own_postgres.key_conninfo) as apart,
    ):
        found = [caution.setting for caution in cautions(ledger, beside)]
        assert found == ["STAFETTLOGG_KEY_DATABASE"]
        assert cautions(ledger, apart) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_statement", "mod"),
        ("log_min_duration_statement", "1s"),
        ("log_min_error_statement", "error"),
        ("log_error_verbosity", "default"),
        ("log_parameter_max_length", "-1"),
        ("log_parameter_max_length_on_error", "100B"),
    ],
)
def test_a_server_that_may_log_values_is_cautioned_about(connection, setting, value):
    connection.execute(f"SET {setting} TO '{value}'")
    first = cautions(connection, connection)[0]
    assert first.setting == setting
    assert f"{setting} is {value}" in first.text


def test_the_connection_that_asks_needs_no_special_rights(tenant):
    with psycopg.connect(tenant.ledger()) as connection:
        assert refuse_unsafe_server(connection) is None
        assert cautions(connection, connection)
