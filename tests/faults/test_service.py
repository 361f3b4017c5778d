"""The service over HTTP while the network, the database or its processes fail.

Answers are true: a receipt stands for what is on record, `OUTCOME_UNKNOWN` says that
nobody can tell, and the same key tells later. Nothing piles up, and when the fault is
over the service goes on without being started anew.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.installation import Installation
from api.service import CONNECTIONS, Service
from api.settings import Settings
from api.sign_in import DEMO_TENANT
from ledger.database.embedded import EmbeddedPostgres
from tests.api.consoles import console, sample
from tests.api.http.conftest import served
from tests.faults.patience import PATIENCE, meanwhile, outcome, until
from tests.proxy import Moment, Proxy, proxy

STATE = "erasures"  # in the question that every load of a case asks
CLIENTS = 64
WRITERS = 8


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with a case, on a server that may be killed."""
    with console() as fresh:
        fresh.run("tenant", "create", DEMO_TENANT, "--demo")
        fresh.run("import", sample("d"), "--tenant", DEMO_TENANT)
        yield fresh.home


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(home) as running:
        yield running


@pytest.fixture
def network(server: EmbeddedPostgres) -> Iterator[Proxy]:
    """What lies between the service and the ledger's database."""
    with proxy(server.conninfo()) as found:
        yield found


@pytest.fixture
def service(home: Path, server: EmbeddedPostgres, network: Proxy) -> Iterator[Service]:
    settings = Settings(
        home=home,
        database=SecretStr(network.conninfo(server.conninfo())),
        key_database=SecretStr(server.key_conninfo),
    )
    with Installation(settings, connections=CONNECTIONS) as installation:
        yield Service(installation)


@pytest.fixture
def dina(service: Service) -> Iterator[httpx.Client]:
    """Asks as the holder of case d."""
    with served(create_app(service)) as address, asking(address) as client:
        yield client


@contextmanager
def asking(address: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer dina"}
    limits = httpx.Limits(max_connections=CLIENTS)
    with httpx.Client(
        base_url=address, headers=headers, limits=limits, timeout=PATIENCE
    ) as client:
        yield client


@pytest.fixture
def case(service: Service) -> str:
    """The address of case d."""
    index = service.tenants[DEMO_TENANT].parts.ledger.index
    return f"/api/v1/cases/{index.case_id('d')}"


def read(client: httpx.Client, case: str) -> httpx.Response:
    return client.get(f"{case}/state", params={"purpose": "follow_up"})


def write(client: httpx.Client, case: str, key: str) -> httpx.Response:
    body = {
        "concern_id": "t-1",
        "arena": "school",
        "facts": f"Lekte alene. {key}",
        "period_from": "2026-01-05",
        "period_to": "2026-01-05",
    }
    headers = {"Idempotency-Key": key}
    return client.post(f"{case}/observation-recorded", json=body, headers=headers)


def code(answer: httpx.Response) -> str:
    return str(answer.json().get("code", ""))


def at_once(count: int, ask: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """The answers to as many requests that are sent together."""
    asked = [meanwhile(ask) for _ in range(count)]
    answers = [outcome(each) for each in asked]
    assert all(isinstance(answer, httpx.Response) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, httpx.Response)]


def recovers(client: httpx.Client, case: str) -> None:
    until(lambda: read(client, case).status_code == 200, "a read that is answered")
    written = until(
        lambda: (a := write(client, case, uuid4().hex)).status_code == 201 and a,
        "a write that is recorded",
    )
    assert "position" in written.json()


def times_on_record(home: Path, service: Service, key: str) -> int:
    """How often a request with this key stands in the ledger."""
    ledger = service.tenants[DEMO_TENANT].parts.ledger
    loaded = ledger.load(ledger.index.case_id("d"))
    facts = Counter(getattr(entry.event, "facts", None) for entry in loaded.entries)
    return facts[f"Lekte alene. {key}"]


@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.MIDWAY, Moment.AFTER])
def test_a_write_whose_connection_breaks_is_answered_truly_and_recorded_once(
    dina, case, network, home, service, moment
):
    read(dina, case)
    fault = network.strike(moment, "append")
    key = uuid4().hex
    first = write(dina, case, key)
    assert fault.struck.is_set()
    assert first.status_code in (201, 503)
    if first.status_code == 503:
        assert code(first) in ("OUTCOME_UNKNOWN", "OVERLOADED", "DATABASE_UNREACHABLE")
        assert first.headers["Retry-After"]
    network.heal()
    again = until(
        lambda: (a := write(dina, case, key)).status_code == 201 and a, "the receipt"
    )
    if first.status_code == 201:
        assert again.json()["position"] == first.json()["position"]
    assert times_on_record(home, service, key) == 1


def test_a_commit_whose_answers_are_all_lost_is_told_as_unknown(
    dina, case, network, home, service
):
    read(dina, case)
    network.strike(Moment.AFTER, "append", "position, state FROM", times=1_000)
    key = uuid4().hex
    lost = write(dina, case, key)
    assert (lost.status_code, code(lost)) == (503, "OUTCOME_UNKNOWN")
    network.heal()
    until(lambda: write(dina, case, key).status_code == 201, "the receipt")
    assert times_on_record(home, service, key) == 1


def test_from_a_database_that_never_answers_everybody_is_told_to_come_again(
    dina, case, network
):
    read(dina, case)
    network.strike(Moment.NEVER, "", times=1_000_000)
    answers = at_once(CLIENTS, lambda: read(dina, case))
    assert {answer.status_code for answer in answers} == {503}
    assert all(answer.headers["Retry-After"] for answer in answers)
    late = at_once(WRITERS, lambda: write(dina, case, uuid4().hex))
    assert {answer.status_code for answer in late} == {503}
    assert dina.get("/livez").status_code == 200
    assert dina.get("/readyz").json()["checks"] == {"database": "unreachable"}
    network.heal()
    recovers(dina, case)


def test_a_slow_database_sheds_what_it_cannot_take_and_goes_on_afterwards(
    dina, case, server
):
    """Every append waits behind a lock, as behind a disk that has become slow."""
    read(dina, case)
    with psycopg.connect(server.conninfo()) as superuser:
        superuser.execute(f"SELECT * FROM t_{DEMO_TENANT}.head FOR UPDATE")
        answers = at_once(CLIENTS, lambda: read(dina, case))
        assert {answer.status_code for answer in answers} == {503}
        assert dina.get("/livez").status_code == 200
    recovers(dina, case)


def test_a_backend_that_is_killed_is_nobodys_fault_for_long(dina, case, server):
    read(dina, case)
    with psycopg.connect(server.conninfo()) as superuser:
        row = superuser.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND pid <> pg_backend_pid() LIMIT 1"
        ).fetchone()
    os.kill(row[0], signal.SIGKILL)
    answers = at_once(WRITERS, lambda: read(dina, case))
    assert {answer.status_code for answer in answers} <= {200, 503}
    recovers(dina, case)


def test_a_database_that_is_killed_is_waited_for(dina, case, server):
    read(dina, case)
    os.kill(server.postmaster_pid, signal.SIGKILL)
    answers = at_once(WRITERS, lambda: read(dina, case))
    assert {answer.status_code for answer in answers} <= {200, 503}
    server.start()
    recovers(dina, case)
