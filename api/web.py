"""One web process: uvicorn, told how long anything may take and how to end."""

from __future__ import annotations

import asyncio
import socket
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.front_door import HEADERS
from api.service import Service

STOP_SECONDS = 10  # that requests at work may take to end
IDLE_SECONDS = 15  # that a connection may rest between two requests
HEAD_SECONDS = 10.0  # that a request's first line and headers may take to come
HEAD_BYTES = 32 * 1024  # of a request's first line and headers


def answer(app: FastAPI, listener: socket.socket) -> None:
    """Answer what comes in on the socket until told to stop."""
    _Server(configured(app), app.state.service).run(sockets=[listener])


def configured(app: FastAPI, **more: Any) -> uvicorn.Config:
    """How the server is set up that answers for an application."""
    return uvicorn.Config(
        app,
        http=Patient,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here is decided by where a request comes from
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        **more,
    )


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


class Patient(HttpToolsProtocol):
    """Gives a request's head up that does not come in time, or does not end.

    The parser takes a head of any length, and a connection may keep it waiting.
    """

    head_seconds = HEAD_SECONDS
    _waiting: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Take in what came, and no more of a head than is allowed."""
        super().data_received(data)
        self._head_bytes += len(data)
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Wait, from the head's first byte, until it is whole."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._waiting is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Wait no more: what follows is the application's matter."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, with the headers that every answer has."""
        if self.transport.is_closing():
            return
        body = msg.encode()
        told = {**HEADERS, **_OF_TEXT, "Content-Length": len(body)}
        lines = ["HTTP/1.1 400 Bad Request", *(f"{n}: {v}" for n, v in told.items())]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._waiting = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


_OF_TEXT = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
