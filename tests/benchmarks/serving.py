"""Serving: the whole way over HTTP, on two cores that also run PostgreSQL and the load.

- `http_write_n`: n programs record a fact each, as fast as receipts come.
- `http_read_n`: n programs read where a case stands; each reading goes on record.
- `http_published`: from a write until its answer proves it published.
- `mixed_floor`, `mixed_aim`: writes and readings together, at a given rate; what is
  told is the 99th percentile, counted from when a request was due, and how many were
  answered a second.

The service runs as its users start it, with everything that follows the ledger.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from time import monotonic
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from pydantic import SecretStr

from api.founding import found, wanted
from api.installation import Installation, OpenTenant
from api.settings import PREFIX, Settings
from api.sign_in import DEMO_TENANT, sample_people
from ledger.application import utc_now
from tests.benchmarks import facts
from tests.benchmarks.asking import Asked, Load
from tests.benchmarks.rounds import Bench, Figure, Goal, Group
from tests.benchmarks.server import Server

PERSON = "ane"
CASES, CASE_LENGTH = 64, 12
HELD_SECONDS = 60.0
START_SECONDS = 60.0
SHARE = {"p50": 0.5, "p99": 0.99}


class Serving:
    """The benches of serving, and the service they ask, started when first needed."""

    def __init__(self, server: Server, *, quick: bool) -> None:
        self._server = server
        self._held = 2.0 if quick else HELD_SECONDS
        self._open = ExitStack()

    def close(self) -> None:
        """Stop the service."""
        self._open.close()

    @cached_property
    def cases(self) -> Sequence[str]:
        """Ids of the cases that are asked about."""
        with Installation(self._settings) as installation:
            tenant = found(installation, wanted(DEMO_TENANT, demo=True))
            return [_case(tenant, number) for number in range(CASES)]

    @cached_property
    def port(self) -> int:
        """Where the service listens."""
        assert self.cases, "there is something to serve"
        return self._open.enter_context(_serving(self._settings))

    @property
    def _settings(self) -> Settings:
        return Settings(
            home=self._server.folder / "served",
            database=SecretStr(self._server.databases.ledger),
            key_database=SecretStr(self._server.databases.keys),
        )

    def groups(self) -> list[Group]:
        """One service, so all of it is one group."""
        return [
            [
                self._flat_out("http_write_1", writes=True, programs=1),
                self._flat_out("http_write_32", writes=True, programs=32),
                self._flat_out("http_read_1", writes=False, programs=1),
                self._flat_out("http_read_32", writes=False, programs=32),
                self._published(),
                self._mixed("mixed_floor", 100, 300, is_floor=True),
                self._mixed("mixed_aim", 150, 700, is_floor=False),
            ]
        ]

    def _load(self, *, writes: bool, programs: int, rate: float = 0.0) -> Load:
        return Load(self.port, PERSON, self.cases, writes, programs, rate)

    def _flat_out(self, name: str, *, writes: bool, programs: int) -> Bench:
        def measure(seconds: float) -> list[float]:
            (asked,) = _ask([self._load(writes=writes, programs=programs)], seconds)
            return [asked.per_second, *_percentiles(asked)]

        return Bench((Figure(name, "requests/s"), *_figures(name)), measure)

    def _published(self) -> Bench:
        def measure(seconds: float) -> list[float]:
            load = self._load(writes=True, programs=1)
            (asked,) = _ask([Load(**{**asdict(load), "wait": "published"})], seconds)
            return _percentiles(asked)

        return Bench(_figures("http_published"), measure)

    def _mixed(self, name: str, writes: int, reads: int, *, is_floor: bool) -> Bench:
        goal = Goal(200, 150, is_floor=False) if is_floor else None
        figures = (
            Figure(f"{name}_writes", "requests/s"),
            Figure(f"{name}_reads", "requests/s"),
            Figure(f"{name}_writes_p50", "ms"),
            Figure(f"{name}_writes_p99", "ms", goal=goal),
            Figure(f"{name}_reads_p50", "ms"),
            Figure(f"{name}_reads_p99", "ms", goal=goal),
        )

        def measure(seconds: float) -> list[float]:
            wrote, read = _ask(
                [
                    self._load(writes=True, programs=16, rate=writes),
                    self._load(writes=False, programs=48, rate=reads),
                ],
                self._held,
            )
            rates = [wrote.per_second, read.per_second]
            return [*rates, *_percentiles(wrote), *_percentiles(read)]

        return Bench(figures, measure, rounds=1, is_warmed=False)


def _figures(name: str) -> tuple[Figure, ...]:
    return tuple(Figure(f"{name}_{share}", "ms") for share in SHARE)


def _percentiles(asked: Asked) -> list[float]:
    return [asked.percentile(share) for share in SHARE.values()]


def _case(tenant: OpenTenant, number: int) -> str:
    """A case with a dozen entries, opened by the person that asks later."""
    ledger, by = tenant.parts.ledger, sample_people()[PERSON].actor
    case = ledger.index.case_id(f"b-{number}")
    for place, event in enumerate(facts.series(CASE_LENGTH)):
        ledger.record(case, event, by=by, occurred_at=utc_now(), key=f"{case}/{place}")
    return str(case)


# --- the service ----------------------------------------------------------------------


@contextmanager
def _serving(settings: Settings) -> Iterator[int]:
    """Start the service as its users do, and stop it; answers its port."""
    port = _free_port()
    program = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(
        program, env=_environment(settings), stderr=subprocess.DEVNULL
    )
    try:
        _until_ready(process, port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    assert settings.database is not None
    assert settings.key_database is not None
    ours = {
        "HOME": str(settings.home),
        "DATABASE": settings.database.get_secret_value(),
        "KEY_DATABASE": settings.key_database.get_secret_value(),
    }
    root = str(Path(__file__).parents[2])
    named = {f"{PREFIX}{name}": value for name, value in ours.items()}
    return {**os.environ, "PYTHONPATH": root, **named}


def _until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    until = monotonic() + START_SECONDS
    while monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the service ended before it was ready")
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (HTTPError, URLError, ConnectionError, TimeoutError):
            continue
    raise RuntimeError("the service did not get ready")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


# --- the load -------------------------------------------------------------------------


def _ask(loads: Sequence[Load], seconds: float) -> list[Asked]:
    """Ask from a process of its own. Raises `RuntimeError` for answers that are bad."""
    said = {"loads": [asdict(load) for load in loads], "seconds": seconds}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.asking"],
        input=json.dumps(said),
        capture_output=True,
        text=True,
        check=True,
    )
    asked = [Asked(**one) for one in json.loads(done.stdout)]
    if bad := [one.bad for one in asked if one.bad]:
        raise RuntimeError(f"answers that nobody wants, by status: {bad}")
    return asked
