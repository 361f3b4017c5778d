"""What an entry says once it is corrected, and what of the record stands beside it."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.aggregates.case import fold
from ledger.entry import Erased
from ledger.events import all_types, from_json
from ledger.events.correction import EntryCorrected, Target
from ledger.events.event import Stream
from ledger.projections.corrections import corrected
from tests.ledger.aggregates.story import called, goal, log_opened, measure, met

GOLDEN = Path(__file__).parents[2] / "golden/events"
MORNING = "2026-03-01T10:00:00+01:00"
LATER = "2026-03-05T10:00:00+01:00"


def correction(field, right, *, wrong="", **target):
    return EntryCorrected(
        target=Target.model_validate(target or {"entry": "1"}),
        field=field,
        wrong=wrong,
        right=right,
        reason="Feil.",
        requested_by="larer",
    )


@pytest.fixture
def corrected_by(recorded):
    """What stands of an entry, and its marks, after corrections of it."""

    def read(event, *corrections):
        entries = recorded((MORNING, event), *((LATER, each) for each in corrections))
        seen = corrected(entries)
        return seen.entries[0], seen.corrections.get(1, ())

    return read


@pytest.mark.parametrize(
    ("event", "field", "right", "value"),
    [
        (goal(), "text", "Trives.", "Trives."),
        (goal(), "text", "2026", "2026"),
        (log_opened(), "level", "2", 2),
        (measure(), "start", "2026-04-01", date(2026, 4, 1)),
        (measure(), "agreed_with", '["far"]', ("far",)),
        (measure(), "agreed_with.0", "far", ("far",)),
        (met("mor"), "next_date", "2026-04-01", date(2026, 4, 1)),
        (met("mor", next_date=date(2026, 4, 1)), "next_date", "null", None),
        (met("mor"), "interpreter", "true", True),
    ],
)
def test_a_value_is_quoted_as_a_string_or_as_json(
    corrected_by, event, field, right, value
):
    entry, (mark,) = corrected_by(event, correction(field, right))
    assert getattr(entry.event, field.partition(".")[0]) == value
    assert mark.took_effect
    assert mark.right == (None if value is None else right)


def test_a_field_inside_another_is_reached_by_its_path(corrected_by):
    entry, (mark,) = corrected_by(measure(), correction("responsible.person", "rektor"))
    assert entry.event.responsible.person == "rektor"
    assert (mark.was, mark.right, mark.by) == ("larer", "rektor", 2)


@pytest.mark.parametrize(
    ("field", "right"),
    [
        ("start", "soon"),
        ("start", "2026-02-30"),
        ("agreed_with.1", "far"),
        ("agreed_with.-1", "far"),
        ("responsible.person.0", "far"),
        ("responsible.nobody", "far"),
        ("measure_id.x", "far"),
        ("start.", "2026-04-01"),
        ("responsible", "rektor"),
        ("responsible", "[" * 100_000),
        ("agreed_with", '["far", NaN]'),
        ("measure_id", ""),
        ("occurred_at", "2026-03-01"),
        ("occurred_at", "2026-03-01T10:00:00"),
        ("occurred_at", "2026-03-01T10:00:03+01:00"),
        ("occurred_at.x", MORNING),
    ],
)
def test_what_gives_no_possible_entry_leaves_it_as_recorded_and_says_so(
    corrected_by, field, right
):
    entry, (mark,) = corrected_by(measure(), correction(field, right))
    assert entry.event == measure()
    assert entry.occurred_at == datetime.fromisoformat(MORNING)
    assert (mark.took_effect, mark.right, mark.personal) == (False, right, True)


def test_the_last_correction_of_a_field_holds_and_each_says_what_was_before_it(
    corrected_by,
):
    entry, marks = corrected_by(
        log_opened(1), correction("level", "2"), correction("level", "3")
    )
    assert entry.event.level == 3
    assert [(m.was, m.right, m.by) for m in marks] == [("1", "2", 2), ("2", "3", 3)]


def test_a_correction_without_effect_does_not_undo_the_one_before_it(corrected_by):
    entry, marks = corrected_by(
        log_opened(1), correction("level", "2"), correction("level", "high")
    )
    assert entry.event.level == 2
    assert [mark.took_effect for mark in marks] == [True, False]


def test_a_correction_that_is_corrected_works_as_it_should_have_read(corrected_by):
    entry, (mark,) = corrected_by(
        log_opened(1),
        correction("level", "2"),
        correction("right", "3", entry="2"),
    )
    assert entry.event.level == 3
    assert (mark.was, mark.right, mark.by) == ("1", "3", 2)


def test_a_correction_whose_target_is_corrected_lets_go_of_the_wrong_one(recorded):
    entries = recorded(
        (MORNING, log_opened(1)),
        (MORNING, log_opened(1)),
        (LATER, correction("level", "2", entry="1")),
        (LATER, correction("target.entry", "2", entry="3")),
    )
    seen = corrected(entries)
    assert [entry.event.level for entry in seen.entries[:2]] == [1, 2]
    assert sorted(seen.corrections) == [2, 3]


def test_a_target_is_looked_for_as_it_was_recorded(recorded):
    entries = recorded(
        (MORNING, called("mor")),
        (LATER, correction("meeting_id", "mo-2")),
        (LATER, correction("type", "x", event="MeetingScheduled", meeting_id="mo-1")),
    )
    (meeting, *_) = corrected(entries).entries
    assert (meeting.event.meeting_id, meeting.event.type) == ("mo-2", "x")


def test_a_corrected_time_is_the_time_of_the_entry(corrected_by):
    earlier = "2026-02-27T12:00:00+01:00"
    entry, (mark,) = corrected_by(goal(), correction("occurred_at", earlier))
    assert entry.occurred_at == datetime.fromisoformat(earlier)
    assert (mark.was, mark.right, mark.personal) == (MORNING, earlier, False)


def test_an_erased_target_is_not_corrected(recorded):
    entries = recorded((MORNING, Erased()), (LATER, correction("level", "2")))
    seen = corrected(entries)
    assert seen.entries == tuple(entries)
    assert seen.corrections == {}


@pytest.mark.parametrize(("wrong", "level"), [("1", 3), ("2", 1)])
def test_where_the_target_may_be_erased_another_is_taken_only_for_what_is_quoted(
    recorded, wrong, level
):
    meant = correction("level", "3", wrong=wrong, event="StafettloggOpened")
    entries = recorded((MORNING, log_opened(1)), (MORNING, Erased()), (LATER, meant))
    assert corrected(entries).entries[0].event.level == level


def test_an_erased_correction_corrects_no_more(recorded):
    entries = recorded((MORNING, log_opened(1)), (LATER, Erased()))
    assert corrected(entries).entries == tuple(entries)


@pytest.mark.parametrize(
    ("event", "field", "right", "personal"),
    [
        (log_opened(), "level", "2", False),
        (measure(), "agreed_with", '["far"]', False),
        (measure(), "responsible.person", "rektor", False),
        (goal(), "text", "Trives.", True),
        (measure(), "responsible", '{"service": "ppt", "person": "x"}', True),
    ],
)
def test_a_mark_may_be_told_without_words_about_a_person(
    corrected_by, event, field, right, personal
):
    _, (mark,) = corrected_by(event, correction(field, right))
    assert (mark.took_effect, mark.personal) == (True, personal)
    bare = mark.without_words()
    assert (bare.was is bare.right is None) == personal


CORRECTABLE = {t for t in all_types().values() if t.STREAM is Stream.CASE}
NAMES = sorted(n for n, t in all_types().items() if t in CORRECTABLE)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_correction_that_can_be_recorded_stops_a_replay(recorded, data):
    name = data.draw(st.sampled_from(NAMES))
    event = from_json(name, (GOLDEN / f"{name}.json").read_bytes())
    fields = st.sampled_from([*type(event).model_fields, "occurred_at"])
    field = data.draw(fields) + data.draw(st.sampled_from(["", ".0", ".person"]))
    right = data.draw(
        st.text(max_size=30).filter(str.isprintable) | VALUES.map(json.dumps)
    )
    entries = recorded((MORNING, event), (LATER, correction(field, right)))
    seen = corrected(entries)
    fold(seen.entries)
    (mark,) = seen.corrections[1]
    assert mark.took_effect or seen.entries[0] == entries[0]
