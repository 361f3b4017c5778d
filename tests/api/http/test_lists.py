"""Lists across cases over HTTP, once the tables have followed the log."""

from __future__ import annotations

import pytest

from tests.api.http.test_commands import CHILD_VIEW, key, opened

FOLLOW_UP = {"purpose": "follow_up"}
LISTS = ("register", "my-cases", "vacancies")


def test_a_leader_finds_their_cases(as_, followed, case_of):
    followed()
    answer = as_("cecilie").get("/api/v1/my-cases", params=FOLLOW_UP)
    assert answer.status_code == 200
    assert case_of("c") in {item["case"] for item in answer.json()["items"]}


def test_the_register_comes_in_pages(as_, followed):
    client = as_("kim")
    for _ in range(3):
        opened(as_("camilla"))
    followed()
    whole = client.get("/api/v1/register", params={**FOLLOW_UP, "limit": 100}).json()
    pieces, where = [], "/api/v1/register?purpose=follow_up&limit=2"
    while where:
        answer = client.get(where)
        pieces += answer.json()["items"]
        where = answer.links.get("next", {}).get("url")
    assert pieces == whole["items"]
    assert len(pieces) > 3


def test_the_register_is_asked_for_by_level_status_and_what_is_due(
    as_, followed, case_of
):
    opened(as_("camilla"))
    followed()

    def shown(**only: str) -> list[dict]:
        params = {**FOLLOW_UP, "limit": "100", **only}
        return as_("kim").get("/api/v1/register", params=params).json()["items"]

    levels = {item["line"]["level"] for item in shown(level="0")}
    assert levels == {0}
    closed = {item["line"]["status"] for item in shown(status="closed")}
    assert closed <= {"closed"}
    assert shown(due_before="1990-01-01") == []
    assert len(shown(status="open", due_before="2199-12-31")) >= 1


@pytest.mark.parametrize(
    "only", [{"level": "x"}, {"status": "lost"}, {"due_before": "2026-02-30"}], ids=str
)
def test_a_filter_that_is_none_is_refused_and_not_overlooked(as_, only):
    answer = as_("kim").get("/api/v1/register", params={**FOLLOW_UP, **only})
    assert (answer.status_code, answer.json()["code"]) == (422, "PARAMETER_INVALID")


def test_the_municipality_in_numbers_keeps_small_cells_back(as_, followed):
    followed()
    answer = as_("kim").get("/api/v1/statistics", params=FOLLOW_UP)
    told = answer.json()["statistics"]
    tables = [table for name, table in told.items() if name.startswith("by_")]
    cells = [cell["cases"] for table in tables for cell in table["cells"]]
    assert (answer.status_code, len(tables)) == (200, 7)
    assert not {1, 2, 3, 4} & set(cells)


def test_who_leads_one_service_is_told_no_numbers(as_):
    answer = as_("cato").get("/api/v1/statistics", params=FOLLOW_UP)
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_CASE")


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_of_another_list_or_person_is_refused(as_, name):
    answer = as_("kim").get(f"/api/v1/{name}", params={**FOLLOW_UP, "cursor": "YWJj"})
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_says_what_it_is_read_for(as_, name):
    assert as_("kim").get(f"/api/v1/{name}").json()["code"] == "PURPOSE"


def test_who_may_not_ask_for_a_list_is_told_that_there_is_none(as_):
    answer = as_("cathrine").get("/api/v1/register", params=FOLLOW_UP)
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_CASE")


def test_what_one_has_read_oneself_is_told(as_, followed, case_of):
    client = as_("cato")
    client.get(f"/api/v1/cases/{case_of('c')}/state", params=FOLLOW_UP)
    followed()
    params = {**FOLLOW_UP, "person": "c-uled"}
    answer = client.get("/api/v1/access-log", params=params)
    assert answer.status_code == 200
    assert answer.json()["items"]


def test_an_answer_may_say_whether_the_lists_tell_of_it(as_, followed):
    client = as_("camilla")
    case = opened(client)
    answer = client.post(
        f"/api/v1/cases/{case}/child-view-recorded?wait=followed",
        json=CHILD_VIEW,
        headers=key(),
    )
    assert (answer.status_code, answer.json()["followed"]) == (201, False)
