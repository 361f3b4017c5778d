"""What every drawing holds to: well-formed, within its bounds, without style."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

import pytest

from api.pages.picture import (
    LANGUAGES,
    draw_legend,
    draw_narrow,
    draw_print,
    draw_wide,
    picture_of,
    table_of,
    words_in,
)
from api.views import Named
from ledger.profiles import profile_named
from tests.api.pages.picture.drawings import (
    labels,
    outside,
    overlapping,
    parsed,
    texts,
    words_of,
)
from tests.api.pages.picture.test_reading import END_OF_C, MOMENTS, OPENED, picture_from

NB = words_in("nb")
EVERY = {position: position for position in range(1, 1000)}
HOSTILE = [
    "<script>alert(1)</script>, \"'&]]>",
    "Ánne-Máret Čáhppesjávri Ŋuorttat, sámi oahpaheaddji",
    "W" * 200 + ", " + "M" * 200,
    "a\x00b\u202ec\nd, \u2066e",
    "<", "&amp;, &lt;b&gt;", "]]>, -->", "山田太郎山田太郎山田太郎, 教師",
]  # fmt: skip


def drawings(picture, words=NB):
    return [
        draw_wide(picture, words, prefix="p"),
        draw_narrow(picture, words, prefix="p"),
        draw_print(picture, words, prefix="p", numbers=EVERY),
    ]


def check(picture, words=NB):
    """The rules of every drawing."""
    for drawing in drawings(picture, words):
        assert outside(drawing) == []
        assert overlapping(labels(drawing)) == []
        assert not any("style" in element.attrib for element in parsed(drawing).iter())


@pytest.mark.parametrize(("letter", "at"), MOMENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_leaves_a_drawing_or_hides_another(letter, at, language, pictured):
    check(pictured(letter, at), words_in(language))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-02-10", "2026-02-10"),
        ("2026-01-31", "2026-03-01"),
        ("2027-02-05", "2027-02-06"),  # the axis ends on a Monday
        ("2024-09-02", "2025-11-02"),
        ("2020-02-29", "2026-02-28"),
        ("2000-01-01", "2199-12-31"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_spans_of_a_day_to_two_centuries_can_be_drawn(first, last, language, recorded):
    told = recorded((f"{first}T09:00+01:00", OPENED))
    check(picture_from(told, date.fromisoformat(last)), words_in(language))


def test_a_case_without_entries_can_be_drawn():
    check(picture_from([], date(2026, 2, 10)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_and_cut_to_its_room(name, sample, names):
    hostile = dict.fromkeys(names, Named(name))
    picture = picture_of(
        sample("c"), at=END_OF_C, today=END_OF_C, names=hostile,
        rules=profile_named("havnes"),
    )  # fmt: skip
    check(picture)
    for drawing in drawings(picture):
        assert not re.search(r"<(script|b)\b", drawing)


def test_a_name_of_sami_letters_is_written_as_it_is(pictured, sample, names):
    told = {**names, "c-kontakt": Named("Ánne Čáhppe", "oahpaheaddji")}
    picture = picture_of(
        sample("c"), at=END_OF_C, today=END_OF_C, names=told,
        rules=profile_named("havnes"),
    )  # fmt: skip
    assert "Ánne Čáhppe, oahpaheaddji" in words_of(draw_wide(picture, NB, prefix="p"))


def test_ids_are_unique_in_a_page_with_all_drawings(pictured):
    drawn = drawings(pictured("c", END_OF_C))
    ids = [e.get("id") for d in drawn for e in parsed(d).iter() if e.get("id")]
    assert len(ids) == len(set(ids)) > 0
    assert all(each.startswith("p-") for each in ids)


@pytest.mark.parametrize("number", range(3))
def test_a_drawing_is_named_described_and_without_links(number, pictured):
    svg = parsed(drawings(pictured("c", END_OF_C))[number])
    assert svg.get("role") == "img"
    named = {e.get("id"): e.text or "" for e in svg if e.tag in ("title", "desc")}
    title, description = (named[each] for each in svg.get("aria-labelledby").split())
    assert title == "Nivå og stafettholder fra 02.09.2024 til 03.11.2025"
    assert "Nivå 2 fra 02.12.2024." in description
    assert "Ingen stafettholder 17.06.2025 til 28.08.2025, 73 dager." in description
    assert "4 stafettholdere." in description
    assert not {"a", "script", "foreignObject", "image"} & {e.tag for e in svg.iter()}


@pytest.mark.parametrize("number", range(3))
def test_every_band_and_mark_says_its_dates(number, pictured):
    picture = pictured("c", END_OF_C)
    svg = parsed(drawings(picture)[number])
    said = "\n".join(title.text or "" for title in svg.iter("title"))
    for band in picture.bands:
        assert f"{band.from_date:%d.%m.%Y} til {band.to_date:%d.%m.%Y}" in said
    for mark in picture.marks:
        assert f"{mark.day:%d.%m.%Y}: {NB.label(mark)}" in said


@pytest.mark.parametrize("number", range(3))
def test_a_vacancy_has_hatch_days_and_words(number, pictured):
    drawing = drawings(pictured("c", END_OF_C))[number]
    (vacancy,) = [
        e for e in parsed(drawing).iter("rect") if e.get("class") == "picture-vacant"
    ]
    patterns = {f"url(#{p.get('id')})" for p in parsed(drawing).iter("pattern")}
    assert vacancy.get("fill") in patterns
    assert any("73 dager" in words for words in words_of(drawing))


def test_the_vacancy_of_c_starts_and_ends_at_its_days(pictured):
    drawing = draw_wide(pictured("c", END_OF_C), NB, prefix="p")
    (vacancy,) = [
        e for e in parsed(drawing).iter("rect") if e.get("class") == "picture-vacant"
    ]
    day = (1108 - 112) / (date(2025, 11, 30) - date(2024, 9, 1)).days
    begin = 112 + day * (date(2025, 6, 17) - date(2024, 9, 1)).days
    assert float(vacancy.get("x")) == pytest.approx(begin + 1, abs=0.15)
    assert float(vacancy.get("width")) == pytest.approx(73 * day - 2, abs=0.25)


def test_print_bears_the_numbers_of_entries(pictured):
    drawing = draw_print(
        pictured("c", END_OF_C), NB, prefix="p", numbers={p: p + 100 for p in range(99)}
    )
    numbers = [b.words for b in texts(drawing) if b not in labels(drawing)]
    assert "104" in numbers  # the concern is entry 4
    assert "–" in numbers  # a consent that ran out is no entry


def test_numbers_join_picture_and_table(pictured):
    picture = pictured("c", END_OF_C)
    table = table_of(picture, NB)
    assert [row.number for row in table.rows if row.number] == [
        mark.number for mark in picture.marks
    ]
    assert len(table.headings) == 6


def test_the_table_holds_everything_with_dates_and_days(pictured):
    picture = pictured("c", END_OF_C)
    rows = {(r.from_date, r.to_date, r.days) for r in table_of(picture, NB).rows}
    stretches = [s for row in picture.consents for s in row.stretches]
    for part in [*picture.bands, *picture.pending, *stretches]:
        assert (part.from_date, part.to_date, part.days) in rows
    for step in picture.steps:
        assert (step.from_date, step.to_date) in {row[:2] for row in rows}
    assert {(mark.day, None, None) for mark in picture.marks} <= rows


def test_the_legend_tells_every_shape_in_words(pictured):
    legend = ElementTree.fromstring(draw_legend(NB))
    words = ["".join(item.itertext()) for item in legend.iter("li")]
    assert words == [
        "Samtale, møte, evaluering", "Beslutning", "Samtykke", "Barnet er hørt",
        "Ingen stafettholder", "Midlertidig", "Venter på svar om overlevering",
    ]  # fmt: skip
