"""One line and a few counts for every request: its route, its end and its time.

The outermost part of the application, so nothing is answered that is not told. Of a
request only what cannot name anybody is told: never its path, its query, its headers,
its body, where it came from, or which command of a case it was.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics
from api.logs import log
from api.problems import MEDIA_TYPE
from api.routes.commands import path_of
from ledger.events import recordable_types

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_COMMANDS: Final = frozenset(map(path_of, recordable_types()))


class Telling:
    """Tells of an application's requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = _Told(send)
        begun = perf_counter()
        metrics.IN_FLIGHT.inc()
        try:
            await self._app(scope, receive, told.send)
        finally:
            metrics.IN_FLIGHT.dec()
            _tell(scope, told, perf_counter() - begun)


class _Told:
    """An answer on its way out: its status, and its code if it is a problem."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 500
        self.code = ""
        self._is_problem = False

    async def send(self, message: Message) -> None:
        """Pass a message on, having looked at it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            kind = dict(message["headers"]).get(b"content-type", b"")
            self._is_problem = kind == MEDIA_TYPE.encode()
        elif self._is_problem and not self.code and message.get("body"):
            self.code = str(json.loads(message["body"])["code"])
        await self._send(message)


def _tell(scope: Scope, told: _Told, seconds: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else "other"
    route = route_of(scope)
    _count(method, route, told, seconds)
    fields: dict[str, Any] = {
        "method": method,
        "route": route,
        "status": told.status,
        "ms": round(seconds * 1000, 1),
        "request": uuid4().hex,
        "code": told.code or None,
        "tenant": scope.get("state", {}).get("tenant"),
    }
    (log.warning if told.status >= 500 else log.info)("request", **fields)


def _count(method: str, route: str, told: _Told, seconds: float) -> None:
    metrics.REQUESTS.labels(method, route, str(told.status)).inc()
    metrics.SECONDS.labels(method, route).observe(seconds)
    if told.code:
        metrics.REFUSED.labels(told.code).inc()
    if told.status == 503:
        metrics.SHED.inc()
    if told.code == "NO_CASE" and method in ("GET", "HEAD"):
        metrics.DENIED.inc()
    if told.status == 201:
        metrics.WRITTEN.inc()


def route_of(scope: Scope) -> str:
    """The template of the route that was found, with the names of its parts alone.

    All commands have one template, because the name of a command says what happened.
    """
    included = scope.get("fastapi", {}).get("effective_route_context")
    found = getattr(included or scope.get("route"), "path", None)
    path = str(found or scope.get("root_path") or "none")
    case, _, last = path.rpartition("/")
    return f"{case}/{{command}}" if last in _COMMANDS else path
