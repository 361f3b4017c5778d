"""Homes with tenants in them, shared by all tests of commands for speed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.consoles import PASSPHRASE, Console, console, sample

DEMO, REAL = "nes", "sund"


@pytest.fixture(scope="session")
def shared() -> Iterator[Console]:
    """A home with a demo of two cases, published, and a real tenant of one."""
    with console() as fresh:
        fresh.run("tenant", "create", DEMO, "--demo")
        for name in "ad":
            fresh.run("import", sample(name), "--tenant", DEMO)
        fresh.run("publish", "--tenant", DEMO, "--once")
        real = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        real.run("tenant", "create", REAL, "--organisation", "987654321")
        real.run("import", sample("c"), "--tenant", REAL)
        yield fresh


@pytest.fixture
def demo(shared: Console) -> Console:
    """The shared home as somebody uses it who knows no passphrase."""
    return shared


@pytest.fixture
def real(shared: Console) -> Console:
    """The shared home with the real tenant's passphrase set."""
    return shared.with_settings(PASSPHRASE=PASSPHRASE)


@pytest.fixture(scope="session")
def fresh() -> Iterator[Console]:
    """Another home, for tests that make tenants under names of their own."""
    with console() as found:
        yield found
