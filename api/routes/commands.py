"""One route a command, made from the declaration of its event type.

`POST /cases/{case}/concern-raised` records a `ConcernRaised`: the body is the event
class, the headers say what an entry needs around it. A new event type has its route
when it is declared.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from api.problems import RequestRefused, problem_of
from api.published import published_log
from api.routes.asking import CaseId, chapter, goes_wrong
from api.routes.describing import documented, needs_view
from api.service import Service
from api.sign_in import Member, SignedIn
from api.strict_json import JSON, bounded_body, read_object
from api.waiting import awaited
from ledger.access import has_views
from ledger.application import Receipt
from ledger.catalogue import told_basis
from ledger.events import Event, from_json, recordable_types
from ledger.events.fields import LABEL_LENGTH, readable
from ledger.projections.moment import parse_time
from ledger.refusals import Refused

_WAIT: Final = (
    "`published`: answer with the proof that the entry stands in the published log,"
    " once it does. `followed`: answer when the lists across cases tell of it. At most"
    " 3 seconds are waited."
)
WAIT_SECONDS: Final = 3.0  # for what other processes make of what was recorded


class Wait(StrEnum):
    """What an answer waits for, beyond the commit."""

    PUBLISHED = "published"
    FOLLOWED = "followed"


# --- what the headers say -------------------------------------------------------------

_KEY: Final = re.compile(r"[!-~]{1,255}")
_TAG: Final = re.compile(r'"([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Around:
    """What a command says beside the event itself."""

    key: str
    on_view: bytes | None
    occurred_at: datetime | None
    shield: str | None


async def _around(request: Request) -> Around:
    headers = request.headers
    return Around(
        key=_key(headers.get("idempotency-key")),
        on_view=_tag(headers.get("if-match")),
        occurred_at=_occurred_at(headers.get("occurred-at")),
        shield=_shield(headers.get("shield")),
    )


def _key(said: str | None) -> str:
    if not said:
        raise RequestRefused("IDEMPOTENCY_KEY_MISSING")
    if not _KEY.fullmatch(said):
        raise RequestRefused("HEADER_INVALID", "Idempotency-Key")
    return said


def _tag(said: str | None) -> bytes | None:
    """The view's tag. `*` is refused: it would name no view at all."""
    if said is None:
        return None
    found = _TAG.fullmatch(said)
    if found is None:
        raise RequestRefused("HEADER_INVALID", "If-Match")
    return bytes.fromhex(found[1])


def _occurred_at(said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        if "T" in said:
            return parse_time(said)
    except ValueError:
        pass
    raise RequestRefused("HEADER_INVALID", "Occurred-At")


def _shield(said: str | None) -> str | None:
    if said is None:
        return None
    try:
        label = readable(said.encode("latin-1").decode())
    except ValueError:
        label = ""
    if not 0 < len(label) <= LABEL_LENGTH:
        raise RequestRefused("HEADER_INVALID", "Shield")
    return label


# --- recording ------------------------------------------------------------------------

Endpoint = Callable[..., Awaitable[Response]]


def _endpoint(event_type: type[Event]) -> Endpoint:
    """What answers the route of an event type."""

    async def record(
        request: Request,
        case: CaseId,
        member: SignedIn,
        around: Annotated[Around, Depends(_around)],
        wait: Annotated[Wait | None, Query(description=_WAIT)] = None,
    ) -> Response:
        is_blind = around.on_view is None and has_views(member.actor)
        if is_blind and needs_view(event_type):
            raise RequestRefused("IF_MATCH_MISSING")
        body = await bounded_body(request, kind=JSON)
        with _alone(request.app.state.service, member, around.key):
            try:
                receipt = await run_in_threadpool(
                    _recorded, member, case, event_type, body, around
                )
            except Refused as refused:
                return problem_of(refused).about(event_type).answer(request)
        return await _answer(request.app.state.service, member, receipt, wait)

    return record


def _recorded(
    member: Member, case: UUID, event_type: type[Event], body: bytes, around: Around
) -> Receipt:
    read_object(body)
    return member.tenant.parts.ledger.record(
        case,
        from_json(event_type.NAME, body),
        by=member.actor,
        occurred_at=around.occurred_at,
        key=around.key,
        shield=around.shield,
        on_view=around.on_view,
    )


@contextmanager
def _alone(service: Service, member: Member, key: str) -> Iterator[None]:
    """Refuse a request while the same one is worked on in this process."""
    request = (member.tenant.folder.name, member.actor.ref, key)
    if request in service.in_flight:
        raise RequestRefused("IN_FLIGHT")
    service.in_flight.add(request)
    try:
        yield
    finally:
        service.in_flight.remove(request)


async def _answer(
    service: Service, member: Member, receipt: Receipt, wait: Wait | None
) -> Response:
    """The receipt, with what was to be waited for."""
    tenant, position = member.tenant, receipt.position
    proof = followed = None
    if wait is Wait.PUBLISHED:
        log = published_log(tenant)
        look = partial(log.proof_so_far, position)
        proof = await awaited(look, seconds=WAIT_SECONDS)
    elif wait is Wait.FOLLOWED:
        reached = partial(service.followed[tenant.folder.name].wait_for, position, 0)
        followed = await awaited(lambda: reached() or None, seconds=WAIT_SECONDS)
    said = {
        "case": str(receipt.case),
        "version": receipt.version,
        "position": position,
        "leaf": receipt.leaf.hex(),
        "key_id": receipt.key_id.hex(),
        "proof_at": f"/log/{tenant.folder.name}/proof/{position}",
        "published": None if proof is None else proof.decode(),
        "followed": bool(followed) if wait is Wait.FOLLOWED else None,
    }
    headers = {"Location": f"/api/v1/cases/{receipt.case}/state"}
    if receipt.tag is not None:
        headers["ETag"] = f'"{receipt.tag.hex()}"'
    return JSONResponse(said, 201, headers)


# --- the routes -----------------------------------------------------------------------

router = chapter("/cases/{case}")


def path_of(event_type: type[Event]) -> str:
    """The last part of the route's path: the wire name without its version."""
    return event_type.NAME.rpartition(".")[0]


def _add(event_type: type[Event]) -> None:
    summary, _, more = inspect.cleandoc(event_type.__doc__ or "").partition("\n\n")
    router.add_api_route(
        f"/{path_of(event_type)}",
        _endpoint(event_type),
        methods=["POST"],
        status_code=201,
        response_class=JSONResponse,
        operation_id=path_of(event_type),
        tags=[event_type.__module__.rpartition(".")[2]],
        summary=" ".join(summary.split()),
        description=_description(event_type, more),
        response_description="Recorded.",
        responses=goes_wrong(400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 428),
        openapi_extra=documented(event_type),
    )


def _description(event_type: type[Event], more: str) -> str:
    roles = ", ".join(f"`{role}`" for role in sorted(event_type.RECORDED_BY))
    basis = f" Legal basis: {told_basis(event_type)}." if event_type.BASIS else ""
    return f"{more}\n\nBy: {roles}.{basis}".strip()


for _each in recordable_types():
    _add(_each)
