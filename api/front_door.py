"""What holds for every request and answer, whatever route it is for.

The outermost part of the application, in plain ASGI because it is passed thousands of
times a second. An exception that nobody answered ends here, so nothing of it reaches
the server's own log or the caller.
"""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import RequestRefused, answer_of

HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""The names of this machine. A page of a stranger that has pointed a name of its own
at loopback is not answered."""

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(),"
        " usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Stafettlogg-Demo": "no sign-in, invented people only",
}
"""What every answer carries, unless its route says otherwise."""
_RAW: Final = [
    (name.lower().encode(), value.encode()) for name, value in HEADERS.items()
]


class AnswerBroken(Exception):
    """An answer ended before it was whole; why is in our own log."""


class _Enough(OSError):
    """Whoever asked with HEAD has all they asked for."""


class FrontDoor:
    """Guards an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in and its answer out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, is_head=scope["method"] == "HEAD")
        inside = {**scope, "method": "GET"} if answer.is_head else scope
        try:
            _refuse_other_hosts(scope)
            await self._app(inside, receive, answer.send)
        except Exception as error:
            if answer.is_whole:
                return
            response = answer_of(error, Request(inside))
            if answer.has_begun:
                raise AnswerBroken from None
            await response(inside, receive, answer.send)


class _Answer:
    """One answer on its way out."""

    def __init__(self, send: Send, *, is_head: bool) -> None:
        self._send = send
        self.is_head = is_head
        self.has_begun = False
        self.is_whole = False

    async def send(self, message: Message) -> None:
        """Pass a message on, with our headers; to HEAD without a body."""
        if message["type"] == "http.response.start":
            self.has_begun = True
            own = {name for name, _ in message["headers"]}
            ours = [pair for pair in _RAW if pair[0] not in own]
            message["headers"] = [*message["headers"], *ours]
        elif self.is_head:
            await self._send({"type": "http.response.body"})
            self.is_whole = True
            raise _Enough
        await self._send(message)


def _refuse_other_hosts(scope: Scope) -> None:
    host = Headers(scope=scope).get("host", "")
    name, colon, port = host.rpartition(":")
    if (name if colon and port.isdecimal() else host) not in HOSTS:
        raise RequestRefused("WRONG_HOST")
