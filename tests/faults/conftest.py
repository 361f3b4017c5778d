"""A tenant of its own for every fault, and a server of its own for those that kill it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.database.embedded import EmbeddedPostgres
from ledger.database.roles import create_roles
from tests.clusters import Databases
from tests.tenants import OpenTenant, open_tenant


@pytest.fixture
def opened(database: Databases, tmp_path: Path) -> Iterator[OpenTenant]:
    """A founded tenant of this test alone."""
    with open_tenant(database, tmp_path) as tenant:
        yield tenant


@pytest.fixture
def own_tenant(
    own_postgres: EmbeddedPostgres, tmp_path: Path
) -> Iterator[tuple[EmbeddedPostgres, OpenTenant]]:
    """A founded tenant on a server of this test alone, which it may kill."""
    found = Databases(own_postgres.conninfo(), own_postgres.key_conninfo, own_postgres)
    create_roles(found.ledger)
    create_roles(found.keys)
    with open_tenant(found, tmp_path) as tenant:
        yield own_postgres, tenant
