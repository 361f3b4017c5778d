"""A case as of when things happened, and as known when they were recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.aggregates.case import fold
from ledger.entry import Actor, Entry, StreamKind
from ledger.events.correction import EntryCorrected, Target
from ledger.events.event import Role
from ledger.events.plan import MeasureStarted
from ledger.projections.moment import (
    PRESENT,
    Moment,
    entries_at,
    parse_moment,
    parse_time,
    seen_at,
)
from tests.ledger.aggregates.story import CASE, CASE_ID, escalated, goal, measure

MORNING = "2026-03-01T10:00:00+01:00"
EVENING = "2026-03-01T20:00:00+01:00"
NEXT_DAY = "2026-03-02T10:00:00+01:00"
NEXT_WEEK = "2026-03-09T10:00:00+01:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moved(entry: int, to: str) -> EntryCorrected:
    return EntryCorrected(
        target=Target(entry=str(entry)),
        field="occurred_at",
        wrong=MORNING,
        right=to,
        reason="Feil tid.",
        requested_by="larer",
    )


def positions(entries, moment):
    return [entry.position for entry in entries_at(entries, moment)]


# --- two times ------------------------------------------------------------------------


def test_the_present_is_all_that_is_recorded(sample):
    for letter in "ad":
        entries = tuple(sample(letter))
        assert entries_at(entries, PRESENT) == entries


def test_what_is_known_at_a_time_is_what_was_recorded_by_then(recorded):
    entries = recorded(
        (MORNING, goal("m-1")), (MORNING, goal("m-2"), NEXT_DAY), (NEXT_DAY, goal())
    )
    assert positions(entries, Moment(known_at=at(MORNING))) == [1]
    assert positions(entries, Moment(known_at=at(NEXT_DAY))) == [1, 2, 3]
    just_before = at(NEXT_DAY) - timedelta(microseconds=1)
    assert positions(entries, Moment(known_at=just_before)) == [1]


def test_what_had_happened_by_a_time_is_seen_however_late_it_was_recorded(recorded):
    entries = recorded(
        (MORNING, goal("m-1")), (EVENING, goal("m-2")), (MORNING, goal(), NEXT_WEEK)
    )
    assert positions(entries, Moment(as_of=at(MORNING))) == [1, 3]


def test_both_times_may_be_asked_for_together(recorded):
    entries = recorded(
        (MORNING, goal("m-1")),
        (EVENING, goal("m-2"), NEXT_DAY),
        (MORNING, goal("m-3"), NEXT_WEEK),
        (NEXT_WEEK, goal("m-4")),
    )
    moment = Moment(as_of=at(EVENING), known_at=at(NEXT_DAY))
    assert positions(entries, moment) == [1, 2]


def test_entries_stay_in_the_order_of_their_positions(recorded):
    entries = recorded((EVENING, goal("m-1")), (MORNING, goal("m-2"), NEXT_DAY))
    assert positions(entries, Moment(as_of=at(EVENING))) == [1, 2]


# --- corrections and the two times ----------------------------------------------------


def test_a_correction_that_is_known_holds_for_the_time_before_it_was_made(recorded):
    entries = recorded(
        (MORNING, MeasureStarted(measure_id="t-1", on=date(2026, 3, 1))),
        (NEXT_WEEK, _on("1", "2026-02-27")),
    )
    (seen,) = entries_at(entries, Moment(as_of=at(MORNING)))
    assert seen.event.on == date(2026, 2, 27)
    then = Moment(as_of=at(MORNING), known_at=at(MORNING))
    (known,) = entries_at(entries, then)
    assert known.event.on == date(2026, 3, 1)


def test_a_corrected_time_moves_an_entry_into_a_moment_and_out_of_it(recorded):
    entries = recorded(
        (MORNING, goal("m-1"), NEXT_DAY),
        (NEXT_DAY, goal("m-2")),
        (NEXT_WEEK, moved(1, NEXT_DAY)),
        (NEXT_WEEK, moved(2, MORNING)),
    )
    assert positions(entries, Moment(as_of=at(EVENING))) == [2]
    unknown = Moment(as_of=at(EVENING), known_at=at(NEXT_DAY))
    assert positions(entries, unknown) == [1]


def test_marks_are_given_for_the_entries_that_are_seen(recorded):
    entries = recorded(
        (MORNING, goal("m-1"), NEXT_DAY),
        (EVENING, goal("m-2"), NEXT_DAY),
        (NEXT_WEEK, moved(1, EVENING)),
        (NEXT_WEEK, moved(2, MORNING)),
    )
    seen = seen_at(entries, Moment(as_of=at(MORNING)))
    assert list(seen.corrections) == [2]


def _on(entry: str, right: str) -> EntryCorrected:
    return EntryCorrected(
        target=Target(entry=entry),
        field="on",
        wrong="2026-03-01",
        right=right,
        reason="Feil dag.",
        requested_by="larer",
    )


# --- the promise ----------------------------------------------------------------------

BASE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
START = len(CASE) + 2  # position of the measure that is corrected

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["level", "goal", "day", "time", "again"]),
        st.integers(0, 3),  # hours since the step before; 0: in the same call
        st.integers(0, 400),  # hours late
        st.integers(1, 28),
    ),
    max_size=12,
)


def history(steps):
    """Late entries, corrections, and corrections of corrections, as recorded."""
    events = [(event, BASE, BASE) for event in (*CASE, goal(), measure())]
    clock, levels = BASE, 1
    for kind, wait, late, day in steps:
        clock += timedelta(hours=wait)
        happened = clock - timedelta(hours=late)
        corrections = [
            number
            for number, (event, *_) in enumerate(events, start=1)
            if isinstance(event, EntryCorrected) and event.field == "start"
        ]
        if kind == "level":
            event, levels = escalated(levels, levels + 1), levels + 1
        elif kind == "goal":
            event = goal(f"m-{len(events)}")
        elif kind == "time":
            moment = BASE - timedelta(days=day)
            event = _correction(
                1 + day % len(events), "occurred_at", moment.isoformat()
            )
        elif kind == "again" and corrections:
            event = _correction(corrections[-1], "right", f"2026-05-{day:02}")
        else:
            event = _correction(START, "start", f"2026-04-{day:02}")
        events.append((event, happened, clock))
    return [_entry(*told, number) for number, told in enumerate(events, start=1)]


def _correction(entry, field, right):
    return EntryCorrected(
        target=Target(entry=str(entry)),
        field=field,
        wrong="2026-03-02",
        right=right,
        reason="Feil.",
        requested_by="larer",
    )


def _entry(event, occurred_at, recorded_at, position):
    return Entry(
        event=event,
        case=CASE_ID,
        by=Actor("rektor", Role.LEADER, "skole"),
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        stream=CASE_ID,
        stream_kind=StreamKind.SHARED,
        version=position,
        previous=None,
        position=position,
    )


def as_it_was_seen(entries):
    """What stood on the screen when these were all: read off without the module's help.

    The last correction of a field holds, read as the last correction of it has it.
    """
    words = {
        entry.event.target.entry: entry.event.right
        for entry in entries
        if isinstance(entry.event, EntryCorrected) and entry.event.field == "right"
    }
    starts = [
        words.get(str(entry.position), entry.event.right)
        for entry in entries
        if isinstance(entry.event, EntryCorrected) and entry.event.field == "start"
    ]
    times = {
        int(entry.event.target.entry): datetime.fromisoformat(entry.event.right)
        for entry in entries
        if isinstance(entry.event, EntryCorrected)
        and entry.event.field == "occurred_at"
    }
    levels = [e.event.to_level for e in entries if hasattr(e.event, "to_level")]
    happened = [times.get(e.position, e.occurred_at) for e in entries]
    start = date.fromisoformat(starts[-1]) if starts else measure().start
    return start, max(levels, default=0), happened


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_what_was_known_at_a_past_moment_is_a_replay_of_the_first_entries(steps):
    entries = history(steps)
    for count in range(len(CASE) + 2, len(entries) + 1):
        known_at = entries[count - 1].recorded_at
        first = [entry for entry in entries if entry.recorded_at <= known_at]
        assert first == entries[: len(first)]
        then = entries_at(entries, Moment(known_at=known_at))
        state = fold(then)
        assert state == fold(entries_at(first, PRESENT))
        shown = (
            state.plan.measures["t-1"].start,
            state.level.number,
            [entry.occurred_at for entry in then],
        )
        assert shown == as_it_was_seen(first)


@settings(max_examples=100, deadline=None)
@given(STEPS, st.integers(0, 500), st.integers(0, 40))
def test_a_moment_is_chosen_in_both_times_at_once(steps, back, later):
    entries = history(steps)
    moment = Moment(BASE - timedelta(hours=back), BASE + timedelta(hours=later))
    known = entries_at(entries, Moment(known_at=moment.known_at))
    expected = [e for e in known if e.occurred_at <= moment.as_of]
    assert [*entries_at(entries, moment)] == expected


# --- moments as text ------------------------------------------------------------------


def test_a_day_means_its_end_where_the_case_is_led():
    assert parse_time("2026-03-03") == at("2026-03-03T23:59:59.999999+01:00")
    assert parse_time("2026-07-03") == at("2026-07-03T23:59:59.999999+02:00")
    assert parse_time("2026-03-29") == at("2026-03-29T23:59:59.999999+02:00")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-03T09:40+01:00",
        "2026-03-03T09:40:00+01:00",
        "2026-03-03T08:40:00.000000Z",
    ],
)
def test_a_time_is_that_time(text):
    assert parse_time(text) == datetime(2026, 3, 3, 8, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-02-30",
        "20260303",
        "2026-W10-2",
        "2026-03-03T09:40",
        "2026-03-03 09:40+01:00",
        "2026-03-03T09:40 01:00",
        "2026-03-03T25:00+01:00",
        "2026-03-03T09:40+24:00",
        "1899-12-31",
        "2200-01-01",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        "٢٠٢٦-03-03",
        "2026-03-03\n",
    ],
)
def test_any_other_text_is_refused_without_being_repeated(text):
    with pytest.raises(ValueError, match="should be a day") as refused:
        parse_time(text)
    assert not text.strip() or text not in str(refused.value)


@given(st.text(max_size=40))
def test_no_text_does_worse_than_be_refused(text):
    try:
        found = parse_time(text)
    except ValueError:
        return
    assert found.utcoffset() is not None


def test_a_moment_is_read_from_two_texts():
    assert parse_moment() == PRESENT
    moment = parse_moment("2026-03-03", "2026-03-04T10:00Z")
    assert moment.as_of == parse_time("2026-03-03")
    assert moment.known_at == datetime(2026, 3, 4, 10, tzinfo=UTC)


def test_a_time_without_its_offset_is_no_moment():
    for given_so in (
        {"as_of": datetime(2026, 3, 3)},
        {"known_at": datetime(2026, 3, 3)},
    ):
        with pytest.raises(ValueError, match="offset"):
            Moment(**given_so)


# --- the day of a moment --------------------------------------------------------------


def test_the_day_of_a_moment_is_that_of_what_happened_else_that_of_what_was_known():
    today = date(2026, 9, 1)
    assert PRESENT.day(today) == today
    assert parse_moment("2026-03-03", "2026-04-04").day(today) == date(2026, 3, 3)
    assert parse_moment(None, "2026-04-04").day(today) == date(2026, 4, 4)
    assert parse_moment("2026-03-03T23:30Z").day(today) == date(2026, 3, 4)


def test_the_way_back_lies_in_the_time_that_was_asked_about():
    since = parse_time("2026-01-01")
    assert PRESENT.back_to(since) == Moment(known_at=since)
    assert parse_moment("2026-03-03").back_to(since) == Moment(as_of=since)
    both = parse_moment("2026-03-03", "2026-04-04")
    assert both.back_to(since) == Moment(both.as_of, since)
