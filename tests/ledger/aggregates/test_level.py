"""The level goes up one step at a time; level 3 is not for one service alone."""

from __future__ import annotations

import pytest

from ledger.events.level import (
    BarnekoordinatorAssessed,
    IndividuellPlanAssessed,
    StalledCaseAdvised,
    StalledCaseEscalated,
    StepEntered,
)
from ledger.refusals import (
    ChildUnheard,
    Closed,
    LevelRule,
    NoCase,
    NoConsent,
    NoEvaluation,
    NoReason,
    OpenItems,
    OutOfOrder,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    ADVISER,
    AT_LEVEL_1,
    CASE,
    COORDINATOR,
    LEADER,
    MONDAY,
    RULES,
    TEACHER,
    WITH_HOLDER,
    as_holder,
    clarified,
    closed,
    consented,
    escalated,
    evaluated,
    given,
    goal,
    graded,
    heard,
    invited,
    log_opened,
    lowered,
    measure,
    met,
    opened,
    raised,
    reopened,
)

STRICT = RULES.model_copy(
    update={"child_unheard_on_level": "refuse", "unevaluated_on_level": "refuse"}
)
HOLDER = as_holder(TEACHER)
AT_LEVEL_2 = (*WITH_HOLDER, escalated(1, 2), goal(), measure())


@pytest.mark.parametrize(("outcome", "number"), [("level1", 1), ("level2", 2)])
def test_a_clarification_sets_the_level_at_once(outcome, number):
    past = given(*CASE, raised(), graded(), clarified(outcome))
    assert past.case.level.number == number


@pytest.mark.parametrize("outcome", ["close", "barnevern"])
def test_other_outcomes_move_no_level(outcome):
    past = given(*CASE, raised(), graded(), clarified(outcome))
    assert past.case.level.number == 0
    assert past.case.level.moved_at is None


def test_a_clarification_never_sets_the_level_down():
    past = given(*CASE, raised(), graded(), clarified("level2"))
    moved = past.case.level.moved_at
    past = past.and_(raised("b-2"), clarified("level1", concern_id="b-2"))
    assert past.case.level.number == 2
    assert past.case.level.moved_at == moved


def test_a_log_sets_the_level_from_0_only():
    past = given(*CASE, consented("skole"), log_opened(2))
    assert past.case.level.number == 2
    past = given(*AT_LEVEL_1)
    assert past.and_(log_opened(1)).case.level == past.case.level


def test_the_level_goes_up_one_step():
    past = given(*WITH_HOLDER).when(escalated(1, 2), by=HOLDER).then_recorded()
    assert past.case.level.number == 2


@pytest.mark.parametrize(("from_", "to"), [(0, 1), (2, 3), (1, 1), (1, 0), (1, 3)])
def test_a_step_that_does_not_fit_is_refused(from_, to):
    past = given(*WITH_HOLDER)
    past.when(escalated(from_, to), by=COORDINATOR).then_refused(LevelRule)


def test_there_is_no_level_above_those_of_the_profile():
    past = given(*WITH_HOLDER, escalated(1, 3))
    event = escalated(3, 4, emergency=True)
    past.when(event, by=COORDINATOR).then_refused(LevelRule)


def test_an_emergency_with_a_reason_skips_a_level():
    past = given(*WITH_HOLDER)
    past.when(escalated(1, 3, emergency=True), by=HOLDER).then_recorded()
    without = escalated(1, 3, emergency=True, reason="")
    past.when(without, by=HOLDER).then_refused(LevelRule, NoReason)


def test_a_step_up_has_a_reason():
    past = given(*WITH_HOLDER)
    past.when(escalated(1, 2, reason=None), by=HOLDER).then_refused(NoReason)


def test_the_services_that_come_in_are_covered():
    past = given(*WITH_HOLDER)
    event = escalated(1, 2, services=("skole", "ppt"))
    past.when(event, by=HOLDER).then_refused(NoConsent)
    past = past.and_(consented("ppt", consent_id="s-2"))
    past.when(event, by=HOLDER).then_recorded()


def test_level_3_rests_on_what_a_second_service_found():
    past = given(*AT_LEVEL_2)
    step = escalated(2, 3, evaluation_id="e-1")
    past.when(step, by=HOLDER).then_refused(WrongRole)
    own = past.and_(evaluated())
    own.when(step, by=HOLDER).then_refused(WrongRole)
    others = past.and_(evaluated(), by=ADVISER)
    others.when(step, by=HOLDER).then_recorded()


