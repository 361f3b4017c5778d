import pytest
from pydantic import ValidationError

from ledger.events.concern import (
    CaseOpened,
    ConcernClarified,
    ConcernGraded,
    ConcernRaised,
    ConcernSharedWithLeader,
    ObservationRecorded,
    RiskFlagRaised,
    RiskFlagResolved,
    SiblingsConsidered,
    UndringssamtaleHeld,
)
from ledger.events.event import Kind, Role


def test_an_unborn_child_has_neither_number_nor_birth_date(made):
    unborn = made(CaseOpened, subject_kind="unborn", national_id=None, birth_date=None)
    assert (unborn.national_id, unborn.birth_date) == (None, None)


def test_a_case_is_about_a_child_an_unborn_or_a_youth_and_nobody_else(made):
    with pytest.raises(ValidationError):
        made(CaseOpened, subject_kind="adult")


@pytest.mark.parametrize("source", ["employee", "parent", "child", "other"])
def test_a_concern_may_come_from_anyone(made, source):
    assert made(ConcernRaised, source=source).source == source


def test_only_those_who_know_the_family_by_name_record_a_concern():
    assert Role.SUPERVISOR not in ConcernRaised.RECORDED_BY
    assert Role.ADMINISTRATOR not in ConcernRaised.RECORDED_BY


def test_an_observation_says_when_it_began_and_ended(made):
    for field in ("period_from", "period_to"):
        with pytest.raises(ValidationError):
            made(ObservationRecorded, **{field: None})


def test_a_grade_off_the_scale_is_an_event_because_a_guard_knows_the_scale(made):
    assert made(ConcernGraded, grade=9).grade == 9
    assert made(ConcernGraded, grade=-1).grade == -1


def test_a_grade_is_given_by_two(made):
    with pytest.raises(ValidationError):
        made(ConcernGraded, graded_with=None)


def test_a_concern_is_shared_with_a_leader_who_is_named(made):
    with pytest.raises(ValidationError):
        made(ConcernSharedWithLeader, leader="")


def test_a_talk_need_not_be_about_one_concern(made):
    assert made(UndringssamtaleHeld, concern_id=None).concern_id is None


def test_a_clarification_without_reasons_is_left_to_its_guard(made):
    assert made(ConcernClarified, reasons=None).reasons is None
    assert made(ConcernClarified, reasons="").reasons == ""


def test_a_risk_flag_is_never_refused_and_always_under_a_shield():
    assert RiskFlagRaised.KIND is Kind.NEVER
    assert RiskFlagRaised.SHIELDED_BY_RULE


def test_a_risk_flag_is_resolved_by_a_leader_or_barnevern_only():
    resolvers = {Role.LEADER, Role.KOORDINERENDE_ENHET, Role.BARNEVERN}
    assert resolvers == RiskFlagResolved.RECORDED_BY


def test_that_there_are_no_siblings_is_an_answer(made):
    assert made(SiblingsConsidered, count=0).count == 0
