"""The service as a person starts it, with its processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from tests.e2e.conftest import PATIENCE, Terminal
from tests.faults.patience import until


@dataclass
class Serving:
    """A service that runs: where, what it said before it did, and what it logs."""

    process: subprocess.Popen[str]
    url: str
    said: str
    lines: list[str] = field(default_factory=list)

    def logged(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        """The lines so far that tell this event, with these fields."""
        found = [json.loads(line) for line in list(self.lines) if line.startswith("{")]
        wanted = {"event": event, **fields}
        return [line for line in found if wanted.items() <= line.items()]

    def children(self) -> dict[str, int]:
        """The processes it keeps running: number by command."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int(_after_name(folder / "stat").split()[1])
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == self.process.pid and b"api.attached" in words:
                command = words[words.index(b"api.attached") + 1]
                found[command.decode()] = int(folder.name)
        return found

    def child(self, command: str) -> int:
        """The number of the process that runs this command, once there is one."""
        return until(lambda: self.children().get(command, 0), f"a process {command}")


@contextmanager
def serving(terminal: Terminal, *typed: str) -> Iterator[Serving]:
    """The service, started so; it is killed if the test has not ended it."""
    process = terminal.start(*typed)
    heard = ""
    while "Serving on" not in heard:
        line = process.stderr.readline()
        assert line, f"it ended: {heard}"
        heard += line
    said = os.read(process.stdout.fileno(), 1 << 20) if typed == ("demo",) else b""
    url = re.search(r"Serving on (http://\S+)/\.", heard)[1]
    found = Serving(process, url, said.decode())
    listener = Thread(target=lambda: found.lines.extend(process.stderr))
    listener.start()
    try:
        yield found
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=PATIENCE)
        listener.join(timeout=PATIENCE)
        process.stdout.close()
        process.stderr.close()


def _after_name(stat: Path) -> str:
    """The fields of a process after its name, which may hold anything."""
    return stat.read_text().rsplit(") ", 1)[1]
