"""One web process: uvicorn, told how long anything may take and how to end."""

from __future__ import annotations

import asyncio
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.service import Service

STOP_SECONDS = 10  # that requests at work may take to end
IDLE_SECONDS = 15  # that a connection may rest between two requests
HEAD_SECONDS = 10.0  # that a request's first line and headers may take to come
HEAD_BYTES = 32 * 1024  # of a request's first line and headers


def answer(app: FastAPI, listener: socket.socket) -> None:
    """Answer what comes in on the socket until told to stop."""
    config = uvicorn.Config(
        app,
        http=_Patient,
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


class _Patient(H11Protocol):
    """Closes a connection on which a request's head does not come in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Wait on, from the head's first byte, until it is whole."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._waiting is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
