"""How much is at work at once, and for how long: what is too much is refused in time.

A slow database must not gather requests: only so many are at work, a few more wait for
a short while, and the others are told at once to come again. Every request is answered
by its deadline. Work cannot be broken off in a thread, so it goes on behind a late
answer, and its place is free when it has really ended. A write that is late may or may
not be on record, and the answer says that: the same Idempotency-Key tells.

A body is received before a place is taken, so that a slow sender keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from anyio.to_thread import current_default_thread_limiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bounds import Bounds
from api.problems import RequestRefused

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
UNLIMITED: Final = ("/livez", "/readyz", "/metrics", "/static/")
IMPORTS: Final = "/api/v1/imports"
STREAM: Final = b"text/event-stream"
SPARE_THREADS: Final = 8  # for what is not limited: health, files


class Limits:
    """Keeps an application within bounds."""

    def __init__(self, app: ASGIApp, bounds: Bounds | None = None) -> None:
        self._app = app
        self._bounds = bounds or Bounds()
        self._places = asyncio.Semaphore(self._bounds.at_work)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in time. Raises `RequestRefused`."""
        if scope["type"] == "lifespan":
            threads = self._bounds.at_work + SPARE_THREADS
            current_default_thread_limiter().total_tokens = threads
        if scope["type"] != "http" or scope["path"].startswith(UNLIMITED):
            await self._app(scope, receive, send)
            return
        if scope["method"] not in READS:
            receive = await self._received(receive)
        await self._take_place()
        answer = _Answer(send, self._places.release)
        work = asyncio.ensure_future(self._at_work(answer, scope, receive))
        await asyncio.wait({work}, timeout=self._seconds_for(scope["path"]))
        if not work.done() and not answer.has_begun:
            answer.is_late = True
            is_read = scope["method"] in READS
            raise RequestRefused("OVERLOADED" if is_read else "OUTCOME_UNKNOWN")
        await work

    def _seconds_for(self, path: str) -> float:
        is_import = path == IMPORTS
        return self._bounds.import_seconds if is_import else self._bounds.answer_seconds

    async def _at_work(self, answer: _Answer, scope: Scope, receive: Receive) -> None:
        try:
            await self._app(scope, receive, answer.send)
        finally:
            answer.leave_place()

    async def _take_place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()  # at once
            return
        if self._waiting >= self._bounds.waiting:
            raise RequestRefused("OVERLOADED")
        self._waiting += 1
        try:
            await _within(self._bounds.queue_seconds, self._places.acquire())
        except TimeoutError:
            raise RequestRefused("OVERLOADED") from None
        finally:
            self._waiting -= 1

    async def _received(self, receive: Receive) -> Receive:
        """The body, or the first of a large one; what is left is received later."""
        messages = deque[Message]()
        try:
            await _within(self._bounds.body_seconds, self._gather(receive, messages))
        except TimeoutError:
            raise RequestRefused("BODY_TOO_SLOW") from None

        async def again() -> Message:
            return messages.popleft() if messages else await receive()

        return again

    async def _gather(self, receive: Receive, messages: deque[Message]) -> None:
        size = 0
        while size <= self._bounds.body_bytes:
            messages.append(await receive())
            size += len(messages[-1].get("body", b""))
            if not messages[-1].get("more_body", False):
                return


async def _within(seconds: float, awaited: Awaitable[Any]) -> None:
    async with asyncio.timeout(seconds):
        await awaited


class _Answer:
    """An answer on its way out, unless it comes too late, and the place of its work.

    A stream of events has no end, so it gives its place up when it begins.
    """

    def __init__(self, send: Send, release: Callable[[], None]) -> None:
        self._send = send
        self._release = release
        self._has_place = True
        self.has_begun = False
        self.is_late = False

    async def send(self, message: Message) -> None:
        """Pass a message on; one that is late is dropped."""
        if self.is_late:
            return
        self.has_begun = True
        if message["type"] == "http.response.start" and _is_stream(message):
            self.leave_place()
        await self._send(message)

    def leave_place(self) -> None:
        """Let another request be at work, once."""
        if self._has_place:
            self._has_place = False
            self._release()


def _is_stream(message: Message) -> bool:
    kind: bytes = dict(message["headers"]).get(b"content-type", b"")
    return kind.startswith(STREAM)