def test_level_3_rests_on_a_meeting_with_a_second_service():
    step = escalated(2, 3, meeting_id="mo-1")
    past = given(*AT_LEVEL_2, invited())
    past.when(step, by=HOLDER).then_refused(WrongRole)
    past.and_(met("larer", "mor")).when(step, by=HOLDER).then_refused(WrongRole)
    past.and_(met("larer", "radgiver")).when(step, by=HOLDER).then_recorded()
    past.and_(met("mor"), by=ADVISER).when(step, by=HOLDER).then_recorded()


def test_a_leader_needs_the_second_service_too_but_not_the_coordinating_unit():
    past = given(*AT_LEVEL_2)
    past.when(escalated(2, 3), by=LEADER).then_refused(WrongRole)
    past.when(escalated(2, 3), by=COORDINATOR).then_recorded()


def test_an_emergency_stands_for_the_evaluation_unless_one_is_named():
    past = given(*AT_LEVEL_2, evaluated())
    past.when(escalated(2, 3, emergency=True), by=HOLDER).then_recorded()
    named = escalated(2, 3, emergency=True, evaluation_id="e-1")
    past.when(named, by=HOLDER).then_refused(WrongRole)


def test_a_child_unheard_is_a_finding_unless_the_profile_refuses():
    past = given(*WITH_HOLDER)
    step = escalated(1, 2, evaluation_id="e-1")
    past.when(step, by=HOLDER).then_recorded()
    past.when(step, by=HOLDER, rules=STRICT).then_refused(ChildUnheard)
    past.and_(heard()).when(step, by=HOLDER, rules=STRICT).then_recorded()


def test_a_missing_evaluation_is_a_finding_unless_the_profile_refuses():
    past = given(*WITH_HOLDER, heard())
    past.when(escalated(1, 2), by=HOLDER).then_recorded()
    past.when(escalated(1, 2), by=HOLDER, rules=STRICT).then_refused(NoEvaluation)
    urgent = escalated(1, 2, emergency=True)
    past.when(urgent, by=HOLDER, rules=STRICT).then_recorded()


def test_an_unborn_child_is_not_heard():
    past = given(opened(subject_kind="unborn"), *WITH_HOLDER[1:])
    step = escalated(1, 2, evaluation_id="e-1")
    past.when(step, by=HOLDER, rules=STRICT).then_recorded()


def test_no_level_moves_in_a_closed_case_or_before_the_last_move():
    past = given(*WITH_HOLDER)
    past.when(escalated(1, 2), by=HOLDER, at=MONDAY).then_refused(OutOfOrder)
    past.and_(closed()).when(escalated(1, 2), by=HOLDER).then_refused(Closed)


def test_an_assessment_of_the_individual_plan_is_a_fact():
    assessed = IndividuellPlanAssessed(right=True, offered=True)
    past = given(*CASE, closed()).when(assessed).then_recorded()
    assert past.case.level.plan_assessed_at is not None


# --- down -----------------------------------------------------------------------------


def test_the_level_goes_down_by_one_step_or_more():
    past = given(*AT_LEVEL_2).and_(escalated(2, 3), by=COORDINATOR)
    assert past.when(lowered(3, 2), by=HOLDER).then_recorded().case.level.number == 2
    assert past.when(lowered(3, 0), by=LEADER).then_recorded().case.level.number == 0


@pytest.mark.parametrize(("from_level", "to_level"), [(2, 1), (1, 1), (1, 2), (1, -1)])
def test_the_level_goes_down_from_where_it_is_to_a_lower_one(from_level, to_level):
    past = given(*WITH_HOLDER)
    past.when(lowered(from_level, to_level), by=HOLDER).then_refused(LevelRule)


def test_holder_and_leadership_lower_the_level():
    past = given(*WITH_HOLDER)
    past.when(lowered(1, 0), by=COORDINATOR).then_recorded()
    past.when(lowered(1, 0), by=TEACHER).then_refused(WrongRole)


def test_a_lower_level_has_its_reason():
    past = given(*WITH_HOLDER)
    past.when(lowered(1, 0, reason=""), by=HOLDER).then_refused(NoReason)


