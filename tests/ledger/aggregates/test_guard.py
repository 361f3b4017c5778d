"""What commands share: empty fields, and days where the case is led."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ledger.aggregates.guard import is_empty, local_day, months_after


@pytest.mark.parametrize("value", [None, "", "   ", (), [], {}])
def test_null_and_empty_strings_and_lists_count_as_empty(value):
    assert is_empty(value)


@pytest.mark.parametrize("value", ["x", ("",), False, 0, date(2026, 1, 1)])
def test_a_value_is_not_empty(value):
    assert not is_empty(value)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 2, 22, 59, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 3, 2, 23, 0, tzinfo=UTC), date(2026, 3, 3)),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
    ],
)
def test_a_day_begins_at_midnight_in_oslo_summer_and_winter(moment, day):
    assert local_day(moment) == day


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 3, 31), 1, date(2025, 4, 30)),
        (date(2025, 11, 30), 13, date(2026, 12, 30)),
    ],
)
def test_so_many_months_after_is_the_same_day_or_the_months_last(day, months, later):
    assert months_after(day, months) == later
