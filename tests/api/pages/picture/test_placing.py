"""However marks fall, no label hides another and none leaves the picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from api.pages.picture.contents import End, Mark, Picture, Shape, Step
from api.pages.picture.placing import LANES, Spot, place
from api.pages.picture.words import words_in
from tests.api.pages.picture.test_drawing import check

NB = words_in("nb")
T0 = date(2020, 1, 1)
LEFT, RIGHT = 12.0, 1110.0
KEYS = sorted(NB.short_forms)

marks = st.builds(
    Mark,
    number=st.just(0),
    day=st.integers(0, 1500).map(lambda days: T0 + timedelta(days=days)),
    shape=st.sampled_from(Shape),
    key=st.sampled_from(KEYS),
    positions=st.just((7,)),
    weighty=st.booleans(),
    level=st.integers(0, 3),
    person=st.none() | st.text(max_size=30),
)
spots = st.builds(
    Spot,
    x=st.floats(112, 1108),
    half=st.sampled_from([9.0, 12.0, 16.5]),
    label=st.floats(20, 220),
)


def pictured(told: list[Mark], days: int) -> Picture:
    """A picture of marks alone, which ends so many days after it begins."""
    end = T0 + timedelta(days=days)
    in_order = sorted((m for m in told if m.day <= end), key=lambda mark: mark.day)
    numbered = [replace(mark, number=n) for n, mark in enumerate(in_order, start=1)]
    return Picture(
        t0=T0,
        t1=end + timedelta(days=28),
        first=T0,
        end=End(end, "today"),
        weekly=days <= 45,
        steps=(Step(0, T0, end),),
        bands=(),
        pending=(),
        marks=tuple(numbered),
        consents=(),
    )


@settings(max_examples=40, deadline=None)
@given(told=st.lists(marks, max_size=60), days=st.integers(0, 1500))
def test_any_marks_can_be_drawn(told, days):
    check(pictured(told, days))


@settings(max_examples=200, deadline=None)
@given(told=st.lists(spots, max_size=40))
def test_every_mark_has_a_lane_and_no_label_meets_anything_in_it(told):
    placed = place(sorted(told, key=lambda spot: spot.x), left=LEFT, right=RIGHT)
    assert len(placed) == len(told)
    assert {each.lane for each in placed} == set(
        range(max((each.lane + 1 for each in placed), default=0))
    )
    assert all(each.lane < LANES for each in placed)
    for each in placed:
        begin, end = each.label
        assert each.side == "none" or (begin >= LEFT and end <= RIGHT)
    for one, other in combinations(placed, 2):
        if one.lane == other.lane and (one.side, other.side) != ("none", "none"):
            assert one.span[1] <= other.span[0] or other.span[1] <= one.span[0]


def test_marks_far_apart_share_the_lowest_lane():
    told = [Spot(200.0, 9, 80), Spot(500.0, 9, 80), Spot(800.0, 9, 80)]
    placed = place(told, left=LEFT, right=RIGHT)
    assert [(each.lane, each.side) for each in placed] == [(0, "right")] * 3


def test_a_mark_whose_label_the_next_stands_under_is_lifted():
    first, second = place(
        [Spot(200.0, 9, 80), Spot(240.0, 9, 80)], left=LEFT, right=RIGHT
    )
    assert (first.lane, second.lane) == (1, 0)


def test_a_label_turns_left_where_it_would_leave_the_picture():
    (placed,) = place([Spot(1090.0, 9, 80)], left=LEFT, right=RIGHT)
    assert placed.side == "left"


def test_a_number_stays_where_a_label_gives_way():
    close = [Spot(500.0 + n, 9, 200) for n in range(8)]
    placed = place(close, left=LEFT, right=RIGHT)
    assert len(placed) == 8
    assert sum(each.side != "none" for each in placed) < 8
