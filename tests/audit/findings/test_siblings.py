from __future__ import annotations

from tests.audit.findings.plain import Story


def graded(grade=4):
    story = Story()
    story.add("2026-03-02", "ConcernGraded", concern_id="c-1", grade=grade)
    return story


FOUND = {"about": "c-1", "from": "2026-03-02", "to": "2026-03-12", "days": 10}


def test_a_serious_concern_without_a_word_of_siblings_is_found():
    assert graded().found("F35", at="2026-03-12") == [FOUND]


def test_siblings_that_were_considered_at_any_time_are_not_found():
    story = graded()
    story.add("2026-03-11", "SiblingsConsidered", count=0)
    assert story.found("F35", at="2026-03-12") == []


def test_a_concern_below_the_grade_is_not_serious():
    assert graded(3).found("F35", at="2026-03-12") == []


def test_it_is_said_once_for_the_child():
    story = graded()
    story.add("2026-03-03", "RiskFlagRaised", flag_id="f-1", kind="violence")
    assert story.found("F35", at="2026-03-12") == [FOUND]


def test_the_days_end_with_the_case():
    story = graded()
    story.add("2026-03-12", "CaseClosed", reason="moved")
    assert story.found("F35", at="2026-06-12") == [FOUND]


def test_the_word_of_siblings_may_lie_in_what_is_not_disclosed():
    story = graded()
    hidden = story.hide("2026-03-03")
    assert story.found("F35", at="2026-03-12") == []
    assert [n.entries for n in story.not_judged("F35", at="2026-03-12")] == [(hidden,)]
