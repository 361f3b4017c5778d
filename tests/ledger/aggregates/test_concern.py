"""Concerns: graded before they are clarified; danger flagged without anyone's leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.events.barnevern import BarnevernConsulted, PoliceReported
from ledger.events.concern import (
    ConcernDiscussedAnonymously,
    ConcernSharedWithLeader,
    ObservationRecorded,
    RiskFlagResolved,
    SiblingsConsidered,
)
from ledger.profiles import profile_named
from ledger.refusals import (
    BadGrade,
    CaseExists,
    Closed,
    Identifying,
    Invalid,
    NoReason,
    NotGraded,
    OutOfOrder,
    UnknownTarget,
)
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    CASE,
    CASEWORKER,
    COORDINATOR,
    LEADER,
    MONDAY,
    STRANGER,
    TEACHER,
    TODAY,
    clarified,
    closed,
    flagged,
    given,
    graded,
    heard,
    opened,
    raised,
    talked,
)

ANOTHER = given(opened(subject_ref="samme-barn")).case
OBSERVED = ObservationRecorded(
    concern_id="b-9",
    arena="school",
    facts="Satt alene.",
    period_from=TODAY,
    period_to=TODAY,
)
RESOLVED = RiskFlagResolved(flag_id="f-1", reason="Barnet er trygt.")


# --- opening --------------------------------------------------------------------------


def test_a_case_is_opened_where_there_was_none():
    past = given().when(opened()).then_recorded()
    assert past.case.is_open
    assert past.case.opening.opener == TEACHER.ref
    assert past.case.opening.service == "skole"


def test_who_may_see_an_open_case_of_the_child_opens_no_other():
    given().when(opened(), others=(ANOTHER,)).then_refused(CaseExists)


def test_who_may_not_see_it_opens_a_second_case():
    given().when(opened(), by=STRANGER, others=(ANOTHER,)).then_recorded()


def test_a_closed_case_of_the_child_is_no_hindrance():
    over = given(*CASE, closed()).case
    given().when(opened(), others=(over,)).then_recorded()


def test_a_case_is_opened_once():
    given(*CASE).when(opened()).then_refused(CaseExists)


def test_a_case_that_a_report_of_danger_began_can_still_be_opened():
    past = given().and_(flagged(), by=STRANGER, under="sk-1")
    assert not past.case.is_open
    past = past.when(opened()).then_recorded()
    assert past.case.is_open


def test_a_case_is_opened_under_the_profile_that_judges_it():
    story = given().when(opened(profile="havnes"), rules=profile_named("havnes"))
    assert story.then_recorded().case.profile == "havnes"
    story = given().when(opened(profile="elsewhere"))
    story.then_refused(Invalid)
    assert story.fields == ("profile",)


def test_the_opener_is_another_than_the_recorder_when_that_is_said():
    past = given(opened(opened_by="vikar"))
    assert past.case.opening.opener == "vikar"


# --- concerns -------------------------------------------------------------------------


def test_a_grade_stands_on_the_scale():
    past = given(*CASE, raised())
    past.when(graded(5)).then_recorded()
    past.when(graded(6)).then_refused(BadGrade)
    past.when(graded(0)).then_refused(BadGrade)
    past.when(graded(3, scale_id="unknown")).then_refused(BadGrade)


def test_only_a_concern_of_the_case_is_graded():
    given(*CASE).when(graded()).then_refused(UnknownTarget)
    given(*CASE).when(graded(9)).then_refused(BadGrade, UnknownTarget)


def test_a_concern_not_seen_before_is_created_as_unknown():
    past = given(*CASE).when(OBSERVED).then_recorded()
    assert past.case.concern.concerns["b-9"].raised_at is None
    past.when(graded(concern_id="b-9")).then_recorded()


def test_a_concern_raised_after_it_was_observed_keeps_what_is_known():
    past = given(*CASE, OBSERVED, graded(4, concern_id="b-9"), raised("b-9"))
    concern = past.case.concern.concerns["b-9"]
    assert concern.grade == 4
    assert concern.raised_at is not None


def test_the_highest_present_grade_is_the_grade_of_the_case():
    past = given(*CASE, raised(), raised("b-2"), graded(4), graded(2, concern_id="b-2"))
    assert past.case.concern.grade == 4
    assert past.and_(graded(1)).case.concern.grade == 2
    assert given(*CASE).case.concern.grade == 0


def test_sharing_and_siblings_are_facts():
    shared = ConcernSharedWithLeader(concern_id="b-1", leader="rektor")
    past = given(*CASE, raised()).when(shared).then_recorded()
    past = past.when(SiblingsConsidered(count=1, outcome="Ja.")).then_recorded()
    assert past.case.concern.concerns["b-1"].leader == "rektor"
    assert past.case.concern.siblings_considered_at is not None


def test_a_talk_held_is_recorded_also_when_it_told_the_parents_first():
    past = given(*CASE, raised(), flagged())
    past.when(talked("mor", concern_id="b-1")).then_recorded()


# --- clarification --------------------------------------------------------------------


def test_a_graded_concern_is_clarified():
    given(*CASE, raised(), graded()).when(clarified("close")).then_recorded()


def test_a_concern_is_graded_before_it_is_clarified():
    given(*CASE, raised()).when(clarified()).then_refused(NotGraded)


def test_only_a_concern_of_the_case_is_clarified():
    given(*CASE).when(clarified()).then_refused(UnknownTarget)


@pytest.mark.parametrize("reasons", [None, "", "  "])
def test_a_clarification_says_why(reasons):
    past = given(*CASE, raised(), graded())
    past.when(clarified(reasons=reasons)).then_refused(NoReason)


def test_nothing_is_clarified_in_a_closed_case():
    past = given(*CASE, raised(), graded(), heard(), closed())
    past.when(clarified("close")).then_refused(Closed)


def test_a_level_is_not_set_before_the_last_move():
    past = given(*AT_LEVEL_1, raised("b-2"), graded(concern_id="b-2"))
    late = clarified("level2", concern_id="b-2")
    past.when(late, at=MONDAY).then_refused(OutOfOrder)
    past.when(late).then_recorded()


def test_a_clarification_that_moves_nothing_may_be_dated_before():
    past = given(*AT_LEVEL_1, raised("b-2"), graded(concern_id="b-2"))
    past.when(clarified("close", concern_id="b-2"), at=MONDAY).then_recorded()


def test_all_reasons_are_listed_in_the_order_of_the_catalogue():
    past = given(*AT_LEVEL_1, heard(), closed(), raised("b-2"))
    late = clarified("level2", concern_id="b-2", reasons="")
    past.when(late, at=MONDAY).then_refused(Closed, OutOfOrder, NotGraded, NoReason)


# --- flags ----------------------------------------------------------------------------


def test_a_flag_is_raised_by_anyone_of_staff_at_any_time():
    given().when(flagged(), by=STRANGER).then_recorded()
    far_ahead = MONDAY + timedelta(days=400)
    past = given(*CASE, heard(), closed())
    past.when(flagged(), by=STRANGER, at=far_ahead, now=MONDAY).then_recorded()


def test_a_leader_resolves_a_flag_with_a_reason():
    past = given(*CASE, flagged()).when(RESOLVED, by=LEADER).then_recorded()
    assert past.case.concern.flags["f-1"].resolved_at is not None


@pytest.mark.parametrize("actor", [LEADER, COORDINATOR], ids=lambda actor: actor.role)
def test_without_contact_and_a_leaders_reason_a_flag_stands(actor):
    silent = RESOLVED.model_copy(update={"reason": None})
    given(*CASE, flagged()).when(silent, by=actor).then_refused(NoReason)


def test_only_a_leaders_reason_stands_for_the_contact():
    given(*CASE, flagged()).when(RESOLVED, by=COORDINATOR).then_refused(NoReason)


@pytest.mark.parametrize(
    "contact",
    [
        BarnevernConsulted(anonymous=True, advice="Vent."),
        PoliceReported(reason="Vold.", to="politi", time=MONDAY),
    ],
    ids=lambda contact: contact.NAME,
)
def test_after_contact_with_barnevern_or_police_a_flag_is_resolved(contact):
    silent = RESOLVED.model_copy(update={"reason": None})
    given(*CASE, flagged(), contact).when(silent, by=COORDINATOR).then_recorded()


def test_a_flag_is_resolved_once():
    past = given(*CASE, flagged(), RESOLVED)
    past.when(RESOLVED, by=LEADER).then_refused(UnknownTarget)
    given(*CASE).when(RESOLVED, by=LEADER).then_refused(UnknownTarget)


def test_barnevern_knows_the_case_once_it_was_asked_by_name():
    asked = BarnevernConsulted(anonymous=False, advice="Vent.")
    past = given(*CASE, flagged(), asked)
    past.when(RESOLVED, by=CASEWORKER).then_recorded()


def test_the_profile_of_an_unopened_case_is_the_standard_one():
    assert given().case.profile == "standard"
    assert replace(given().case).profile == "standard"


# --- anonymous discussion -------------------------------------------------------------


def discussed(identifying: bool, concern_id: str | None = "b-1"):
    return ConcernDiscussedAnonymously(
        concern_id=concern_id, with_service="ppt", identifying=identifying
    )


def test_an_anonymous_discussion_names_no_child():
    past = given(*CASE, raised())
    past.when(discussed(True)).then_refused(Identifying)
    after = past.when(discussed(False)).then_recorded()
    assert after.case.concern == past.case.concern


def test_a_discussion_may_be_of_a_concern_that_is_not_on_record_or_of_none():
    past = given(*CASE, closed())
    after = past.when(discussed(False)).then_recorded()
    assert after.case.concern.concerns["b-1"].raised_at is None
    assert past.when(discussed(False, None)).then_recorded().case.concern.concerns == {}
