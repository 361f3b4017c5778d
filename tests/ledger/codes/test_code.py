"""Codes are looked up in lists; every code has a name in each language."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from audit.findings import RULES
from ledger.codes import (
    cites_unverified,
    code_list,
    is_in_force,
    is_unverified,
    scale_named,
)
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


# --- days -----------------------------------------------------------------------------


@pytest.mark.parametrize("codes", ALL, ids=lambda codes: codes.id)
def test_no_code_ends_before_it_begins(codes):
    for code in codes.codes:
        if code.valid_from and code.valid_to:
            assert code.valid_from <= code.valid_to


def test_a_code_is_used_from_its_first_day_to_its_last():
    doctor = code_list("reporters").named("15")
    assert doctor.is_used_on(date(2013, 1, 1))
    assert doctor.is_used_on(date(2024, 12, 31))
    assert not doctor.is_used_on(date(2012, 12, 31))
    assert not doctor.is_used_on(date(2025, 1, 1))
    assert code_list("reporters").named("24").is_used_on(date(2025, 1, 1))


def test_an_area_of_a_concern_began_with_no_date():
    areas = code_list("concern-areas")
    assert len(areas.codes) == 57
    assert all(code.is_used_on(date(2020, 1, 1)) for code in areas.codes)
    assert areas.reported_from == date(2026, 1, 1)  # binds reports to barnevern alone
    assert areas.named("1.3.01").nb == "Følelser og temperament"


# --- what entries rest on -------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "day", "in_force"),
    [
        ("LOV-1992-12-04-126", date(2025, 12, 31), True),
        ("LOV-1992-12-04-126", date(2026, 1, 1), False),
        ("arkivlova 2025", date(2025, 12, 31), False),
        ("arkivlova 2025", date(2026, 1, 1), True),
        ("Arkivlova", date(2025, 12, 31), True),
        ("Arkivlova", date(2026, 1, 1), True),
        ("forvaltningsloven", date(2026, 6, 1), True),
        ("forvaltningsloven 1967", date(2026, 6, 1), True),
        ("forvaltningsloven 2025", date(2026, 6, 1), False),
        ("barnelova 1981", date(2026, 6, 1), True),
        ("LOV-2025-06-20-40", date(2026, 6, 1), False),
        ("a by-law of the municipality", date(2026, 6, 1), True),
    ],
)
def test_old_and_new_acts_stand_side_by_side_and_a_day_tells_them_apart(
    act, day, in_force
):
    assert is_in_force(act, day) is in_force


def test_what_is_pending_has_no_first_day():
    for act in code_list("acts").codes:
        assert not ("pending" in act.marks and act.valid_from)


@pytest.mark.parametrize(
    ("act", "section", "unverified"),
    [
        ("barnevernsloven", "13-3", True),
        ("barnevernsloven", "§ 13-3 (1)", True),
        ("barnevernsloven", "13-2", False),
        ("pasient- og brukerrettighetsloven", "3-4", True),
        ("forvaltningsloven", "13 b nr. 7", False),
        ("kommuneloven", "30", True),
        ("a by-law of the municipality", "1", False),
    ],
)
def test_what_is_from_memory_is_marked_and_may_be_used(act, section, unverified):
    assert is_unverified(act, section) is unverified
    assert is_in_force(act, date(2026, 6, 1))


@pytest.mark.parametrize(
    ("text", "unverified"),
    [
        ("bvl § 13-3", True),
        ("pbrl § 3-4; fvl 1967 § 19", True),
        ("bvl § 13-2; strl § 196", False),
        ("bvl § 13-33", False),
        ("", False),
    ],
)
def test_a_text_that_cites_something_unchecked_is_told(text, unverified):
    assert cites_unverified(text) is unverified


def test_a_name_that_nobody_has_read_anywhere_is_marked():
    marked = {code.code for code in code_list("meeting-types").codes if code.unverified}
    assert marked == {"overgangsmote"}


def test_child_and_parents_have_a_scale_each_that_says_what_a_grade_means():
    for scale in (scale_named("bti-barn"), scale_named("bti-foresatte")):
        assert [code.code for code in scale.codes] == ["1", "2", "3", "4", "5"]
        assert all(code.text and code.text.nb and code.text.nn for code in scale.codes)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_finding_that_rests_on_something_unchecked_says_so(rule):
    assert not cites_unverified(rule.basis) or "unverified" in rule.basis
