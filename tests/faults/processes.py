"""Processes that a test starts, orders about and kills.

What they do stands in `tests.faults.programs`; they talk in lines of JSON over a
socket, and what a killed process had said before is not lost. All are forked from one
process that has loaded the code, which takes longer than most of what they do.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.faults.patience import PATIENCE
from tests.tenants import OpenTenant

PROJECT = Path(__file__).parents[2]


class _Nursery:
    """The process all programs are forked from; it ends with the tests' own process."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        self._mutex = threading.Lock()
        number = str(theirs.fileno())
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.programs", number],
            cwd=PROJECT,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def fork(self, work: str, orders: dict[str, Any]) -> tuple[int, socket.socket]:
        """Start a program; its process id, and the socket over which it talks."""
        ours, theirs = socket.socketpair()
        line = json.dumps([work, orders]).encode() + b"\n"
        with self._mutex, theirs:
            socket.send_fds(self._control, [line], [theirs.fileno()])
            return int(self._control.recv(32)), ours


_nursery = cache(_Nursery)


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
        self._pid, self._socket = _nursery().fork(work, orders)
        self.said: list[dict[str, Any]] = []
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        with contextlib.suppress(ConnectionResetError), self._socket.makefile() as said:
            for line in said:
                if line.endswith("\n"):  # a line cut short by a kill was not said
                    self.said.append(json.loads(line))
                    self._lines.put(self.said[-1])
        self._lines.put(None)

    def hear(self, what: str) -> dict[str, Any]:
        """Wait for the next line with this key. Fails when the program ends first."""
        while True:
            line = self._lines.get(timeout=PATIENCE)
            assert line is not None, f"ended without {what!r}: {self.complaint}"
            if what in line:
                return line

    def tell(self, order: str) -> None:
        """Give the program one line; one that has ended does not hear it."""
        with contextlib.suppress(BrokenPipeError):
            self._socket.sendall(order.encode() + b"\n")

    def kill(self) -> None:
        """SIGKILL, and wait for the end and for the last it has said."""
        os.kill(self._pid, signal.SIGKILL)  # never another's id: it is not reaped yet
        self._wait()

    def _wait(self) -> None:
        self._listener.join(timeout=PATIENCE)
        assert self.has_ended(), "it does not end"

    def has_ended(self) -> bool:
        return not self._listener.is_alive()

    def all(self, what: str) -> list[Any]:
        """Everything said under this key so far."""
        return [line[what] for line in list(self.said) if what in line]

    @property
    def complaint(self) -> str:
        """The traceback the program ended with, if it did."""
        return "".join(self.all("complaint"))

    def succeed(self) -> None:
        """Wait for the end, which must be a good one."""
        self._wait()
        assert self.all("done"), self.complaint or "it was killed"

    def close(self) -> None:
        if not self.has_ended():
            self.kill()
        self._socket.close()


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
