"""The axis is even, and its names are as far apart as they need."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.picture.scale import Scale, ticks
from api.pages.picture.wide import SPACING
from api.pages.picture.width import cut, width_of, wrap


def axis(t0, t1):
    return Scale(t0, t1, 112, 1108)


def names(t0, t1, *, weekly=False):
    return [(t.day, t.kind) for t in ticks(axis(t0, t1), SPACING, weekly=weekly)]


def test_a_day_is_as_long_at_the_end_as_at_the_start():
    scale = axis(date(2024, 9, 1), date(2025, 10, 31))
    assert scale.at(date(2024, 9, 1)) == 112
    assert scale.at(date(2025, 10, 31)) == 1108
    assert scale.at(date(2025, 4, 2)) == pytest.approx(112 + 996 * 213 / 425, abs=0.05)


def test_a_day_off_the_axis_stands_at_its_edge():
    scale = axis(date(2024, 9, 1), date(2025, 10, 31))
    assert scale.at(date(2020, 1, 1)) == 112
    assert scale.at(date(2199, 1, 1)) == 1108


def test_weeks_are_named_by_their_monday():
    days = [day for day, _ in names(date(2026, 2, 1), date(2026, 3, 1), weekly=True)]
    assert days == [date(2026, 2, d) for d in (2, 9, 16, 23)]


@pytest.mark.parametrize(
    ("years", "apart"), [(1, 1), (2, 2), (3, 2), (4, 3), (6, 12), (20, 12)]
)
def test_months_are_named_as_often_as_there_is_room(years, apart):
    told = names(date(2020, 1, 1), date(2020 + years, 1, 31))
    assert [day for day, _ in told][:2] == [
        date(2020, 1, 1),
        date(2020 + apart // 12, apart % 12 + 1, 1),
    ]
    assert all((kind == "year") == (day.month == 1) for day, kind in told)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(60, 36_000))
def test_named_months_and_years_never_stand_closer_than_a_name(first, days):
    t0 = first.replace(day=1)
    scale = axis(t0, t0 + timedelta(days=days))
    places = [scale.at(tick.day) for tick in ticks(scale, SPACING, weekly=False)]
    apart = [b - a for a, b in pairwise(places)]
    assert min(apart, default=99) > 40


@given(st.text(max_size=60), st.floats(20, 200))
def test_what_is_cut_fits(text, room):
    assert width_of(cut(text, room)) <= room


@given(st.text(max_size=60), st.floats(20, 200))
def test_every_line_of_a_wrapped_text_fits(text, room):
    assert all(width_of(line) <= room + 8 for line in wrap(text, room, room + 8))


def test_sizes_of_letters_are_those_of_the_screens():
    assert width_of("il m", 100) == pytest.approx((0.34 * 3 + 0.88) * 106)
    assert width_of("Bø", 100) == pytest.approx((0.66 + 0.56) * 106)
