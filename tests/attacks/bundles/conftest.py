"""A ledger whose keys the attacker holds, for every exhibit."""

from __future__ import annotations

import pytest

from tests.audit.forging import Forge


@pytest.fixture
def forge() -> Forge:
    """A ledger with its registry and nothing else yet."""
    return Forge()
