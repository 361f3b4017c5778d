"""The door to a case, and what a refusal may tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.entry import Actor, Erased
from ledger.events.event import Role
from ledger.events.people import ParticipantJoined, ShieldingLifted
from ledger.refusals import (
    AskLeader,
    FutureDate,
    NoCase,
    NoReason,
    NotGraded,
    OutOfOrder,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    CASE,
    CHILD,
    COLLEAGUE,
    COORDINATOR,
    FATHER,
    LEADER,
    MONDAY,
    MOTHER,
    NURSE,
    STRANGER,
    TEACHER,
    WITH_HOLDER,
    appointed,
    clarified,
    consented,
    escalated,
    flagged,
    given,
    goal,
    graded,
    heard,
    interim,
    lifted,
    measure,
    opened,
    raised,
    shielded,
    talked,
)

UP_NEXT = escalated(1, 2)


# --- the door -------------------------------------------------------------------------


def test_a_case_that_was_never_opened_does_not_exist():
    given().when(raised()).then_refused(NoCase)
    given().when(goal()).then_refused(NoCase)


def test_a_case_does_not_exist_for_a_stranger():
    past = given(*CASE)
    past.when(goal(), by=STRANGER).then_refused(NoCase)
    past.when(heard(), by=STRANGER).then_refused(NoCase)


def test_who_worries_comes_into_the_case_by_saying_so():
    past = given(*CASE).when(raised(), by=NURSE).then_recorded()
    past.when(heard(), by=NURSE).then_recorded()


def test_a_colleague_of_a_service_in_the_case_may_record():
    given(*CASE).when(heard(), by=COLLEAGUE).then_recorded()


def test_the_family_comes_in_when_it_has_been_told():
    past = given(*CASE)
    past.when(consented("skole", giver_ref="far"), by=MOTHER).then_refused(NoCase)
    past = past.and_(talked("mor"))
    past.when(consented("skole"), by=MOTHER).then_recorded()
    past.when(consented("skole"), by=FATHER).then_refused(NoCase)


def test_the_wrong_role_is_refused_without_a_word_on_the_case():
    past = given(*AT_LEVEL_1)
    past.when(appointed(), by=TEACHER).then_refused(WrongRole)
    past.when(interim(), by=TEACHER).then_refused(WrongRole)


def test_the_case_counts_before_the_role():
    past = given(*CASE)
    past.when(appointed(), by=STRANGER).then_refused(NoCase, WrongRole)


def test_two_seconds_ahead_is_not_the_future():
    past = given(*CASE)
    in_time = past.clock + timedelta(seconds=2)
    past.when(heard(), at=in_time, now=past.clock).then_recorded()
    too_late = in_time + timedelta(microseconds=1)
    past.when(heard(), at=too_late, now=past.clock).then_refused(FutureDate)


def test_the_future_is_named_before_the_guards_and_with_them():
    past = given(*CASE, raised())
    ahead = past.clock + timedelta(days=1)
    past.when(clarified(), at=ahead, now=past.clock).then_refused(FutureDate, NotGraded)


def test_a_guardian_of_the_case_does_not_act_in_it_as_staff():
    as_teacher = replace(MOTHER, role=Role.EMPLOYEE, service="skole")
    past = given(*CASE)
    past.when(heard(), by=as_teacher).then_refused(NoCase)
    past.when(raised(), by=as_teacher).then_refused(NoCase)


def test_the_coordinating_unit_has_part_in_every_case():
    given(*CASE).when(raised(), by=COORDINATOR).then_recorded()


# --- telling nothing ------------------------------------------------------------------


def test_who_sees_the_shield_is_told_the_reason():
    past = given(*CASE).and_(raised(), under="sk-1")
    past.when(clarified(), by=TEACHER).then_refused(NotGraded)


def test_who_does_not_see_it_is_told_what_the_open_part_refuses():
    past = given(*CASE).and_(raised(), under="sk-1")
    past.when(clarified(), by=LEADER).then_refused(UnknownTarget, hidden=())


def test_a_refusal_that_rests_on_the_shield_alone_is_for_the_leader_to_explain():
    past = given(*CASE, raised(), graded()).and_(clarified(), by=LEADER, under="sk-1")
    event = clarified("level1", concern_id="b-1")
    past.when(event, by=LEADER, at=MONDAY).then_refused(OutOfOrder)
    outcome = past.when(event, by=COORDINATOR, at=MONDAY)
    outcome.then_refused(AskLeader)
    assert outcome.refused.true_code == "OUT_OF_ORDER"


def test_what_only_an_unseen_entry_makes_possible_is_refused_as_if_it_were_not_there():
    past = given(*CASE).and_(raised(), graded(graded_with="larer"), under="sk-1")
    event = clarified("close")
    outcome = past.when(event, by=LEADER)
    outcome.then_refused(UnknownTarget)
    given(*CASE).when(event, by=LEADER).then_refused(UnknownTarget)


def test_a_shield_is_decided_again_and_lifted_by_those_it_is_open_to():
    past = given(*CASE).and_(flagged(), under="sk-1")
    past.when(shielded(), by=LEADER).then_refused(AskLeader)
    past.when(lifted(), by=LEADER).then_refused(UnknownTarget)
    past = past.when(shielded(audience=("rektor",)), by=TEACHER).then_recorded()
    past.when(lifted(), by=LEADER).then_recorded()


def test_the_privacy_officer_ends_a_shield_by_office():
    officer = Actor("personvern", Role.PRIVACY_OFFICER)
    past = given(*CASE).and_(flagged(), under="sk-1")
    past = past.when(lifted(), by=officer).then_recorded()
    assert past.case.people.shields["sk-1"].lifted_at is not None


@pytest.mark.parametrize(
    "event",
    [
        ParticipantJoined(service="skole", person_ref="kollega"),
        ParticipantJoined(service="nav", person_ref="fremmed"),
        graded(graded_with="kollega"),
    ],
    ids=["oneself", "another", "in confidence"],
)
def test_who_may_not_read_a_case_brings_nobody_into_it(event):
    past = given(*CASE, raised())
    past.when(event, by=COLLEAGUE).then_refused(AskLeader)
    past.when(event, by=TEACHER).then_recorded()


def test_the_family_is_judged_by_what_it_sees_alone():
    past = given(*CASE, talked("mor"))
    hidden = past.and_(consented("skole", consent_id="s-9"), under="sk-1")
    given_again = consented("skole")
    hidden.when(given_again, by=MOTHER).then_recorded()
    youth = consented("skole", giver_ref="barn", giver_capacity="youth")
    seen = past.when(youth, by=CHILD)
    with_hidden_consent = hidden.when(youth, by=CHILD)
    assert seen.refused.code == with_hidden_consent.refused.code == "CONSENT_INVALID"


def test_what_may_have_been_lost_is_asked_of_the_leader():
    past = given(*CASE, Erased())
    past.when(graded()).then_refused(AskLeader)
    past.when(clarified(reasons=""), by=LEADER).then_refused(AskLeader, NoReason)
    past.when(goal()).then_recorded()


def test_a_complete_case_says_what_is_missing():
    given(*CASE).when(graded()).then_refused(UnknownTarget)


def test_others_are_known_also_where_part_of_the_case_is_unseen():
    past = given().and_(flagged(), by=NURSE, under="sk-1")
    another = given(opened()).case
    outcome = past.when(opened(), by=TEACHER, others=(another,))
    assert outcome.refused.code == "CASE_EXISTS"


# --- never refused --------------------------------------------------------------------


@pytest.mark.parametrize("actor", [MOTHER, CHILD], ids=lambda actor: actor.role)
def test_the_family_records_no_duties_of_staff(actor):
    given(*CASE).when(flagged(), by=actor).then_refused(WrongRole)
    given().when(flagged(), by=actor).then_refused(WrongRole)


def test_a_decision_on_a_shield_that_is_not_there_is_refused_to_those_in_the_case():
    nothing = ShieldingLifted(shielding_id="sk-9", reason="Trygt.")
    given(*CASE).when(nothing, by=LEADER).then_refused(UnknownTarget)
    given(*CASE).when(nothing, by=STRANGER).then_refused(NoCase, WrongRole)


def test_an_act_of_the_holder_is_the_holders_also_where_a_shield_is_unseen():
    past = given(*WITH_HOLDER, goal()).and_(shielded(), by=LEADER, under="sk-1")
    past.when(measure(), by=replace(TEACHER, role=Role.STAFETTHOLDER)).then_recorded()
    past.when(UP_NEXT, by=replace(COLLEAGUE, role=Role.STAFETTHOLDER)).then_refused(
        WrongRole
    )
