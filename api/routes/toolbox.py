"""The toolbox and the municipality's offers, as data for other screens.

Nothing here is about a case, so it is no reading.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import JSONResponse, Response

from api.problems import RequestRefused
from api.routes.asking import chapter, goes_wrong
from api.sign_in import SignedIn
from ledger.aggregates.guard import local_day
from ledger.codes.guide import ActionGuide, action_guide
from ledger.toolbox import Document, documents, offers_of
from ledger.toolbox.offer import Offer

router = chapter(tags=["toolbox"])

DocumentId = Annotated[str, Path(pattern="^[a-z]+(-[a-z]+)*$", max_length=40)]


@router.get(
    "/toolbox", responses={200: {"model": list[Document]}, **goes_wrong(401, 422)}
)
def get_toolbox(member: SignedIn) -> Response:
    """Every document: its fields, its guide, and the events it becomes."""
    found = [each.model_dump(mode="json") for each in documents().values()]
    return JSONResponse(found)


@router.get(
    "/toolbox/{document}",
    responses={200: {"model": Document}, **goes_wrong(401, 404, 422)},
)
def get_toolbox_document(member: SignedIn, document: DocumentId) -> Response:
    """One document."""
    found = documents().get(document)
    if found is None:
        raise RequestRefused("NOT_FOUND")
    return JSONResponse(found.model_dump(mode="json"))


@router.get("/guide", responses={200: {"model": ActionGuide}, **goes_wrong(401, 422)})
def get_action_guide(member: SignedIn) -> Response:
    """The action guide's steps and sentences; a case's view names them by id."""
    return JSONResponse(action_guide().model_dump(mode="json"))


@router.get("/offers", responses={200: {"model": list[Offer]}, **goes_wrong(401, 422)})
def get_offers(
    member: SignedIn,
    level: Annotated[int | None, Query(ge=0, le=9)] = None,
    age: Annotated[int | None, Query(ge=0, le=25)] = None,
    service: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """What the municipality offers; a planned measure names one as `offer_id`."""
    today = local_day(member.tenant.parts.ledger.clock())
    found = [
        offer.model_dump(mode="json")
        for offer in offers_of(member.tenant.folder.name).offers
        if offer.stands_on(today) and offer.suits(level=level, age=age, service=service)
    ]
    return JSONResponse(found)
