"""What is the same for the rows of every list."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.aggregates.case import fold
from ledger.profiles import profile_named
from ledger.projections.register import RegisterLine
from ledger.projections.row import from_line, newest_first, to_line
from ledger.views import OF_CASES


def test_a_later_day_sorts_first():
    days = [date(2026, 3, 1), date(2026, 3, 2), date.max, date.min]
    assert sorted(days, key=newest_first) == sorted(days, reverse=True)


@pytest.mark.parametrize("view", OF_CASES)
@pytest.mark.parametrize("letter", ["a", "c", "d"])
def test_no_two_rows_of_a_case_are_taken_for_one(sample, view, letter):
    case = fold(sample(letter))
    rows = list(OF_CASES[view](case, profile_named(case.profile)))
    assert len({row.about for row in rows}) == len(rows)


@pytest.mark.parametrize("view", OF_CASES)
@pytest.mark.parametrize("letter", ["a", "c", "d"])
def test_rows_can_be_made_of_every_beginning_of_a_case(sample, view, letter):
    entries = sample(letter)
    for end in range(len(entries) + 1):
        case = fold(entries[:end])
        rows = list(OF_CASES[view](case, profile_named(case.profile)))
        assert rows == list(OF_CASES[view](case, profile_named(case.profile)))


def test_a_line_is_read_as_it_was_written(sample):
    case = fold(sample("d"))
    (row,) = OF_CASES["register"](case, profile_named(case.profile))
    assert to_line(from_line(RegisterLine, row.line)) == row.line
