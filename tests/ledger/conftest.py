"""A whole tenant on a real server, for the parts of the ledger that need one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clusters import Databases
from tests.tenants import OpenTenant, open_tenant


@pytest.fixture
def opened(database: Databases, tmp_path: Path) -> Iterator[OpenTenant]:
    """A founded tenant of this test alone."""
    with open_tenant(database, tmp_path) as tenant:
        yield tenant
