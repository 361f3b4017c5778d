"""A correction means on a bundle what it means in the ledger (decision 13)."""

from __future__ import annotations

import json
from datetime import date

import pytest

from audit.findings.entry import catalogue_name
from ledger.events import all_types
from ledger.events import catalogue_name as name_of
from tests.audit.findings.plain import Story, moment

MEETING = {
    "meeting_id": "m-1",
    "type": "samarbeidsmote",
    "attended": ["anne"],
    "next_date": "2026-03-10",
    "interpreter": False,
    "place": {"room": "12"},
}


def met():
    story = Story()
    story.add("2026-01-05", "MeetingHeld", **MEETING)
    return story


def correct(story, field, right, *, wrong="", **target):
    target = target or {"event": "MeetingHeld", "meeting_id": "m-1"}
    told = {"target": target, "field": field, "wrong": wrong, "right": right}
    return story.add("2026-01-09", "EntryCorrected", **told)


def meeting(story, position=2):
    return story.history("2026-02-01").entries[position - 1]


@pytest.mark.parametrize(
    ("field", "right", "value"),
    [
        ("next_date", "2026-03-11", "2026-03-11"),
        ("next_date", "null", None),
        ("type", "2026", "2026"),
        ("interpreter", "true", True),
        ("attended", '["berit"]', ["berit"]),
        ("minutes", "Kort.", "Kort."),
    ],
)
def test_the_corrected_value_counts_and_the_recorded_one_stays(field, right, value):
    story = met()
    correct(story, field, right)
    assert meeting(story).data.get(field) == value
    assert story.history("2026-02-01").recorded[1].data.get(field) == MEETING.get(field)


@pytest.mark.parametrize(
    ("field", "right"),
    [
        ("next_date", "soon"),
        ("next_date", "2026-02-30"),
        ("interpreter", "ja"),
        ("attended", "berit"),
        ("attended.1", "berit"),
        ("type.name", "x"),
        ("occurred_at", "2026-01-05"),
        ("occurred_at", "2026-01-06T12:00:00+01:00"),
    ],
)
def test_what_does_not_fit_changes_nothing(field, right):
    story = met()
    correct(story, field, right)
    assert meeting(story) == met().entries[1]


def test_a_field_inside_another_is_reached_by_its_path():
    story = met()
    correct(story, "place.room", "13")
    correct(story, "attended.0", "berit")
    assert meeting(story).data["place"] == {"room": "13"}
    assert meeting(story).data["attended"] == ["berit"]


def test_a_time_is_corrected_too():
    story = met()
    correct(story, "occurred_at", "2026-01-03T10:00:00+01:00")
    assert meeting(story).day == date(2026, 1, 3)


def test_the_last_correction_holds_and_a_corrected_one_works_as_it_should_have_read():
    story = met()
    first = correct(story, "next_date", "2026-03-11")
    correct(story, "type", "evalueringsmote")
    correct(story, "right", "2026-03-12", entry=str(first))
    assert meeting(story).data["next_date"] == "2026-03-12"
    correct(story, "next_date", "2026-03-13")
    assert meeting(story).data["next_date"] == "2026-03-13"


def test_the_newest_entry_of_the_name_and_id_is_meant():
    story = met()
    later = story.add("2026-01-06", "MeetingHeld", **MEETING)
    correct(story, "type", "x", event="meeting-held.v1", meeting_id="m-1")
    assert (meeting(story).data["type"], meeting(story, later).data["type"]) == (
        "samarbeidsmote",
        "x",
    )


def test_a_correction_reaches_no_entry_under_another_shield():
    story = Story()
    story.add("2026-01-05", "MeetingHeld", shield="s-1", **MEETING)
    correct(story, "type", "x")
    assert meeting(story).data["type"] == "samarbeidsmote"


def test_behind_a_withheld_entry_only_what_says_the_wrong_value_is_meant():
    story = met()
    story.hide("2026-01-06")
    correct(story, "type", "x", wrong="evalueringsmote")
    assert meeting(story).data["type"] == "samarbeidsmote"
    correct(story, "type", "y", wrong="samarbeidsmote")
    assert meeting(story).data["type"] == "y"


def test_a_correction_that_points_nowhere_changes_nothing():
    story = met()
    story.add("2026-01-09", "EntryCorrected", field="type", right="x")
    correct(story, "type", "x", event="MeetingHeld", meeting_id="m-2")
    correct(story, "type", "x", meeting_id="m-1")
    assert meeting(story) == met().entries[1]


def test_what_happened_too_late_by_its_corrected_time_is_left_out():
    story = Story()
    story.add("2026-01-20", "MeetingHeld", recorded="2026-01-25", **MEETING)
    correct(story, "occurred_at", moment("2026-01-24").isoformat())
    seen = story.history("2026-01-22")
    assert "MeetingHeld" not in [entry.event for entry in seen.entries]
    assert "MeetingHeld" in [entry.event for entry in seen.recorded]


@pytest.mark.parametrize("event", all_types().values(), ids=lambda e: e.NAME)
def test_a_type_is_called_by_its_name_in_the_catalogue(event):
    assert catalogue_name(event.NAME) == name_of(event)


def test_a_quotation_that_is_no_json_within_reason_is_a_text():
    story = met()
    correct(story, "minutes", "[" * 100_000)
    assert json.dumps(meeting(story).data)
