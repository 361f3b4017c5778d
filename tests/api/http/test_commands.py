"""Commands over HTTP: recorded once, on the view they were decided on, or refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from api.routes.commands import path_of
from api.routes.describing import example_bodies
from ledger.events import from_json, recordable_types

FOLLOW_UP = {"purpose": "follow_up"}
CHILD_VIEW = {
    "form": "1.1",
    "about": "plan",
    "view": "Vil ha lunsj med en venn. Muhto ii odne.",
    "approved_by_child": True,
}
MEETING = {
    "meeting_id": "m-http",
    "type": "samarbeidsmote",
    "invited": ["c-ppt"],
    "on": "2027-01-10",
}


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def opened(client: httpx.Client, **more: str) -> str:
    """A new case of its own."""
    case = str(uuid4())
    body = {"subject_ref": "h-barn", "subject_kind": "born", "name": "Testbarn Hotell"}
    answer = client.post(
        f"/api/v1/cases/{case}/case-opened",
        json={**body, "profile": "fjordvik", "language": "nb", **more},
        headers=key(),
    )
    assert answer.status_code == 201, answer.text
    return case


def tag(client: httpx.Client, case: str) -> dict[str, str]:
    answer = client.get(f"/api/v1/cases/{case}/state", params=FOLLOW_UP)
    assert answer.status_code == 200, answer.text
    return {"If-Match": answer.headers["ETag"]}


@pytest.mark.parametrize("event_type", recordable_types(), ids=path_of)
def test_every_command_has_an_example_that_fits(event_type):
    example = example_bodies()[event_type.NAME]
    assert from_json(event_type.NAME, json.dumps(example))


def test_what_is_recorded_is_answered_with_a_receipt_and_read_afterwards(as_):
    client = as_("camilla")
    case = opened(client)
    answer = client.post(
        f"/api/v1/cases/{case}/child-view-recorded", json=CHILD_VIEW, headers=key()
    )
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt["case"] == case
    assert receipt["version"] == 2
    assert receipt["published"] is None
    assert receipt["proof_at"] == f"/log/fjordvik/proof/{receipt['position']}"
    state = client.get(f"/api/v1/cases/{case}/state", params=FOLLOW_UP)
    assert state.json()["child_heard_on"] is not None


def test_the_same_request_again_has_the_same_answer_and_records_nothing(as_):
    client = as_("camilla")
    case = opened(client)
    again = key()
    path = f"/api/v1/cases/{case}/child-view-recorded"
    answers = [client.post(path, json=CHILD_VIEW, headers=again) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    following = client.post(path, json=CHILD_VIEW, headers=key())
    assert following.json()["version"] == answers[0].json()["version"] + 1


def test_a_key_used_for_another_body_is_refused(as_):
    client = as_("camilla")
    case = opened(client)
    again = key()
    path = f"/api/v1/cases/{case}/child-view-recorded"
    client.post(path, json=CHILD_VIEW, headers=again)
    answer = client.post(path, json={**CHILD_VIEW, "about": "level"}, headers=again)
    assert answer.status_code == 422
    assert answer.json()["code"] == "KEY_REUSED"


def test_without_a_key_nothing_is_recorded(as_):
    client = as_("camilla")
    case = opened(client)
    answer = client.post(f"/api/v1/cases/{case}/child-view-recorded", json=CHILD_VIEW)
    assert answer.status_code == 400
    assert answer.json()["code"] == "IDEMPOTENCY_KEY_MISSING"


def test_an_act_is_decided_on_a_view_and_refused_once_that_is_old(as_):
    client = as_("cato")
    case = opened(client)
    path = f"/api/v1/cases/{case}/meeting-scheduled"
    missing = client.post(path, json=MEETING, headers=key())
    assert (missing.status_code, missing.json()["code"]) == (428, "IF_MATCH_MISSING")
    seen = tag(client, case)
    client.post(
        f"/api/v1/cases/{case}/child-view-recorded", json=CHILD_VIEW, headers=key()
    )
    stale = client.post(path, json=MEETING, headers={**key(), **seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    fresh = client.post(path, json=MEETING, headers={**key(), **tag(client, case)})
    assert fresh.status_code == 201, fresh.text
    assert fresh.headers["ETag"] == tag(client, case)["If-Match"]


def test_only_who_named_the_view_before_is_told_the_one_after(as_):
    client = as_("camilla")
    case = opened(client)
    path = f"/api/v1/cases/{case}/child-view-recorded"
    seen = tag(client, case)
    assert (
        "ETag" in client.post(path, json=CHILD_VIEW, headers={**key(), **seen}).headers
    )
    assert "ETag" not in client.post(path, json=CHILD_VIEW, headers=key()).headers


@pytest.mark.parametrize(
    "tag", ["*", "W/" + '"' + "a" * 64 + '"', '"abc"', "a" * 64, '""', '"a", "b"']
)
def test_a_view_is_named_by_its_tag_and_in_no_other_way(as_, tag):
    client = as_("camilla")
    answer = client.post(
        f"/api/v1/cases/{uuid4()}/child-view-recorded",
        json=CHILD_VIEW,
        headers={**key(), "If-Match": tag},
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "HEADER_INVALID"
    assert answer.json()["fields"] == ["If-Match"]


def test_a_refusal_names_its_basis_and_every_rule_that_refused(as_):
    client = as_("cato")
    case = opened(client)
    answer = client.post(
        f"/api/v1/cases/{case}/case-closed",
        json={"informed": []},
        headers={**key(), **tag(client, case), "Accept-Language": "nn"},
    )
    problem = answer.json()
    assert answer.status_code == 409, problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Language"] == "nn"
    assert "basis" in problem
    assert problem["refusals"][0]["code"] == problem["code"]
    assert all(each["title"] for each in problem["refusals"])


def test_who_may_not_write_in_a_case_is_told_that_there_is_none(as_, case_of):
    answers = [
        as_("ane").post(
            f"/api/v1/cases/{case}/child-view-recorded", json=CHILD_VIEW, headers=key()
        )
        for case in (case_of("d"), str(uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


def test_what_happened_before_says_when(as_):
    client = as_("camilla")
    case = opened(client)
    path = f"/api/v1/cases/{case}/child-view-recorded"
    when = {"Occurred-At": "2026-01-11T09:40:00+01:00"}
    assert client.post(path, json=CHILD_VIEW, headers={**key(), **when}).is_success
    future = {"Occurred-At": "2199-01-11T09:40:00+01:00"}
    refused = client.post(path, json=CHILD_VIEW, headers={**key(), **future})
    assert refused.json()["code"] == "FUTURE_DATE"


@pytest.mark.parametrize("when", ["2026-01-11", "yesterday", "0001-01-01T00:00:00Z"])
def test_a_time_that_is_none_is_refused(as_, when):
    answer = as_("camilla").post(
        f"/api/v1/cases/{uuid4()}/child-view-recorded",
        json=CHILD_VIEW,
        headers={**key(), "Occurred-At": when},
    )
    assert answer.json()["fields"] == ["Occurred-At"]
    assert when not in answer.text


def test_a_request_that_is_being_worked_on_is_not_begun_again(as_, service):
    client = as_("camilla")
    case = opened(client)
    again = key()
    worked_on = ("fjordvik", "c-kontakt", again["Idempotency-Key"])
    path = f"/api/v1/cases/{case}/child-view-recorded"
    service.in_flight.add(worked_on)
    try:
        early = client.post(path, json=CHILD_VIEW, headers=again)
    finally:
        service.in_flight.remove(worked_on)
    assert (early.status_code, early.json()["code"]) == (409, "IN_FLIGHT")
    assert client.post(path, json=CHILD_VIEW, headers=again).status_code == 201


def test_many_at_once_with_one_key_are_recorded_once(as_, case_of):
    client = as_("camilla")
    case = opened(client)
    again = key()
    path = f"/api/v1/cases/{case}/child-view-recorded"

    def send(_: int) -> httpx.Response:
        return client.post(path, json=CHILD_VIEW, headers=again)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(16)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    recorded = {a.json()["position"] for a in answers if a.status_code == 201}
    assert len(recorded) == 1
    assert client.post(path, json=CHILD_VIEW, headers=key()).json()["version"] == 3


def test_a_key_belongs_to_one_person(as_):
    again = key()
    for person in ("camilla", "cato"):
        client = as_(person)
        path = f"/api/v1/cases/{opened(client)}/child-view-recorded"
        assert client.post(path, json=CHILD_VIEW, headers=again).status_code == 201


def test_what_is_under_a_shield_shows_in_no_tag_of_who_does_not_see_it(as_):
    author, other = as_("camilla"), as_("kim")
    case = opened(author)
    before = tag(author, case), tag(other, case)
    answer = author.post(
        f"/api/v1/cases/{case}/child-view-recorded",
        json=CHILD_VIEW,
        headers={**key(), "Shield": "h-sk1"},
    )
    assert answer.status_code == 201, answer.text
    after = tag(author, case), tag(other, case)
    assert [a == b for a, b in zip(after, before, strict=True)] == [False, True]
    act = {**key(), **before[1]}  # what kim saw is still all that kim sees
    path = f"/api/v1/cases/{case}/meeting-scheduled"
    assert other.post(path, json=MEETING, headers=act).status_code == 201
