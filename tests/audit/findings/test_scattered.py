from __future__ import annotations

from tests.audit.findings.plain import Story


def concerned(*days_and_services):
    story = Story(opened="2025-01-01")
    for number, (day, service) in enumerate(days_and_services, 1):
        story.add(
            day, "ConcernRaised", of=service, by=service, concern_id=f"c-{number}"
        )
    return story


THREE = (("2025-02-03", "skole"), ("2025-05-05", "ppt"), ("2026-02-03", "skole"))
FOUND = {"from": "2025-02-03", "to": "2026-02-03", "days": 365}


def met(story, day, *attended):
    return story.add(day, "MeetingHeld", meeting_id="mo", attended=list(attended))


def test_three_concerns_from_two_services_within_a_year_and_no_meeting_are_found():
    assert concerned(*THREE).found("F26", at="2026-03-01") == [FOUND]


def test_three_concerns_over_a_year_and_a_day_are_not_found():
    story = concerned(*THREE[:2], ("2026-02-04", "skole"))
    assert story.found("F26", at="2026-03-01") == []


def test_concerns_of_one_service_or_too_few_are_not_found():
    alone = concerned(*((day, "skole") for day, _ in THREE))
    assert alone.found("F26", at="2026-03-01") == []
    assert concerned(*THREE[:2]).found("F26", at="2026-03-01") == []


def test_a_meeting_of_two_services_gathers_what_they_know():
    story = concerned(*THREE)
    met(story, "2025-06-02", "skole", "ppt")
    assert story.found("F26", at="2026-03-01") == []


def test_a_meeting_of_one_service_with_the_family_is_no_joint_meeting():
    story = concerned(*THREE)
    story.add("2025-01-01", "GuardianRegistered", guardian_ref="mor")
    met(story, "2025-06-02", "skole", "mor", "barn")
    assert story.found("F26", at="2026-03-01") == [FOUND]


def test_a_meeting_before_the_first_concern_was_about_something_else():
    story = concerned(*THREE)
    met(story, "2025-02-02", "skole", "ppt")
    assert story.found("F26", at="2026-03-01") == [FOUND]


def test_a_group_is_said_once_and_later_concerns_begin_another():
    story = concerned(*THREE, ("2026-02-05", "skole"), ("2026-02-06", "ppt"))
    assert story.found("F26", at="2026-03-01") == [FOUND]


def test_the_meeting_may_lie_in_what_is_not_disclosed():
    story = concerned(*THREE)
    hidden = story.hide("2025-06-02")
    assert story.found("F26", at="2026-03-01") == []
    assert [n.entries for n in story.not_judged("F26", at="2026-03-01")] == [(hidden,)]


def test_it_cannot_be_judged_when_nobody_says_where_those_who_met_work():
    story = concerned(*THREE)
    meeting = met(story, "2025-06-02", "skole", "someone")
    said = story.not_judged("F26", at="2026-03-01")
    assert [(n.reason, n.entries) for n in said] == [("service_unknown", (meeting,))]
