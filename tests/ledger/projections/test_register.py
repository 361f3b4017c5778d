"""The register: where each case stands, on whatever day it is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledger.aggregates.case import fold
from ledger.profiles import profile_named
from ledger.projections.overview import overview
from ledger.projections.register import Filter, register_line


@pytest.mark.parametrize("letter", ["a", "c", "d"])
def test_the_register_says_what_the_case_itself_says_at_every_step(sample, letter):
    entries = sample(letter)
    for end in range(1, len(entries) + 1):
        case = fold(entries[:end])
        rules = profile_named(case.profile)
        today = entries[end - 1].recorded_at.date()
        line, whole = register_line(case, rules), overview(case, at=today, rules=rules)
        assert (line.status == "open") == whole.is_open
        assert (line.level, line.opened_on) == (whole.level, whole.opened_on)
        assert line.holder == (whole.holder.ref if whole.holder else None)
        due = line.next_due
        assert (due.on if due else None) == (
            whole.next_due.on if whole.next_due else None
        )


def test_nothing_is_due_in_a_case_that_is_closed(sample):
    case = fold(sample("a"))
    line = register_line(case, profile_named(case.profile))
    assert (line.status, line.due) == ("closed", ())


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("level", 1, 2),
        ("status", "open", "closed"),
        ("service", "skole", "ppt"),
        ("unit", "Nes barneskole", "Fjordvik skole"),
        ("without_holder", False, True),
    ],
)
def test_each_filter_lets_through_what_fits_and_nothing_else(
    sample, field, right, wrong
):
    case = fold([e for e in sample("c") if e.occurred_at.date() <= date(2024, 11, 1)])
    line = register_line(case, profile_named(case.profile))
    assert Filter(**{field: right}).passes(line)
    assert not Filter(**{field: wrong}).passes(line)


def test_a_line_is_kept_by_what_is_due_before_a_day(sample):
    case = fold(sample("a")[:5])
    line = register_line(case, profile_named(case.profile))
    due = line.next_due.on
    assert not Filter(due_before=due).passes(line)
    assert Filter(due_before=due + timedelta(days=1)).passes(line)
    assert not Filter(due_before=date.max).passes(replace(line, due=()))


def test_only_an_open_case_that_is_followed_up_lacks_a_holder(sample):
    case = fold(sample("c"))
    line = register_line(case, profile_named(case.profile))
    vacant = replace(line, status="open", holder=None)
    assert vacant.lacks_holder
    assert not replace(vacant, status="closed").lacks_holder
    assert not replace(vacant, level=0, log_opened_on=None).lacks_holder
