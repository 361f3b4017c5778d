"""The case page: what stands on it, for whom, and on which day."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest

from api.pages import cases_page
from api.service import Service
from api.sign_in import DEMO_TENANT
from ledger import lag
from tests.api.http.test_commands import opened


def text_of(page: str) -> str:
    """What a reader sees, without what the picture and the hidden texts say."""
    drawn = re.sub(r"<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", drawn).split())


def readings(service: Service, case: str) -> int:
    """How many readings of a case are on record."""
    ledger = service.tenants[DEMO_TENANT].parts.ledger
    return len(ledger.access_log(ledger.load(UUID(case)).streams))


def test_facts_gaps_and_words_of_a_day_stand_on_it(browse, case_of):
    page = browse("cecilie").get(f"/saker/{case_of('c')}?slik=22.10.2025")
    said = text_of(page.text)
    assert page.status_code == 200
    for words in (
        "3 av 3 siden 12.03.2025",
        "Cecilie Charlie (du) siden 06.10.2025",
        "09.10.2025 for 13 dager siden",
        "Ingen aktive siste evaluert 10.03.2025",
        "Gikk ut 23.09.2025",
        "Vil ha en å gå sammen med.",
        "14 dager sent",
        "Sluttet 16.06.2025 . Ny kontakt mangler.",
        "Slik så saken ut 22.10.2025 , slik den var kjent samme dag. 40 oppføringer.",
    ):
        assert words in said
    assert "Ingen, 73 dager" in page.text


def test_nobody_holding_the_baton_is_said_with_its_days(browse, case_of):
    page = browse("cecilie").get(f"/saker/{case_of('c')}?slik=1.8.2025").text
    assert "Ingen stafettholder i 46 dager" in text_of(page)
    assert "Finn en ny stafettholder" in page


@pytest.mark.parametrize(
    ("slik", "kjent", "wrong"), [("tull", "", 1), ("", "31.2.2025", 1), ("x", "y", 2)]
)
def test_a_date_that_is_none_is_kept_and_explained(browse, case_of, slik, kjent, wrong):
    given = {"slik": slik, "kjent": kjent}
    page = browse("cecilie").get(f"/saker/{case_of('c')}", params=given)
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == wrong
    assert all(f'value="{typed}"' in page.text for typed in given.values())
    assert 'class="band"' not in page.text


def test_a_day_that_has_not_come_is_no_day_to_go_back_to(browse, case_of):
    page = browse("cecilie").get(f"/saker/{case_of('c')}?slik=1.1.2090")
    assert (page.status_code, "ikke kommet ennå" in page.text) == (422, True)


def test_today_has_no_band_and_every_other_day_has(browse, case_of):
    browser, case = browse("cecilie"), case_of("c")
    bands = [
        'class="band"' in browser.get(f"/saker/{case}{query}").text
        for query in ("", "?slik=i+dag", "?slik=14.03.2025", "?kjent=14.03.2025")
    ]
    assert bands == [False, False, True, True]


def test_a_page_is_one_reading_on_record(browse, case_of, service):
    before = readings(service, case_of("c"))
    browse("cecilie").get(f"/saker/{case_of('c')}?slik=22.10.2025")
    assert readings(service, case_of("c")) == before + 1


def test_a_case_one_may_not_see_looks_like_one_that_is_not_there(browse, case_of):
    browser = browse("ane")
    hidden, absent = (browser.get(f"/saker/{case_of(c)}") for c in ("d", "nobody"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace(case_of("d"), "") == absent.text.replace(
        case_of("nobody"), ""
    )


@pytest.mark.parametrize("path", ["/saker/x", "/saker/1/tidslinje"])
def test_an_address_that_fits_nothing_is_not_there(browse, path):
    assert browse("cecilie").get(path).status_code == 404


def test_a_guardian_is_shown_nothing_that_is_kept_from_them(browse, case_of):
    page = browse("cathrine").get(f"/saker/{case_of('c')}")
    assert page.status_code == 200
    assert browse("cathrine").get(f"/saker/{case_of('d')}").status_code == 404


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
@pytest.mark.parametrize(
    ("who", "label"), [("ane", "a"), ("cecilie", "c"), ("dag", "d")]
)
def test_every_sample_case_is_drawn_in_every_language(
    browse, case_of, who, label, language
):
    browser, case = browse(who, language), case_of(label)
    for page in ("", "/tidslinje?vis=alt", "/tidslinje?vis=milepaler&rekkefolge=nyest"):
        answer = browser.get(f"/saker/{case}{page}")
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.text
        assert answer.text.count("<h1") == 1
        assert "style=" not in answer.text
        assert "<script" not in answer.text


def test_a_day_before_the_case_is_drawn_too(browse, case_of):
    page = browse("cecilie").get(f"/saker/{case_of('c')}?slik=1.1.2020")
    assert page.status_code == 200
    assert "Saken var ikke åpnet ennå" in page.text


def test_the_list_names_the_cases_one_may_open_and_no_other(browse, case_of, followed):
    followed()

    def links(person: str) -> set[str]:
        return set(
            re.findall(r'href="/saker/([^"]+)"', browse(person).get("/saker").text)
        )

    assert links("dag") >= {case_of("d")}
    assert case_of("a") not in links("dag")
    assert links("ane") == {case_of("a")}
    assert "Du har ingen saker" in browse("adam").get("/saker").text


def test_a_case_that_was_not_imported_is_in_the_list_of_staff(
    browse, followed, address
):
    program = {"Authorization": "Bearer camilla"}
    with httpx.Client(base_url=address, headers=program) as client:
        case = opened(client)
    followed()
    for person in ("camilla", "kim"):
        assert f'href="/saker/{case}"' in browse(person).get("/saker").text


def test_the_list_comes_in_pages_and_no_more_is_read_than_is_shown(
    browse, followed, address, service, monkeypatch
):
    program = {"Authorization": "Bearer camilla"}
    with httpx.Client(base_url=address, headers=program) as client:
        cases = [opened(client) for _ in range(2)]
    followed()
    monkeypatch.setattr(cases_page, "ON_A_PAGE", 1)
    browser, where, shown = browse("camilla"), "/saker", []
    while where:
        before = [readings(service, case) for case in cases]
        page = browser.get(where).text
        shown += (here := re.findall(r'href="/saker/([^"?]+)"', page))
        assert len(here) == 1
        after = [readings(service, case) for case in cases]
        assert sum(after) - sum(before) == len({*here} & {*cases})
        where = next(
            iter(re.findall(r'rel="next" href="(/saker\?etter=[^"]+)"', page)), None
        )
    assert {*cases} <= {*shown}
    assert len(shown) == len({*shown})


def test_a_list_that_lags_says_so(browse, address, monkeypatch):
    program = {"Authorization": "Bearer camilla"}
    with httpx.Client(base_url=address, headers=program) as client:
        opened(client)
    monkeypatch.setattr(lag, "CURRENT_SECONDS", -1.0)
    assert "Listen er ikke oppdatert" in browse("camilla").get("/saker").text


def test_a_list_goes_on_only_where_a_page_of_it_ended(browse):
    answer = browse("camilla").get("/saker?etter=tull")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/saker")
