from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import chain, count
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.database.migrate import (
    KEY_MIGRATIONS,
    MIGRATIONS,
    BadTenantName,
    MigrationRefused,
    migrate,
    pending,
    read_migrations,
    schema_of,
)
from ledger.database.roles import DatabaseRole, acting

ONE = "CREATE TABLE one (number integer);"
TWO = "ALTER TABLE one ADD COLUMN name text; INSERT INTO one VALUES (2, 'two');"

_numbers = count(1)


@pytest.fixture
def files(tmp_path):
    """Two migrations in a folder."""
    (tmp_path / "0001_one.sql").write_text(ONE)
    (tmp_path / "0002_two.sql").write_text(TWO)
    return tmp_path


@pytest.fixture
def schema() -> str:
    return schema_of(f"testflytt_{next(_numbers)}")


@pytest.fixture
def owner(database) -> str:
    return acting(database.ledger, DatabaseRole.OWNER)


def rows(conninfo: str, query: str) -> list[tuple]:
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query).fetchall()


def names(migrations) -> list[str]:
    return [str(migration) for migration in migrations]


@pytest.mark.parametrize("directory", [MIGRATIONS, KEY_MIGRATIONS])
def test_what_we_ship_applies_on_every_server(every_postgres, schema, directory):
    owner = acting(every_postgres.ledger, DatabaseRole.OWNER)
    todo = names(pending(owner, schema, directory))
    assert todo
    assert names(migrate(owner, schema, directory)) == todo
    assert pending(owner, schema, directory) == []


def test_migrations_apply_in_order_and_are_remembered(owner, schema, files):
    assert names(migrate(owner, schema, files)) == ["0001_one", "0002_two"]
    assert rows(owner, f"SELECT * FROM {schema}.one") == [(2, "two")]
    seen = f"SELECT number, name, sha256 FROM {schema}.migration ORDER BY number"
    assert rows(owner, seen) == [
        (1, "one", sha256(ONE.encode()).hexdigest()),
        (2, "two", sha256(TWO.encode()).hexdigest()),
    ]


def test_migrating_again_applies_only_what_is_new(owner, schema, files):
    migrate(owner, schema, files)
    assert migrate(owner, schema, files) == []
    (files / "0003_three.sql").write_text("CREATE TABLE three ();")
    assert names(pending(owner, schema, files)) == ["0003_three"]
    assert names(migrate(owner, schema, files)) == ["0003_three"]


def test_every_role_that_is_let_in_can_tell_the_version(database, owner, schema, files):
    (files / "0003_rights.sql").write_text(
        f"GRANT USAGE ON SCHEMA {schema} TO stafettlogg_publisher;"
    )
    migrate(owner, schema, files)
    publisher = acting(database.ledger, DatabaseRole.PUBLISHER)
    assert pending(publisher, schema, files) == []
    follower = acting(database.ledger, DatabaseRole.FOLLOWER)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        pending(follower, schema, files)


@pytest.mark.parametrize("edit", [ONE + " ", ONE.lower(), ""])
def test_an_edited_migration_is_refused(owner, schema, files, edit):
    migrate(owner, schema, files)
    (files / "0001_one.sql").write_text(edit)
    for act in (migrate, pending):
        with pytest.raises(MigrationRefused, match="0001_one is not what"):
            act(owner, schema, files)


def test_a_renamed_migration_is_refused(owner, schema, files):
    migrate(owner, schema, files)
    (files / "0001_one.sql").rename(files / "0001_first.sql")
    with pytest.raises(MigrationRefused, match="applied as one"):
        migrate(owner, schema, files)


def test_a_database_newer_than_the_program_is_refused(owner, schema, files):
    migrate(owner, schema, files)
    (files / "0002_two.sql").unlink()
    for act in (migrate, pending):
        with pytest.raises(MigrationRefused, match="newer than the program"):
            act(owner, schema, files)


@pytest.mark.parametrize("name", ["0004_gap.sql", "0002_twice.sql", "0000_nought.sql"])
def test_numbers_are_dense_and_begin_with_1(files, name):
    (files / name).write_text(ONE)
    with pytest.raises(MigrationRefused, match="without a gap"):
        read_migrations(files)


