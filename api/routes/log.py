"""The published log, for anybody: checkpoint, hash tiles and proofs. C2SP tlog-tiles.

Hashes tell nothing of an entry; the entries themselves are never given out here.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from api.problems import RequestRefused
from api.published import Absent, PublishedLog, published_log
from api.routes.asking import StrictRoute, goes_wrong
from api.service import Service

router = APIRouter(prefix="/log/{tenant}", tags=["log"], route_class=StrictRoute)

TEXT: Final = "text/plain; charset=utf-8"
HASHES: Final = "application/octet-stream"


async def _log(
    request: Request, tenant: Annotated[str, Path(description="The municipality.")]
) -> PublishedLog:
    service: Service = request.app.state.service
    if tenant not in service.tenants:
        raise RequestRefused("NOT_FOUND")
    return published_log(service.tenants[tenant])


Log = Annotated[PublishedLog, Depends(_log)]


def _content(kind: str, description: str) -> dict[int | str, dict[str, Any]]:
    content = {kind: {"schema": {"type": "string"}}}
    return {200: {"description": description, "content": content}}


@router.get(
    "/checkpoint",
    response_class=Response,
    responses={**_content(TEXT, "A signed note."), **goes_wrong(404, 409, 422)},
)
def get_checkpoint(log: Log) -> Response:
    """The newest tree head, signed."""
    return Response(log.note(), media_type=TEXT)


@router.get(
    "/tile/{path:path}",
    response_class=Response,
    responses={**_content(HASHES, "Hashes of 32 bytes."), **goes_wrong(404, 422)},
)
def get_tile(log: Log, path: Annotated[str, Path(examples=["0/000"])]) -> Response:
    """Hashes of the tree, by the tile's path."""
    try:
        return Response(log.tile(f"tile/{path}"), media_type=HASHES)
    except Absent:
        raise RequestRefused("NOT_FOUND") from None


@router.get(
    "/proof/{position}",
    response_class=Response,
    responses={**_content(TEXT, "A C2SP tlog-proof."), **goes_wrong(404, 409, 422)},
)
def get_proof(
    log: Log,
    position: Annotated[
        int, Path(ge=1, lt=1 << 53, description="As the receipt says it.")
    ],
) -> Response:
    """The proof that an entry stands in the newest published tree."""
    return Response(log.proof(position), media_type=TEXT)
