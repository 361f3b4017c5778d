"""Codes are looked up in lists; every code has a name in each language."""

from __future__ import annotations

from importlib.resources import files

import pytest

from ledger.codes import code_list, scale_named
from ledger.codes.code import scales

LISTS = tuple(
    file.name.removesuffix(".toml")
    for file in files("ledger.codes").iterdir()
    if file.name.endswith(".toml")
)
ALL = [*map(code_list, LISTS), *scales().values()]


@pytest.mark.parametrize("codes", ALL, ids=lambda codes: codes.id)
def test_every_code_has_a_name_in_each_language_and_stands_once(codes):
    assert all(code.nb and code.nn and code.en for code in codes.codes)
    assert len({code.code for code in codes.codes}) == len(codes.codes)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_found_by_its_id(name):
    assert code_list(name).id == name


def test_the_scale_for_children_has_grades_1_to_5():
    scale = scale_named("tynset-barn")
    assert scale is not None
    assert [code.code for code in scale.codes] == ["1", "2", "3", "4", "5"]
    assert "3" in scale
    assert "6" not in scale


def test_an_unknown_scale_is_not_there():
    assert scale_named("../levels") is None


def test_a_rule_asks_for_a_mark_and_not_for_a_code():
    first = code_list("meeting-types").marked("parents-first")
    assert first == {"undringssamtale", "foreldresamtale"}
    assert code_list("guardian-authorities").marked("responsible") == {"foreldreansvar"}


def test_levels_are_a_closed_list_and_meeting_types_an_open_one():
    assert not code_list("levels").open
    assert code_list("meeting-types").open
