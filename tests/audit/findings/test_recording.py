from __future__ import annotations

from audit.findings import judge
from tests.audit.findings.plain import Story


def unjudged(story, rule, at):
    said = judge(story.history(at)).not_judged
    return [each.why.entries for each in said if each.rule.id == rule]


# --- F29: recorded within a week of happening -----------------------------------------


def talked(recorded, **said):
    story = Story()
    story.add("2026-01-05", "ChildViewRecorded", recorded=recorded, **said)
    return story


def test_an_entry_recorded_eight_days_late_is_found():
    assert talked("2026-01-13").found("F29", at="2026-06-01") == [
        {
            "about": "ChildViewRecorded",
            "from": "2026-01-05",
            "to": "2026-01-13",
            "days": 8,
        }
    ]


def test_an_entry_recorded_seven_days_late_is_not_found():
    assert talked("2026-01-12T23:59").found("F29", at="2026-06-01") == []


def test_the_finding_names_the_thing_the_entry_is_about():
    story = talked("2026-01-13", view_id="v-1")
    assert [f["about"] for f in story.found("F29", at="2026-06-01")] == ["v-1"]


def test_what_the_sweep_writes_is_never_late():
    story = Story()
    for event in ("ConsentExpired", "HandoverLapsed", "ConsentCapacityChanged"):
        story.add("2026-01-05", event, role="system", recorded="2026-03-01")
    assert story.found("F29", at="2026-06-01") == []
    story.add("2026-01-05", "ConsentCapacityChanged", recorded="2026-03-01")
    assert len(story.found("F29", at="2026-06-01")) == 1


def test_when_an_entry_that_is_not_disclosed_happened_cannot_be_judged():
    story = Story()
    hidden = story.hide("2026-01-05")
    assert unjudged(story, "F29", "2026-06-01") == [(hidden,)]


# --- F30: changed after notice --------------------------------------------------------


def supervised(day="2026-01-15"):
    story = Story()
    story.add("2026-01-08", "MeetingHeld", meeting_id="mo-1", attended=[])
    story.add(day, "SupervisoryCaseOpened", supervisory_case="ts-1", role="supervisor")
    return story


def corrected(story, day):
    target = {"event": "MeetingHeld", "meeting_id": "mo-1"}
    said = {"field": "next_date", "wrong": "", "right": "2026-03-11"}
    return story.add(day, "EntryCorrected", target=target, **said)


CHANGED = {"about": "mo-1", "from": "2026-01-15", "to": "2026-01-16"}


def test_a_correction_after_a_supervisory_case_was_opened_is_found():
    story = supervised()
    corrected(story, "2026-01-16")
    assert story.found("F30", at="2026-06-01") == [CHANGED]


def test_a_correction_the_day_before_is_not_found():
    story = Story()
    story.add("2026-01-08", "MeetingHeld", meeting_id="mo-1", attended=[])
    corrected(story, "2026-01-14")
    story.add("2026-01-15", "SupervisoryCaseOpened", supervisory_case="ts-1")
    assert story.found("F30", at="2026-06-01") == []


def test_what_happened_before_the_notice_and_was_recorded_after_it_is_found():
    story = supervised()
    story.add("2026-01-14", "MeetingHeld", recorded="2026-01-16", meeting_id="mo-2")
    assert [f["about"] for f in story.found("F30", at="2026-06-01")] == ["mo-2"]


def test_what_happened_since_the_notice_is_no_change():
    story = supervised()
    story.add(
        "2026-01-15T08:00", "MeetingHeld", recorded="2026-01-20", meeting_id="mo-2"
    )
    assert story.found("F30", at="2026-06-01") == []


def test_what_the_sweep_writes_after_a_notice_is_no_change():
    story = supervised()
    story.add("2026-01-14", "ConsentExpired", role="system", recorded="2026-01-16")
    assert story.found("F30", at="2026-06-01") == []


def test_a_correction_after_the_supervisory_case_was_closed_is_not_found():
    story = supervised()
    story.add("2026-01-16", "SupervisoryCaseClosed", supervisory_case="ts-1")
    corrected(story, "2026-01-17")
    assert story.found("F30", at="2026-06-01") == []


def test_word_of_a_serious_incident_is_a_notice():
    story = Story()
    story.add("2026-01-08", "MeetingHeld", meeting_id="mo-1", attended=[])
    story.add("2026-01-15", "SeriousIncidentNotified", on="2026-01-15")
    corrected(story, "2026-01-16")
    assert story.found("F30", at="2026-06-01") == [CHANGED]


def test_a_correction_may_lie_in_what_is_not_disclosed():
    story = supervised()
    hidden = story.hide("2026-01-16")
    assert unjudged(story, "F30", "2026-06-01") == [(hidden,)]
