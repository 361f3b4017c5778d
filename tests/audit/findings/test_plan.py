from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story

AT = "2026-12-31"
WHOLE = {
    "measure_id": "t-1",
    "goal_id": "m-1",
    "responsible": {"service": "skole", "person": "anne"},
    "start": "2026-01-10",
    "evaluation_due": "2026-02-10",
}


def planned(**changes):
    story = Story()
    data = {k: v for k, v in {**WHOLE, **changes}.items() if v is not None}
    story.add("2026-01-05", "MeasurePlanned", **data)
    return story


def evaluated(story, day, effect="none", decision="stop", measure="t-1", **more):
    said = {"measure_id": measure, "effect": effect, "decision": decision, **more}
    return story.add(day, "MeasureEvaluated", **said)


def overdue(day, days, first="2026-02-10"):
    return [{"about": "t-1", "from": first, "to": day, "days": days}]


# --- F13 ------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["goal_id", "responsible", "evaluation_due"])
def test_a_measure_without_goal_responsible_or_evaluation_date_is_found(missing):
    assert planned(**{missing: None}).found("F13", at=AT) == [
        {"about": "t-1", "from": "2026-01-05", "to": "2026-01-05"}
    ]


def test_a_whole_measure_is_not():
    assert planned().found("F13", at=AT) == []


# --- F14 ------------------------------------------------------------------------------


def test_an_evaluation_after_its_day_is_found_with_how_late_it_was():
    story = planned()
    evaluated(story, "2026-02-11")
    assert story.found("F14", at=AT) == overdue("2026-02-11", 1)


def test_one_on_its_day_is_not():
    story = planned()
    evaluated(story, "2026-02-10")
    assert story.found("F14", at=AT) == []


def test_one_that_nobody_made_is_late_on_the_day_of_judgement():
    assert planned().found("F14", at="2026-02-10") == []
    assert planned().found("F14", at="2026-02-11") == overdue("2026-02-11", 1)


MOVES = [
    ("EvaluationPostponed", {"new_due": "2026-03-10"}),
    ("MeasureChanged", {"evaluation_due": "2026-03-10"}),
]


@pytest.mark.parametrize(("event", "said"), MOVES)
def test_its_day_is_moved_from_then_on_and_not_before(event, said):
    story = planned()
    story.add("2026-02-10", event, measure_id="t-1", **said)
    assert story.found("F14", at="2026-03-10") == []
    assert story.found("F14", at="2026-03-11") == overdue("2026-03-11", 1, "2026-03-10")
    story = planned()
    story.add("2026-02-12", event, measure_id="t-1", **said)
    assert story.found("F14", at="2026-03-10") == overdue("2026-02-12", 2)


def test_another_change_moves_nothing():
    story = planned()
    story.add("2026-02-12", "MeasureChanged", measure_id="t-1", text="Kortere.")
    assert story.found("F14", at="2026-02-13") == overdue("2026-02-13", 3)


def test_a_measure_that_goes_on_has_the_next_day():
    story = planned()
    evaluated(story, "2026-02-10", decision="continue", next_due="2026-04-10")
    assert story.found("F14", at="2026-04-10") == []
    assert story.found("F14", at="2026-04-11") == overdue("2026-04-11", 1, "2026-04-10")


@pytest.mark.parametrize("decision", ["stop", "level"])
def test_a_measure_that_has_ended_has_none(decision):
    story = planned()
    evaluated(story, "2026-02-10", decision=decision, next_due="2026-03-01")
    assert story.found("F14", at=AT) == []


def test_a_measure_that_is_stopped_is_waited_for_no_more():
    story = planned()
    story.add("2026-02-20", "MeasureStopped", measure_id="t-1", on="2026-02-10")
    assert story.found("F14", at=AT) == []


def test_the_end_of_the_case_ends_the_wait():
    story = planned()
    story.add("2026-02-12", "CaseClosed")
    assert story.found("F14", at=AT) == overdue("2026-02-12", 2)


