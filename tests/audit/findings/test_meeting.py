from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story

AT = "2026-12-31"
LATE = {"about": "m-1", "from": "2026-02-01", "to": "2026-02-16", "days": 15}


def at_level_2(event="LevelEscalated", **said):
    story = Story()
    story.add("2026-01-20", "ParticipantJoined", service="ppt", person_ref="per")
    story.add("2026-01-20", "GuardianRegistered", guardian_ref="mor")
    said = said or {"from_level": 1, "to_level": 2}
    story.add("2026-02-01", event, **said)
    return story


def met(story, day, *attended, meeting="m-1"):
    return story.add(day, "MeetingHeld", meeting_id=meeting, attended=list(attended))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("LevelEscalated", {"from_level": 1, "to_level": 2}),
        ("StafettloggOpened", {"level": 2, "format": "digital"}),
    ],
)
def test_a_first_joint_meeting_too_long_after_level_2_is_found(event, said):
    story = at_level_2(event, **said)
    met(story, "2026-02-16", "anne", "per", "mor")
    assert story.found("F18", at=AT) == [LATE]


def test_one_on_the_last_day_is_not():
    story = at_level_2()
    met(story, "2026-02-15", "anne", "per")
    assert story.found("F18", at=AT) == []


def test_without_any_the_day_of_judgement_counts_and_no_meeting_is_named():
    open_clock = {k: v for k, v in LATE.items() if k != "about"}
    assert at_level_2().found("F18", at="2026-02-15") == []
    assert at_level_2().found("F18", at="2026-02-16") == [open_clock]


def test_a_meeting_of_one_service_with_the_family_is_not_joint():
    story = at_level_2()
    met(story, "2026-02-10", "anne", "mor", "barn", meeting="m-0")
    met(story, "2026-02-16", "anne", "per")
    assert story.found("F18", at=AT) == [LATE]


def test_a_meeting_before_the_step_up_does_not_count():
    story = Story()
    story.add("2026-01-20", "ParticipantJoined", service="ppt", person_ref="per")
    met(story, "2026-01-31", "anne", "per", meeting="m-0")
    story.add("2026-02-01", "LevelEscalated", from_level=1, to_level=2)
    met(story, "2026-02-16", "anne", "per")
    assert story.found("F18", at=AT) == [LATE]


def test_a_log_that_is_opened_on_level_2_starts_no_second_clock():
    story = at_level_2()
    story.add("2026-02-10", "StafettloggOpened", level=2, format="digital")
    met(story, "2026-02-16", "anne", "per")
    assert story.found("F18", at=AT) == [LATE]


@pytest.mark.parametrize("end", ["LevelLowered", "CaseClosed"])
def test_a_lower_level_or_the_end_of_the_case_stops_the_clock(end):
    story = at_level_2()
    story.add("2026-02-15", end, from_level=2, to_level=1)
    assert story.found("F18", at=AT) == []


def test_a_meeting_on_the_day_of_the_step_up_counts():
    story = at_level_2()
    met(story, "2026-02-01T08:00", "anne", "per")
    assert story.found("F18", at=AT) == []


def test_between_the_higher_levels_the_clock_goes_on():
    story = at_level_2()
    story.add("2026-02-05", "LevelEscalated", from_level=2, to_level=3)
    story.add("2026-02-10", "LevelLowered", from_level=3, to_level=2)
    met(story, "2026-02-16", "anne", "per")
    assert story.found("F18", at=AT) == [LATE]


def test_each_time_on_level_2_has_a_clock_of_its_own():
    story = at_level_2()
    met(story, "2026-02-10", "anne", "per")
    story.add("2026-03-01", "LevelLowered", from_level=2, to_level=1)
    story.add("2026-04-01", "LevelEscalated", from_level=1, to_level=2)
    assert story.found("F18", at="2026-04-15") == []
    assert [f["from"] for f in story.found("F18", at="2026-04-16")] == ["2026-04-01"]


def test_a_joint_meeting_may_be_hidden():
    story = at_level_2()
    hidden = story.hide("2026-02-02")
    assert story.found("F18", at=AT) == []
    assert [each.entries for each in story.not_judged("F18", at=AT)] == [(hidden,)]


def test_a_meeting_that_may_have_been_joint_too_late_excuses_nothing():
    for day, found in (("2026-02-15", []), ("2026-02-16", [LATE])):
        story = at_level_2()
        met(story, day, "anne", "ukjent", meeting="m-0")
        met(story, "2026-02-16", "anne", "per")
        assert story.found("F18", at=AT) == found


def test_someone_of_an_unknown_service_may_have_made_a_meeting_joint():
    story = at_level_2()
    meeting = met(story, "2026-02-10", "anne", "ukjent", meeting="m-0")
    met(story, "2026-02-16", "anne", "per")
    assert story.found("F18", at=AT) == []
    (unjudged,) = story.not_judged("F18", at=AT)
    assert (unjudged.reason, unjudged.entries) == ("service_unknown", (meeting,))
