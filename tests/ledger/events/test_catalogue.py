"""The classes against the catalogue: same fields, same order, same everything."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.events import all_types, catalogue_name, type_called
from ledger.events.event import Event

CATALOGUE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "golden/catalogue-fields.json").read_text("utf-8")
)
# What we have added to a type of the catalogue; each is a decision of its own.
ADDED = {
    "AccessRecorded": {  # decision 15
        "cases": {"required": False, "type": "list<string>", "personal": False}
    }
}
for _name, _fields in ADDED.items():
    CATALOGUE[_name]["fields"] |= _fields
NAMES = {"ref": "ref", "text": "text", "date": "date", "date-time": "datetime"}


def described(event_type: type[Event]) -> dict[str, Any]:
    """What a class declares, in the catalogue's terms."""
    schema = event_type.model_json_schema()
    return {
        "chapter": event_type.__module__.rpartition(".")[2],
        "stream": event_type.STREAM,
        "kind": event_type.KIND,
        "recorded_by": sorted(event_type.RECORDED_BY),
        "shielded_by_rule": event_type.SHIELDED_BY_RULE,
        "basis": event_type.BASIS,
        "source": event_type.SOURCE,
        "fields": fields(schema, schema.get("$defs", {})),
    }


def fields(schema: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    return {
        name: {"required": name in required, **field(value, parts)}
        for name, value in schema["properties"].items()
    }


def field(schema: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    schema = next(
        (s for s in schema.get("anyOf", []) if s.get("type") != "null"), schema
    )
    if schema.get("type") == "array":
        inner = field(schema["items"], parts)
        return {**inner, "type": f"list<{inner['type']}>"}
    personal = schema.get("x-personal", False)
    if "$ref" in schema:
        part = parts[schema["$ref"].rpartition("/")[2]]
        return {"type": "object", "personal": personal, "fields": fields(part, parts)}
    if "enum" in schema:
        return {"type": "enum", "personal": personal, "values": schema["enum"]}
    named = {"boolean": "bool", "integer": "int"}.get(schema["type"], schema["type"])
    return {"type": NAMES.get(schema.get("format", ""), named), "personal": personal}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_type_declares_what_the_catalogue_says(name):
    entry = CATALOGUE[name]
    entry["recorded_by"].sort()
    assert described(type_called(name)) == entry


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_fields_stand_in_the_catalogues_order(name):
    assert list(type_called(name).model_fields) == list(CATALOGUE[name]["fields"])


def test_no_type_is_declared_that_the_catalogue_does_not_know():
    assert {catalogue_name(known) for known in all_types().values()} == set(CATALOGUE)
