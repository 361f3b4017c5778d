"""How a command is described to programs: headers, body and an example of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from ledger.events import catalogue_name
from ledger.events.concern import CaseOpened
from ledger.events.event import Event, Kind, Stream

BODIES: Final = Path(__file__).parents[1] / "samples" / "bodies.json"
SCHEMAS: Final = "#/components/schemas/"

KEY_PATTERN: Final = "^[!-~]{1,255}$"
TAG_PATTERN: Final = '^"[0-9a-f]{64}"$'
_INSTANT: Final = (
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$"
)

RECEIPT: Final[dict[str, Any]] = {
    "description": "What was recorded, and where it stands.",
    "type": "object",
    "required": [
        "case", "version", "position", "leaf", "key_id", "proof_at", "published",
        "followed",
    ],
    "properties": {
        "case": {"type": "string", "format": "uuid"},
        "version": {
            "type": ["integer", "null"],
            "minimum": 1,
            "description": "In the entry's own stream; null for who does not read it.",
        },
        "position": {
            "type": "integer",
            "minimum": 1,
            "description": "In the tenant's log.",
        },
        "leaf": {
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "The entry's leaf hash in the log.",
        },
        "key_id": {
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "Thumbprint of the key that signed the entry.",
        },
        "proof_at": {
            "type": "string",
            "format": "uri-reference",
            "description": "Where the proof is, once the entry is published.",
        },
        "published": {
            "type": ["string", "null"],
            "description": "With `wait=published`: the proof (C2SP tlog-proof), which"
            " ends with the signed checkpoint. `null`: not published yet.",
        },
        "followed": {
            "type": ["boolean", "null"],
            "description": "With `wait=followed`: whether the lists tell of it yet.",
        },
    },
    "additionalProperties": False,
}  # fmt: skip


@cache
def example_bodies() -> Mapping[str, Mapping[str, Any]]:
    """An invented body for every command, by the wire name of its event type."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(BODIES.read_text("utf-8"))
    return found


def needs_view(event_type: type[Event]) -> bool:
    """Whether it is only to be decided on a view of the case: acts, once there is one.

    Facts have happened, and what is never refused must not be lost to a race. Who may
    read is not decided on a view.
    """
    is_of_case = event_type.STREAM is Stream.CASE and event_type is not CaseOpened
    return event_type.KIND is Kind.ACT and is_of_case


def documented(event_type: type[Event]) -> dict[str, Any]:
    """The parts of the route's description that come from the event type."""
    content = {
        "schema": {"$ref": SCHEMAS + catalogue_name(event_type)},
        "example": example_bodies().get(event_type.NAME),
    }
    return {
        "parameters": _headers(event_type),
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"201": _RECORDED},
    }


_RECORDED: Final = {
    "headers": {
        "ETag": {
            "description": "Of the caller's view with this entry in it; only for who"
            " named the view before it (`If-Match`), or opened the case.",
            "schema": {"type": "string"},
        },
        "Location": {"description": "The case.", "schema": {"type": "string"}},
    },
    "content": {"application/json": {"schema": {"$ref": SCHEMAS + "Receipt"}}},
}


def _headers(event_type: type[Event]) -> list[dict[str, Any]]:
    return [
        _header(
            "Idempotency-Key",
            "Chosen by the caller, another for each entry: the same request sent again"
            " with the same key records nothing anew and has the same answer.",
            {"type": "string", "pattern": KEY_PATTERN},
            required=True,
        ),
        _header(
            "If-Match",
            "The `ETag` of the view this was decided on.",
            {"type": "string", "pattern": TAG_PATTERN},
            required=needs_view(event_type),
        ),
        _header(
            "Occurred-At",
            "When it happened, with an offset (RFC 3339); now, when it is left out.",
            {"type": "string", "pattern": _INSTANT},
        ),
        _header(
            "Shield",
            "The shield to record it under. Some entries are shielded by rule.",
            {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        ),
    ]


def _header(
    name: str, description: str, schema: dict[str, Any], *, required: bool = False
) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "description": description,
        "required": required,
        "schema": schema,
    }
