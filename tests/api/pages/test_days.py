"""Days as they are typed and said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.days import NoDay, away, day_text, days_text, parse_day
from api.pages.texts import texts_in

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "typed",
    ["14.3.25", "14.03.2025", "14. 3. 2025", "2025-03-14", "  14.03.25 ", "14.3.2025"],
)
def test_a_day_may_be_written_in_every_usual_way(typed):
    assert parse_day(typed, today=TODAY) == date(2025, 3, 14)


@pytest.mark.parametrize(
    ("typed", "back"),
    [("i dag", 0), ("I går", 1), ("i  går", 1), ("today", 0), ("yesterday", 1)],
)
def test_days_close_by_may_be_named(typed, back):
    assert parse_day(typed, today=TODAY) == TODAY - timedelta(days=back)


@pytest.mark.parametrize(
    "typed",
    ["", "tull", "31.02.2025", "14.13.2025", "14/3/25", "2025-3-14", "14.3.", "٣.٣.٢٥",
     "99.99.9999", "14.03.0000", "1.1.3000", "14.3.255", "14.03.2025 12:00"],
)  # fmt: skip
def test_what_names_no_day_is_refused_without_being_repeated(typed):
    with pytest.raises(NoDay) as refused:
        parse_day(typed, today=TODAY)
    assert not typed or typed not in str(refused.value)


@given(st.text(max_size=40))
def test_no_text_makes_the_reading_of_days_fall_over(text):
    try:
        found = parse_day(text, today=TODAY)
    except NoDay:
        return
    assert parse_day(day_text(found), today=TODAY) == found


@given(DAYS)
def test_a_day_is_read_as_it_was_written(day):
    assert parse_day(day_text(day), today=TODAY) == day
    assert parse_day(day.isoformat(), today=TODAY) == day
    assert parse_day(f"{day.day}.{day.month}.{day:%y}", today=TODAY) == day


@pytest.mark.parametrize(
    ("days", "nb", "nn", "en"),
    [
        (0, "i dag", "i dag", "today"),
        (-1, "i går", "i går", "yesterday"),
        (1, "i morgen", "i morgon", "tomorrow"),
        (-3, "for 3 dager siden", "for 3 dagar sidan", "3 days ago"),
        (8, "om 8 dager", "om 8 dagar", "in 8 days"),
        (30, "om 30 dager", "om 30 dagar", "in 30 days"),
        (31, "", "", ""),
        (-31, "", "", ""),
    ],
)
def test_a_day_is_told_by_its_distance_within_thirty_days_only(days, nb, nn, en):
    day = TODAY + timedelta(days=days)
    said = [away(day, today=TODAY, t=texts_in(lang)) for lang in ("nb", "nn", "en")]
    assert said == [nb, nn, en]


def test_one_day_is_not_days():
    assert [days_text(n, texts_in("nb")) for n in (0, 1, 2)] == [
        "0 dager", "1 dag", "2 dager",
    ]  # fmt: skip
