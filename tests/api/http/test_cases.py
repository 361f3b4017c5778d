"""Views of a case over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from audit.verify import verify_bundle


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


VIEWS = (
    "state",
    "timeline",
    "handovers",
    "guide",
    "consents",
    "measures",
    "barnevern",
    "entries",
    "access",
    "changes",
)


def url(case: str, view: str) -> str:
    return f"/api/v1/cases/{case}/{view}"


def asked(view: str, **more: str) -> dict[str, str]:
    since = {"since": "2025-01-01"} if view == "changes" else {}
    return {"purpose": "follow_up", **since, **more}


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_the_present_has_a_tag_and_one_of_the_past_has_none(
    as_, case_of, view
):
    client, where = as_("cato"), url(case_of("c"), view)
    present = client.get(where, params=asked(view))
    past = client.get(where, params=asked(view, known_at="2025-06-01"))
    assert (present.status_code, past.status_code) == (200, 200), past.text
    assert "ETag" in present.headers
    assert "ETag" not in past.headers


def test_the_family_is_not_advised_by_the_guide_of_the_staff(as_, case_of):
    answer = as_("cathrine").get(url(case_of("c"), "guide"), params=asked("guide"))
    assert (answer.status_code, answer.json()["code"]) == (403, "WRONG_ROLE")


def test_all_views_of_one_person_have_one_tag(as_, case_of):
    client = as_("cato")
    answers = [client.get(url(case_of("c"), v), params=asked(v)) for v in VIEWS]
    assert len({answer.headers["ETag"] for answer in answers}) == 1


@pytest.mark.parametrize("view", [*VIEWS, "bundle"])
@pytest.mark.parametrize("purpose", [None, "", "Because I can", "x", "a" * 41])
def test_who_does_not_say_what_for_reads_nothing(as_, case_of, view, purpose):
    said = {} if purpose is None else {"purpose": purpose}
    params = {**asked(view), **said} if purpose is not None else asked(view)
    if purpose is None:
        del params["purpose"]
    answer = as_("cato").get(url(case_of("c"), view), params=params)
    assert answer.status_code == 400
    assert answer.json()["code"] == "PURPOSE"


def test_a_case_is_told_as_of_a_day_and_as_known_on_a_day(as_, case_of):
    client, where = as_("cato"), url(case_of("c"), "state")
    now = client.get(where, params=asked("state")).json()
    early = client.get(where, params=asked("state", as_of="2024-09-10")).json()
    unknown = client.get(where, params=asked("state", known_at="2024-09-10")).json()
    assert early["at"] == unknown["at"] == "2024-09-10"
    assert early["level"] < now["level"] or early["holder"] != now["holder"]


@pytest.mark.parametrize(
    "more",
    [
        {"as_of": "yesterday"},
        {"as_of": "2025-02-30"},
        {"as_of": "2025-01-01T10:00"},  # no offset
        {"known_at": "0001-01-01"},
        {"as_off": "2025-01-01"},
        {"limit": "10"},
        {"purpose": ["follow_up", "follow_up"]},
    ],
    ids=str,
)
def test_a_parameter_that_is_unknown_or_wrong_is_refused_and_not_overlooked(
    as_, case_of, more
):
    answer = as_("cato").get(
        url(case_of("c"), "state"), params={**asked("state"), **more}
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "PARAMETER_INVALID"
    assert not {"yesterday", "as_off"} & set(answer.json().get("fields", ()))


@pytest.mark.parametrize("view", ["timeline", "entries", "access"])
def test_a_long_view_comes_in_pages_that_leave_nothing_out(as_, case_of, view):
    client, where = as_("cato"), url(case_of("c"), view)
    for _ in range(20 if view == "access" else 0):
        client.get(url(case_of("c"), "state"), params=asked("state"))
    depth = {"depth": "all"} if view == "timeline" else {}
    fixed = asked(view, **depth, known_at=datetime.now(UTC).isoformat())
    whole = client.get(where, params={**fixed, "limit": 1000}).json()
    assert whole["next"] is None
    assert len(whole["items"]) > 15
    pieces, following = [], f"{where}?{httpx.QueryParams({**fixed, 'limit': 7})}"
    while following:
        answer = client.get(following)
        assert len(answer.json()["items"]) <= 7
        pieces += answer.json()["items"]
        following = answer.links.get("next", {}).get("url")
    assert pieces == whole["items"]


@pytest.mark.parametrize("cursor", ["999999999", "-1", "x", "0", "1" * 19])
def test_a_cursor_that_is_none_of_ours_is_refused(as_, case_of, cursor):
    answer = as_("cato").get(
        url(case_of("c"), "entries"), params=asked("entries", cursor=cursor)
    )
    assert (answer.status_code, answer.json()["fields"]) == (422, ["cursor"])


def test_each_page_is_on_record_as_a_reading(as_, case_of):
    client = as_("cato")
    reads = url(case_of("c"), "access")

    def count() -> int:
        params = asked("access", limit="1000")
        rows = client.get(reads, params=params).json()["items"]
        return sum(row["subject"] == "timeline" for row in rows)

    before = count()
    client.get(url(case_of("c"), "timeline"), params=asked("timeline", limit="1"))
    assert count() == before + 1


def test_the_bundle_is_what_the_supervisors_program_verifies(as_, case_of, service):
    answer = as_("cato").get(url(case_of("c"), "bundle"), params=asked("bundle"))
    assert answer.headers["Content-Type"] == "application/zip"
    name = f'attachment; filename="{case_of("c")}.zip"'
    assert answer.headers["Content-Disposition"] == name
    policy = service.tenants["fjordvik"].folder.policy.read_text("utf-8")
    report = verify_bundle(answer.content, policy, allow_unwitnessed=True)
    assert report.ok, report


def test_head_answers_as_get_does_without_the_body(as_, case_of):
    answer = as_("cato").head(url(case_of("c"), "state"), params=asked("state"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert "ETag" in answer.headers


def test_options_says_which_methods_there_are(as_, case_of):
    answer = as_("cato").options(url(case_of("c"), "state"))
    assert (answer.status_code, answer.headers["Allow"]) == (204, "GET")
