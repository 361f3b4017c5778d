"""Bring a schema up to date: numbered SQL files, each applied once, none ever edited.

A tenant is a schema, and each schema remembers in its table `migration` which files it
has seen and what they said. Migrations are applied one a transaction, so a stop in
between leaves a schema that the next run carries on with. They never wait long for a
lock that the running service holds: they give way after two seconds and try again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

MIGRATIONS = Path(__file__).parent / "migrations"
KEY_MIGRATIONS = Path(__file__).parent / "key_migrations"

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_TENANT_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_LOCK_TIMEOUT = "2s"
_TRIES = 15  # half a minute in all


class MigrationRefused(Exception):
    """The schema was not changed; the text says what does not fit."""


class BadTenantName(ValueError):
    """A tenant's name is 2 to 41 of a-z, 0-9 and _, beginning with a letter."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name without that, its SQL and the SQL's SHA-256."""

    number: int
    name: str
    statements: bytes
    sha256: str

    def __str__(self) -> str:
        return f"{self.number:04d}_{self.name}"


def schema_of(tenant: str) -> str:
    """Answer the schema a tenant's tables lie in. Raises `BadTenantName`."""
    if not _TENANT_NAME.fullmatch(tenant):
        raise BadTenantName(tenant)
    return f"t_{tenant}"


def read_migrations(directory: Path) -> list[Migration]:
    """Read a folder of NNNN_name.sql files, numbered from 1 without a gap.

    Raises `MigrationRefused`.
    """
    migrations = [_read(path) for path in sorted(directory.glob("*.sql"))]
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        raise MigrationRefused(f"{directory} is not numbered from 1 without a gap.")
    return migrations


def pending(conninfo: str, schema: str, directory: Path) -> list[Migration]:
    """Answer the migrations that `schema` has not seen yet, in order.

    Raises `MigrationRefused` when the schema has seen others than those in `directory`:
    a released file was edited, or the database is newer than this program.
    """
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return _pending(connection, schema, read_migrations(directory))


def migrate(
    conninfo: str,
    schema: str,
    directory: Path,
    *,
    tries: int = _TRIES,
    until: int | None = None,
) -> list[Migration]:
    """Create `schema` if need be, apply what is pending and answer what was applied.

    `conninfo` acts in the role that is to own the tables. `until` is the last number
    to apply, for filling tables from a copy of that age; without it, all. Several
    processes may do this at once. Raises `MigrationRefused`, also when a lock could not
    be had in `tries` tries of 2 seconds; what was applied before stays and is skipped
    the next time.
    """
    migrations = read_migrations(directory)[:until]
    applied: list[Migration] = []
    with psycopg.connect(conninfo, autocommit=True) as connection:
        while migration := _step_patiently(connection, schema, migrations, tries):
            applied.append(migration)
    return applied


def _read(path: Path) -> Migration:
    matched = _FILE_NAME.fullmatch(path.name)
    if matched is None:
        raise MigrationRefused(f"{path.name} is not named NNNN_name.sql.")
    statements = path.read_bytes()
    sha256 = hashlib.sha256(statements).hexdigest()
    return Migration(int(matched[1]), matched[2], statements, sha256)


def _step_patiently(
    connection: psycopg.Connection[Any],
    schema: str,
    migrations: Sequence[Migration],
    tries: int,
) -> Migration | None:
    for _ in range(tries):
        try:
            with connection.transaction():
                return _step(connection, schema, migrations)
        except psycopg.errors.LockNotAvailable:
            continue  # having waited `_LOCK_TIMEOUT`
    raise MigrationRefused(
        f"Schema {schema} is in use: no lock after {tries} tries of {_LOCK_TIMEOUT}."
    )


def _step(
    connection: psycopg.Connection[Any], schema: str, migrations: Sequence[Migration]
) -> Migration | None:
    """Apply the first pending migration, if any, in the caller's transaction."""
    connection.execute(
        sql.SQL("SET LOCAL lock_timeout TO {}").format(sql.Literal(_LOCK_TIMEOUT))
    )
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('stafettlogg ' || %s, 0))",
        (schema,),
    )
    _prepare(connection, schema)
    todo = _pending(connection, schema, migrations)
    if not todo:
        return None
    _apply(connection, schema, todo[0])
    return todo[0]


def _prepare(connection: psycopg.Connection[Any], schema: str) -> None:
    """Make the schema, and the table by which it remembers, unless they are there."""
    if _remembers(connection, schema):
        return
    name = sql.Identifier(schema)
    if not _is_there(connection, "SELECT to_regnamespace(quote_ident(%s))", schema):
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
    connection.execute(
        sql.SQL(
            "CREATE TABLE {}.migration ("
            " number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        ).format(name)
    )
    # To everybody who is let into the schema, so that any part can tell its version.
    connection.execute(sql.SQL("GRANT SELECT ON {}.migration TO PUBLIC").format(name))


def _remembers(connection: psycopg.Connection[Any], schema: str) -> bool:
    return _is_there(
        connection, "SELECT to_regclass(quote_ident(%s) || '.migration')", schema
    )


def _is_there(
    connection: psycopg.Connection[Any], question: LiteralString, schema: str
) -> bool:
    found = connection.execute(question, (schema,)).fetchone()
    return found is not None and found[0] is not None


def _pending(
    connection: psycopg.Connection[Any], schema: str, migrations: Sequence[Migration]
) -> list[Migration]:
    seen = _seen(connection, schema)
    if seen and max(seen) > len(migrations):
        raise MigrationRefused(
            f"Schema {schema} has migration {max(seen):04d}, this program knows none"
            f" after {len(migrations):04d}: the database is newer than the program."
        )
    for migration in migrations:
        was = seen.get(migration.number)
        if was is not None and was != (migration.name, migration.sha256):
            raise MigrationRefused(
                f"Migration {migration} is not what schema {schema} applied as"
                f" {was[0]}: what is released is never edited, a new one is added."
            )
    return [migration for migration in migrations if migration.number not in seen]


def _seen(
    connection: psycopg.Connection[Any], schema: str
) -> dict[int, tuple[str, str]]:
    """Answer number → (name, sha256) of what the schema has applied."""
    if not _remembers(connection, schema):
        return {}
    rows = connection.execute(
        sql.SQL("SELECT number, name, sha256 FROM {}.migration").format(
            sql.Identifier(schema)
        )
    ).fetchall()
    return {number: (name, sha256) for number, name, sha256 in rows}


def _apply(
    connection: psycopg.Connection[Any], schema: str, migration: Migration
) -> None:
    name = sql.Identifier(schema)
    # pg_temp is named, and last: unnamed it comes first, and a function that runs with
    # its owner's rights would take a caller's temporary table for one of ours.
    connection.execute(sql.SQL("SET LOCAL search_path TO {}, pg_temp").format(name))
    connection.execute(migration.statements)
    connection.execute(
        sql.SQL("INSERT INTO {}.migration VALUES (%s, %s, %s)").format(name),
        (migration.number, migration.name, migration.sha256),
    )
