"""The picture's words: there in all three languages, and short where they must be."""

from __future__ import annotations

import re
from datetime import date

import pytest

from api.pages.picture.contents import Mark, Person, Shape
from api.pages.picture.words import LANGUAGES, SHORT, words_in
from ledger.events import all_types, catalogue_name

MILESTONES = [catalogue_name(t) for t in all_types().values() if t.MILESTONE]
NB = words_in("nb")


@pytest.mark.parametrize("milestone", MILESTONES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_milestone_has_a_short_form(milestone, language):
    form = words_in(language).short_forms[milestone][language]
    assert 0 < len(form.replace("{level}", "3")) <= SHORT


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_short_form_is_longer_than_26_characters(language):
    forms = words_in(language).short_forms
    filled = {
        key: re.sub(r"\{\w+\}", "x", form[language]) for key, form in forms.items()
    }
    assert {key: form for key, form in filled.items() if len(form) > SHORT} == {}


def test_every_phrase_is_in_every_language_with_the_same_values():
    for known in (NB.phrases, NB.short_forms):
        for key, forms in known.items():
            assert set(forms) == set(LANGUAGES), key
            values = {frozenset(re.findall(r"\{(\w+)\}", f)) for f in forms.values()}
            assert len(values) == 1, key


def mark(key, **more):
    return Mark(1, date(2026, 2, 1), Shape.CIRCLE, key, (1,), **more)


@pytest.mark.parametrize(
    ("made", "label"),
    [
        (mark("LevelEscalated", level=2), "Til nivå 2"),
        (mark("MeetingHeld", meeting="samarbeidsmote"), "Samarbeidsmøte"),
        (mark("MeetingHeld", meeting="noe annet"), "Møte"),
        (
            mark("MeetingHeld", meeting="overgangsmote"),
            "Møte",
        ),  # nobody checked its name
        (mark("ChildViewRecorded.heard", person="Casper"), "Casper hørt"),
        (mark("ChildViewRecorded.heard"), "Barnet hørt"),
        (mark("ConsentGiven.one", person="A" * 30), "Samtykke gitt"),
        (mark("MeasureEvaluated.none"), "Evaluert: ingen effekt"),
        (mark("MeasureEvaluated.unheard_of"), "Tiltak evaluert"),
    ],
)
def test_a_mark_says_what_it_can_in_26_characters(made, label):
    assert NB.label(made) == label


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 dager"), (1, "1 dag"), (73, "73 dager")]
)
def test_one_day_is_singular(count, said):
    assert NB.days(count) == said


def test_a_holder_is_called_in_three_ways():
    person = Person("Cecilie Charlie", "Cecilie", "miljøterapeut", "skole")
    assert NB.called(person) == [
        "Cecilie Charlie, miljøterapeut", "Cecilie, miljøterapeut", "Cecilie",
    ]  # fmt: skip


def test_who_has_no_name_for_this_reader_is_told_by_service():
    assert NB.called(Person(service="skole")) == ["Skole"]
    assert NB.called(Person()) == ["Ikke navngitt", "Ikke"]


def test_levels_are_called_as_the_municipality_counts_them():
    assert NB.level(2) == "Nivå 2"
    assert words_in("nb", ("0", "A", "B", "C")).level(2) == "Nivå B"
