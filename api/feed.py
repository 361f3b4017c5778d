"""What was recorded, as a stream of events: positions and kinds of streams, no more.

Every stream of a tenant is fed by one look at the log, whose last answers are kept for
all of them; so many listeners cost the database no more than one. A stream takes what
comes next when its listener has taken what came before: nothing is piled up for a slow
one, and who takes nothing for too long is let go. It catches up by position.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice
from time import monotonic
from typing import Final, NamedTuple

from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ledger.entry import StreamKind
from ledger.recorder import LedgerRecorder

POLL_SECONDS: Final = 0.25
KEEP_ALIVE_SECONDS: Final = 15.0
SLOW_SECONDS: Final = 10.0  # to take one piece
LIFE_SECONDS: Final = 600.0  # then a listener comes again, and is looked at anew
KEPT: Final = 1000  # entries, for all streams of a tenant
PIECE: Final = 100  # entries at once


class Recorded(NamedTuple):
    """One entry: where it stands, and the kind of its stream.

    A shielded one is told as any of a case: beside what one has just written or read,
    the kind alone would tell that there is a shield.
    """

    position: int
    kind: str


class Feed:
    """The recorded entries of one tenant, as they come."""

    def __init__(self, recorder: LedgerRecorder) -> None:
        self._recorder = recorder
        self._kept: deque[Recorded] = deque(maxlen=KEPT)
        self._looked_at = 0.0
        self._looking = asyncio.Lock()
        self.is_closed = False  # streams of it end, for the process does

    def after(self, position: int, limit: int) -> list[Recorded]:
        """The entries after a position, from the database."""
        found = self._recorder.select_notifications(
            position, limit, inclusive_of_start=False
        )
        return [Recorded(each.id, _told(each.topic)) for each in found]

    async def newer(self, position: int) -> list[Recorded]:
        """The next entries after a position; none when it is the last one."""
        await self._look()
        if not self._kept or position >= self._kept[-1].position:
            return []
        if position + 1 < self._kept[0].position:
            return await run_in_threadpool(self.after, position, PIECE)
        first = position + 1 - self._kept[0].position
        return list(islice(self._kept, first, first + PIECE))

    async def head(self) -> int:
        """The last position."""
        return await run_in_threadpool(self._recorder.max_notification_id) or 0

    async def _look(self) -> None:
        """Look for new entries, unless somebody just has."""
        async with self._looking:
            if monotonic() - self._looked_at < POLL_SECONDS:
                return
            if not self._kept:
                start = max(0, await self.head() - KEPT)
            else:
                start = self._kept[-1].position
            self._kept.extend(await run_in_threadpool(self.after, start, KEPT))
            self._looked_at = monotonic()


class EventStream(Response):
    """Server-sent events until the listener leaves, is too slow, or time is up."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, after: int) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._feed = feed
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        gone = asyncio.create_task(_disconnected(receive))
        try:
            async for piece in self._pieces(gone):
                async with asyncio.timeout(SLOW_SECONDS):
                    await send(_body(piece, more=True))
            await send(_body(b"", more=False))
        except TimeoutError:
            pass  # too slow: it is let go, and not even told so
        finally:
            gone.cancel()

    async def _pieces(self, gone: asyncio.Task[None]) -> AsyncIterator[bytes]:
        """What to send, while anybody listens."""
        until = monotonic() + LIFE_SECONDS
        said = monotonic()
        yield b": the demo's feed\n\n"
        while not (self._feed.is_closed or gone.done() or monotonic() > until):
            found = await self._feed.newer(self._after)
            if found:
                self._after = found[-1].position
                yield b"".join(map(_event, found))
                said = monotonic()
                continue
            if monotonic() - said > KEEP_ALIVE_SECONDS:
                yield b": still here\n\n"
                said = monotonic()
            await asyncio.wait([gone], timeout=POLL_SECONDS)


def _told(kind: str) -> str:
    return StreamKind.SHARED.value if kind == StreamKind.SHIELDED.value else kind


def _event(recorded: Recorded) -> bytes:
    said = json.dumps(recorded._asdict())
    return f"id: {recorded.position}\nevent: recorded\ndata: {said}\n\n".encode()


def _body(content: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
