"""Looking a person up by national number: told as far as the asker may open cases."""

from __future__ import annotations

import pytest

from api.sign_in import DEMO_TENANT
from ledger.events.access import AccessDenied, AccessRecorded

NUMBER = "23831254321"  # the invented child of history c
SEARCH = "/api/v1/cases/search"
FOLLOW_UP = {"purpose": "follow_up"}


def search(client, number):
    return client.post(SEARCH, params=FOLLOW_UP, json={"national_id": number})


def test_a_case_is_found_by_who_may_open_it_and_by_nobody_else(as_, case_of):
    found = search(as_("cato"), NUMBER)
    hidden = search(as_("ane"), NUMBER)
    absent = search(as_("ane"), "01810012345")
    assert found.json() == {"cases": [case_of("c")]}
    assert hidden.json() == absent.json() == {"cases": []}


def searches(service):
    """What is on record of searches, the last first; and how much is on record."""
    parts = service.tenants[DEMO_TENANT].parts
    head, _ = parts.recorder.state_of_log()
    sealed = parts.recorder.sealed_after(max(0, head - 10), 10)
    events = [parts.mapper.to_domain_event(one).event for one in reversed(sealed)]
    return [e for e in events if getattr(e, "view", None) == "search"], head


@pytest.mark.parametrize(
    ("person", "number", "is_told"),
    [("cato", NUMBER, True), ("ane", NUMBER, False), ("ane", "01810012345", False)],
)
def test_a_search_is_one_entry_that_names_what_was_told_and_nothing_else(
    as_, service, case_of, person, number, is_told
):
    _, before = searches(service)
    search(as_(person), number)
    (found, *_), after = searches(service)
    assert after == before + 1
    assert isinstance(found, AccessRecorded)
    assert found.cases == ((case_of("c"),) if is_told else ())


def test_who_has_seen_a_case_tells_of_searches_that_found_it(as_, followed, case_of):
    search(as_("ane"), NUMBER)
    search(as_("cato"), NUMBER)
    followed()
    access = as_("cato").get(
        f"/api/v1/cases/{case_of('c')}/access", params={**FOLLOW_UP, "limit": 1000}
    )
    rows = {(r["who"], r["subject"]) for r in access.json()["items"]}
    assert ("c-uled", "search") in rows
    assert ("a-ped", "search") not in rows
    assert access.json()["current"]


def test_ones_own_log_tells_as_little_of_a_hidden_case_as_the_search(as_, followed):
    client = as_("ane")
    search(client, NUMBER)
    followed()
    params = {**FOLLOW_UP, "person": "a-ped"}
    items = client.get("/api/v1/access-log", params=params).json()["items"]
    searched = [item["line"] for item in items if item["line"]["view"] == "search"]
    assert searched
    assert all(not line["cases"] and line["denied"] is None for line in searched)


@pytest.mark.parametrize("person", ["cathrine", "casper", "tor"])
def test_who_does_not_open_cases_at_work_may_not_search(as_, service, person):
    answer = search(as_(person), NUMBER)
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_CASE")
    (found, *_), _ = searches(service)
    assert isinstance(found, AccessDenied)


@pytest.mark.parametrize("number", ["", "123", "x" * 11, 23831254321, None])
def test_what_is_no_number_is_refused_and_not_repeated(as_, number):
    answer = search(as_("cato"), number)
    assert answer.status_code == 422
    assert answer.json()["code"] == "INVALID"
    assert not number or str(number) not in answer.text


def test_a_search_says_what_it_is_for(as_):
    answer = as_("cato").post(SEARCH, json={"national_id": NUMBER})
    assert answer.json()["code"] == "PURPOSE"
