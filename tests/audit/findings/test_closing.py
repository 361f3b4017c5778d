from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story


def reasons(story, rule, at="2026-06-01"):
    return [each.entries for each in story.not_judged(rule, at=at)]


# --- F33: closed on an open measure ---------------------------------------------------


def planned():
    story = Story()
    story.add("2026-01-05", "MeasurePlanned", measure_id="t-1")
    return story


def closed(story, reason="goal_reached", **said):
    story.add("2026-03-02", "CaseClosed", reason=reason, informed=[], **said)
    return story.found("F33", at="2026-06-01")


OPEN = {"about": "t-1", "from": "2026-03-02", "to": "2026-03-02"}


def test_a_case_closed_on_an_open_measure_is_found():
    assert closed(planned()) == [OPEN]


def test_a_measure_that_was_set_aside_without_a_reason_is_still_open():
    said = [{"item": "measure:t-1", "outcome": "stopped"}]
    assert closed(planned(), dispositions=said) == [OPEN]


def test_a_reason_says_what_became_of_the_measure():
    for item in ("measure:t-1", "t-1"):
        said = [{"item": item, "outcome": "stopped", "reason": "Flyttet klasse."}]
        assert closed(planned(), dispositions=said) == []


def test_a_final_evaluation_speaks_for_what_was_open():
    assert closed(planned(), final_evaluation="Alt er bra.") == []


@pytest.mark.parametrize("reason", ["moved", "superseded", "death"])
def test_some_reasons_carry_open_measures_along(reason):
    assert closed(planned(), reason) == []


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("MeasureStopped", {"reason": "Virket."}),
        ("MeasureEvaluated", {"decision": "stop", "effect": "wanted"}),
    ],
)
def test_a_measure_that_ended_the_day_before_was_not_open(event, said):
    story = planned()
    story.add("2026-03-01", event, measure_id="t-1", **said)
    assert closed(story) == []


def test_a_measure_that_was_evaluated_to_go_on_was_open():
    story = planned()
    story.add("2026-03-01", "MeasureEvaluated", measure_id="t-1", decision="continue")
    assert closed(story) == [OPEN]


def test_the_end_of_the_measure_may_lie_in_what_is_not_disclosed():
    story = planned()
    hidden = story.hide("2026-03-01")
    assert closed(story) == []
    assert reasons(story, "F33") == [(hidden,)]


# --- F34: the risk is looked at when a consent is withdrawn ---------------------------


def withdrawn(grade=3, **said):
    story = Story()
    story.add("2026-01-05", "ConcernGraded", concern_id="c-1", grade=grade)
    story.add("2026-02-02", "ConsentWithdrawn", consent_id="s-1", **said)
    return story


def test_a_withdrawal_at_a_high_grade_without_an_assessment_is_found():
    assert withdrawn().found("F34", at="2026-02-12") == [
        {"about": "s-1", "from": "2026-02-02", "to": "2026-02-12", "days": 10}
    ]


def test_a_withdrawal_at_a_lower_grade_is_not_found():
    assert withdrawn(2).found("F34", at="2026-02-12") == []


def test_an_assessment_since_the_withdrawal_answers_and_one_before_it_does_not():
    story = withdrawn()
    story.add("2026-02-01", "MeldepliktAssessed", conclusion="no_ground")
    assert len(story.found("F34", at="2026-02-12")) == 1
    story.add("2026-02-02T13:00", "MeldepliktAssessed", conclusion="no_ground")
    assert story.found("F34", at="2026-02-12") == []


def test_the_grade_is_the_one_that_stood_and_not_that_of_a_settled_concern():
    story = withdrawn()
    story.add("2026-02-01", "ConcernGraded", concern_id="c-1", grade=1)
    assert story.found("F34", at="2026-02-12") == []
    settled = withdrawn()
    settled.add("2026-02-01", "ConcernClarified", concern_id="c-1", outcome="close")
    assert settled.found("F34", at="2026-02-12") == []


def test_a_consent_that_is_withdrawn_in_part_has_not_ended():
    assert withdrawn(services=["ppt"]).found("F34", at="2026-02-12") == []


def test_the_assessment_may_lie_in_what_is_not_disclosed():
    story = withdrawn()
    hidden = story.hide("2026-02-03")
    assert story.found("F34", at="2026-02-12") == []
    assert reasons(story, "F34", "2026-02-12") == [(hidden,)]
