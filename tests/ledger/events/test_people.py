import pytest
from pydantic import ValidationError

from ledger.events.event import Role, personal_fields
from ledger.events.people import (
    GuardianRegistered,
    ParticipantInvited,
    ParticipantJoined,
    ShieldingDecided,
    ShieldingLifted,
)


def test_a_guardian_is_known_by_ref_name_and_number_but_only_two_are_personal():
    assert personal_fields(GuardianRegistered) == {"name", "national_id"}


def test_a_guardian_may_be_registered_without_a_number(made):
    assert made(GuardianRegistered, national_id=None).national_id is None
    with pytest.raises(ValidationError):
        made(GuardianRegistered, national_id="12345678901x")


def test_another_basis_than_consent_names_act_and_section(made):
    assert made(ParticipantInvited, legal_basis=None).legal_basis is None
    with pytest.raises(ValidationError):
        made(ParticipantInvited, legal_basis={"act": "forvaltningsloven"})


def test_a_participant_belongs_to_a_service(made):
    with pytest.raises(ValidationError):
        made(ParticipantJoined, service=None)


def test_a_shielding_without_reason_or_review_date_is_left_to_its_guard(made):
    decided = made(ShieldingDecided, reason=None, review_on=None)
    assert (decided.reason, decided.review_on) == (None, None)


def test_a_shielding_covers_all_or_something_it_names(made):
    assert made(ShieldingDecided, scope={"all": True}).scope.all is True
    assert made(ShieldingDecided, scope={"categories": []}).scope.categories == ()
    with pytest.raises(ValidationError):
        made(ShieldingDecided, scope={"persons": ["g-mor"]})


def test_shieldings_are_themselves_under_a_shield():
    assert ShieldingDecided.SHIELDED_BY_RULE
    assert ShieldingLifted.SHIELDED_BY_RULE


def test_an_employee_may_shield_but_not_lift():
    assert Role.EMPLOYEE in ShieldingDecided.RECORDED_BY
    assert Role.EMPLOYEE not in ShieldingLifted.RECORDED_BY
