"""Looking a person up by national number: told as far as the asker may open cases."""

from __future__ import annotations

import pytest

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


def test_a_search_is_on_record_in_the_case_also_when_nothing_is_told(as_, case_of):
    search(as_("ane"), NUMBER)
    search(as_("cato"), NUMBER)
    access = as_("cato").get(
        f"/api/v1/cases/{case_of('c')}/access", params={**FOLLOW_UP, "limit": 1000}
    )
    rows = [(r["what"], r["who"]) for r in access.json()["items"]]
    assert ("denied", "a-ped") in rows
    assert ("read", "c-uled") in rows


@pytest.mark.parametrize("number", ["", "123", "x" * 11, 23831254321, None])
def test_what_is_no_number_is_refused_and_not_repeated(as_, number):
    answer = search(as_("cato"), number)
    assert answer.status_code == 422
    assert answer.json()["code"] == "INVALID"
    assert not number or str(number) not in answer.text


def test_a_search_says_what_it_is_for(as_):
    answer = as_("cato").post(SEARCH, json={"national_id": NUMBER})
    assert answer.json()["code"] == "PURPOSE"
