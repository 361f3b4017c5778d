"""One web process: uvicorn, told how long anything may take and how to end."""

from __future__ import annotations

import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.service import Service

STOP_SECONDS = 10  # that requests at work may take to end
IDLE_SECONDS = 15  # that a connection may rest between two requests
HEAD_BYTES = 32 * 1024  # of a request's first line and headers


def answer(app: FastAPI, listener: socket.socket) -> None:
    """Answer what comes in on the socket until told to stop."""
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here is decided by where a request comes from
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    _Server(config, app.state.service).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends well when told to stop, and at once when told again."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note a signal, which is not raised again: to be told to stop is no fault."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._service.let_listeners_go()
