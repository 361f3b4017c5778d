"""Processes that a test starts, orders about and kills.

What they do stands in `tests.faults.programs`; they talk in lines of JSON. What a killed
process had said before is not lost: it lies in the pipe.
"""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.patience import PATIENCE
from tests.tenants import OpenTenant

PROJECT = Path(__file__).parents[2]


class Program:
    """One running program on one tenant."""

    def __init__(self, work: str, opened: OpenTenant, **orders: Any) -> None:
        orders = {
            "schema": opened.schemas.schema,
            "ledger": opened.schemas.ledger(),
            "keys": opened.schemas.keys(),
            "folder": str(opened.folder),
            **orders,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.programs", work, json.dumps(orders)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[dict[str, Any]] = []
        self.complaints = ""
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._listeners = [
            threading.Thread(target=self._listen, daemon=True),
            threading.Thread(target=self._overhear, daemon=True),
        ]
        for listener in self._listeners:
            listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):  # a line cut short by a kill was not said
                said = json.loads(line)
                self.said.append(said)
                self._lines.put(said)
        self._lines.put(None)

    def _overhear(self) -> None:
        assert self._process.stderr is not None
        self.complaints = self._process.stderr.read()

    def hear(self, what: str) -> dict[str, Any]:
        """Wait for the next line that has this key. Fails when the program ends first."""
        while True:
            line = self._lines.get(timeout=PATIENCE)
            if line is None:
                self.ended()
                raise AssertionError(f"ended without {what!r}: {self.complaints}")
            if what in line:
                return line

    def tell(self, order: str) -> None:
        """Give the program one line; one that has ended does not hear it."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(order + "\n")
            self._process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        self._process.send_signal(signal.SIGKILL)
        self.ended()

    def ended(self) -> int:
        """Wait for the program's end, and for the last it has said."""
        status = self._process.wait(timeout=PATIENCE)
        for listener in self._listeners:
            listener.join(timeout=PATIENCE)
        return status

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def all(self, what: str) -> list[Any]:
        """Everything said under this key so far."""
        return [line[what] for line in list(self.said) if what in line]

    def succeed(self) -> None:
        """Wait for the end, which must be a good one."""
        assert self.ended() == 0, self.complaints

    def close(self) -> None:
        if not self.has_ended():
            self.kill()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


@contextlib.contextmanager
def programs(*started: Program) -> Iterator[tuple[Program, ...]]:
    """Let programs run together; none outlives the block, however it ends."""
    try:
        yield started
    finally:
        for program in started:
            program.close()


def at_once(*started: Program) -> None:
    """Let programs that wait for each other begin together."""
    for program in started:
        program.hear("ready")
    for program in started:
        program.tell("go")
