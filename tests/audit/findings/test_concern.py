from __future__ import annotations

from tests.audit.findings.plain import Story

RAISED = {"concern_id": "c-1", "area": "1.2.03", "source": "employee"}
LATE = {"about": "c-1", "from": "2026-01-05", "to": "2026-01-20", "days": 15}


def raised(**rules):
    story = Story(**rules)
    story.add("2026-01-05", "ConcernRaised", **RAISED)
    return story


def test_a_concern_clarified_after_the_days_of_the_profile_is_found():
    story = raised()
    story.add("2026-01-20", "ConcernClarified", concern_id="c-1", outcome="level1")
    assert story.found("F01", at="2026-03-01") == [LATE]


def test_a_concern_clarified_on_the_last_day_is_not_found():
    story = raised()
    story.add("2026-01-19", "ConcernClarified", concern_id="c-1", outcome="level1")
    assert story.found("F01", at="2026-03-01") == []


def test_the_days_are_those_of_the_profile_that_was_valid_when_it_was_raised():
    story = raised(clarify_days=20, valid_from="2025-01-01")
    story.profiles.append(
        {**story.profiles[0], "valid_from": "2026-01-06", "clarify_days": 1}
    )
    story.add("2026-01-20", "ConcernClarified", concern_id="c-1", outcome="level1")
    assert story.found("F01", at="2026-03-01") == []


def test_a_concern_nobody_clarified_is_judged_on_the_day_that_is_given():
    assert raised().found("F01", at="2026-01-20") == [LATE]
    assert raised().found("F01", at="2026-01-19") == []


def test_the_clarification_of_another_concern_is_none():
    story = raised()
    story.add("2026-01-06", "ConcernClarified", concern_id="c-2", outcome="close")
    assert story.found("F01", at="2026-01-20") == [LATE]


def test_a_clock_stops_when_the_case_is_closed():
    story = raised()
    story.add("2026-01-19", "CaseClosed", reason="moved", informed=[])
    assert story.found("F01", at="2026-03-01") == []


def test_a_concern_that_reopened_a_case_is_clarified_in_time_too():
    story = Story()
    story.add("2026-01-05", "CaseReopened", reason="uro", new_concern=RAISED)
    assert story.found("F01", at="2026-01-20") == [LATE]


def test_it_cannot_be_judged_when_the_answer_may_lie_in_what_is_not_disclosed():
    story = raised()
    hidden = story.hide("2026-01-06")
    assert story.found("F01", at="2026-03-01") == []
    assert [each.entries for each in story.not_judged("F01", at="2026-03-01")] == [
        (hidden,)
    ]


def test_what_was_recorded_before_the_concern_cannot_be_its_answer():
    story = Story()
    story.hide("2026-01-04")
    story.add("2026-01-05", "ConcernRaised", **RAISED)
    assert story.found("F01", at="2026-01-20") == [LATE]
