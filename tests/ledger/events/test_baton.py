import pytest
from pydantic import ValidationError

from ledger.events.baton import (
    HandoverProposed,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.event import Kind, Role


def test_a_holder_is_appointed_by_leadership():
    assert {Role.LEADER, Role.KOORDINERENDE_ENHET} == StafettholderAppointed.RECORDED_BY


def test_a_proposal_names_both_sides_and_carries_a_note(made):
    for field in ("from_holder", "to_holder", "to_service", "handover_note"):
        with pytest.raises(ValidationError):
            made(HandoverProposed, **{field: None})


def test_the_one_who_was_asked_accepts_as_an_employee():
    assert Role.EMPLOYEE in StafettholderHandedOver.RECORDED_BY


def test_an_acceptance_says_only_which_proposal_and_from_when():
    assert list(StafettholderHandedOver.model_fields) == ["proposal_id", "from_date"]


def test_nobody_vacates_by_wish(made):
    with pytest.raises(ValidationError):
        made(StafettholderVacated, reason="wish")


def test_a_vacancy_is_a_fact():
    assert StafettholderVacated.KIND is Kind.FACT


def test_an_interim_holder_holds_until_a_day(made):
    with pytest.raises(ValidationError):
        made(InterimHolderAssigned, until=None)
