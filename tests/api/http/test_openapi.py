"""What the API says of itself is true, complete, and does not change unseen."""

from __future__ import annotations

import json

import httpx
import pytest

from api.app import routed
from api.openapi import SNAPSHOT, as_text, describe, operations
from api.routes.commands import path_of
from ledger.events import recordable_types

DOCUMENT = describe(routed())
PUBLIC = {
    "/log/{tenant}/checkpoint",
    "/log/{tenant}/proof/{position}",
    "/log/{tenant}/tile/{path}",
    "/api/v1/demo",
    "/api/v1/openapi.json",
    "/api/v1/problems/{code}",
    "/api/v1/schemas",
    "/api/v1/schemas/{event}",
}
CASE = "00000000-0000-4000-8000-000000000000"


def every_operation():
    return [
        pytest.param(path, method, operation, id=f"{method} {path}")
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_snapshot_is_what_the_routes_are():
    kept = SNAPSHOT.read_text("utf-8")
    assert kept == as_text(DOCUMENT), "write it anew with: python -m api.openapi"


def test_the_service_gives_out_the_document(address):
    answer = httpx.get(f"{address}/api/v1/openapi.json", verify=False)
    assert answer.json() == json.loads(SNAPSHOT.read_text("utf-8"))
    assert answer.json()["openapi"].startswith("3.1.")


@pytest.mark.parametrize("event_type", recordable_types(), ids=path_of)
def test_every_event_type_that_people_record_has_a_route_with_an_example(event_type):
    operation = DOCUMENT["paths"][f"/api/v1/cases/{{case}}/{path_of(event_type)}"]
    content = operation["post"]["requestBody"]["content"]["application/json"]
    assert content["schema"]["$ref"].endswith(f"/{event_type.__name__}")
    assert content["example"]


@pytest.mark.parametrize(("path", "method", "operation"), every_operation())
def test_every_route_says_what_it_does_and_how_it_ends(path, method, operation):
    assert operation["summary"].endswith(".")
    assert operation["tags"]
    assert {"200", "201"} & set(operation["responses"])
    assert {"400", "421", "422", "500", "503"} <= set(operation["responses"])


@pytest.mark.parametrize(("path", "method", "operation"), every_operation())
def test_every_route_but_the_public_ones_wants_to_know_who_asks(
    address, path, method, operation
):
    """What stands in the document, and what the server does."""
    is_public = path in PUBLIC
    assert ("security" not in operation) == is_public
    assert ("401" in operation["responses"]) == (not is_public)
    filled = path.format(
        case=CASE,
        tenant="fjordvik",
        position=1,
        path="0/000.p/1",
        code="NO_CASE",
        event="case-opened.v1",
        document="samtykke",
    )
    for token in ({}, {"Authorization": "Bearer nobody"}, {"Cookie": "x=cato"}):
        answer = httpx.request(
            method, f"{address}{filled}", headers=token, verify=False
        )
        assert (answer.status_code == 401) == (not is_public)


def test_every_reference_in_the_document_leads_somewhere():
    text = SNAPSHOT.read_text("utf-8")
    named = {part.split('"')[0] for part in text.split('"#/components/')[1:]}
    kinds = DOCUMENT["components"]
    assert {n for n in named if n.split("/")[1] not in kinds[n.split("/")[0]]} == set()


def test_no_operation_is_called_like_another():
    names = [operation["operationId"] for operation in operations(DOCUMENT)]
    assert len(names) == len(set(names))


def test_the_page_for_people_shows_every_operation_and_runs_nothing(address):
    answer = httpx.get(f"{address}/api/docs", verify=False)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for operation in operations(DOCUMENT):
        assert operation["summary"].replace("'", "&#39;") in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    style = httpx.get(f"{address}/api/docs.css", verify=False)
    assert style.headers["Content-Type"].startswith("text/css")
