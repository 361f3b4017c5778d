"""What every answer carries, and what is said of requests that no route is for."""

from __future__ import annotations

import httpx
import pytest

from api.front_door import HEADERS

ANSWERS = {
    "a view": ("GET", "/api/v1/cases/{c}/state?purpose=follow_up", 200),
    "a refusal": ("GET", "/api/v1/cases/{c}/state", 400),
    "a command without a key": ("POST", "/api/v1/cases/{c}/child-view-recorded", 400),
    "a checkpoint": ("GET", "/log/fjordvik/checkpoint", 200),
    "no tile": ("GET", "/log/fjordvik/tile/0/999", 404),
    "no path": ("GET", "/api/v1/nothing/Kanarifugl", 404),
    "no command": ("POST", "/api/v1/cases/{c}/kanarifugl-sang", 404),
    "no case id": ("GET", "/api/v1/cases/Kanarifugl/state?purpose=follow_up", 422),
    "another method": ("DELETE", "/api/v1/cases/{c}/state", 405),
    "an unknown method": ("PROPFIND", "/api/v1/cases/{c}/state", 405),
    "a slash too many": ("GET", "/api/v1/cases/{c}/state/", 404),
    "a path out": ("GET", "/api/v1/../../etc/passwd", 404),
    "a command by GET": ("GET", "/api/v1/cases/{c}/case-opened", 405),
    "only the methods": ("OPTIONS", "/api/v1/cases/{c}/state", 204),
    "only the head": ("HEAD", "/api/v1/demo", 200),
}


@pytest.mark.parametrize(
    ("method", "path", "status"), ANSWERS.values(), ids=list(ANSWERS)
)
def test_every_answer_has_the_headers_that_protect_and_repeats_nothing(
    as_, case_of, method, path, status
):
    answer = as_("cato").request(method, path.format(c=case_of("c")))
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Kanarifugl" not in answer.text
    if status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_nothing_may_be_stored_framed_or_run(address):
    headers = httpx.get(f"{address}/api/v1/demo", verify=False).headers
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "host",
    ["stranger.example", "127.0.0.1.a.example", "", "[::2]", "localhost.:1"],
)
def test_another_name_for_this_machine_is_not_answered(address, host):
    answer = httpx.get(f"{address}/api/v1/demo", headers={"Host": host}, verify=False)
    assert (answer.status_code, answer.json()["code"]) == (421, "WRONG_HOST")


@pytest.mark.parametrize("host", ["localhost", "localhost:80", "127.0.0.1", "[::1]"])
def test_the_names_of_loopback_are_answered(address, host):
    answer = httpx.get(f"{address}/api/v1/demo", headers={"Host": host}, verify=False)
    assert answer.status_code == 200


def test_a_method_that_is_not_for_the_path_names_those_that_are(as_, case_of):
    answer = as_("cato").delete(f"/api/v1/cases/{case_of('c')}/state")
    assert answer.headers["Allow"] == "GET"


def test_a_cookie_is_no_token(address, case_of):
    answer = httpx.get(
        f"{address}/api/v1/cases/{case_of('c')}/state?purpose=x_y",
        headers={"Cookie": "stafettlogg-demo-person=cato"},
        verify=False,
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_what_a_code_means_is_told_in_the_readers_language(address, language):
    answer = httpx.get(
        f"{address}/api/v1/problems/NO_CONSENT",
        headers={"Accept-Language": language},
        verify=False,
    )
    assert answer.headers["Content-Language"] == language
    assert answer.json()["status"] == 409
    assert answer.json()["title"]


def test_the_demo_says_who_may_be_tried_and_in_which_cases(address, case_of):
    said = httpx.get(f"{address}/api/v1/demo", verify=False).json()
    assert {"cato", "adam", "kim", "tor"} <= {p["id"] for p in said["people"]}
    assert {"label": "c", "case": case_of("c")} in said["cases"]
