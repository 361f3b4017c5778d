import pytest
from pydantic import ValidationError

from ledger.events.event import personal_fields
from ledger.events.plan import (
    GoalSet,
    MeasureEvaluated,
    MeasurePlanned,
    MeasureStarted,
)


def test_a_measure_without_goal_responsible_or_due_date_is_left_to_its_guard(made):
    bare = made(MeasurePlanned, goal_id="", responsible=None, evaluation_due=None)
    assert (bare.goal_id, bare.responsible, bare.evaluation_due) == ("", None, None)


def test_the_responsible_is_a_person_of_a_service(made):
    with pytest.raises(ValidationError):
        made(MeasurePlanned, responsible={"service": "skole"})


def test_a_measure_need_not_be_agreed_with_anyone_but_it_must_be_said(made):
    assert made(MeasurePlanned, agreed_with=[]).agreed_with == ()
    with pytest.raises(ValidationError):
        made(MeasurePlanned, agreed_with=None)


def test_a_measure_starts_on_a_day(made):
    with pytest.raises(ValidationError):
        made(MeasureStarted, on="2026-01-26T08:00:00+01:00")


@pytest.mark.parametrize("effect", ["wanted", "partly", "none", "worse", "not_done"])
def test_an_evaluation_judges_the_effect(made, effect):
    assert made(MeasureEvaluated, effect=effect).effect == effect


def test_an_evaluation_rests_on_a_view_given_by_its_date_or_its_id(made):
    assert made(MeasureEvaluated, child_view="2025-03-05").child_view == "2025-03-05"
    assert made(MeasureEvaluated, child_view="v-1").child_view == "v-1"


def test_the_childs_own_words_are_personal():
    assert personal_fields(GoalSet) == {"text", "child_words"}