@pytest.mark.parametrize("name", ["3_short.sql", "0003-dash.sql", "0003_Upper.sql"])
def test_a_file_of_another_name_is_refused_and_not_overlooked(files, name):
    (files / name).write_text(ONE)
    with pytest.raises(MigrationRefused, match="NNNN_name"):
        read_migrations(files)


def test_a_migration_that_fails_leaves_nothing_and_those_before_it_stand(
    owner, schema, files
):
    (files / "0002_two.sql").write_text("CREATE TABLE half (); SELECT 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(owner, schema, files)
    assert names(pending(owner, schema, files)) == ["0002_two"]
    tables = f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' ORDER BY 1"
    assert rows(owner, tables) == [("migration",), ("one",)]


def test_processes_may_migrate_at_the_same_time(owner, schema, files):
    with ThreadPoolExecutor(6) as threads:
        applied = list(threads.map(lambda _: migrate(owner, schema, files), range(6)))
    assert sorted(names(chain(*applied))) == ["0001_one", "0002_two"]


def test_a_schema_somebody_else_prepared_is_used(database, owner, schema, files):
    with psycopg.connect(database.ledger) as connection:
        connection.execute(f"CREATE SCHEMA {schema} AUTHORIZATION stafettlogg_owner")
    assert names(migrate(owner, schema, files)) == ["0001_one", "0002_two"]


def test_functions_find_their_schema_and_no_callers_table(owner, schema, tmp_path):
    (tmp_path / "0001_head.sql").write_text(
        "CREATE TABLE head AS SELECT 'ours' AS whose;"
        "CREATE FUNCTION whose() RETURNS text LANGUAGE plpgsql SECURITY DEFINER"
        " SET search_path FROM CURRENT"
        " AS $$ BEGIN RETURN (SELECT head.whose FROM head); END $$;"
    )
    migrate(owner, schema, tmp_path)
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TEMPORARY TABLE head AS SELECT 'theirs' AS whose")
        found = connection.execute(f"SELECT {schema}.whose()").fetchone()
    assert found == ("ours",)


def test_a_migration_gives_way_to_the_service_and_tries_again(
    database, owner, schema, files
):
    todo = (files / "0002_two.sql").read_text()
    (files / "0002_two.sql").unlink()
    migrate(owner, schema, files)
    (files / "0002_two.sql").write_text(todo)
    attempts = set()
    with (
        psycopg.connect(owner) as service,
        psycopg.connect(database.ledger, autocommit=True) as onlooker,
        ThreadPoolExecutor(1) as threads,
    ):
        service.execute(f"SELECT * FROM {schema}.one")
        migrating = threads.submit(migrate, owner, schema, files)
        # Each attempt is a transaction of its own.
        while len(attempts) < 2 and not migrating.done():
            attempts |= {
                begun
                for (begun,) in onlooker.execute(
                    "SELECT xact_start FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE one%'"
                )
            }
        assert not migrating.done()
        service.rollback()
        assert names(migrating.result()) == ["0002_two"]


def test_a_migration_gives_up_with_a_clear_text(owner, schema, files):
    todo = (files / "0002_two.sql").read_text()
    (files / "0002_two.sql").unlink()
    migrate(owner, schema, files)
    (files / "0002_two.sql").write_text(todo)
    with psycopg.connect(owner) as service:
        service.execute(f"SELECT * FROM {schema}.one")
        with pytest.raises(MigrationRefused, match=f"{schema} is in use"):
            migrate(owner, schema, files, tries=1)
    assert names(pending(owner, schema, files)) == ["0002_two"]


@given(st.from_regex(r"[a-z][a-z0-9_]{1,40}", fullmatch=True))
def test_a_tenants_schema_fits_into_a_name_of_postgresql(name):
    assert schema_of(name) == "t_" + name
    assert len(schema_of(name)) <= 63


@pytest.mark.parametrize(
    "name", ["", "a", "A1", "1a", "a" * 42, "a-b", "a.b", 'a"b', "ås", "a b", "ab\n"]
)
def test_other_names_of_tenants_are_refused(name):
    with pytest.raises(BadTenantName):
        schema_of(name)


def test_shipped_migrations_lie_beside_the_code_that_applies_them():
    assert {MIGRATIONS.parent, KEY_MIGRATIONS.parent} == {
        Path(migrate.__code__.co_filename).parent
    }
