from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story


def family(**said):
    story = Story()
    registered = {"guardian_ref": "mor", "language": "so", **said}
    story.add("2026-01-02", "GuardianRegistered", **registered)
    return story


def met(story, *attended, interpreter=False):
    said = {"meeting_id": "mo-1", "interpreter": interpreter}
    story.add("2026-02-02", "MeetingHeld", attended=list(attended), **said)
    return story.found("F36", at="2026-06-01")


FOUND = {"about": "mo-1", "from": "2026-02-02", "to": "2026-02-02"}


def test_a_meeting_in_another_language_without_a_decision_is_found():
    assert met(family(), "anne", "mor") == [FOUND]


@pytest.mark.parametrize("needed", [True, False])
def test_a_decision_by_that_day_settles_it_whatever_it_was(needed):
    story = family()
    story.add("2026-02-02T18:00", "InterpreterDecided", language="so", needed=needed)
    assert met(story, "mor") == []


def test_a_decision_the_day_after_comes_too_late():
    story = family()
    story.add("2026-02-03", "InterpreterDecided", language="so", needed=True)
    assert met(story, "mor") == [FOUND]


def test_a_decision_on_another_language_settles_nothing():
    story = family()
    story.add("2026-02-01", "InterpreterDecided", language="ar", needed=True)
    assert met(story, "mor") == [FOUND]


def test_an_interpreter_who_took_part_was_thought_of():
    assert met(family(), "mor", interpreter=True) == []


def test_nobody_of_that_language_was_there():
    assert met(family(), "anne") == []


@pytest.mark.parametrize("language", ["nb", "nn", "no"])
def test_norwegian_flags_nothing(language):
    assert met(family(language=language), "mor") == []


def test_the_language_that_the_family_reads_counts_where_the_guardian_says_none():
    story = family(language=None)
    story.entries[0].data["language"] = "uk"
    assert met(story, "mor") == [FOUND]


def test_a_first_talk_and_a_consent_are_asked_about_too():
    story = family()
    story.add("2026-02-03", "UndringssamtaleHeld", concern_id="c-1", attended=["mor"])
    story.add("2026-02-04", "ConsentGiven", consent_id="s-1", giver_ref="mor")
    found = story.found("F36", at="2026-06-01")
    assert [each["about"] for each in found] == ["c-1", "s-1"]


def test_the_decision_may_lie_in_what_is_not_disclosed():
    story = family()
    hidden = story.hide("2026-02-01")
    assert met(story, "mor") == []
    assert [n.entries for n in story.not_judged("F36", at="2026-06-01")] == [(hidden,)]
