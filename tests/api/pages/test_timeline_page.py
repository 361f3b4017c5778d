"""The timeline page: order, depth, silences, and an entry opened."""

from __future__ import annotations

import re

import pytest

from api.pages.drawing import code_name
from api.pages.listing import Lister
from api.pages.people import People
from api.pages.texts import texts_in
from ledger.events.people import LegalBasis
from tests.api.pages.test_case_page import text_of


def opened(browse, case, query: str) -> str:
    return browse("cecilie").get(f"/saker/{case}/tidslinje{query}").text


def test_days_without_a_holder_and_long_silences_are_lines_of_their_own(
    browse, case_of
):
    said = text_of(opened(browse, case_of("c"), ""))
    vacant = "Ingen stafettholder i 73 dager, 17.06.2025 til 28.08.2025"
    assert vacant in said
    assert "18 dager til avklaring. Kommunen har satt 14 dager." in said
    assert "43 dager til første møte. Kommunen har satt 14 dager." in said
    assert said.index("Stafettholder falt fra") < said.index(vacant)
    assert said.index(vacant) < said.index("ble midlertidig stafettholder")
    assert said.count("uten noen oppføring") == 1  # not of the days in between


def test_what_was_corrected_stands_beside_what_is_right(browse, case_of):
    page = opened(browse, case_of("c"), "?apen=23")
    assert "<strong>11.03.2025</strong> <s>" in page
    said = text_of(page)
    assert "Neste møte 11.03.2025 var 10.03.2025" in said
    assert "Rettet 16.01.2026 kl. 12.00 av Cecilie Charlie" in said
    assert "etter at tilsynet åpnet sak 15.01.2026" in said


def test_what_was_corrected_later_was_not_known_then(browse, case_of):
    page = opened(browse, case_of("c"), "?apen=23&slik=15.1.2026")
    assert "<s>" not in page
    assert "Neste møte 10.03.2025" in text_of(page)


def test_numbers_are_the_readers_own_without_a_hole(browse, case_of):
    page = browse("dag").get(f"/saker/{case_of('d')}/tidslinje?vis=alt").text
    numbers = {int(number) for number in re.findall(r'id="o(\d+)"', page)}
    assert numbers == set(range(1, len(numbers) + 1))


def test_the_newest_may_come_first(browse, case_of):
    orders = [
        re.findall(r'id="o(\d+)"', opened(browse, case_of("c"), f"?rekkefolge={order}"))
        for order in ("eldst", "nyest")
    ]
    assert orders[0] == orders[1][::-1]


def test_an_entry_stands_alone_too(browse, case_of):
    page = browse("cecilie").get(f"/saker/{case_of('c')}/oppforing/39")
    assert "Casper er hørt" in page.text
    assert "Vil begynne med to fag." in page.text


@pytest.mark.parametrize("number", [0, 1_000, 10**30])
def test_there_is_no_entry_beyond_the_readers_own(browse, case_of, number):
    page = browse("cecilie").get(f"/saker/{case_of('c')}/oppforing/{number}")
    assert page.status_code == 404


def test_what_was_shielded_is_said_to_be_so_until_the_shield_is_lifted(browse, case_of):
    address = f"/saker/{case_of('d')}/tidslinje?vis=alt"
    then = browse("dag").get(f"{address}&slik=01.04.2026").text
    assert "(skjermet)" in then
    assert "(skjermet)" not in browse("dag").get(address).text


def test_a_code_is_told_by_its_name(browse, case_of):
    said = told_of(browse("cecilie"), case_of("c"), "Område")
    assert "Område Trivsel i barnehage og skole" in said


def test_a_grade_is_told_by_what_it_is_called_on_its_scale(browse, case_of):
    said = told_of(browse("dag"), case_of("d"), "gradert til 5")
    assert "Grad 5: Ikke trygg nå" in said


def test_a_name_that_is_from_memory_is_said_to_be_unchecked():
    said = code_name("meeting-types", "overgangsmote", texts_in("nb"))
    assert said == "Overgangsmøte (ikke kontrollert)"
    assert code_name("meeting-types", "ressursteam", texts_in("nb")) == "Ressursteam"


@pytest.mark.parametrize(
    ("act", "section", "said"),
    [
        (
            "pasient- og brukerrettighetsloven",
            "3-4",
            "Lov: pasient- og brukerrettighetsloven; Paragraf: 3-4 (ikke kontrollert)",
        ),
        ("forvaltningsloven", "13 b", "Lov: forvaltningsloven; Paragraf: 13 b"),
    ],
)
def test_a_provision_nobody_has_checked_is_said_to_be_so(act, section, said):
    basis = LegalBasis(act=act, section=section)
    assert Lister(People({}), texts_in("nb")).said("legal_basis", basis) == said


def told_of(browser, case, word: str) -> str:
    """The first entry whose page says a word."""
    pages = (
        text_of(browser.get(f"/saker/{case}/oppforing/{number}").text)
        for number in range(1, 40)
    )
    return next(page for page in pages if word in page)
