"""The shape of every event has an address, and is what the ledger takes."""

from __future__ import annotations

import httpx
import pytest

from api.routes.schemas import schema_of
from ledger.events import all_types, catalogue_name


def get(address: str, path: str) -> httpx.Response:
    return httpx.get(f"{address}{path}", verify=False)


def test_every_event_type_is_listed_with_the_address_of_its_schema(address):
    listed = get(address, "/api/v1/schemas").json()["events"]
    assert {each["event"] for each in listed} == set(all_types())
    (one,) = [each for each in listed if each["called"] == "ConcernRaised"]
    assert one == {
        "event": "concern-raised.v1",
        "called": "ConcernRaised",
        "chapter": "concern",
        "kind": "fact",
        "stream": "case",
        "schema": "/api/v1/schemas/concern-raised.v1",
    }


def test_a_schema_is_given_out_under_its_own_address(address):
    answer = get(address, "/api/v1/schemas/profile-adopted.v1")
    assert answer.headers["content-type"] == "application/schema+json"
    schema = answer.json()
    assert schema["$id"] == "/api/v1/schemas/profile-adopted.v1"
    assert "rules" in schema["required"]
    assert schema["additionalProperties"] is False


def test_there_is_no_schema_of_an_event_nobody_has_declared(address):
    answer = get(address, "/api/v1/schemas/something-new-happened.v1")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("event_type", all_types().values(), ids=catalogue_name)
def test_a_schema_names_the_fields_of_its_event(event_type):
    assert list(schema_of(event_type)["properties"]) == list(event_type.model_fields)
