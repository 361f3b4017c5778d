"""The roles the ledger acts in, and how a connection takes one on.

A role is what a part of the program may do in the database, not who logs in. With one
connection string for everything, a connection takes its role on as it starts
(`acting`); that guards against our own slips. An operator who wants the database to
enforce it gives each part a login of its own, member of that one role, and names it in
`STAFETTLOGG_DATABASE_PUBLISHER` and so on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_TRIES = 10


class DatabaseRole(StrEnum):
    """What a part of the program may do; the value is its name in the cluster."""

    OWNER = "stafettlogg_owner"  # owns schemas and tables: migrations, nothing else
    WRITER = "stafettlogg_writer"  # reads, and writes through `append` alone
    FOLLOWER = "stafettlogg_follower"  # reads entries and keys, owns the projections
    PUBLISHER = "stafettlogg_publisher"  # reads envelopes
    ERASER = "stafettlogg_eraser"  # deletes a body that an entry says is to be erased


def create_roles(conninfo: str) -> None:
    """Create the roles and let them into the database of `conninfo`.

    May be repeated and run by several processes at once. The login needs to own the
    database and to have CREATEROLE; it becomes a member of every role.
    """
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for tries_left in reversed(range(_TRIES)):
            try:
                with connection.transaction():
                    _create_missing(connection)
                    _grant_missing(connection)
                return
            except (
                psycopg.errors.UniqueViolation,  # created by another just now
                psycopg.errors.DuplicateObject,
                psycopg.errors.DeadlockDetected,
                psycopg.errors.InternalError_,  # "tuple concurrently updated"
            ):
                if not tries_left:
                    raise


def acting(conninfo: str, role: DatabaseRole) -> str:
    """Answer a connection string whose connections act in `role` from the start."""
    options = str(conninfo_to_dict(conninfo).get("options") or "")
    return make_conninfo(conninfo, options=f"{options} -c role={role}".strip())


def _create_missing(connection: psycopg.Connection[Any]) -> None:
    rows = connection.execute("SELECT rolname FROM pg_roles").fetchall()
    there = {row[0] for row in rows}
    for role in DatabaseRole:
        if role not in there:
            connection.execute(
                sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role))
            )


def _grant_missing(connection: psycopg.Connection[Any]) -> None:
    may_create, is_member, is_superuser = _one(
        connection,
        "SELECT has_database_privilege(%s, current_database(), 'CREATE'),"
        " pg_has_role(%s, %s, 'USAGE'),"
        " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
        (DatabaseRole.OWNER, DatabaseRole.OWNER, DatabaseRole.ERASER),
    )
    owner = sql.Identifier(DatabaseRole.OWNER)
    if not may_create:
        (database,) = _one(connection, "SELECT current_database()", ())
        connection.execute(
            sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(
                sql.Identifier(database), owner
            )
        )
    if not is_member:  # to hand over the one function that the eraser owns
        connection.execute(
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(DatabaseRole.ERASER), owner)
        )
    if not is_superuser:  # who may take on every role as it is
        roles = sql.SQL(", ").join(map(sql.Identifier, DatabaseRole))
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(roles))


def _one(
    connection: psycopg.Connection[Any], query: LiteralString, values: tuple[str, ...]
) -> tuple[Any, ...]:
    row = connection.execute(query, values).fetchone()
    assert row is not None  # a SELECT without FROM has one row
    return tuple(row)
