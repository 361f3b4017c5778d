from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story

LATE = {"from": "2026-01-05", "to": "2026-04-06", "days": 91}


def on_level_3():
    story = Story()
    story.add("2026-01-05", "LevelEscalated", from_level=2, to_level=3)
    return story


@pytest.mark.parametrize(
    "event", ["IndividuellPlanAssessed", "BarnekoordinatorAssessed"]
)
def test_an_assessment_after_more_than_ninety_days_is_found(event):
    story = on_level_3()
    story.add("2026-04-06", event, right=True, offered=True)
    assert story.found("F28", at="2026-06-01") == [LATE]


def test_an_assessment_on_the_last_day_is_not_found():
    story = on_level_3()
    story.add("2026-04-05", "IndividuellPlanAssessed", right=False, offered=False)
    assert story.found("F28", at="2026-06-01") == []


def test_an_assessment_that_is_missing_is_judged_on_the_day_that_is_given():
    assert on_level_3().found("F28", at="2026-04-05") == []
    assert on_level_3().found("F28", at="2026-04-06") == [LATE]


def test_an_assessment_before_level_3_counts():
    story = Story()
    story.add("2026-01-02", "IndividuellPlanAssessed", right=False, offered=False)
    story.add("2026-01-05", "LevelEscalated", from_level=2, to_level=3)
    assert story.found("F28", at="2026-06-01") == []


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("LevelLowered", {"from_level": 3, "to_level": 2}),
        ("CaseClosed", {"reason": "moved"}),
    ],
)
def test_the_clock_stops_when_the_case_leaves_the_level_or_ends(event, said):
    in_time, late = on_level_3(), on_level_3()
    in_time.add("2026-04-05", event, **said)
    late.add("2026-04-06", event, **said)
    late.add("2026-05-01", "IndividuellPlanAssessed", right=True, offered=True)
    assert in_time.found("F28", at="2026-06-01") == []
    assert late.found("F28", at="2026-06-01") == [LATE]


def test_no_assessment_is_asked_for_on_level_2():
    story = Story()
    story.add("2026-01-05", "LevelEscalated", from_level=1, to_level=2)
    assert story.found("F28", at="2026-06-01") == []


def test_the_assessment_may_lie_in_what_is_not_disclosed():
    story = on_level_3()
    hidden = story.hide("2026-02-01")
    assert story.found("F28", at="2026-06-01") == []
    assert [n.entries for n in story.not_judged("F28", at="2026-06-01")] == [(hidden,)]
