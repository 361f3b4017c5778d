"""A service on a port of its own, and programs that ask it as sample people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.installation import Installation
from api.service import Service
from api.settings import Settings
from api.sign_in import DEMO_TENANT
from api.web import configured
from tests.api.consoles import SAMPLES, Console, console, sample

As = Callable[[str], httpx.Client]
"""A client that asks as the sample person of this id."""


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """A real server on a free port of loopback; answers its address."""
    server = uvicorn.Server(configured(app, port=0))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A home with the demo's tenant and its histories, published and followed."""
    with console() as fresh:
        prepare(fresh)
        follow(fresh.home)
        yield fresh.home


def prepare(fresh: Console) -> None:
    """Make the demo's tenant with its histories."""
    fresh.run("tenant", "create", DEMO_TENANT, "--demo")
    for path in sorted(SAMPLES.glob("*.jsonl")):
        fresh.run("import", sample(path.name[0]), "--tenant", DEMO_TENANT)
    fresh.run("publish", "--tenant", DEMO_TENANT, "--once")


def follow(home: Path) -> None:
    """Bring the demo's tables up to what is on record."""
    with Installation(Settings(home=home)) as installation:
        tenant = installation.tenant(DEMO_TENANT, signs=False)
        installation.follower(tenant).catch_up()


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[Service]:
    """The service's parts, as the server of the same test session has them."""
    with Installation(Settings(home=home)) as installation:
        yield Service(installation)


@pytest.fixture(scope="session")
def address(service: Service) -> Iterator[str]:
    """Where the service answers."""
    with served(create_app(service)) as found:
        yield found


@pytest.fixture
def as_(address: str) -> Iterator[As]:
    """Clients by sample person."""
    clients: list[httpx.Client] = []

    def make(person: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {person}"}
        # without TLS there are no certificates to read, which takes its time
        client = httpx.Client(base_url=address, headers=headers, verify=False)
        clients.append(client)
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def case_of(service: Service) -> Callable[[str], str]:
    """The id of a sample case by its label."""
    index = service.tenants[DEMO_TENANT].parts.ledger.index
    return lambda label: str(index.case_id(label))


@pytest.fixture
def followed(home: Path) -> Callable[[], None]:
    """Brings the tables up to what is on record, when called."""
    return partial(follow, home)