def test_an_evaluation_may_be_hidden():
    story = planned()
    hidden = story.hide("2026-01-20")
    assert story.found("F14", at=AT) == []
    (unjudged,) = story.not_judged("F14", at=AT)
    assert (unjudged.about, unjudged.entries) == ("t-1", (hidden,))


# --- F15 ------------------------------------------------------------------------------

NOT_BEGUN = {"about": "t-1", "from": "2026-01-10", "to": "2026-02-10", "days": 31}


def test_a_measure_that_began_too_long_after_its_start_is_found():
    story = planned()
    story.add("2026-02-15", "MeasureStarted", measure_id="t-1", on="2026-02-10")
    assert story.found("F15", at=AT) == [NOT_BEGUN]


def test_one_that_began_on_the_last_day_is_not():
    story = planned()
    story.add("2026-02-15", "MeasureStarted", measure_id="t-1", on="2026-02-09")
    assert story.found("F15", at=AT) == []


def test_one_that_never_began_is_late_on_the_day_of_judgement():
    assert planned().found("F15", at="2026-02-09") == []
    assert planned().found("F15", at="2026-02-10") == [NOT_BEGUN]


def test_what_was_evaluated_had_begun_unless_it_was_not_done():
    story = planned()
    evaluated(story, "2026-02-01", effect="partly", decision="continue")
    assert story.found("F15", at="2026-02-10") == []
    story = planned()
    evaluated(story, "2026-02-01", effect="not_done", decision="continue")
    assert story.found("F15", at="2026-02-10") == [NOT_BEGUN]


@pytest.mark.parametrize("end", ["MeasureStopped", "CaseClosed"])
def test_what_has_ended_need_not_begin(end):
    story = planned()
    story.add("2026-02-09", end, measure_id="t-1")
    assert story.found("F15", at=AT) == []


def test_the_beginning_may_be_hidden():
    story = planned()
    story.hide("2026-01-10")
    assert story.found("F15", at=AT) == []
    assert [each.about for each in story.not_judged("F15", at=AT)] == ["t-1"]


# --- F16 ------------------------------------------------------------------------------


def in_vain(second="none"):
    story = planned()
    evaluated(story, "2026-02-10", decision="continue")
    evaluated(story, "2026-03-10", second, decision="continue", measure="t-2")
    return story


UNCHANGED = {"about": "t-2", "from": "2026-03-10", "to": "2026-03-25", "days": 15}


def test_two_evaluations_without_effect_and_nothing_new_in_time_are_found():
    assert in_vain().found("F16", at="2026-03-24") == []
    assert in_vain().found("F16", at="2026-03-25") == [UNCHANGED]
    assert in_vain("worse").found("F16", at="2026-03-25") == [UNCHANGED]


NEW = ["MeasurePlanned", "MeasureChanged", "LevelEscalated", "LevelLowered"]


@pytest.mark.parametrize("new", [*NEW, "CaseClosed"])
def test_something_new_in_time_is_an_answer_and_later_is_late(new):
    story = in_vain()
    story.add("2026-03-24", new)
    assert story.found("F16", at=AT) == []
    story = in_vain()
    story.add("2026-03-25", new)
    assert story.found("F16", at=AT) == [UNCHANGED]


def test_one_with_effect_is_none_without():
    assert in_vain("partly").found("F16", at=AT) == []


def test_something_new_between_them_begins_the_count_anew():
    story = planned()
    evaluated(story, "2026-02-10", decision="continue")
    story.add("2026-02-20", "MeasureChanged", measure_id="t-1")
    evaluated(story, "2026-03-10", decision="continue")
    assert story.found("F16", at=AT) == []


def test_something_new_may_be_hidden():
    story = in_vain()
    hidden = story.hide("2026-03-12")
    assert story.found("F16", at=AT) == []
    assert [each.entries for each in story.not_judged("F16", at=AT)] == [(hidden,)]
