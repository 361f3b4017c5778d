"""How people are called: the whole name, but for the word that marks an invention."""

from __future__ import annotations

import pytest

from api.pages.people import People
from api.pages.picture.persons import person
from api.views import Named

NAMES = {
    "a": Named("Testansatt Dina Delta, ph.d.", "lærer", "Fjordvik skole"),
    "b": Named("Testbarn Echo"),
    "c": Named("Testine Foxtrot"),
}


def test_a_comma_in_a_name_is_part_of_the_name():
    called = People(NAMES)["a"]
    assert (called.short, called.title, called.unit) == (
        "Dina Delta, ph.d.",
        "lærer",
        "Fjordvik skole",
    )
    drawn = person("a", NAMES)
    assert (drawn.name, drawn.title) == ("Dina Delta, ph.d.", "lærer")


@pytest.mark.parametrize(
    ("ref", "given"), [("a", "Dina"), ("b", "Echo"), ("c", "Testine")]
)
def test_page_and_picture_call_everybody_alike(ref, given):
    called, drawn = People(NAMES)[ref], person(ref, NAMES)
    assert (called.given, called.short) == (drawn.given, drawn.name)
    assert called.given == given


def test_who_is_not_told_of_is_a_ref_on_a_page_and_a_service_in_the_picture():
    assert People(NAMES)["x"].short == "x"
    assert person("x", NAMES, "skole").name is None
