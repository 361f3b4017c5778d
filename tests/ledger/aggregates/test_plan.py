"""A measure has a goal, someone who answers for it and a day to look again."""

from __future__ import annotations

import pytest

from ledger.events.closing import Disposition
from ledger.events.plan import Responsible
from ledger.refusals import AskLeader, Closed, Incomplete, NoConsent, UnknownTarget
from tests.ledger.aggregates.story import (
    ADVISER,
    CASE,
    TODAY,
    WITH_HOLDER,
    closed,
    consented,
    evaluated,
    given,
    goal,
    heard,
    measure,
    started,
)

WITH_GOAL = (*WITH_HOLDER, goal())


def test_a_goal_is_set_in_an_open_case():
    past = given(*CASE).when(goal()).then_recorded()
    assert "m-1" in past.case.plan.goals
    past.and_(closed()).when(goal("m-2")).then_refused(Closed)


def test_a_measure_is_planned_for_a_goal():
    past = given(*WITH_GOAL).when(measure()).then_recorded()
    assert list(past.case.plan.open_measures()) == ["t-1"]


@pytest.mark.parametrize("field", ["goal_id", "responsible", "evaluation_due"])
def test_what_a_measure_lacks_is_named(field):
    outcome = given(*WITH_GOAL).when(measure(**{field: None}))
    outcome.then_refused(Incomplete)
    assert outcome.fields == (field,)


def test_an_empty_goal_is_a_missing_goal():
    given(*WITH_GOAL).when(measure(goal_id="")).then_refused(Incomplete)


def test_a_measure_serves_a_goal_of_the_case():
    past = given(*WITH_GOAL)
    past.when(measure(goal_id="m-9")).then_refused(UnknownTarget)


def test_the_service_that_answers_for_a_measure_is_covered():
    past = given(*WITH_GOAL)
    past.when(measure("ppt", "radgiver")).then_refused(NoConsent)
    past = past.and_(consented("ppt", consent_id="s-2"))
    past.when(measure("ppt", "radgiver")).then_recorded()
    past.when(measure("ppt", "radgiver"), by=ADVISER).then_refused(AskLeader)


def test_what_the_family_does_at_home_is_shared_with_nobody():
    at_home = measure(responsible=Responsible(service="hjem", person="mor"))
    given(*WITH_GOAL).when(at_home).then_recorded()


def test_nothing_is_planned_in_a_closed_case():
    given(*WITH_GOAL, closed()).when(measure()).then_refused(Closed)


def test_only_a_measure_of_the_case_is_started_or_evaluated():
    past = given(*WITH_GOAL)
    past.when(started()).then_refused(UnknownTarget)
    past.when(evaluated()).then_refused(UnknownTarget)
    past = past.and_(measure()).when(started()).then_recorded()
    past.when(evaluated()).then_recorded()


def test_what_was_done_is_recorded_on_a_closed_case_too():
    past = given(*WITH_GOAL, measure(), heard(), closed())
    past.when(started()).then_recorded()
    past.when(evaluated()).then_recorded()


@pytest.mark.parametrize(
    ("decision", "ends"),
    [("continue", False), ("change", False), ("stop", True), ("level", True)],
)
def test_the_decisions_stop_and_level_end_a_measure(decision, ends):
    past = given(*WITH_GOAL, measure(), started(), evaluated(decision))
    assert list(past.case.plan.open_measures()) == ([] if ends else ["t-1"])


def test_an_evaluation_sets_the_next_date_and_is_counted():
    past = given(*WITH_GOAL, measure(), evaluated(next_due=TODAY))
    assert past.case.plan.measures["t-1"].evaluation_due == TODAY
    assert past.case.plan.measures["t-1"].evaluations == 1
    assert past.case.plan.evaluations["e-1"].service == "skole"


def test_a_measure_never_seen_is_created_as_unknown():
    past = given(*CASE, started("lost"), evaluated(measure_id="lost"))
    assert past.case.plan.measures["lost"].planned_at is None
    assert past.case.plan.measures["lost"].started_on == TODAY


def test_closing_ends_what_is_decided_for_and_leaves_what_is_carried_along():
    done = Disposition(item="measure:t-1", outcome="done")
    past = given(*WITH_GOAL, measure(), measure(measure_id="t-2"))
    past = past.and_(closed("moved", dispositions=(done,)))
    assert list(past.case.plan.open_measures()) == ["t-2"]
