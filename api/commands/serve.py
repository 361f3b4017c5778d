"""`stafettlogg serve | web`: the ledger over HTTP."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from api import serving, web
from api.app import create_app
from api.commands.ending import command
from api.commands.typed import installation
from api.logs import configure
from api.printing import say
from api.service import CONNECTIONS, Service

Port = Annotated[
    int, typer.Option(help="On loopback; 0 takes a free one.", min=0, max=65535)
]


@command
def serve(
    port: Port = serving.PORT,
    workers: Annotated[
        int, typer.Option(help="Web processes on the port.", min=1, max=64)
    ] = serving.WORKERS,
) -> None:
    """Run the whole service on loopback until stopped.

    Keeps web processes and the publisher running, and stops them in an order that
    leaves nothing unsigned.
    """
    with installation() as opened, serving.listening(port) as listener:
        serving.refuse_what_cannot_work(opened)
        configure(opened.settings.log_level, process="serve")
        serving.serve(opened, listener, workers=workers)


@command
def answer_requests(
    port: Port = serving.PORT,
    descriptor: Annotated[
        int | None, typer.Option("--socket", help="Open already, under this number.")
    ] = None,
) -> None:
    """Answer HTTP requests in this one process until stopped."""
    with installation(connections=CONNECTIONS) as opened:
        app = create_app(Service(opened))
        configure(opened.settings.log_level, process="web")
        if descriptor is not None:
            web.answer(app, socket.socket(fileno=descriptor))
            return
        with serving.listening(port) as listener:
            say(f"Serving on {serving.url_of(listener)}. Stop with Ctrl-C.")
            web.answer(app, listener)
