"""One holder at a time; a handover needs two; a vacancy is forced."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.refusals import (
    Closed,
    FutureDate,
    HolderExists,
    LevelRule,
    NoConsent,
    NoReason,
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
    given,
    graded,
    heard,
    interim,
    proposed,
    raised,
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
