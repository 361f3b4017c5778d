"""One's own deadlines as a calendar: kinds, days and links, and no name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from fastapi import Request
from fastapi.responses import Response

from api.calendar import MEDIA_TYPE, AllDay, calendar
from api.language import preferred
from api.pages.texts import Texts, reminders_in
from api.routes.asking import Purpose, chapter, goes_wrong
from api.sign_in import Member, SignedIn
from ledger.listing import LARGEST_PAGE, Item
from ledger.projections.my_cases import MyCaseLine

MOST_PAGES: Final = 10

router = chapter(tags=["lists"])

_CALENDAR: Final[dict[str, Any]] = {
    "description": "The deadlines of one's own cases, as iCalendar (RFC 5545).",
    "content": {"text/calendar": {"schema": {"type": "string"}}},
}


@router.get(
    "/my-cases/calendar",
    response_class=Response,
    responses={200: _CALENDAR, **goes_wrong(401, 404, 422)},
)
def get_calendar(request: Request, member: SignedIn, purpose: Purpose) -> Response:
    """What is due in one's own cases, a day each: read and recorded as that list is.

    At most the first thousand cases, those with the nearest deadline.
    """
    t = reminders_in(preferred(request.headers.get("accept-language", "")))
    days = [
        _day(item.case, kind, on, t, str(request.base_url))
        for item in _own(member, purpose)
        for kind, on in told(item)
    ]
    made_at = member.tenant.parts.ledger.clock()
    content = calendar(t("calendar.name"), days, made_at=made_at)
    return Response(content, media_type=MEDIA_TYPE)


def _own(member: Member, purpose: str) -> Iterator[Item[MyCaseLine]]:
    """One's own cases, page by page; each page is on record before it is told."""
    after = None
    for _ in range(MOST_PAGES):
        page = member.tenant.lists.my_cases(
            by=member.actor, purpose=purpose, after=after, limit=LARGEST_PAGE
        )
        yield from page.items
        after = page.next
        if after is None:
            return


def told(item: Item[MyCaseLine]) -> list[tuple[str, date]]:
    """Kind and day of what is due; of what rests on a shield, only that it is due.

    A calendar lies on telephones and with others who keep it: there the kind alone may
    tell what is hidden.
    """
    told = (
        ("deadline" if item.shield is not None else due.kind, due.on)
        for due in item.line.due
    )
    return list(dict.fromkeys(told))


def _day(case: str, kind: str, on: date, t: Texts, base: str) -> AllDay:
    return AllDay(
        uid=f"{uuid5(UUID(case), f'{kind} {on}')}@stafettlogg",
        on=on,
        summary=t(f"due.{kind}"),
        url=f"{base}saker/{case}",
    )
