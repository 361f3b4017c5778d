"""The one server everything runs on: the embedded PostgreSQL, fsync on, thrown away.

Its settings are those every user of the embedded server gets, for the plain library as
for us; nothing is tuned for either.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from api.home import TenantFolder
from ledger.database.roles import DatabaseRole
from ledger.keyring import FileKeyring, RootKey
from ledger.tenant import Tenant, origin_of
from tests import clusters
from tests.benchmarks.plain import PlainCases

PASSPHRASE = "a passphrase of benchmarks only"
CONNECTIONS = 16  # of our pools; recording needs one, whatever the number of callers
PLAIN_CONNECTIONS = 32  # the plain library needs one a caller

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a founded tenant is; another process opens it from this."""

    folder: TenantFolder
    ledger: str
    keys: str
    published_from: str

    @contextmanager
    def opened(self) -> Iterator[Tenant]:
        """The tenant with empty caches."""
        keyring = FileKeyring.open(self.folder.keyring, PASSPHRASE)
        with pool(self.ledger) as ledger, pool(self.keys) as keys:
            yield Tenant.open(self.folder.schema, keyring, ledger, keys)

    def publish(self, tenant: Tenant) -> None:
        """Publish all that is recorded, and write the policy down."""
        self.folder.policy.write_text(tenant.policy())
        with pool(self.published_from) as publishing:
            tenant.publisher(
                publishing,
                directory=self.folder.log,
                state=self.folder.publisher_state,
            ).publish()


class Server:
    """The running server, and what is made on it."""

    def __init__(self, databases: clusters.Databases, folder: Path) -> None:
        self.databases = databases
        self.folder = folder
        self._open = ExitStack()

    def place(self) -> Place:
        """A fresh tenant with its keys introduced."""
        schemas = clusters.new_tenant(self.databases)
        path = self.folder / schemas.name
        folder = TenantFolder(schemas.name, path, path / "log", path / "signed.json")
        root = RootKey.create(folder.root, PASSPHRASE)
        FileKeyring.create(
            folder.keyring,
            PASSPHRASE,
            tenant=schemas.name,
            origin=origin_of(schemas.name.replace("_", "-"), demo=True),
            root=root.signer.public_key,
        )
        published_from = schemas.ledger(DatabaseRole.PUBLISHER)
        place = Place(folder, schemas.ledger(), schemas.keys(), published_from)
        with place.opened() as tenant:
            tenant.found(root)
        return place

    def opened(self, place: Place) -> Tenant:
        """The tenant at a place, open as long as the server is."""
        return self._open.enter_context(place.opened())

    def entered(self, what: AbstractContextManager[T]) -> T:
        """Something that is open as long as the server is."""
        return self._open.enter_context(what)

    @cached_property
    def plain(self) -> PlainCases:
        """The plain library's application in a schema of its own."""
        self.execute("CREATE SCHEMA plain")
        login = conninfo_to_dict(self.databases.ledger)
        return self._open.enter_context(
            PlainCases(
                env={
                    "PERSISTENCE_MODULE": "eventsourcing.postgres",
                    "POSTGRES_DBNAME": str(login["dbname"]),
                    "POSTGRES_HOST": str(login["host"]),
                    "POSTGRES_PORT": str(login["port"]),
                    "POSTGRES_USER": str(login["user"]),
                    "POSTGRES_PASSWORD": "none is asked for",
                    "POSTGRES_SCHEMA": "plain",
                    "POSTGRES_POOL_SIZE": str(PLAIN_CONNECTIONS),
                    "POSTGRES_ENABLE_DB_FUNCTIONS": "n",  # they lose events
                    "CREATE_TABLE": "y",
                }
            )
        )

    def connection(self) -> psycopg.Connection[Any]:
        """A connection as the superuser that commits by itself."""
        connection = psycopg.connect(self.databases.ledger, autocommit=True)
        return self._open.enter_context(connection)

    def execute(self, statement: str) -> None:
        """Carry out a statement as the superuser."""
        with psycopg.connect(self.databases.ledger, autocommit=True) as connection:
            connection.execute(sql.SQL(statement))

    def settings(self, *names: str) -> dict[str, str]:
        """What the server says of its settings."""
        with psycopg.connect(self.databases.ledger) as connection:
            query = "SELECT current_setting(%s)"
            rows = {n: connection.execute(query, (n,)).fetchone() for n in names}
        return {name: str(row[0]) for name, row in rows.items() if row}

    def close(self) -> None:
        """Close what was opened on it."""
        self._open.close()


@contextmanager
def running() -> Iterator[Server]:
    """A server of our own, gone afterwards."""
    with clusters.databases() as databases, clusters.temporary_folder() as folder:
        server = Server(databases, folder)
        try:
            yield server
        finally:
            server.close()


def pool(conninfo: str) -> ConnectionPool[Any]:
    """Connections that commit by themselves."""
    return ConnectionPool(
        conninfo,
        kwargs={"autocommit": True},
        min_size=1,
        max_size=CONNECTIONS,
        open=True,
    )
