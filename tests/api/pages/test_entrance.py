"""Coming in: who one is, in which language, and where one goes from there."""

from __future__ import annotations

import httpx
import pytest

from api.sign_in import COOKIE
from tests.api.pages.test_case_page import readings

OWN = {"Sec-Fetch-Site": "same-origin"}


def test_who_is_not_known_is_asked_and_comes_back(browse, case_of):
    asked = browse().get(f"/saker/{case_of('c')}/tidslinje?vis=alt")
    assert asked.status_code == 303
    assert asked.headers["Location"] == (
        f"/prov?retur=%2Fsaker%2F{case_of('c')}%2Ftidslinje%3Fvis%3Dalt"
    )
    form = browse().get(asked.headers["Location"]).text
    assert f'name="retur" value="/saker/{case_of("c")}/tidslinje?vis=alt"' in form


def test_choosing_a_person_sets_a_cookie_that_no_script_reads(browse):
    sent = {"person": "cecilie", "retur": "/saker"}
    answer = browse().post("/prov", data=sent, headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/saker")
    cookie = answer.headers["Set-Cookie"].lower()
    assert cookie.startswith(f"{COOKIE}=cecilie")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize("person", ["", "nobody"])
def test_choosing_nobody_ends_it(browse, person):
    answer = browse("cecilie").post("/prov", data={"person": person}, headers=OWN)
    assert f'{COOKIE}=""' in answer.headers["Set-Cookie"]
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_chooses_nobody(browse, headers):
    answer = browse().post("/prov", data={"person": "cecilie"}, headers=headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert "<h1" in answer.text


BROKEN = "multipart/form-data"  # without what its parts are told apart by


def test_no_form_of_another_site_is_read(browse):
    """Else what is no form at all would answer otherwise."""
    headers = {"Sec-Fetch-Site": "cross-site", "Content-Type": BROKEN}
    assert browse().post("/prov", content=b"--", headers=headers).status_code == 403
    headers = {**OWN, "Content-Type": BROKEN}
    assert browse().post("/prov", content=b"--", headers=headers).status_code == 400


@pytest.mark.parametrize("body", [b"person=" + b"a" * 4096, iter([b"person=dag"])])
def test_a_form_that_is_large_or_does_not_say_how_large_is_not_read(browse, body):
    headers = {**OWN, "Content-Type": "application/x-www-form-urlencoded"}
    answer = browse().post("/prov", content=body, headers=headers)
    assert answer.status_code == 413
    assert "Set-Cookie" not in answer.headers


def test_a_browser_that_says_its_origin_only_may_choose(browse, address):
    answer = browse().post("/prov", data={"person": "dag"}, headers={"Origin": address})
    assert answer.status_code == 303


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/"])
def test_nobody_is_sent_to_another_site_after_choosing(browse, elsewhere):
    sent = {"person": "cecilie", "retur": elsewhere}
    answer = browse().post("/prov", data=sent, headers=OWN)
    assert answer.headers["Location"] == "/"


def test_a_bearer_token_opens_no_page(browse, case_of):
    header = {"Authorization": "Bearer cecilie"}
    assert browse().get(f"/saker/{case_of('c')}", headers=header).status_code == 303


@pytest.mark.parametrize(
    ("asked", "lang"),
    [("nn", "nn"), ("no", "nb"), ("en-GB,en;q=0.9", "en"), ("de", "nb"), ("", "nb")],
)
def test_a_page_speaks_the_language_that_the_browser_asks_for(browse, asked, lang):
    page = browse(language=asked).get("/prov").text
    assert f'<html lang="{lang}"' in page


def test_a_chosen_language_is_remembered_and_leaves_the_address(browse):
    browser = browse()
    chosen = browser.get("/hjelp?a=1&sprak=nn")
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/hjelp?a=1")
    assert '<html lang="nn"' in browser.get("/hjelp").text


def test_choosing_a_language_is_no_reading(browse, case_of, service):
    before = readings(service, case_of("c"))
    browse("cecilie").get(f"/saker/{case_of('c')}?sprak=en")
    assert readings(service, case_of("c")) == before


@pytest.mark.parametrize("path", ["/", "/prov", "/hjelp", "/tilgjengelighet"])
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_every_page_says_that_it_is_a_demo(browse, path, language):
    said = {"nb": "en demo", "nn": "ein demo", "en": "a demo"}[language]
    assert f"{said}.</strong>" in browse(language=language).get(path).text


def test_an_address_that_there_is_not_answers_as_a_page_to_a_person(browse, address):
    assert "<h1" in browse().get("/ingenting").text
    answer = httpx.get(f"{address}/ingenting")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert browse().get("/api/v1/nothing").headers["Content-Type"] == (
        "application/problem+json"
    )


def test_a_style_sheet_is_asked_for_anew_only_when_it_has_changed(browse):
    sheet = browse().get("/static/site.css")
    assert (sheet.status_code, sheet.headers["Cache-Control"]) == (200, "no-cache")
    known = {"If-None-Match": sheet.headers["ETag"]}
    assert browse().get("/static/site.css", headers=known).status_code == 304


def test_no_page_may_run_a_script_or_be_framed(browse):
    policy = browse().get("/prov").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
