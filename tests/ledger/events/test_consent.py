import pytest
from pydantic import ValidationError

from ledger.events.consent import ConsentExtended, ConsentGiven
from ledger.events.event import Kind, Role


def test_nothing_kept_back_is_an_answer_and_silence_is_none(made):
    assert made(ConsentGiven, exclusions=[]).exclusions == ()
    with pytest.raises(ValidationError):
        made(ConsentGiven, exclusions=None)


def test_something_may_be_kept_from_every_service(made):
    (kept,) = made(ConsentGiven, exclusions=[{"category": "helse"}]).exclusions
    assert (kept.service, kept.category) == (None, "helse")


def test_a_consent_is_accepted_though_an_information_item_is_missing(made):
    assert made(ConsentGiven, info_items=["purpose"]).KIND is Kind.FACT


def test_validity_and_services_are_left_to_the_guard(made):
    endless = made(ConsentGiven, valid_to=None, services=[])
    assert (endless.valid_to, endless.services) == (None, ())


def test_a_family_records_its_own_consent():
    assert {Role.GUARDIAN, Role.YOUTH} <= ConsentGiven.RECORDED_BY
    assert {Role.GUARDIAN, Role.YOUTH} <= ConsentExtended.RECORDED_BY


def test_an_extension_may_widen_services_alone(made):
    wider = made(ConsentExtended, categories=None, info_items=None)
    assert wider.services == ("skole", "ppt", "bup")
