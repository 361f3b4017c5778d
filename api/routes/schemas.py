"""The shape of every event as a JSON Schema with an address of its own."""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from api.problems import RequestRefused
from api.routes.asking import API, chapter, goes_wrong
from ledger.catalogue import chapter_of
from ledger.events import Event, all_types, catalogue_name

router = chapter(tags=["about"])

MEDIA_TYPE: Final = "application/schema+json"
_SCHEMA: Final[dict[str, Any]] = {
    "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}
}


@dataclass(frozen=True, slots=True)
class EventShape:
    """An event type: `event` names it in signed bodies, `called` in the catalogue."""

    event: str
    called: str
    chapter: str
    kind: str
    stream: str
    schema: str


@dataclass(frozen=True, slots=True)
class EventShapes:
    """Every event type there is."""

    events: tuple[EventShape, ...]


@router.get("/schemas", responses={200: {"model": EventShapes}, **goes_wrong(422)})
def get_schemas(request: Request) -> Response:
    """Every event type, and where its JSON Schema is."""
    return JSONResponse(asdict(EventShapes(tuple(map(_shape, all_types().values())))))


def _shape(event_type: type[Event]) -> EventShape:
    return EventShape(
        event=event_type.NAME,
        called=catalogue_name(event_type),
        chapter=chapter_of(event_type),
        kind=event_type.KIND.value,
        stream=event_type.STREAM.value,
        schema=_address(event_type),
    )


def _address(event_type: type[Event]) -> str:
    return f"{API}/schemas/{event_type.NAME}"


@router.get("/schemas/{event}", responses={200: _SCHEMA, **goes_wrong(404, 422)})
def get_schema(request: Request, event: str) -> Response:
    """The JSON Schema of one event type's fields."""
    event_type = all_types().get(event)
    if event_type is None:
        raise RequestRefused("NOT_FOUND")
    return JSONResponse(schema_of(event_type), media_type=MEDIA_TYPE)


@cache
def schema_of(event_type: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an event type."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _address(event_type),
        **event_type.model_json_schema(),
        "description": inspect.getdoc(event_type) or "",
    }
