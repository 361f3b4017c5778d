"""What a case looks like to whoever asks: one view a route.

Every view is of the present unless a moment is asked for: `as_of` in the time when
things happened, `known_at` in the time when they were recorded. Only a view of the
present carries an ETag, for nobody decides on the past. Each page of a long view is a
reading of its own, and is on record as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from api import views
from api.problems import RequestRefused
from api.routes.asking import CaseId, Purpose, chapter, goes_wrong
from api.routes.paging import LINKED, Cursor, Limit, Page, link, page
from api.sign_in import Member, SignedIn
from api.views import Access, Told
from api.words import label_table
from ledger.aggregates.deciding import FAMILY
from ledger.aggregates.guard import local_day
from ledger.application import Reading
from ledger.exporting import export_bundle
from ledger.loaded import position_of
from ledger.projections.barnevern import BarnevernView
from ledger.projections.changes import Changes
from ledger.projections.consents import ConsentMatrix
from ledger.projections.guide import Guide
from ledger.projections.handovers import Handovers
from ledger.projections.measures import MeasureView
from ledger.projections.moment import (
    PRESENT,
    Moment,
    entries_at,
    parse_moment,
    parse_time,
)
from ledger.projections.overview import Overview
from ledger.projections.plain import as_json
from ledger.projections.timeline import Depth, Row
from ledger.refusals import Refused, WrongRole

router = chapter("/cases/{case}", tags=["views"])


# --- when -----------------------------------------------------------------------------

_WHEN: Final = (
    "A day, as `2026-03-11` (its end in Europe/Oslo), or a time with its offset, as"
    " `2026-03-11T09:40:00+01:00`."
)
_TIME: Final = (
    r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$"
)
AsOf = Annotated[
    str | None, Query(description=f"What had happened by then. {_WHEN}", pattern=_TIME)
]
KnownAt = Annotated[
    str | None, Query(description=f"What was recorded by then. {_WHEN}", pattern=_TIME)
]


async def _moment(as_of: AsOf = None, known_at: KnownAt = None) -> Moment:
    try:
        return parse_moment(as_of, known_at)
    except ValueError:
        raise RequestRefused("PARAMETER_INVALID", "as_of", "known_at") from None


async def _since(
    since: Annotated[
        str,
        Query(
            description=f"From then on: back in what was known, or in what had happened"
            f" when `as_of` is given alone. {_WHEN}",
            pattern=_TIME,
        ),
    ],
) -> datetime:
    try:
        return parse_time(since)
    except ValueError:
        raise RequestRefused("PARAMETER_INVALID", "since") from None


At = Annotated[Moment, Depends(_moment)]
Since = Annotated[datetime, Depends(_since)]


# --- views ----------------------------------------------------------------------------


def _told_as(model: Any, **more: Any) -> dict[int | str, dict[str, Any]]:
    headers = {
        "ETag": {
            "description": "Of this view, for `If-Match`; of the present only.",
            "schema": {"type": "string"},
        },
        **more.get("headers", {}),
    }
    told = {"model": model, "description": "As far as this person may see it."}
    return {200: {**told, "headers": headers}, **goes_wrong(400, 401, 404, 422)}


@router.get("/state", responses=_told_as(Overview))
def get_state(case: CaseId, member: SignedIn, purpose: Purpose, at: At) -> Response:
    """Where the case stands, and what is due next."""
    reading = _read(member, case, "state", purpose, at)
    return _answer(reading, views.state(reading, _day(member, at)))


@router.get("/guide", responses=_told_as(Guide))
def get_guide(case: CaseId, member: SignedIn, purpose: Purpose, at: At) -> Response:
    """The action guide: the next step, what is due and what is missing.

    It is for those who follow the child up; the family has texts of its own.
    """
    if member.actor.role in FAMILY:
        raise Refused((WrongRole(),))
    reading = _read(member, case, "guide", purpose, at)
    return _answer(reading, views.guide(reading, _day(member, at)))


@router.get("/handovers", responses=_told_as(Handovers))
def get_handovers(case: CaseId, member: SignedIn, purpose: Purpose, at: At) -> Response:
    """Who held the baton when, and when nobody did."""
    reading = _read(member, case, "handovers", purpose, at)
    return _answer(reading, views.handovers(reading, _day(member, at)))


@router.get("/consents", responses=_told_as(ConsentMatrix))
def get_consents(case: CaseId, member: SignedIn, purpose: Purpose, at: At) -> Response:
    """The consent matrix: who allows which service to know what, on any day."""
    reading = _read(member, case, "consents", purpose, at)
    return _answer(reading, views.consents(reading, _day(member, at)))


@router.get("/measures", responses=_told_as(MeasureView))
def get_measures(case: CaseId, member: SignedIn, purpose: Purpose, at: At) -> Response:
    """Goals and measures: who answers, by when, and what evaluations found."""
    reading = _read(member, case, "measures", purpose, at)
    return _answer(reading, views.measures(reading, _day(member, at)))


@router.get("/barnevern", responses=_told_as(BarnevernView))
def get_barnevern(case: CaseId, member: SignedIn, purpose: Purpose, at: At) -> Response:
    """Reports to barnevern and every clock that they set off, as far as one sees them.

    A `basis` says so where its number is unverified.
    """
    reading = _read(member, case, "barnevern", purpose, at)
    return _answer(reading, views.barnevern(reading, _day(member, at)))


@router.get("/changes", responses=_told_as(Changes))
def get_changes(
    case: CaseId, member: SignedIn, purpose: Purpose, since: Since, at: At
) -> Response:
    """What is otherwise than it was: what came in, and what it came to."""
    reading = _read(member, case, "changes", purpose, at)
    return _answer(reading, views.changes(reading, since, _day(member, at)))


@dataclass(frozen=True, slots=True)
class TimelinePage(Page[Row]):
    """Rows by when they happened, and how many each depth has."""

    milestones: int
    entries: int


@router.get("/timeline", responses=_told_as(TimelinePage, **LINKED))
def get_timeline(
    request: Request,
    case: CaseId,
    member: SignedIn,
    purpose: Purpose,
    at: At,
    depth: Annotated[Depth, Query(description="How much is told.")] = Depth.MILESTONES,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """What happened, in the order it happened: a row for every entry."""
    reading = _read(member, case, "timeline", purpose, at)
    told = views.timeline(reading, depth)
    some = page(told.rows, cursor, limit, place=lambda row: row.position)
    view = TimelinePage(some.items, some.next, told.milestones, told.entries)
    return _answer(reading, view, link(request, some.next))


@router.get("/entries", responses=_told_as(Page[Told], **LINKED))
def get_entries(
    request: Request,
    case: CaseId,
    member: SignedIn,
    purpose: Purpose,
    at: At,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Every entry with all its words, in the order they were recorded."""
    reading = _read(member, case, "entries", purpose, at)
    told = views.told(reading)
    some = page(told, cursor, limit, place=lambda entry: entry.position)
    return _answer(reading, some, link(request, some.next))


