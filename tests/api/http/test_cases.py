"""Views of a case over HTTP."""

from __future__ import annotations


def test_who_holds_the_baton_reads_where_the_case_stands(as_, case_of):
    answer = as_("dina").get(
        f"/api/v1/cases/{case_of('d')}/state", params={"purpose": "follow_up"}
    )
    assert answer.status_code == 200
    assert answer.json()["is_open"] is True
    assert answer.headers["ETag"].startswith('"')


def test_a_case_one_may_not_see_answers_as_one_that_does_not_exist(as_, case_of):
    hidden, absent = case_of("d"), case_of("nobody")
    answers = [
        as_("ane").get(f"/api/v1/cases/{case}/state", params={"purpose": "follow_up"})
        for case in (hidden, absent)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["code"] == "NO_CASE"


def test_who_is_not_known_is_told_to_say_who_asks(as_, case_of):
    answer = as_("nobody").get(
        f"/api/v1/cases/{case_of('d')}/state", params={"purpose": "follow_up"}
    )
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_supervisor_reads_what_a_grant_covers_and_nothing_else(as_, case_of):
    def status(case: str) -> int:
        view = f"/api/v1/cases/{case_of(case)}/state"
        return as_("tor").get(view, params={"purpose": "supervision"}).status_code

    assert [status("c"), status("d")] == [200, 404]
