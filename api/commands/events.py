"""`stafettlogg events`: what can be recorded, as the event types declare it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from api.commands.case import type_called
from api.commands.ending import command
from api.commands.typed import AsJson
from api.printing import show, table
from ledger.events import Event, catalogue_name, recordable_types


@command
def events(
    event: Annotated[
        str | None, typer.Argument(metavar="[EVENT]", help="Without it, list them all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what can be recorded, or one event's fields.

    With --json, an event's JSON Schema.
    """
    if event is None:
        rows = [
            (catalogue_name(t), t.KIND.value, _meaning(t)) for t in recordable_types()
        ]
        answer = [dict(zip(("event", "kind", "meaning"), r, strict=True)) for r in rows]
        show({"events": answer}, table(rows), as_json=as_json)
        return
    found = type_called(event)
    schema = found.model_json_schema()
    show(schema, _text(found, schema), as_json=as_json)


def _meaning(event_type: type[Event]) -> str:
    return (event_type.__doc__ or "").strip().splitlines()[0]


def _text(event_type: type[Event], schema: dict[str, Any]) -> str:
    needed = schema.get("required", ())
    fields = [
        (name, "required" if name in needed else "", _form(said))
        for name, said in schema.get("properties", {}).items()
    ]
    roles = ", ".join(sorted(role.value for role in event_type.RECORDED_BY))
    head = f"{catalogue_name(event_type)} ({event_type.NAME}): {_meaning(event_type)}"
    return f"{head}\nRecorded by: {roles}\n{table(fields)}"


def _form(said: dict[str, Any]) -> str:
    """A field's form in a few words."""
    options = [option for option in said.get("anyOf", [said]) if option != _NULL]
    return " or ".join(map(_one_form, options))


def _one_form(said: dict[str, Any]) -> str:
    if "enum" in said:
        return " | ".join(map(str, said["enum"]))
    if "const" in said:
        return json.dumps(said["const"])
    if "$ref" in said:
        return str(said["$ref"]).rpartition("/")[2]
    if said.get("type") == "array":
        return f"list of {_one_form(said.get('items', {}))}"
    return str(said.get("format") or said.get("type") or "any")


_NULL = {"type": "null"}