@dataclass(frozen=True, slots=True)
class AccessPage(Page[Access]):
    """Who has read the case; in lists, as far as these have been followed.

    Lists recorded up to `position` are told. When it is not `current`, some that were
    read more than some seconds ago may be missing.
    """

    position: int
    current: bool


@router.get("/access", responses=_told_as(AccessPage, **LINKED))
def get_access(
    request: Request,
    case: CaseId,
    member: SignedIn,
    purpose: Purpose,
    at: At,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Who has read the case and what was refused, in the order it was recorded."""
    reading = _read(member, case, "access", purpose, at)
    log = member.tenant.lists.readings_of(reading)
    known = entries_at(log.entries, at)
    told = [e for e in known if views.access([e], member.actor)]
    some = page(told, cursor, limit, place=position_of)
    rows, reached = views.access(some.items, member.actor), log.reached
    view = AccessPage(rows, some.next, reached.position, reached.current)
    return _answer(reading, view, link(request, some.next))


@router.get(
    "/bundle",
    response_class=Response,
    responses={
        200: {
            "description": "Entries, proofs and keys in one archive.",
            "content": {
                "application/zip": {
                    "schema": {
                        "type": "string",
                        "contentMediaType": "application/zip",
                    }
                }
            },
            "headers": {
                "Content-Disposition": {
                    "description": "A file name: the case's id.",
                    "schema": {"type": "string"},
                }
            },
        },
        **goes_wrong(400, 401, 404, 409, 422),
    },
)
def get_bundle(case: CaseId, member: SignedIn, purpose: Purpose) -> Response:
    """The evidence bundle: what this person may see, with proof of all of it.

    `python -m audit verify` checks it, with a policy from elsewhere.
    """
    packed = export_bundle(
        member.tenant.parts,
        case,
        log=member.tenant.folder.log,
        by=member.actor,
        purpose=purpose,
        grant=member.grant(case),
        labels=label_table(),
    )
    headers = {"Content-Disposition": f'attachment; filename="{case}.zip"'}
    return Response(packed, media_type="application/zip", headers=headers)


# --- reading and answering ------------------------------------------------------------


def _read(member: Member, case: UUID, view: str, purpose: str, at: Moment) -> Reading:
    ledger = member.tenant.parts.ledger
    grant = member.grant(case)
    reading = ledger.read(
        case, by=member.actor, view=view, purpose=purpose, grant=grant
    )
    return reading.at(at)


def _day(member: Member, at: Moment) -> date:
    """The day on which open clocks are judged."""
    return at.day(local_day(member.tenant.parts.ledger.clock()))


def _answer(
    reading: Reading, view: object, headers: Mapping[str, str] | None = None
) -> Response:
    is_present = reading.moment == PRESENT
    tag = {"ETag": f'"{reading.tag.hex()}"'} if is_present else {}
    return JSONResponse(as_json(view), headers={**tag, **(headers or {})})
