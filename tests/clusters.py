"""PostgreSQL servers and tenants for tests: real ones, started for the purpose.

They lie in folders of their own under the temporary directory, not under pytest's: its
paths are too long for a socket, and closed to the account root starts PostgreSQL under.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from ledger.database.embedded import EmbeddedPostgres
from ledger.database.migrate import KEY_MIGRATIONS, MIGRATIONS, migrate, schema_of
from ledger.database.roles import DatabaseRole, acting, create_roles

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Databases:
    """How to connect, as superuser, to a server's two databases."""

    ledger: str
    keys: str
    server: EmbeddedPostgres


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant with fresh, migrated schemas of the same name in both databases."""

    name: str
    schema: str
    databases: Databases

    def ledger(self, role: DatabaseRole = DatabaseRole.WRITER) -> str:
        """How to connect to the ledger's database in a role."""
        return acting(self.databases.ledger, role)

    def keys(self, role: DatabaseRole = DatabaseRole.WRITER) -> str:
        """How to connect to the keys' database in a role."""
        return acting(self.databases.keys, role)


def as_owner_of(path: Path) -> dict[str, Any]:
    """How `subprocess` starts a program under the account that owns a file."""
    if os.geteuid() != 0:
        return {}
    owner = path.stat()
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder with a short path, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="stafettlogg-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a killed server may still be ending


@contextmanager
def cluster(
    binaries: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[EmbeddedPostgres]:
    """A server that runs, with nothing in its databases; may be killed by the test."""
    with (
        temporary_folder() as home,
        EmbeddedPostgres(home, binaries=binaries, settings=settings) as server,
    ):
        yield server


@contextmanager
def databases(binaries: Path | None = None) -> Iterator[Databases]:
    """A server that runs, with our roles let into its two databases."""
    with cluster(binaries) as server:
        found = Databases(server.conninfo(), server.key_conninfo, server)
        create_roles(found.ledger)
        create_roles(found.keys)
        yield found


def new_tenant(databases: Databases) -> Tenant:
    """A tenant nobody else has, on the migrations as they are."""
    name = f"testby_{next(_numbers)}"
    schema = schema_of(name)
    migrate(acting(databases.ledger, DatabaseRole.OWNER), schema, MIGRATIONS)
    migrate(acting(databases.keys, DatabaseRole.OWNER), schema, KEY_MIGRATIONS)
    return Tenant(name, schema, databases)
