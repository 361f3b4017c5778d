"""The municipality in numbers: what is counted, and that few cases are never told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.aggregates.case import fold
from ledger.profiles import profile_named
from ledger.projections.statistics import (
    LEAST,
    StatisticsLine,
    Stretch,
    Waited,
    bound,
    free,
    statistics,
    statistics_line,
)

TODAY = date(2026, 3, 2)
OPEN = StatisticsLine(
    status="open",
    level=1,
    before_birth=False,
    born=date(2016, 9, 5),
    has_holder=True,
    lacks_holder=False,
    waits=(),
    gaps=(),
    has_measures=False,
    evaluations=(),
)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def counted(*lines: tuple[StatisticsLine, int]):
    return statistics([line for line, n in lines for _ in range(n)], at=TODAY)


def waited(taken: int | None, *, ago: int = 100) -> StatisticsLine:
    since = TODAY - days(ago)
    until = None if taken is None else since + days(taken)
    return replace(OPEN, waits=(Waited(since, since + days(14), until),))


# --- what is counted ------------------------------------------------------------------


def test_cases_are_counted_by_status_level_and_age():
    young = replace(OPEN, level=2, born=date(2022, 1, 1))
    told = counted((OPEN, 12), (young, 9), (replace(OPEN, status="closed"), 6))
    assert [(c.what, c.cases) for c in told.by_status.cells] == [
        ("open", 21),
        ("closed", 6),
        ("incomplete", 0),
    ]
    assert (told.by_level.of("1"), told.by_level.of("2")) == (12, 9)
    assert (told.by_age.of("0-5"), told.by_age.of("6-12")) == (9, 12)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2020, 3, 3), "0-5"),
        (date(2020, 3, 2), "6-12"),
        (date(2008, 3, 3), "16-17"),
        (date(2008, 3, 2), "18+"),
        (None, "unknown"),
    ],
)
def test_a_birthday_moves_a_case_into_the_next_band(born, band):
    assert counted((replace(OPEN, born=born), 5)).by_age.of(band) == 5


@pytest.mark.parametrize(
    ("taken", "kind"), [(14, "in_time"), (15, "late"), (None, "late")]
)
def test_a_decision_on_the_last_day_is_in_time(taken, kind):
    assert counted((waited(taken), 5)).by_clarification.of(kind) == 5


def test_a_concern_within_its_days_is_waiting_and_an_old_one_is_left_out():
    assert counted((waited(None, ago=14), 5)).by_clarification.of("waiting") == 5
    assert counted((waited(3, ago=365), 5)).by_clarification.cases == 0


def test_a_case_counts_once_by_its_latest_decision():
    both = replace(OPEN, waits=waited(3).waits + waited(30).waits)
    told = counted((both, 6))
    assert (told.by_clarification.of("late"), told.by_clarification.cases) == (6, 6)


def test_the_median_and_the_share_are_of_what_was_decided():
    told = counted((waited(10), 6), (waited(20), 6))
    assert (told.clarification_days, told.clarified_in_time) == (15.0, 0.5)


def test_the_median_of_four_cases_is_not_told():
    assert counted((waited(10), 4)).clarification_days is None
    assert counted((waited(10), 5)).clarification_days == 10.0


@pytest.mark.parametrize(("length", "band"), [(7, "1-7"), (8, "8-30"), (31, "31+")])
def test_a_case_is_counted_by_its_longest_stretch_without_a_holder(length, band):
    first = TODAY - days(60)
    stretch = Stretch(first, first + days(length - 1))
    short = Stretch(TODAY - days(200), TODAY - days(200))
    vacant = replace(OPEN, gaps=(short, stretch))
    assert counted((vacant, 5)).by_gap.of(band) == 5


def test_a_stretch_without_an_end_runs_to_the_day():
    vacant = replace(OPEN, gaps=(Stretch(TODAY - days(9), None),))
    assert counted((vacant, 5)).by_gap.of("8-30") == 5


def test_an_evaluation_is_overdue_from_the_day_after_it_is_due():
    on_time = replace(OPEN, has_measures=True, evaluations=(TODAY,))
    late = replace(on_time, evaluations=(TODAY - days(1), TODAY + days(30)))
    told = counted((on_time, 5), (late, 6), (OPEN, 7)).by_evaluation
    assert [c.cases for c in told.cells] == [6, 5, 7]


@pytest.mark.parametrize("letter", ["a", "c", "d"])
def test_a_case_is_kept_as_the_histories_tell_it(sample, letter):
    case = fold(sample(letter))
    line = statistics_line(case, profile_named(case.profile))
    assert line.born == case.opening.birth_date
    assert [(w.until - w.since).days for w in line.waits] == [
        {"a": 13, "c": 18, "d": 0}[letter]
    ]
    gaps = [(g.to_date - g.from_date).days + 1 for g in line.gaps if g.to_date]
    assert gaps == ([73] if letter == "c" else [])


# --- what is kept back ----------------------------------------------------------------


def test_fewer_than_five_cases_are_not_told():
    told = counted((OPEN, 20), (replace(OPEN, status="closed"), 4)).by_status
    assert (told.of("open"), told.of("closed"), told.cases) == (20, None, None)


def test_a_second_cell_is_kept_back_where_the_sum_would_tell_the_first():
    told = counted((OPEN, 20), (replace(OPEN, level=2), 7), (replace(OPEN, level=3), 2))
    assert told.by_status.of("open") == told.by_level.cases == 29
    cells = {cell.what: cell.cases for cell in told.by_level.cells}
    assert cells == {"0": 0, "1": None, "2": None, "3": None}


def test_few_open_cases_have_no_tables():
    told = counted((OPEN, 4), (replace(OPEN, status="closed"), 20))
    tables = (told.by_level, told.by_age, told.by_holder, told.by_gap)
    assert told.by_status.of("open") is None
    assert all(cell.cases is None for table in tables for cell in table.cells)
    assert {table.cases for table in tables} == {None}


def test_a_share_is_not_told_where_one_of_its_numbers_is_kept_back():
    assert counted((waited(3), 20), (waited(30), 2)).clarified_in_time is None


_counts = st.dictionaries(
    st.sampled_from("abcdef"), st.integers(0, 30), min_size=2, max_size=6
)


@settings(max_examples=500, deadline=None)
@given(_counts)
def test_no_cell_of_few_cases_is_told_nor_can_be_reckoned(counts):
    told = bound(counts)
    hidden = [cell.what for cell in told.cells if cell.cases is None]
    assert not any(0 < (cell.cases or 0) < LEAST for cell in told.cells)
    if hidden:  # two at least, and many cases, or nothing is told but the sum
        many = sum(counts[what] for what in hidden) >= 2 * LEAST
        assert len(hidden) > 1
        assert many or len(hidden) == len(counts)
    assert told.cases is None or told.cases == 0 or told.cases >= LEAST


@given(_counts)
def test_a_sum_that_is_told_nowhere_else_is_kept_back_with_a_cell(counts):
    told = free(counts)
    few = {what for what, cases in counts.items() if 0 < cases < LEAST}
    assert {cell.what for cell in told.cells if cell.cases is None} == few
    assert (told.cases is None) == bool(few)
