"""`stafettlogg serve`: the ledger over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.commands.ending import command
from api.commands.typed import installation
from api.printing import say
from api.service import Service

LOOPBACK = "127.0.0.1"
PORT = 8080


@command
def serve(
    port: Annotated[int, typer.Option(help="On loopback.", min=1, max=65535)] = PORT,
) -> None:
    """Answer HTTP requests on loopback until stopped."""
    with installation() as opened:
        app = create_app(Service(opened))
        say(f"Serving on http://{LOOPBACK}:{port}/. Stop with Ctrl-C.")
        uvicorn.run(app, host=LOOPBACK, port=port, log_config=None, access_log=False)
