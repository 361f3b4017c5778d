"""One holder at a time; a handover needs two; a vacancy is forced."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.access import (
    may_read,
)
from ledger.events.baton import (
    CoordinationResponsibilityDecided,
    HandoverMeetingHeld,
)
from ledger.events.log import (
    StafettloggSupersededByIndividuellPlan,
)
from ledger.refusals import (
    Closed,
    FutureDate,
    HolderExists,
    LevelRule,
    NoConsent,
    NoReason,
    NotDue,
    NotHolder,
    NotProposed,
    NoVacancy,
    OutOfOrder,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    ADVISER,
    AT_LEVEL_1,
    CASE,
    COLLEAGUE,
    COORDINATOR,
    LEADER,
    MONDAY,
    RULES,
    SYSTEM,
    TEACHER,
    TODAY,
    WITH_HOLDER,
    accepted,
    appointed,
    as_holder,
    clarified,
    closed,
    consented,
    declined,
    given,
    graded,
    heard,
    interim,
    lapsed,
    proposed,
    raised,
    reopened,
    taken_back,
    vacated,
)

PPT_COVERED = consented("skole", "ppt", consent_id="s-2", giver_ref="far")
PROPOSED = (*WITH_HOLDER, consented("ppt", consent_id="s-2"), proposed())
HOLDER = as_holder(TEACHER)


# --- appointing -----------------------------------------------------------------------


def test_a_leader_appoints_the_first_holder():
    past = given(*AT_LEVEL_1).when(appointed(), by=LEADER).then_recorded()
    assert past.case.baton.holder.ref == "larer"
    assert past.case.baton.has_held("larer")
    assert not past.case.baton.has_held("rektor")


def test_only_leadership_appoints():
    given(*AT_LEVEL_1).when(appointed(), by=TEACHER).then_refused(WrongRole)


def test_nobody_is_appointed_beside_a_holder():
    past = given(*WITH_HOLDER)
    past.when(appointed("kollega"), by=LEADER).then_refused(HolderExists)


def test_an_interim_holder_is_a_holder_also_after_its_time():
    past = given(*AT_LEVEL_1, interim(until=TODAY))
    much_later = MONDAY + timedelta(days=100)
    past.when(appointed(), by=LEADER, at=much_later).then_refused(HolderExists)


def test_there_is_no_holder_below_the_profiles_first_level_with_one():
    past = given(*CASE)
    past.when(appointed(), by=LEADER).then_refused(LevelRule)
    from_zero = RULES.model_copy(update={"holder_required_from_level": 0})
    past.when(appointed(), by=LEADER, rules=from_zero).then_recorded()


def test_nobody_holds_the_baton_from_a_day_that_has_not_come():
    tomorrow = TODAY + timedelta(days=1)
    past = given(*AT_LEVEL_1)
    past.when(appointed(from_date=tomorrow), by=LEADER).then_refused(FutureDate)
    past = given(*PROPOSED)
    past.when(accepted(from_date=tomorrow), by=ADVISER).then_refused(FutureDate)


def test_nobody_is_appointed_in_a_closed_case_or_before_the_last_move():
    past = given(*AT_LEVEL_1, closed())
    past.when(appointed(), by=LEADER).then_refused(Closed)
    past = given(*AT_LEVEL_1)
    past.when(appointed(), by=LEADER, at=MONDAY).then_refused(OutOfOrder)


# --- proposing ------------------------------------------------------------------------


def test_a_proposal_moves_nothing():
    past = given(*WITH_HOLDER, PPT_COVERED).when(proposed(), by=HOLDER).then_recorded()
    assert past.case.baton.holder.ref == "larer"


def test_the_holder_a_leader_or_the_coordinating_unit_propose():
    past = given(*WITH_HOLDER, PPT_COVERED)
    past.when(proposed(), by=LEADER).then_recorded()
    past.when(proposed(), by=COORDINATOR).then_recorded()
    past.when(proposed(), by=as_holder(COLLEAGUE)).then_refused(NotHolder)
    past.when(proposed(), by=COLLEAGUE).then_refused(WrongRole)


def test_a_handover_is_from_the_holder():
    past = given(*WITH_HOLDER, PPT_COVERED)
    past.when(proposed(from_holder="kollega"), by=LEADER).then_refused(NotHolder)
    vacant = past.and_(vacated())
    vacant.when(proposed(), by=LEADER).then_refused(NotHolder)


def test_the_receivers_service_is_covered_or_the_holders_own():
    past = given(*WITH_HOLDER)
    past.when(proposed(), by=HOLDER).then_refused(NoConsent)
    past.when(proposed("kollega", to_service="skole"), by=HOLDER).then_recorded()


def test_a_new_proposal_replaces_an_open_one():
    past = given(*PROPOSED, proposed("helsesykepleier", proposal_id="h-2"))
    assert list(past.case.baton.open_proposals()) == ["h-2"]
    past.when(accepted("h-1"), by=ADVISER).then_refused(NotProposed)


def test_nothing_is_proposed_in_a_closed_case():
    past = given(*PROPOSED, closed())
    past.when(proposed(proposal_id="h-2"), by=HOLDER).then_refused(Closed)


# --- accepting ------------------------------------------------------------------------


def test_acceptance_moves_the_baton_to_the_receiver():
    past = given(*PROPOSED).when(accepted(), by=ADVISER).then_recorded()
    assert past.case.baton.holder.ref == "radgiver"
    assert past.case.baton.holder.service == "ppt"
    assert past.case.baton.has_held("larer")
    assert list(past.case.baton.open_proposals()) == []


def test_the_receiver_may_already_call_themself_holder():
    given(*PROPOSED).when(accepted(), by=as_holder(ADVISER)).then_recorded()


def test_only_the_one_who_was_asked_accepts():
    past = given(*PROPOSED)
    past.when(accepted(), by=COLLEAGUE).then_refused(NotProposed)
    past.when(accepted(), by=HOLDER).then_refused(NotProposed)
    past.when(accepted("h-9"), by=ADVISER).then_refused(NotProposed)


def test_a_proposal_is_accepted_once():
    past = given(*PROPOSED).and_(accepted(), by=ADVISER)
    past.when(accepted(), by=ADVISER).then_refused(NotProposed)


def test_an_acceptance_needs_the_coverage_to_stand_still():
    brief = consented("ppt", consent_id="s-2", valid_to=TODAY)
    past = given(*WITH_HOLDER, brief, proposed())
    past.when(accepted(), by=ADVISER).then_recorded()
    tomorrow = MONDAY + timedelta(days=1)
    past.when(accepted(), by=ADVISER, at=tomorrow).then_refused(NoConsent)


def test_an_acceptance_is_not_dated_before_the_last_move_or_after_closing():
    past = given(*PROPOSED)
    past.when(accepted(), by=ADVISER, at=MONDAY).then_refused(OutOfOrder)
    past.and_(closed()).when(accepted(), by=ADVISER).then_refused(Closed, NotProposed)


# --- vacancy and interim --------------------------------------------------------------


def test_a_forced_event_leaves_a_vacancy():
    past = given(*WITH_HOLDER).when(vacated(), by=HOLDER).then_recorded()
    assert past.case.baton.holder is None
    assert past.case.baton.vacant_since == TODAY


def test_a_leader_records_who_is_gone():
    past = given(*WITH_HOLDER)
    past.when(vacated(holder="larer"), by=LEADER).then_recorded()
    past.when(vacated(), by=LEADER).then_recorded()
    past.when(vacated(), by=SYSTEM).then_recorded()
    past.when(vacated(holder="kollega"), by=LEADER).then_refused(NotHolder)


def test_only_the_holder_leaves_the_baton():
    past = given(*WITH_HOLDER)
    past.when(vacated(), by=as_holder(COLLEAGUE)).then_refused(NotHolder)
    past = given(*AT_LEVEL_1)
    past.when(vacated(), by=LEADER).then_refused(NotHolder)


def test_a_vacancy_is_not_dated_before_the_last_move():
    past = given(*WITH_HOLDER)
    past.when(vacated(), by=HOLDER, at=MONDAY).then_refused(OutOfOrder)


def test_an_interim_holder_ends_a_vacancy():
    past = given(*WITH_HOLDER)
    past.when(interim(), by=LEADER).then_refused(NoVacancy)
    past = past.and_(vacated()).when(interim(), by=LEADER).then_recorded()
    assert past.case.baton.holder.ref == "rektor"
    assert past.case.baton.holder.interim
    past.when(interim("styrer"), by=LEADER).then_refused(NoVacancy)


def test_an_interim_holder_hands_over_like_any_other():
    past = given(*AT_LEVEL_1, interim())
    event = proposed("kollega", from_holder="rektor", to_service="skole")
    past = past.when(event, by=as_holder(LEADER)).then_recorded()
    past = past.when(accepted(), by=COLLEAGUE).then_recorded()
    assert past.case.baton.holder.ref == "kollega"
    assert not past.case.baton.holder.interim


def test_no_interim_in_a_closed_case_or_before_the_last_move():
    past = given(*AT_LEVEL_1)
    past.when(interim(), by=LEADER, at=MONDAY).then_refused(OutOfOrder)
    past.and_(closed()).when(interim(), by=LEADER).then_refused(Closed)


def test_the_holdings_tell_who_held_when_in_order():
    past = given(*WITH_HOLDER, vacated(last_day=date(2026, 3, 5)), interim())
    first, second = past.case.baton.holdings
    assert (first.ref, first.last_day, first.left) == (
        "larer",
        date(2026, 3, 5),
        "left_job",
    )
    assert (second.ref, second.last_day) == ("rektor", None)


def test_closing_leaves_the_last_holder_on_record_and_no_proposal():
    past = given(*PROPOSED, closed())
    assert past.case.baton.holder.ref == "larer"
    assert list(past.case.baton.open_proposals()) == []


def test_an_acceptance_whose_proposal_is_lost_still_moves_the_baton():
    past = given(*WITH_HOLDER).and_(accepted("lost"), by=ADVISER)
    assert past.case.baton.holder.ref == "radgiver"
    assert past.case.baton.holder.service == "ppt"


# --- a proposal that comes to nothing ------------------------------------------------


def answer(past):
    return past.case.baton.proposals["h-1"].answer


def test_who_was_asked_declines_and_the_baton_stays():
    past = given(*PROPOSED).when(declined(), by=ADVISER).then_recorded()
    assert past.case.baton.holder.ref == "larer"
    assert answer(past) == "declined"
    past.when(accepted(), by=ADVISER).then_refused(NotProposed)


def test_who_holds_a_baton_elsewhere_declines_as_well():
    past = given(*PROPOSED)
    past.when(declined(), by=as_holder(ADVISER)).then_recorded()
    past.when(declined(), by=as_holder(COLLEAGUE)).then_refused(WrongRole)


def test_only_who_was_asked_declines_and_only_once():
    past = given(*PROPOSED)
    past.when(declined(), by=COLLEAGUE).then_refused(NotProposed)
    past.when(declined("unknown"), by=ADVISER).then_refused(NotProposed)
    past.and_(declined(), by=ADVISER).when(declined(), by=COLLEAGUE).then_refused(
        NotProposed
    )


def test_a_no_has_its_reason():
    past = given(*PROPOSED)
    past.when(declined(reason=" "), by=ADVISER).then_refused(NoReason)
    past.when(declined(reason=None), by=ADVISER).then_refused(NoReason)


def test_nothing_is_declined_or_withdrawn_in_a_closed_case():
    past = given(*PROPOSED, closed())
    past.when(declined(), by=TEACHER).then_refused(Closed, NotProposed)
    past.when(taken_back(), by=LEADER).then_refused(Closed, NotProposed)


def test_who_made_a_proposal_the_holder_or_a_leader_withdraws_it():
    past = given(*PROPOSED[:-1]).and_(proposed(), by=COORDINATOR)
    for person in (COORDINATOR, HOLDER, LEADER):
        assert answer(past.when(taken_back(), by=person).then_recorded()) == "withdrawn"


def test_nobody_else_withdraws_a_proposal():
    past = given(*PROPOSED)
    past.when(taken_back(), by=COORDINATOR).then_refused(NotHolder)
    past.when(taken_back(), by=as_holder(COLLEAGUE)).then_refused(NotHolder)
    past.when(taken_back(), by=COLLEAGUE).then_refused(WrongRole)


def test_only_an_open_proposal_is_taken_back():
    past = given(*PROPOSED).and_(declined(), by=ADVISER)
    past.when(taken_back(), by=LEADER).then_refused(NotProposed)


def test_a_proposal_lapses_after_the_days_of_the_profile():
    rules = RULES.model_copy(update={"handover_lapse_days": 14})
    past = given(*PROPOSED)
    early, due = MONDAY + timedelta(days=14), MONDAY + timedelta(days=15)
    past.when(lapsed(), by=SYSTEM, at=early, rules=rules).then_refused(NotDue)
    past = past.when(lapsed(), by=SYSTEM, at=due, rules=rules).then_recorded()
    assert answer(past) == "lapsed"


@pytest.mark.parametrize("answer", [accepted(), declined()])
def test_a_proposal_that_has_lapsed_is_answered_no_more_though_nobody_noted_it(answer):
    rules = RULES.model_copy(update={"handover_lapse_days": 14})
    last, after = MONDAY + timedelta(days=14), MONDAY + timedelta(days=15)
    past = given(*PROPOSED, consented("ppt"))
    late = past.when(answer, by=ADVISER, at=after, rules=rules)
    late.then_refused(NotProposed)
    past.when(answer, by=ADVISER, at=last, rules=rules).then_recorded()


def test_a_proposal_stands_where_the_profile_knows_no_lapse():
    much_later = MONDAY + timedelta(days=400)
    given(*PROPOSED).when(lapsed(), by=SYSTEM, at=much_later).then_refused(NotDue)


def test_only_an_open_proposal_lapses():
    rules = RULES.model_copy(update={"handover_lapse_days": 0})
    past = given(*PROPOSED).and_(declined(), by=ADVISER)
    past.when(lapsed(), by=SYSTEM, rules=rules).then_refused(NotProposed)
    past.when(lapsed("unknown"), by=SYSTEM, rules=rules).then_refused(NotProposed)


def test_no_person_lets_a_proposal_lapse():
    given(*PROPOSED).when(lapsed(), by=LEADER).then_refused(WrongRole)


@pytest.mark.parametrize("end", [declined(), taken_back(), lapsed(), closed()])
def test_who_was_asked_in_vain_reads_the_case_no_more(end):
    past = given(*WITH_HOLDER, proposed())
    assert may_read(past.case, ADVISER)
    assert not may_read(past.and_(end).case, ADVISER)


def test_after_a_failed_proposal_another_is_made():
    past = given(*PROPOSED).and_(declined(), by=ADVISER)
    event = proposed("kollega", proposal_id="h-2", to_service="skole")
    past = past.when(event, by=HOLDER).then_recorded()
    past = past.when(accepted("h-2"), by=COLLEAGUE).then_recorded()
    assert past.case.baton.holder.ref == "kollega"


def test_a_plan_that_takes_over_ends_the_proposal_too():
    plan = StafettloggSupersededByIndividuellPlan(
        system="ip", on=TODAY, coordinator_ref="koordinator", notified=("mor",)
    )
    past = given(*PROPOSED, plan)
    assert answer(past) == "closed"


# --- a case that is taken up again ----------------------------------------------------


def test_a_case_that_is_taken_up_again_has_no_holder_and_no_vacancy():
    past = given(*WITH_HOLDER, closed(), reopened())
    assert past.case.baton.holder is None
    assert past.case.baton.vacant_since is None
    assert past.case.baton.has_held("larer")
    (held,) = past.case.baton.holdings
    assert held.last_day == TODAY


def test_a_vacancy_before_the_end_is_none_after_a_new_beginning():
    past = given(*WITH_HOLDER, vacated(), closed(), reopened())
    assert past.case.baton.vacant_since is None


def test_the_new_beginning_gets_a_holder_of_its_own_who_may_be_missed():
    past = given(*WITH_HOLDER, closed(), reopened("b-2"), graded(concern_id="b-2"))
    past.when(appointed("kollega"), by=LEADER).then_refused(LevelRule)
    past = past.and_(clarified(concern_id="b-2"))
    past = past.when(appointed("kollega"), by=LEADER).then_recorded()
    assert past.and_(vacated()).case.baton.vacant_since == TODAY


# --- claiming the role ----------------------------------------------------------------


def test_who_acts_as_holder_holds_the_baton():
    past = given(*WITH_HOLDER, heard())
    past.when(closed(), by=as_holder(COLLEAGUE)).then_refused(WrongRole)
    past.when(closed(), by=HOLDER).then_recorded()


def test_who_tells_a_fact_as_holder_has_held_the_baton():
    past = given(*PROPOSED).and_(accepted(), by=ADVISER)
    past.when(heard(), by=HOLDER).then_recorded()
    past.when(heard(), by=as_holder(COLLEAGUE)).then_refused(WrongRole)
    past.when(clarified("close", reasons=""), by=HOLDER).then_refused(WrongRole)


def test_a_reason_is_asked_of_the_holder_too():
    past = given(*WITH_HOLDER, raised("b-2"), graded(concern_id="b-2"))
    event = clarified("close", concern_id="b-2", reasons="")
    past.when(event, by=HOLDER).then_refused(NoReason)


# --- around the baton -----------------------------------------------------------------


def test_leadership_records_which_service_coordinates_also_in_a_closed_case():
    decided = CoordinationResponsibilityDecided(service="ppt", decided_by="radet")
    past = given(*WITH_HOLDER, closed())
    past.when(decided, by=TEACHER).then_refused(WrongRole)
    for person in (LEADER, COORDINATOR):
        case = past.when(decided, by=person).then_recorded().case
        assert case.baton.coordination.service == "ppt"
        assert case.baton.holder.ref == "larer"


def test_a_handover_meeting_moves_nothing_and_knows_who_was_there():
    meeting = HandoverMeetingHeld(
        proposal_id="unknown",
        attended=("larer", "mor", "fremmed"),
        child_present=False,
        parents_present=True,
    )
    past = given(*WITH_HOLDER, closed()).when(meeting).then_recorded()
    assert past.case.baton.holder.ref == "larer"
    assert past.case.baton.met_at is not None
    assert "fremmed" in past.case.parties.named
    given(*WITH_HOLDER).when(meeting, by=SYSTEM).then_refused(WrongRole)
