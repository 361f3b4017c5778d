"""A whole tenant for tests: fresh schemas, fresh keys, a clock the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg_pool import ConnectionPool

from ledger.database.bounded import open_pool
from ledger.database.roles import DatabaseRole
from ledger.following import Follower
from ledger.keyring import FileKeyring, RootKey
from ledger.publisher import Publisher
from ledger.tenant import Tenant, origin_of
from tests import clusters

PASSPHRASE = "a passphrase of tests only"


@dataclass
class Clock:
    """Time for a test: it stands still unless it is moved."""

    now: datetime = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass
class OpenTenant:
    """A tenant and what it stands on."""

    schemas: clusters.Tenant
    folder: Path
    keyring: FileKeyring
    root: RootKey
    clock: Clock
    pools: list[ConnectionPool[Any]] = field(default_factory=list)

    def pool(self, conninfo: str) -> ConnectionPool[Any]:
        """Connections that commit by themselves; closed with the tenant."""
        pool: ConnectionPool[Any] = open_pool(conninfo)
        self.pools.append(pool)
        return pool

    def opened(self) -> Tenant:
        """The tenant with empty caches, as another process would open it."""
        keys = self.pool(self.schemas.keys())
        ledger = self.pool(self.schemas.ledger())
        return Tenant.open(
            self.schemas.schema, self.keyring, ledger, keys, clock=self.clock
        )

    def publisher(self) -> Publisher:
        """A publisher with the publisher's rights and nothing remembered."""
        pool = self.pool(self.schemas.ledger(DatabaseRole.PUBLISHER))
        return self.opened().publisher(
            pool, directory=self.log, state=self.folder / "publisher" / "state.json"
        )

    def follower(self, **more: Any) -> Follower:
        """A follower with the follower's rights and nothing remembered."""
        role = DatabaseRole.FOLLOWER
        pool = self.pool(self.schemas.ledger(role))
        keys = self.pool(self.schemas.keys(role))
        tenant = Tenant.open(
            self.schemas.schema, self.keyring, pool, keys, clock=self.clock
        )
        return Follower(tenant, pool, **more)

    @property
    def log(self) -> Path:
        """Where the tiles and the checkpoint are."""
        return self.folder / "log"


@contextmanager
def open_tenant(databases: clusters.Databases, folder: Path) -> Iterator[OpenTenant]:
    """A founded tenant on fresh schemas."""
    schemas = clusters.new_tenant(databases)
    root = RootKey.create(folder / "root.json", PASSPHRASE)
    keyring = FileKeyring.create(
        folder / "keyring.json",
        PASSPHRASE,
        tenant=schemas.name,
        origin=origin_of(schemas.name.replace("_", "-"), demo=True),
        root=root.signer.public_key,
    )
    tenant = OpenTenant(schemas, folder, keyring, root, Clock())
    try:
        tenant.opened().found(root)
        yield tenant
    finally:
        for pool in tenant.pools:
            pool.close()
