"""Servers and tenants any test may ask for; `tests/clusters.py` says what they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.database.embedded import EmbeddedPostgres
from tests.clusters import (
    DEBIAN_15,
    Databases,
    Tenant,
    cluster,
    databases,
    new_tenant,
    temporary_folder,
)


@pytest.fixture(scope="session")
def wheel_postgres() -> Iterator[Databases]:
    """The embedded PostgreSQL 18, one for each worker."""
    with databases() as found:
        yield found


@pytest.fixture(scope="session")
def debian_postgres() -> Iterator[Databases]:
    """Debian's PostgreSQL 15, the oldest we know, one for each worker."""
    if not DEBIAN_15.exists():
        pytest.skip("Debian's PostgreSQL 15 is not installed")
    with databases(DEBIAN_15) as found:
        yield found


@pytest.fixture(params=["wheel_postgres", "debian_postgres"])
def every_postgres(request: pytest.FixtureRequest) -> Databases:
    """Each of the two servers in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def database(wheel_postgres: Databases) -> Databases:
    """The server to use where it does not matter which."""
    return wheel_postgres


@pytest.fixture
def tenant(database: Databases) -> Tenant:
    """A fresh tenant; several: `tests.clusters.new_tenant`."""
    return new_tenant(database)


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A server for this test alone, which it may kill."""
    with cluster() as server:
        yield server


@pytest.fixture
def short_folder():
    """A folder whose path is short enough to put a server and its socket into."""
    with temporary_folder() as folder:
        yield folder
