"""A tenant of its own for every fault, and a server for those that kill it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.database.embedded import EmbeddedPostgres
from ledger.database.roles import create_roles
from tests.clusters import Databases, cluster
from tests.tenants import OpenTenant, open_tenant


@pytest.fixture
def opened(database: Databases, tmp_path: Path) -> Iterator[OpenTenant]:
    """A founded tenant of this test alone."""
    with open_tenant(database, tmp_path) as tenant:
        yield tenant


@pytest.fixture(scope="module")
def killable() -> Iterator[EmbeddedPostgres]:
    """A server that nobody else uses, so that a test may kill it; it must start it."""
    with cluster() as server:
        create_roles(server.conninfo())
        create_roles(server.key_conninfo)
        yield server


@pytest.fixture
def own_tenant(
    killable: EmbeddedPostgres, tmp_path: Path
) -> Iterator[tuple[EmbeddedPostgres, OpenTenant]]:
    """A founded tenant on a server that the test may kill."""
    found = Databases(killable.conninfo(), killable.key_conninfo, killable)
    with open_tenant(found, tmp_path) as tenant:
        yield killable, tenant
