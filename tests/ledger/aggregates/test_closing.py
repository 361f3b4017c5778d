"""A case ends once nothing is left open, the child was heard and danger is judged."""

from __future__ import annotations

import pytest

from ledger.events.barnevern import MeldepliktAssessed
from ledger.events.closing import Disposition
from ledger.refusals import (
    ChildUnheard,
    Closed,
    DutyNotAssessed,
    NoReason,
    OpenItems,
    OutOfOrder,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    CASE,
    LEADER,
    MONDAY,
    RULES,
    TEACHER,
    WITH_HOLDER,
    as_holder,
    called,
    closed,
    consented,
    escalated,
    given,
    goal,
    graded,
    heard,
    measure,
    met,
    opened,
    proposed,
    raised,
    withdrawn,
)

ASSESSED = MeldepliktAssessed(grounds=(), conclusion="no_ground", reason="Trygt.")
FINDING = RULES.model_copy(update={"child_unheard_on_close": "finding"})
BUSY = (
    *WITH_HOLDER,
    goal(),
    measure(),
    called("mor"),
    consented("ppt", consent_id="s-2"),
    proposed(),
    heard(),
)


def decided(*items: str, **said):
    dispositions = tuple(Disposition(item=item, outcome="done") for item in items)
    return closed(dispositions=dispositions, **said)


def test_a_case_is_closed_by_holder_or_leadership():
    past = given(*WITH_HOLDER, heard())
    past = past.when(closed(), by=as_holder(TEACHER)).then_recorded()
    assert past.case.is_closed
    assert not past.case.is_open
    given(*CASE, heard()).when(closed(), by=LEADER).then_recorded()
    given(*CASE, heard()).when(closed(), by=TEACHER).then_refused(WrongRole)


def test_a_case_is_closed_once():
    past = given(*CASE, heard(), closed(), heard())
    past.when(closed(), by=LEADER).then_refused(Closed)


def test_a_case_is_not_closed_before_the_last_move():
    past = given(*AT_LEVEL_1, heard())
    past.when(closed(), by=LEADER, at=MONDAY).then_refused(OutOfOrder)


def test_everything_open_is_listed():
    outcome = given(*BUSY).when(closed(), by=LEADER)
    outcome.then_refused(OpenItems)
    assert outcome.fields == ("measure:t-1", "meeting:mo-1", "proposal:h-1")


def test_what_is_decided_for_is_not_open():
    event = decided("measure:t-1", "meeting:mo-1", "proposal:h-1")
    past = given(*BUSY).when(event, by=LEADER).then_recorded()
    assert not list(past.case.plan.open_measures())
    event = decided("measure:t-1", "proposal:h-1")
    outcome = given(*BUSY).when(event, by=LEADER)
    outcome.then_refused(OpenItems)
    assert outcome.fields == ("meeting:mo-1",)


def test_a_thing_may_be_named_by_another_word_or_by_its_id_alone():
    event = decided("tiltak:t-1", "mo-1", "handover:h-1")
    given(*BUSY).when(event, by=LEADER).then_recorded()


def test_a_meeting_held_is_not_open():
    event = decided("measure:t-1", "proposal:h-1")
    given(*BUSY, met("mor")).when(event, by=LEADER).then_recorded()


@pytest.mark.parametrize("reason", ["moved", "superseded", "death"])
def test_some_reasons_carry_open_measures_along_and_nothing_else(reason):
    outcome = given(*BUSY).when(closed(reason), by=LEADER)
    outcome.then_refused(OpenItems)
    assert outcome.fields == ("meeting:mo-1", "proposal:h-1")
    event = decided("meeting:mo-1", "proposal:h-1", reason=reason)
    given(*BUSY).when(event, by=LEADER).then_recorded()


def test_a_withdrawal_from_a_grave_worry_asks_for_the_duty_to_be_assessed():
    past = given(*CASE, raised(), graded(3), heard())
    past.when(closed("withdrawn"), by=LEADER).then_refused(DutyNotAssessed)
    past.and_(ASSESSED).when(closed("withdrawn"), by=LEADER).then_recorded()


def test_an_assessment_from_before_the_withdrawal_is_not_enough():
    past = given(*CASE, consented("ppt"), raised(), graded(3), heard(), ASSESSED)
    past.when(closed("withdrawn"), by=LEADER).then_recorded()
    past = past.and_(withdrawn())
    past.when(closed("withdrawn"), by=LEADER).then_refused(DutyNotAssessed)
    past.and_(ASSESSED).when(closed("withdrawn"), by=LEADER).then_recorded()


def test_other_reasons_and_lighter_worries_ask_for_no_assessment():
    past = given(*CASE, raised(), graded(3), heard())
    past.when(closed("goal_reached"), by=LEADER).then_recorded()
    past = given(*CASE, raised(), graded(2), heard())
    past.when(closed("withdrawn"), by=LEADER).then_recorded()


def test_the_grade_that_asks_for_it_is_the_profiles():
    strict = RULES.model_copy(update={"withdrawal_risk_grade": 2})
    past = given(*CASE, raised(), graded(2), heard())
    past.when(closed("withdrawn"), by=LEADER, rules=strict).then_refused(
        DutyNotAssessed
    )


def test_the_child_is_heard_before_the_case_is_closed():
    past = given(*CASE)
    past.when(closed(), by=LEADER).then_refused(ChildUnheard)
    past.when(closed(), by=LEADER, rules=FINDING).then_recorded()


def test_the_child_is_heard_anew_after_each_decision():
    past = given(*WITH_HOLDER, heard(), escalated(1, 2))
    past.when(closed(), by=LEADER).then_refused(ChildUnheard)
    past.and_(heard()).when(closed(), by=LEADER).then_recorded()


def test_what_the_child_said_before_the_decision_does_not_count_when_recorded_late():
    past = given(*WITH_HOLDER, escalated(1, 2)).and_(heard(), at=MONDAY)
    past.when(closed(), by=LEADER).then_refused(ChildUnheard)


@pytest.mark.parametrize("kind", ["unborn", "pregnant"])
def test_nobody_hears_the_unborn(kind):
    past = given(opened(subject_kind=kind))
    past.when(closed(), by=LEADER).then_recorded()


@pytest.mark.parametrize("kind", ["born", "youth"])
def test_everybody_else_is_heard(kind):
    past = given(opened(subject_kind=kind))
    past.when(closed(), by=LEADER).then_refused(ChildUnheard)


def test_a_case_is_closed_for_a_reason():
    past = given(*CASE, heard())
    past.when(closed(None), by=LEADER).then_refused(NoReason)


def test_every_reason_against_closing_is_listed_in_order():
    past = given(*BUSY[:-1])
    past.when(closed(None), by=LEADER, at=MONDAY).then_refused(
        OutOfOrder, OpenItems, ChildUnheard, NoReason
    )
