"""The service as a whole: web processes on one port, and what works beside them.

Everything is tried in this process first, so that what cannot work is refused with a
sentence and no process is started in vain.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from api.complaints import CommandFailed
from api.installation import Installation
from api.metrics import FOLDER, forget_process
from api.printing import say
from api.service import Service
from api.sign_in import refuse_without_sign_in
from api.standing_work import revive
from api.stopping import signals
from api.supervising import Job, Supervisor
from ledger.database.alone import Task

LOOPBACK = "127.0.0.1"
PORT = 8080
WORKERS = 1
PORTS_TRIED = 20


def serve(installation: Installation, listener: socket.socket, *, workers: int) -> None:
    """Serve on a listening socket until somebody says stop."""
    with (
        signals() as heard,
        TemporaryDirectory(prefix="stafettlogg-metrics-") as metrics,
    ):
        say(f"Serving on {url_of(listener)}. Stop with Ctrl-C.")
        supervisor = Supervisor(
            jobs(listener, workers),
            environment={**os.environ, FOLDER: metrics},
            revive=lambda: revive(installation),
            gone=lambda pid: forget_process(pid, metrics),
            stopping=listener.close,
        )
        supervisor.run(heard)


def jobs(listener: socket.socket, workers: int) -> list[Job]:
    """What is kept running: the publisher is stopped last, for it signs the rest."""
    number = listener.fileno()
    web = ("web", "--socket", str(number))
    return [
        *(Job(f"web-{n}", web, 1, (number,)) for n in range(1, workers + 1)),
        Job(Task.FOLLOW, (Task.FOLLOW,), 2),
        Job(Task.SWEEP, (Task.SWEEP,), 2),
        Job(Task.PUBLISH, (Task.PUBLISH,), 3),
    ]


def refuse_what_cannot_work(installation: Installation) -> None:
    """Open every tenant once, and close it again. Raises what stands in the way."""
    assert installation.databases  # opened here, so that an embedded server runs on
    with Installation(installation.settings) as trial:
        tenants = Service(trial).tenants
    if not tenants:
        said = "there is no tenant; `stafettlogg demo` or `tenant create` makes one."
        raise CommandFailed("NO_TENANT", said)
    refuse_without_sign_in(tenants)


# -- the port --------------------------------------------------------------------------


@contextmanager
def listening(port: int, *, or_next: bool = False) -> Iterator[socket.socket]:
    """A socket on loopback; port 0 takes a free one. Raises `CommandFailed`.

    With `or_next`, a port that is taken is passed over for the next one, and that is
    said.
    """
    ports = range(port, port + PORTS_TRIED) if or_next else [port]
    for tried in ports:
        try:
            listener = socket.create_server((LOOPBACK, tried), backlog=1024)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        if tried != port:
            say(f"Port {port} is taken; using {tried}.")
        with listener:
            yield listener
        return
    said = f"port {port} of {LOOPBACK} is taken; name another with --port."
    raise CommandFailed("PORT_TAKEN", said)


def url_of(listener: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}/"
