"""Lists across cases, from the tables that follow the log: no names, numbers or texts.

What is shown is on record, in the reader's own stream, before it is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from api.problems import RequestRefused
from api.routes.asking import Purpose, chapter, goes_wrong
from api.routes.paging import LINKED, link
from api.sign_in import Member, SignedIn
from ledger.listing import LARGEST_PAGE, BadCursor, Counted, Lists, Page
from ledger.projections.access_log import AccessLine
from ledger.projections.my_cases import MyCaseLine
from ledger.projections.plain import as_json
from ledger.projections.register import Filter, RegisterLine, Status
from ledger.projections.vacancies import VacancyLine

router = chapter(tags=["lists"])

Cursor = Annotated[
    str | None,
    Query(
        pattern="^[A-Za-z0-9_-]{1,400}$",
        description="Where to go on: `next` of the page before, for the same person.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Rows on a page.")]


class Asking:
    """Who asks for a list, what for, and from where on."""

    def __init__(
        self,
        request: Request,
        member: Member,
        purpose: str,
        cursor: str | None,
        limit: int,
    ) -> None:
        self.request = request
        self.lists: Lists = member.tenant.lists
        self.how: dict[str, Any] = {
            "by": member.actor,
            "purpose": purpose,
            "after": cursor,
            "limit": limit,
        }

    def answer(self, ask: Callable[..., Page[Any]], *about: str) -> Response:
        """A page of the list, with a link to the next one."""
        try:
            found = ask(*about, **self.how)
        except BadCursor:
            raise RequestRefused("PARAMETER_INVALID", "cursor") from None
        return JSONResponse(as_json(found), headers=link(self.request, found.next))


async def _asking(
    request: Request,
    member: SignedIn,
    purpose: Purpose,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Asking:
    return Asking(request, member, purpose, cursor, limit)


Asked = Annotated[Asking, Depends(_asking)]


def _lists(model: Any) -> dict[int | str, dict[str, Any]]:
    told = {"model": model, "description": "As far as this person may see it."}
    return {200: {**told, **LINKED}, **goes_wrong(400, 401, 404, 422)}


_Label = Annotated[str | None, Query(min_length=1, max_length=200)]


async def _filter(
    level: Annotated[int | None, Query(ge=0, le=9)] = None,
    status: Annotated[Status | None, Query()] = None,
    service: _Label = None,
    unit: _Label = None,
    without_holder: Annotated[
        bool | None, Query(description="Whether nobody holds a case that needs it.")
    ] = None,
    due_before: Annotated[
        str | None,
        Query(
            pattern=r"^\d{4}-\d{2}-\d{2}$", description="Something is due before it."
        ),
    ] = None,
) -> Filter:
    try:
        day = None if due_before is None else date.fromisoformat(due_before)
    except ValueError:
        raise RequestRefused("PARAMETER_INVALID", "due_before") from None
    return Filter(level, status, service, unit, without_holder, day)


Only = Annotated[Filter, Depends(_filter)]


@router.get("/register", responses=_lists(Page[RegisterLine]))
def get_register(asked: Asked, only: Only) -> Response:
    """The cases of the municipality that are asked for, the last opened first.

    A cursor goes on in the same selection.
    """
    return asked.answer(partial(asked.lists.register, only))


@router.get("/my-cases", responses=_lists(Page[MyCaseLine]))
def get_my_cases(asked: Asked) -> Response:
    """One's own cases by the next due date; closed ones last."""
    return asked.answer(asked.lists.my_cases)


@router.get("/vacancies", responses=_lists(Page[VacancyLine]))
def get_vacancies(asked: Asked) -> Response:
    """Stretches without a holder, proposals and periods; those without an end first."""
    return asked.answer(asked.lists.vacancies)


@router.get(
    "/statistics",
    responses={
        200: {"model": Counted, "description": "Numbers of cases, and of no child."},
        **goes_wrong(400, 401, 404, 422),
    },
)
def get_statistics(member: SignedIn, purpose: Purpose) -> Response:
    """The municipality in numbers; fewer than five cases are not told.

    For those who coordinate, and for a leader of no single service. A number that is
    kept back is `null`.
    """
    lists: Lists = member.tenant.lists
    found = lists.statistics(by=member.actor, purpose=purpose)
    return JSONResponse(as_json(found))


@router.get("/access-log", responses=_lists(Page[AccessLine]))
def get_access_log(
    asked: Asked,
    person: Annotated[
        str,
        Query(
            min_length=1,
            max_length=200,
            description="The ref of the one who read: a label, not a name.",
        ),
    ],
) -> Response:
    """What a person has read, or asked to read, the last first."""
    return asked.answer(asked.lists.accesses, person)
