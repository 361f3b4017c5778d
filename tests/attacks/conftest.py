"""The museum every attack is tried in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attacks.museum import Museum, museum
from tests.clusters import Databases


@pytest.fixture(scope="session")
def filled_museum(
    wheel_postgres: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Museum]:
    with museum(wheel_postgres, tmp_path_factory.mktemp("museum")) as found:
        yield found


@pytest.fixture
def exhibit(filled_museum: Museum) -> Iterator[Museum]:
    """A published ledger as it was filled; what is done to it is undone afterwards."""
    yield filled_museum
    filled_museum.restore()
