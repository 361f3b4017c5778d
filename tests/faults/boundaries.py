"""Dying between any two changes that a program makes, to files or to a database.

Python announces every such call before it makes it (PEP 578). So a program can be made
to die exactly at its n-th change below a folder: before it is made, or, where a file is
opened to be written, when that has made or emptied it and nothing is in it yet.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from ledger.database.bounded import BoundedConnection

_CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir"}


def die_at_boundary(number: int, folder: Path) -> None:
    """Die by SIGKILL at change `number`, from 1, below `folder`."""
    place, seen = os.fspath(folder), 0

    def count(name: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if not _is_change(name, arguments) or not str(arguments[0]).startswith(place):
            return
        seen += 1
        if seen == number:
            if name == "open":
                os.open(arguments[0], arguments[2], 0o600)
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def mortal(number: int) -> type[BoundedConnection]:
    """Connections of a process that dies before message `number`, from 1, is sent.

    Everything that is asked of the server is waited for in one place; what it did until
    then is done, and a transaction that was open is rolled back.
    """
    messages = count(1)

    class Mortal(BoundedConnection):
        def wait(self, *arguments: Any, **named: Any) -> Any:
            if next(messages) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().wait(*arguments, **named)

    return Mortal


def _is_change(name: str, arguments: tuple[Any, ...]) -> bool:
    if name != "open":
        return name in _CHANGES
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
