"""The feed for systems that follow: that something was recorded, not what or whose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from api.feed import EventStream, Feed
from api.problems import RequestRefused
from api.routes.asking import chapter, goes_wrong
from api.routes.paging import Limit
from api.service import Service
from api.sign_in import SignedIn
from ledger.entry import StreamKind
from ledger.events.event import Role
from ledger.refusals import Refused, WrongRole

router = chapter("/feed", tags=["feed"])

MAY_FOLLOW: Final = frozenset({Role.ADMINISTRATOR, Role.KOORDINERENDE_ENHET})
MAX_STREAMS: Final = 200  # a process
MAX_POSITION: Final = (1 << 53) - 1


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry: where it stands in the log, and the kind of its stream.

    What is shielded has the kind of any other entry of a case.
    """

    position: int
    kind: StreamKind


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Entries in the order of the log; ask again after `next`."""

    items: tuple[FeedEntry, ...]
    next: int


async def _feed(request: Request, member: SignedIn) -> Feed:
    if member.actor.role not in MAY_FOLLOW:
        raise Refused((WrongRole(),))
    service: Service = request.app.state.service
    return service.feeds[member.tenant.folder.name]


Followed = Annotated[Feed, Depends(_feed)]
After = Annotated[
    int, Query(ge=0, le=MAX_POSITION, description="The last position that is known.")
]


@router.get("", responses={200: {"model": FeedPage}, **goes_wrong(401, 403, 422)})
def get_feed(feed: Followed, after: After = 0, limit: Limit = 100) -> Response:
    """What was recorded after a position. By: administrators, `koordinerende_enhet`."""
    found = feed.after(after, limit)
    items = [{"position": each.position, "kind": each.kind} for each in found]
    following = found[-1].position if found else after
    return JSONResponse({"items": items, "next": following})


async def _one_of_few(request: Request) -> AsyncIterator[None]:
    """Be one of the streams there may be at a time."""
    service: Service = request.app.state.service
    if service.streams >= MAX_STREAMS:
        raise RequestRefused("OVERLOADED")
    service.streams += 1
    try:
        yield
    finally:
        service.streams -= 1


_STREAM: Final[dict[str, Any]] = {
    "description": "An event for each entry: `id` is its position.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}
_LAST: Final[dict[str, Any]] = {
    "in": "header",
    "name": "Last-Event-ID",
    "description": "The last position that was received, as browsers say it.",
    "required": False,
    "schema": {"type": "string", "pattern": "^[0-9]{1,16}$"},
}


@router.get(
    "/stream",
    dependencies=[Depends(_one_of_few)],
    response_class=Response,
    responses={200: _STREAM, **goes_wrong(401, 403, 422)},
    openapi_extra={"parameters": [_LAST]},
)
async def get_feed_stream(
    request: Request, feed: Followed, after: After | None = None
) -> Response:
    """What is recorded, as it is: server-sent events, from now on or after a position.

    A listener that is too slow is let go, and after some minutes every one is; each
    comes again with `Last-Event-ID` and misses nothing.
    """
    last = request.headers.get("last-event-id", "")
    if last and not (last.isdecimal() and len(last) <= len(str(MAX_POSITION))):
        raise RequestRefused("HEADER_INVALID", "Last-Event-ID")
    if last:
        after = int(last)
    return EventStream(feed, await feed.head() if after is None else after)