def test_no_service_leaves_an_open_measure_behind():
    past = given(*AT_LEVEL_2)
    step = lowered(2, 1, leaving_services=("skole",))
    outcome = past.when(step, by=HOLDER)
    outcome.then_refused(OpenItems)
    assert outcome.fields == ("measure:t-1",)
    past.and_(evaluated("stop")).when(step, by=HOLDER).then_recorded()
    past.when(lowered(2, 1, leaving_services=("ppt",)), by=HOLDER).then_recorded()


def test_a_child_unheard_before_a_lower_level_is_a_finding_or_a_refusal():
    past = given(*WITH_HOLDER)
    step = lowered(1, 0, evaluation_id="e-1")
    past.when(step, by=HOLDER).then_recorded()
    past.when(step, by=HOLDER, rules=STRICT).then_refused(ChildUnheard)
    past = past.and_(heard()).when(step, by=HOLDER, rules=STRICT).then_recorded()
    past.when(closed(), by=HOLDER).then_refused(ChildUnheard)


def test_a_missing_evaluation_before_a_lower_level_is_a_finding_or_a_refusal():
    past = given(*WITH_HOLDER, heard())
    past.when(lowered(1, 0), by=HOLDER).then_recorded()
    past.when(lowered(1, 0), by=HOLDER, rules=STRICT).then_refused(NoEvaluation)


def test_no_level_is_lowered_in_a_closed_case_or_before_the_last_move():
    past = given(*WITH_HOLDER)
    past.when(lowered(1, 0), by=HOLDER, at=MONDAY).then_refused(OutOfOrder)
    past.and_(closed()).when(lowered(1, 0), by=HOLDER).then_refused(Closed)


def test_a_case_that_is_taken_up_again_begins_at_level_0():
    past = given(*AT_LEVEL_2, closed(), reopened())
    assert past.case.level.number == 0
    past.when(log_opened(2), by=LEADER, at=MONDAY).then_refused(OutOfOrder, NoConsent)


# --- steps, and cases that stand still ------------------------------------------------

STALLED = StalledCaseEscalated(
    escalation_id="st-1", to_body="beslutningsmote", reason="Ingen tar ansvar."
)
ADVICE = StalledCaseAdvised(escalation_id="st-1", advice="PPT utreder.")


def test_a_step_is_entered_in_any_order_and_moves_no_level():
    past = given(*WITH_HOLDER, closed())
    past = past.when(StepEntered(step="3.7")).then_recorded()
    assert (past.case.level.step, past.case.level.number) == ("3.7", 1)
    past.when(StepEntered(step="1.1"), by=ADVISER).then_refused(NoCase)


def test_a_body_is_asked_about_a_case_that_stands_still():
    past = given(*WITH_HOLDER).when(STALLED, by=HOLDER).then_recorded()
    assert past.case.level.stalled["st-1"].to_body == "beslutningsmote"
    past.when(STALLED, by=TEACHER).then_refused(WrongRole)


def test_a_case_that_stands_still_is_taken_up_while_it_is_open():
    given(*WITH_HOLDER, closed()).when(STALLED, by=HOLDER).then_refused(Closed)


def test_why_a_case_stands_still_is_said():
    silent = STALLED.model_copy(update={"reason": " "})
    given(*WITH_HOLDER).when(silent, by=HOLDER).then_refused(NoReason)


def test_advice_is_on_a_case_that_was_taken_up():
    past = given(*WITH_HOLDER)
    past.when(ADVICE, by=COORDINATOR).then_refused(UnknownTarget)
    past = past.and_(STALLED, closed()).when(ADVICE, by=COORDINATOR).then_recorded()
    assert past.case.level.stalled["st-1"].advised_at is not None


def test_an_assessment_of_the_child_coordinator_is_a_fact():
    assessed = BarnekoordinatorAssessed(
        right=True, offered=True, answer="accepted", appointed_ref="fremmed"
    )
    past = given(*CASE, closed()).when(assessed).then_recorded()
    assert past.case.level.coordinator_assessed_at is not None
    assert "fremmed" in past.case.parties.named


def test_who_takes_part_for_a_service_that_leaves_takes_part_no_more():
    past = given(*AT_LEVEL_2, invited("radgiver", "ppt"), invited("lege", "fastlege"))
    step = lowered(2, 1, leaving_services=("ppt",))
    past = past.when(step, by=HOLDER).then_recorded()
    assert [ref for ref, _ in past.case.people.present()] == ["lege"]
