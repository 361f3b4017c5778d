from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story

AT = "2026-12-31"
DECISIONS = [
    "LevelEscalated",
    "LevelLowered",
    "CaseClosed",
    "StafettloggSupersededByIndividuellPlan",
]
VIEW = {"form": "1.1", "about": "plan"}


def subject(kind, **more):
    story = Story()
    opened = story.entries[0]
    opened.data.clear()
    opened.data.update(subject_ref="barn", subject_kind=kind, **more)
    return story


# --- F10 ------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_on_a_child_nobody_heard_is_found(decision):
    story = Story()
    story.add("2026-02-10", decision)
    assert story.found("F10", at=AT) == [
        {"about": decision, "from": "2026-02-10", "to": "2026-02-10"}
    ]


@pytest.mark.parametrize("heard", ["ChildViewRecorded", "ChildNotHeard"])
def test_a_child_heard_before_the_decision_or_a_reason_why_not_is_enough(heard):
    story = Story()
    story.add("2026-02-10T08:00", heard, form="1.3", reason="2.2")
    story.add("2026-02-10T09:00", "LevelEscalated")
    assert story.found("F10", at=AT) == []


def test_a_view_at_the_moment_of_the_decision_or_of_the_opening_is_enough():
    for moment in ("2026-02-10T12:00", "2026-01-01T12:00"):
        story = Story()
        story.add(moment, "ChildViewRecorded", **VIEW)
        story.add("2026-02-10T12:00", "LevelEscalated")
        assert story.found("F10", at=AT) == []


def test_a_view_after_the_decision_comes_too_late():
    story = Story()
    story.add("2026-02-10T09:00", "LevelEscalated")
    story.add("2026-02-10T10:00", "ChildViewRecorded", **VIEW)
    assert len(story.found("F10", at=AT)) == 1


def test_each_decision_wants_a_view_of_its_own():
    story = Story()
    story.add("2026-02-01", "ChildViewRecorded", **VIEW)
    story.add("2026-02-10", "LevelEscalated")
    story.add("2026-03-10", "LevelEscalated")
    assert [found["from"] for found in story.found("F10", at=AT)] == ["2026-03-10"]


@pytest.mark.parametrize("kind", ["unborn", "pregnant"])
def test_nobody_hears_a_child_that_is_not_born(kind):
    story = subject(kind)
    story.add("2026-02-10", "LevelEscalated")
    assert story.found("F10", at=AT) == []


def test_from_its_birth_the_child_is_heard():
    story = subject("unborn")
    story.add("2026-02-05", "ChildBorn", on="2026-02-05")
    story.add("2026-02-10", "LevelEscalated")
    assert len(story.found("F10", at=AT)) == 1


def test_whether_the_child_was_heard_may_be_hidden():
    story = Story()
    hidden = story.hide("2026-02-01")
    story.add("2026-02-10", "LevelEscalated")
    assert story.found("F10", at=AT) == []
    (unjudged,) = story.not_judged("F10", at=AT)
    assert (unjudged.about, unjudged.entries) == ("LevelEscalated", (hidden,))


# --- F11 ------------------------------------------------------------------------------


def weighed(**said):
    story = Story(weigh_child_view=True)
    story.add("2026-02-10", "LevelEscalated", **said)
    return story


def test_a_decision_that_does_not_weigh_a_view_is_found_where_the_profile_wants_it():
    assert weighed().found("F11", at=AT) == [
        {"about": "LevelEscalated", "from": "2026-02-10", "to": "2026-02-10"}
    ]
    assert len(weighed(child_view_ref="v-1").found("F11", at=AT)) == 1
    whole = {"child_view_ref": "v-1", "child_view_weight": "Stor vekt."}
    assert weighed(**whole).found("F11", at=AT) == []


def test_elsewhere_nobody_asks_for_the_weight():
    story = Story()
    story.add("2026-02-10", "LevelEscalated")
    assert story.found("F11", at=AT) == []


def test_a_child_that_is_not_born_has_no_view_to_weigh():
    story = subject("unborn")
    story.profiles[0]["weigh_child_view"] = True
    story.add("2026-02-10", "LevelEscalated")
    assert story.found("F11", at=AT) == []


# --- F12 ------------------------------------------------------------------------------


def meetings(form=None, story=None, between="2026-02-15"):
    story = story or Story()
    story.add("2026-02-01", "MeetingHeld", meeting_id="m-1")
    if form:
        story.add(between, "ChildViewRecorded", form=form)
    story.add("2026-03-01", "MeetingHeld", meeting_id="m-2")
    return story


FOUND = [{"about": "m-2", "from": "2026-02-01", "to": "2026-03-01", "days": 28}]


def test_two_meetings_without_a_talk_between_them_are_found():
    assert meetings().found("F12", at=AT) == FOUND


@pytest.mark.parametrize("form", ["1.1", "1.2", "1.4"])
def test_a_talk_between_them_is_enough(form):
    assert meetings(form).found("F12", at=AT) == []


def test_a_talk_at_a_meeting_itself_is_enough():
    for day in ("2026-02-01", "2026-03-01"):
        assert meetings("1.1", between=day).found("F12", at=AT) == []


def test_a_talk_before_the_first_one_is_not_between_them():
    assert meetings("1.1", between="2026-01-31").found("F12", at=AT) == FOUND


def test_of_the_youngest_alone_an_observation_counts():
    day_before = subject("born", birth_date="2023-02-16")
    birthday = subject("born", birth_date="2023-02-15")
    assert meetings("1.3", day_before).found("F12", at=AT) == []
    assert meetings("1.3", birthday).found("F12", at=AT) == FOUND


def test_without_a_birth_date_it_cannot_be_said_whether_an_observation_counts():
    story = meetings("1.3", subject("born"))
    assert story.found("F12", at=AT) == []
    (unjudged,) = story.not_judged("F12", at=AT)
    assert (unjudged.reason, unjudged.about) == ("birth_date_unknown", "m-2")


def test_a_talk_may_be_hidden_between_the_meetings():
    story = Story()
    story.add("2026-02-01", "MeetingHeld", meeting_id="m-1")
    hidden = story.hide("2026-02-02")
    story.add("2026-03-01", "MeetingHeld", meeting_id="m-2")
    assert story.found("F12", at=AT) == []
    assert [each.entries for each in story.not_judged("F12", at=AT)] == [(hidden,)]


def test_a_meeting_before_birth_has_nobody_to_talk_with():
    story = subject("unborn")
    story.add("2026-02-10", "ChildBorn", on="2026-02-10")
    assert meetings(story=story).found("F12", at=AT) == []


def test_meetings_before_and_after_a_closing_do_not_follow_each_other():
    story = Story()
    story.add("2026-02-01", "MeetingHeld", meeting_id="m-1")
    story.add("2026-02-10", "CaseClosed")
    story.add("2026-02-20", "CaseReopened")
    story.add("2026-03-01", "MeetingHeld", meeting_id="m-2")
    assert story.found("F12", at=AT) == []
