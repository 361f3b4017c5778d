"""A small ledger whose keys the test holds, for every test that asks."""

from __future__ import annotations

import pytest

from tests.audit.forging import SHARED, Forge, Stream


@pytest.fixture
def forge() -> Forge:
    """A ledger with its registry and nothing else yet."""
    return Forge()


@pytest.fixture
def case(forge: Forge) -> Stream:
    """The shared stream of a case, three entries long."""
    stream = forge.stream(SHARED)
    for _ in range(3):
        forge.record(stream)
    return stream
