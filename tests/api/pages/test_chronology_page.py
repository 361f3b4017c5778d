"""The handover chronology sheet."""

from __future__ import annotations

import re

from tests.api.pages.test_case_page import readings, text_of


def sheet(browse, case, query="", person="cecilie", language="nb"):
    return browse(person, language).get(f"/saker/{case}/kronologi{query}")


def test_it_begins_with_what_the_data_adds_up_to(browse, case_of):
    said = text_of(sheet(browse, case_of("c")).text)
    for words in (
        "Nivå 3 siden 12.03.2025",
        "3 stafettholdere. 1 midlertidig. 73 dager uten stafettholder.",
        "Casper er hørt 2 ganger: 05.03.2025 , 09.10.2025 , 218 dager imellom",
        "3 tiltak. 3 av dem uten effekt.",
    ):
        assert words in said


def test_a_day_is_a_row_and_a_vacancy_one_of_its_own(browse, case_of):
    page = sheet(browse, case_of("c")).text
    days = re.findall(r'<th scope="row"><time datetime="([\d-]+)">', page)
    assert days == sorted(set(days))
    assert "Ingen stafettholder i 73 dager, 17.06.2025 til 28.08.2025" in page
    assert page.count('class="vacancy"') == 1


def test_professionals_stand_in_its_rows_by_what_they_do(browse, case_of):
    page = sheet(browse, case_of("c")).text
    rows = page[page.index("<tbody>") : page.index("</tbody>")]
    assert "Miljøterapeut tok over som stafettholder" in rows
    assert "Cecilie" not in rows


def test_its_numbers_are_those_of_the_picture_and_the_timeline(browse, case_of):
    page = sheet(browse, case_of("c")).text
    assert ">9–11</td>" in page
    assert 'class="picture picture-print"' in page


def test_a_consent_that_ran_out_is_a_row_without_a_number(browse, case_of):
    said = text_of(sheet(browse, case_of("c")).text)
    assert "23.09.2025 13 Samtykke fra Cathrine Charlie gikk ut." in said


def test_it_says_who_knew_what_when(browse, case_of):
    said = text_of(sheet(browse, case_of("c")).text)
    assert "Nes barneskole 02.09.2024" in said
    assert "PPT Havnes 10.12.2024" in said
    assert "Cathrine Charlie (foresatt) 11.09.2024" in said
    assert "Christer Charlie (foresatt) 20.01.2025" in said


def test_a_past_sheet_knows_nothing_that_came_later(browse, case_of):
    said = text_of(sheet(browse, case_of("c"), "?slik=14.03.2025").text)
    assert "Slik så saken ut 14.03.2025" in said
    assert "uten stafettholder" not in said
    assert "Havnes ungdomsskole" not in said.replace("Stafettholder, Havnes", "")[300:]


def test_a_sheet_is_one_reading_on_record(browse, case_of, service):
    before = readings(service, case_of("c"))
    sheet(browse, case_of("c"))
    assert readings(service, case_of("c")) == before + 1


def test_it_is_drawn_for_every_case_and_language(browse, case_of):
    for person, label in (("ane", "a"), ("cecilie", "c"), ("dag", "d"), ("doris", "d")):
        for language in ("nb", "nn", "en"):
            page = sheet(browse, case_of(label), person=person, language=language)
            assert (page.status_code, page.text.count("<h1")) == (200, 1)
    assert sheet(browse, case_of("c"), "?slik=1.1.2020").status_code == 200
