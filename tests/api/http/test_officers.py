"""Officers decide on no view of a case: there is none that they may read."""

from __future__ import annotations

import httpx
import pytest

from api.routes.describing import example_bodies
from tests.api.http.test_commands import key

HELD = example_bodies()["legal-hold-placed.v1"]
RESTRICTED = example_bodies()["restriction-applied.v1"]
GRANTED = example_bodies()["access-granted.v1"]


def posted(client: httpx.Client, case: str, path: str, body: object) -> httpx.Response:
    return client.post(f"/api/v1/cases/{case}/{path}", json=body, headers=key())


def test_an_officer_acts_without_naming_a_view(as_, case_of):
    answer = posted(as_("petra"), case_of("a"), "legal-hold-placed", HELD)
    assert answer.status_code == 201, answer.text
    assert answer.json()["version"] is None


def test_who_has_a_view_names_it(as_, case_of):
    answer = posted(as_("cato"), case_of("c"), "restriction-applied", RESTRICTED)
    assert answer.status_code == 428


@pytest.mark.parametrize("person", ["petra", "adam"])
def test_a_grant_is_decided_on_no_view_and_by_its_guards(as_, case_of, person):
    answer = posted(as_(person), case_of("a"), "access-granted", GRANTED)
    assert answer.status_code == 409
    assert answer.json()["code"] == "NO_LEGAL_BASIS"


def test_who_reads_the_case_does_not_grant_access_to_it(as_, case_of):
    answer = posted(as_("cecilie"), case_of("c"), "access-granted", GRANTED)
    assert answer.status_code == 403
