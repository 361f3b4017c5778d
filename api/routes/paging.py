"""Long views in pages: from a cursor on, with a link to the next one.

A cursor names the place of the last row that was told, so a page never repeats or
leaves out what came in meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Query, Request

from api.problems import RequestRefused

MAX_LIMIT: Final = 1000

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows on a page.")]
Cursor = Annotated[
    str | None,
    Query(
        pattern="^[0-9]{1,18}$",
        description="Where to go on: `next` of the page before, as it stands.",
    ),
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of those that follow; `None` when none do."""

    items: tuple[T, ...]
    next: str | None


def page(
    rows: Sequence[T], cursor: str | None, limit: int, *, place: Callable[[T], int]
) -> Page[T]:
    """The rows after the one that a cursor names. Raises `RequestRefused`."""
    first = 0
    if cursor is not None:
        places = [place(row) for row in rows]
        if int(cursor) not in places:
            raise RequestRefused("PARAMETER_INVALID", "cursor")
        first = places.index(int(cursor)) + 1
    some = tuple(rows[first : first + limit])
    is_last = first + limit >= len(rows)
    return Page(some, None if is_last else str(place(some[-1])))


def link(request: Request, following: str | None) -> dict[str, str]:
    """The header that leads to the next page (RFC 8288)."""
    if following is None:
        return {}
    where = request.url.include_query_params(cursor=following)
    return {"Link": f'<{where.path}?{where.query}>; rel="next"'}


LINKED: Final[dict[str, Any]] = {
    "headers": {
        "Link": {
            "description": 'The next page, as `rel="next"`, when there is one.',
            "schema": {"type": "string"},
        }
    }
}
