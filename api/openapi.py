"""The API as OpenAPI 3.1 tells it, made from the routes and the event declarations.

A snapshot lies beside this file, so that no change of the API goes unseen:
`python -m api.openapi` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.problems import MEDIA_TYPE, all_codes
from api.routes.describing import RECEIPT, SCHEMAS
from ledger.events import Event, recordable_types

SNAPSHOT: Final = Path(__file__).parent / "openapi.json"

ABOUT: Final = """\
The case history of a child that several services follow up, as signed entries.

**This is a demo**: nobody signs in, and everybody in it is invented. A program names
who it asks for as a bearer token; `GET /api/v1/demo` lists who may be tried.

* **One route a command.** The body is what happened. `Idempotency-Key` is required, so
  that the same request sent again records nothing twice. `If-Match` names the view an
  act was decided on. The answer is a receipt, and with `wait=published` a proof.
* **Every reading is on record**, with its `purpose`, before it is answered. Views may
  be asked `as_of` (what had happened) and `known_at` (what was recorded) by then.
* **Whatever goes wrong is a problem** (RFC 9457) with a stable `code`, called something
  in bokmål, nynorsk or English by `Accept-Language`. After `OUTCOME_UNKNOWN` (503) the
  same request with the same key tells what came of it.
* A case that somebody may not see answers as one that does not exist.
"""

PROBLEM: Final[dict[str, Any]] = {
    "description": "What went wrong (RFC 9457). It repeats nothing of the request.",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "In a language of the reader."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "enum": sorted(all_codes())},
        "fields": {
            "description": "Which parameters or headers.",
            "type": "array",
            "items": {"type": "string"},
        },
        "errors": {
            "description": "Which fields of the body do not fit, and how.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "problem"],
                "properties": {
                    "field": {"type": "string"},
                    "problem": {"type": "string"},
                },
                "additionalProperties": False,
            },
        },
        "refusals": {
            "description": "Every rule that refuses it; the first gives the code.",
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "title", "fields"],
                "properties": {
                    "code": {"type": "string"},
                    "title": {"type": "string"},
                    "fields": {"type": "array", "items": {"type": "string"}},
                },
                "additionalProperties": False,
            },
        },
        "basis": {
            "description": "The legal basis of what was to be recorded.",
            "type": ["string", "null"],
        },
        "line": {
            "description": "Of an imported file, from 1.",
            "type": "integer",
            "minimum": 1,
        },
    },
    "additionalProperties": False,
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of an application's routes."""
    said = get_openapi(
        title="Stafettlogg",
        version="1",
        openapi_version="3.1.0",
        description=ABOUT,
        routes=app.routes,
    )
    schemas = said["components"]["schemas"]
    schemas |= _events() | {"Receipt": RECEIPT, "Problem": PROBLEM}
    problems: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    for operation in operations(said):
        _summarize(operation)
        _share_problems(operation["responses"], problems)
        _share_parameters(operation.get("parameters", []), parameters)
    said["components"] |= {"responses": problems, "parameters": parameters}
    return said


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation of a document."""
    for methods in document["paths"].values():
        yield from methods.values()


def _summarize(operation: dict[str, Any]) -> None:
    """A route that names no summary has it in its docstring's first sentence."""
    if operation["operationId"].startswith(("get_", "post_")):
        first, _, more = operation["description"].partition("\n\n")
        operation |= {"summary": " ".join(first.split()), "description": more}


def _share_problems(answers: dict[str, Any], shared: dict[str, Any]) -> None:
    """Write a problem of one status once, and point to it."""
    for status, answer in answers.items():
        if MEDIA_TYPE in answer.get("content", {}):
            name = f"Problem{status}"
            shared[name] = answer
            answers[status] = {"$ref": f"#/components/responses/{name}"}


def _share_parameters(taken: list[dict[str, Any]], shared: dict[str, Any]) -> None:
    """Write a parameter of one name once, and point to it where it is the same."""
    for number, parameter in enumerate(taken):
        parameter["schema"] = _without_null(parameter["schema"])
        name = parameter["name"]
        if shared.setdefault(name, parameter) == parameter:
            taken[number] = {"$ref": f"#/components/parameters/{name}"}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is not given is absent; there is no null in a URL."""
    other = [s for s in schema.get("anyOf", ()) if s != {"type": "null"}]
    said = {**schema, **other[0]} if other else schema
    left_out = {"anyOf", "title", "description"}
    return {name: said[name] for name in said if name not in left_out}


@cache
def _events() -> dict[str, Any]:
    """The bodies of the commands, by the catalogue's name."""
    wanted: list[tuple[type[Event], Literal["validation"]]] = [
        (event_type, "validation") for event_type in recordable_types()
    ]
    _, schemas = models_json_schema(wanted, ref_template=SCHEMAS + "{model}")
    found: dict[str, Any] = schemas["$defs"]
    return found


def as_text(document: dict[str, Any]) -> str:
    """The document as it lies in the snapshot."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Write the snapshot anew."""
    from api.app import routed  # it imports this module

    SNAPSHOT.write_text(as_text(describe(routed())), encoding="utf-8")


if __name__ == "__main__":
    main()
