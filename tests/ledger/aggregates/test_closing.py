"""A case ends once nothing is left open, the child was heard and danger is judged."""

from __future__ import annotations

import pytest

from ledger.events.barnevern import MeldepliktAssessed
from ledger.events.closing import Disposition
from ledger.refusals import (
    ChildUnheard,
    Closed,
    DutyNotAssessed,
    NoConsent,
    NoReason,
    NotClosed,
    OpenItems,
    OutOfOrder,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    CASE,
    COORDINATOR,
    LEADER,
    MONDAY,
    RULES,
    TEACHER,
    WITH_HOLDER,
    WITH_LOG,
    as_holder,
    called,
    clarified,
    closed,
    consented,
    escalated,
    given,
    goal,
    graded,
    heard,
    invited,
    log_opened,
    measure,
    met,
    opened,
    proposed,
    raised,
    reopened,
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


# --- taken up again -------------------------------------------------------------------


def test_leadership_takes_up_a_closed_case_again():
    past = given(*WITH_HOLDER, closed())
    for person in (LEADER, COORDINATOR):
        case = past.when(reopened(), by=person).then_recorded().case
        assert case.is_open
        assert (case.closing.reason, case.log.opened_at) == (None, None)
    past.when(reopened(), by=TEACHER).then_refused(WrongRole)


def test_only_a_closed_case_is_taken_up_again():
    given(*CASE).when(reopened(), by=LEADER).then_refused(NotClosed)


def test_a_case_is_not_taken_up_again_before_it_was_closed():
    past = given(*CASE, closed())
    past.when(reopened(), by=LEADER, at=MONDAY).then_refused(OutOfOrder)


def test_a_case_is_taken_up_again_for_a_reason():
    past = given(*CASE, closed())
    past.when(reopened(reason=None), by=LEADER).then_refused(NoReason)


def test_what_moved_before_the_new_beginning_moves_no_more():
    past = given(*WITH_HOLDER, closed(), reopened(), heard())
    past.when(closed(), by=LEADER, at=MONDAY).then_refused(OutOfOrder)
    past.when(closed(), by=LEADER).then_recorded()


def test_the_new_worry_is_clarified_like_any_other():
    past = given(*CASE, closed(), reopened("b-9"), graded(concern_id="b-9"))
    past = past.when(clarified(concern_id="b-9"), by=LEADER).then_recorded()
    assert past.case.level.number == 1


def test_sharing_after_a_new_beginning_needs_a_new_consent():
    past = given(*WITH_LOG, consented("ppt", consent_id="s-2"))
    past.when(invited(), by=LEADER).then_recorded()
    past = past.and_(closed(), reopened())
    past.when(invited(), by=LEADER).then_refused(NoConsent)
    past.when(log_opened(), by=LEADER).then_refused(NoConsent)
    past = past.and_(consented("ppt", consent_id="s-3"))
    past.when(invited(), by=LEADER).then_recorded()
    past.when(log_opened(), by=LEADER).then_recorded()


def test_a_no_from_before_a_new_beginning_still_stands():
    past = given(*WITH_LOG, consented("ppt", consent_id="s-2", giver_ref="far"))
    past = past.and_(withdrawn("ppt", consent_id="s-2"), closed(), reopened())
    past = past.and_(consented("ppt", consent_id="s-3"))
    past.when(invited(), by=LEADER).then_refused(NoConsent)
    past = past.and_(consented("ppt", consent_id="s-4", giver_ref="far"))
    past.when(invited(), by=LEADER).then_recorded()


def test_measures_that_were_carried_along_are_open_again():
    past = given(*WITH_HOLDER, goal(), measure(), closed("moved"), reopened())
    assert list(past.case.plan.open_measures()) == ["t-1"]
    past = given(*WITH_HOLDER, goal(), measure(), decided("measure:t-1"), reopened())
    assert list(past.case.plan.open_measures()) == []


def test_a_case_is_closed_again_and_taken_up_again():
    past = given(*CASE, closed(), reopened(), closed("moved"), reopened())
    assert past.case.is_open
