"""Programs that ask a service over HTTP, in a process of their own.

The client is as thin as HTTP/1.1 lets it be, for it shares two cores with what it
measures. Two ways of asking: as fast as answers come (`flat_out`), and at a given rate,
where the time counts from when a request was due and not from when it got its turn, so
that a service that stalls is not asked less (`at_rate`).
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from time import perf_counter
from uuid import uuid4

OBSERVATION = {
    "concern_id": "b-concern-1",
    "arena": "kindergarten",
    "facts": "Satt for seg selv under samlingsstunden og ville ikke være med ut.",
    "period_from": "2026-09-01",
    "period_to": "2026-09-01",
}
BODY = json.dumps(OBSERVATION, ensure_ascii=False).encode()


@dataclass
class Asked:
    """What came of asking: milliseconds of each good answer, and what was not good."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    bad: dict[str, int] = field(default_factory=dict)

    def answered(self, status: int, expected: int, ms: float) -> None:
        """Count an answer."""
        if status == expected:
            self.taken.append(ms)
        else:
            self.bad[str(status)] = self.bad.get(str(status), 0) + 1

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the good answers came."""
        ordered = sorted(self.taken)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def per_second(self) -> float:
        """Good answers a second."""
        return len(self.taken) / self.seconds


class Program:
    """One connection that is kept, and the requests that go over it."""

    def __init__(self, port: int, person: str) -> None:
        self._port = port
        self._person = person
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> int:
        """Ask, read the answer to its end; its status."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(self._head(method, path, len(body)) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        lowered = head.lower()
        start = lowered.index(b"content-length:") + len(b"content-length:")
        await reader.readexactly(int(lowered[start : lowered.index(b"\r", start)]))
        if b"connection: close" in lowered:
            writer.close()
            self._streams = None
        return int(head[9:12])

    def _head(self, method: str, path: str, length: int) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            f"Authorization: Bearer {self._person}",
        ]
        if method == "POST":
            lines += [
                "Content-Type: application/json",
                f"Content-Length: {length}",
                f"Idempotency-Key: {uuid4()}",
            ]
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of which port: over and over, by `programs` or `rate` a second."""

    port: int
    person: str
    cases: Sequence[str]
    writes: bool
    programs: int
    rate: float = 0.0
    wait: str = ""

    def request(self, number: int) -> tuple[str, str, bytes, int]:
        """Method, path, body and expected status of the request of this number."""
        case = f"/api/v1/cases/{self.cases[number % len(self.cases)]}"
        if self.writes:
            query = f"?wait={self.wait}" if self.wait else ""
            return "POST", f"{case}/observation-recorded{query}", BODY, 201
        return "GET", f"{case}/state?purpose=benchmark", b"", 200


async def _one(
    program: Program, load: Load, number: int, due: float, to: Asked
) -> None:
    method, path, body, expected = load.request(number)
    status = await program.ask(method, path, body)
    to.answered(status, expected, (perf_counter() - due) * 1000)


async def flat_out(load: Load, seconds: float) -> Asked:
    """Ask with each program as soon as it has its answer."""
    asked, numbers, began = Asked(), count(), perf_counter()

    async def go_on(program: Program) -> None:
        while perf_counter() - began < seconds:
            await _one(program, load, next(numbers), perf_counter(), asked)

    programs = [Program(load.port, load.person) for _ in range(load.programs)]
    await asyncio.gather(*map(go_on, programs))
    asked.seconds = perf_counter() - began
    return asked


async def at_rate(load: Load, seconds: float) -> Asked:
    """Ask at the load's rate; each request waits for a program that is free."""
    asked, numbers, began = Asked(), count(), perf_counter()
    total = int(load.rate * seconds)

    async def go_on(program: Program) -> None:
        while (number := next(numbers)) < total:
            due = began + number / load.rate
            if (ahead := due - perf_counter()) > 0:
                await asyncio.sleep(ahead)
            await _one(program, load, number, due, asked)

    programs = [Program(load.port, load.person) for _ in range(load.programs)]
    await asyncio.gather(*map(go_on, programs))
    asked.seconds = perf_counter() - began
    return asked


Way = Callable[[Load, float], Awaitable[Asked]]


async def together(loads: Sequence[Load], seconds: float) -> list[Asked]:
    """Ask with all loads at once, each in its way."""
    ways: list[Way] = [at_rate if load.rate else flat_out for load in loads]
    asked = [way(load, seconds) for way, load in zip(ways, loads, strict=True)]
    return list(await asyncio.gather(*asked))


def main() -> None:
    """Read loads and seconds from stdin as JSON, write what came of them to stdout."""
    said = json.load(sys.stdin)
    loads = [Load(**load) for load in said["loads"]]
    asked = asyncio.run(together(loads, said["seconds"]))
    json.dump([asdict(one) for one in asked], sys.stdout)


if __name__ == "__main__":
    main()
