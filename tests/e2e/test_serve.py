"""`serve` keeps its processes running and stops them so that nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.sign_in import DEMO_TENANT
from ledger.database.embedded import EmbeddedPostgres
from tests.api.consoles import sample
from tests.e2e.conftest import PATIENCE, Terminal
from tests.e2e.serving import Serving, serving
from tests.faults.patience import meanwhile, outcome, until

OBSERVATION = {
    "concern_id": "t-1",
    "arena": "school",
    "period_from": "2026-01-05",
    "period_to": "2026-01-05",
}


@pytest.fixture(scope="module", autouse=True)
def _demo(terminal: Terminal) -> None:
    assert terminal.run("tenant", "create", DEMO_TENANT, "--demo").returncode == 0
    imported = terminal.run("import", sample("d"), "--tenant", DEMO_TENANT)
    assert imported.returncode == 0


@pytest.fixture
def served(terminal: Terminal) -> Iterator[Serving]:
    """The service on a port of its own."""
    with serving(terminal, "serve", "--port", "0") as found:
        yield found


def reads(served: Serving) -> int:
    """The status of a read, asked for until somebody answers."""
    view = f"{served.url}/api/v1/cases/d/state"

    def answered() -> int:
        try:
            return httpx.get(view, timeout=PATIENCE).status_code
        except httpx.TransportError:
            return 0

    return until(answered, "an answer")


def signed_size(terminal: Terminal) -> int:
    checkpoint = terminal.home / "log" / DEMO_TENANT / "checkpoint"
    return int(checkpoint.read_text().splitlines()[1]) if checkpoint.exists() else 0


def record(terminal: Terminal) -> None:
    """Put a reading on record, from another process."""
    shown = terminal.run("show", "d", "--tenant", DEMO_TENANT)
    assert shown.returncode == 0, shown.stderr


def shown(terminal: Terminal, *typed: str) -> dict[str, Any]:
    """Case d, as a program sees it."""
    said = terminal.run("show", "d", "--tenant", DEMO_TENANT, "--json", *typed)
    return json.loads(said.stdout)


def entries(terminal: Terminal) -> list[dict[str, Any]]:
    """Every entry of case d."""
    return shown(terminal, "--view", "entries")["entries"]


def ends_well(served: Serving) -> None:
    assert served.process.wait(timeout=PATIENCE) == 0


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_the_service_signs_what_is_recorded_and_ends_well(
    terminal, served, told
):
    reads(served)
    served.child("publish")
    before = until(lambda: signed_size(terminal), "a checkpoint")
    record(terminal)
    children = served.children()
    served.process.send_signal(told)
    ends_well(served)
    assert signed_size(terminal) > before
    assert not any(map(is_there, children.values()))
    assert EmbeddedPostgres(terminal.home).postmaster_pid is None


@pytest.mark.parametrize("command", ["web", "publish", "follow", "sweep"])
def test_a_process_that_is_killed_is_started_again(terminal, served, command):
    reads(served)
    until(lambda: signed_size(terminal), "a checkpoint")
    killed = served.child(command)
    os.kill(killed, signal.SIGKILL)
    until(lambda: served.child(command) != killed, "another process")
    assert reads(served) < 500
    before = signed_size(terminal)
    record(terminal)
    until(lambda: signed_size(terminal) > before, "a larger checkpoint")
    (ended,) = served.logged("process ended")
    assert ended["ended"] == -signal.SIGKILL


def test_no_process_outlives_a_service_that_is_killed(terminal, served):
    reads(served)
    children = served.children()
    assert set(children) == {"web", "publish", "follow", "sweep"}
    served.process.kill()
    until(lambda: not any(map(is_there, children.values())), "the end of all processes")
    until(
        lambda: EmbeddedPostgres(terminal.home).postmaster_pid is None,
        "the end of the embedded server",
    )


def test_the_embedded_server_is_started_again_when_it_is_killed(terminal, served):
    reads(served)
    killed = EmbeddedPostgres(terminal.home).postmaster_pid
    os.kill(killed, signal.SIGKILL)
    until(
        lambda: EmbeddedPostgres(terminal.home).postmaster_pid not in (None, killed),
        "another server",
    )
    until(lambda: reads(served) < 500, "an answer that is no fault")


def test_a_port_that_is_taken_is_a_named_refusal(terminal):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = terminal.run("serve", "--port", port)
    assert refused.returncode == 1
    assert f"PORT_TAKEN: port {port} of 127.0.0.1 is taken" in refused.stderr


def test_a_web_process_killed_under_load_loses_and_doubles_nothing(terminal, served):
    """What was acknowledged is on record; the same key gives the same receipt."""
    reads(served)
    headers = {"Authorization": "Bearer dina"}
    client = httpx.Client(base_url=served.url, headers=headers, timeout=PATIENCE)
    case = shown(terminal)["case"]
    killed, told = served.child("web"), list[tuple[str, int]]()
    stop = Event()

    def write(key: str) -> int:
        """The position of an observation, asked for until there is a receipt."""

        def receipt() -> int:
            try:
                answer = client.post(
                    f"/api/v1/cases/{case}/observation-recorded",
                    json={**OBSERVATION, "facts": key},
                    headers={"Idempotency-Key": key},
                )
            except httpx.TransportError:
                return 0
            assert answer.status_code in (201, 503), answer.text
            return answer.json()["position"] if answer.status_code == 201 else 0

        return until(receipt, "a receipt")

    def write_on() -> None:
        while not stop.is_set():
            key = uuid4().hex
            told.append((key, write(key)))

    writers = [meanwhile(write_on) for _ in range(4)]
    until(lambda: len(told) >= 10, "receipts")
    os.kill(killed, signal.SIGKILL)
    enough = len(told) + 10
    until(lambda: len(told) >= enough, "receipts of another process")
    stop.set()
    assert [outcome(writer) for writer in writers] == [None] * 4
    assert [write(key) for key, _ in told] == [position for _, position in told]
    client.close()
    on_record = Counter(entry["event"].get("facts") for entry in entries(terminal))
    assert {on_record[key] for key, _ in told} == {1}
