from __future__ import annotations

from tests.audit.findings.plain import Story

AT = "2026-12-31"
UP = {"from_level": 1, "to_level": 2, "reason": "Egne tiltak virket ikke."}
FOUND = [{"about": "LevelEscalated", "from": "2026-02-10", "to": "2026-02-10"}]


def raised(**said):
    story = Story()
    story.add("2026-02-09", "MeasureEvaluated", evaluation_id="e-1")
    story.add("2026-02-10", "LevelEscalated", **{**UP, **said})
    return story


def test_a_step_up_that_names_no_evaluation_is_found():
    assert raised().found("F17", at=AT) == FOUND


def test_one_that_rests_on_an_evaluation_is_not():
    assert raised(evaluation_id="e-1").found("F17", at=AT) == []


def test_an_evaluation_that_is_not_on_record_is_none():
    assert raised(evaluation_id="e-2").found("F17", at=AT) == FOUND


def test_an_emergency_with_its_reason_stands_for_the_evaluation():
    assert raised(emergency=True).found("F17", at=AT) == []
    assert raised(emergency=True, reason=" ").found("F17", at=AT) == FOUND


def test_a_step_down_rests_on_nothing():
    story = Story()
    story.add("2026-02-10", "LevelLowered", from_level=2, to_level=1)
    assert story.found("F17", at=AT) == []


def test_the_evaluation_that_is_named_may_be_hidden():
    story = Story()
    hidden = story.hide("2026-02-09")
    story.add("2026-02-10", "LevelEscalated", **UP, evaluation_id="e-1")
    assert story.found("F17", at=AT) == []
    (unjudged,) = story.not_judged("F17", at=AT)
    assert (unjudged.about, unjudged.entries) == ("LevelEscalated", (hidden,))
