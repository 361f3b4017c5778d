"""Consents: who can give one, and whether what is given covers a service on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from ledger.aggregates.consent import is_covered
from ledger.refusals import ConsentInvalid, UnknownTarget
from tests.ledger.aggregates.story import (
    CASE,
    CHILD,
    FATHER,
    LEADER,
    MOTHER,
    RULES,
    TODAY,
    consented,
    extended,
    given,
    guardian,
    invited,
    opened,
    shielded,
    talked,
)

FOURTEEN = date(2012, 1, 10)
SIXTEEN = date(2010, 3, 2)  # today
FIFTEEN = date(2010, 3, 3)  # tomorrow sixteen
EIGHTEEN = date(2008, 3, 2)


def own(capacity: str = "youth", **said):
    return consented("skole", giver_ref="barn", giver_capacity=capacity, **said)


def covers(past, service: str, day: date = TODAY) -> bool:
    return is_covered(past.case, service, day, RULES)


# --- giving ---------------------------------------------------------------------------


def test_a_registered_guardian_consents():
    given(*CASE).when(consented("skole")).then_recorded()


def test_one_guardian_alone_and_missing_information_are_findings():
    given(*CASE).when(consented("skole", info_items=())).then_recorded()


def test_a_giver_is_the_subject_or_a_registered_guardian():
    past = given(*CASE)
    past.when(consented("skole", giver_ref="tante")).then_refused(UnknownTarget)


def test_barnevern_may_consent_in_their_place():
    event = consented("skole", giver_ref="bv", giver_capacity="barnevern")
    given(*CASE).when(event).then_recorded()


def test_a_guardian_without_authority_cannot_consent():
    past = given(opened(), guardian("far", authority="without"))
    past.when(consented("skole", giver_ref="far")).then_refused(ConsentInvalid)


def test_the_last_registration_of_a_guardian_counts():
    past = given(opened(), guardian("far", authority="without"), guardian("far"))
    past.when(consented("skole", giver_ref="far")).then_recorded()


def test_a_guardian_cannot_consent_for_someone_of_age():
    past = given(opened(birth_date=EIGHTEEN), guardian())
    past.when(consented("skole")).then_refused(ConsentInvalid)
    past.when(own("adult")).then_recorded()


@pytest.mark.parametrize(
    ("born", "may"), [(EIGHTEEN, True), (SIXTEEN, False), (None, True)]
)
def test_an_adult_is_of_age_unless_the_birth_date_is_unknown(born, may):
    outcome = given(opened(birth_date=born)).when(own("adult"))
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(ConsentInvalid)


def test_the_subject_is_no_guardian_and_a_guardian_is_no_youth():
    past = given(opened(birth_date=SIXTEEN), guardian())
    past.when(own("guardian")).then_refused(ConsentInvalid)
    past.when(consented("skole", giver_capacity="youth")).then_refused(ConsentInvalid)


@pytest.mark.parametrize(
    ("born", "may"), [(SIXTEEN, True), (FIFTEEN, False), (None, True)]
)
def test_a_youth_consents_alone_from_the_age_of_the_profile(born, may):
    outcome = given(opened(birth_date=born)).when(own())
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(ConsentInvalid)


def test_the_age_is_the_profiles():
    fifteen = RULES.model_copy(update={"youth_consent_age": 15})
    given(opened(birth_date=FIFTEEN)).when(own(), rules=fifteen).then_recorded()


def test_a_younger_child_may_consent_beside_a_guardian():
    past = given(opened(birth_date=FOURTEEN), guardian())
    past.when(own()).then_refused(ConsentInvalid)
    past.and_(consented("skole")).when(own(consent_id="s-2")).then_recorded()


@pytest.mark.parametrize(
    ("kind", "ref", "may"),
    [
        ("pregnant", "barn", True),
        ("unborn", "mor", True),
        ("unborn", "barn", True),
        ("born", "mor", False),
    ],
)
def test_a_pregnant_woman_consents_for_the_unborn(kind, ref, may):
    past = given(opened(subject_kind=kind, birth_date=None), guardian())
    event = consented("jordmor", giver_ref=ref, giver_capacity="pregnant")
    outcome = past.when(event)
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(ConsentInvalid)


def test_a_consent_names_a_service():
    outcome = given(*CASE).when(consented())
    outcome.then_refused(ConsentInvalid)
    assert outcome.fields == ("services",)


def test_a_consent_does_not_name_employees_only():
    past = given(*CASE)
    past.when(consented("larer")).then_refused(ConsentInvalid)
    past.when(consented("larer", "skole")).then_recorded()


@pytest.mark.parametrize(
    ("valid_to", "may"),
    [
        (None, False),
        (TODAY - timedelta(days=1), False),
        (TODAY, True),
        (date(2027, 3, 2), True),
        (date(2027, 3, 3), False),
    ],
)
def test_a_consent_ends_within_the_longest_validity(valid_to, may):
    outcome = given(*CASE).when(consented("skole", valid_to=valid_to))
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(ConsentInvalid)
        assert outcome.fields == ("valid_to",)


def test_every_flaw_of_a_consent_is_listed():
    event = consented(giver_ref="tante", valid_to=None)
    given(*CASE).when(event).then_refused(UnknownTarget, ConsentInvalid, ConsentInvalid)


def test_only_a_consent_that_was_given_is_extended():
    given(*CASE).when(extended("skole")).then_refused(UnknownTarget)
    past = given(*CASE, consented("skole"))
    past.when(extended("skole", "ppt")).then_recorded()


def test_a_guardian_records_an_own_consent_and_is_told_by_being_asked():
    past = given(*CASE).when(consented("skole"), by=MOTHER).then_recorded()
    assert "mor" in past.case.parties.told


def test_a_guardian_from_whom_something_is_kept_is_not_told_by_a_consent():
    past = given(*CASE).and_(shielded(), under="sk-1")
    outcome = past.when(consented("skole"), by=MOTHER)
    assert outcome.refused is not None
    assert outcome.refused.code == "NO_CASE"


def test_a_guardian_who_was_told_records_a_consent():
    past = given(*CASE, talked("far"))
    past.when(consented("skole", giver_ref="far"), by=FATHER).then_recorded()


def test_a_youth_records_an_own_consent():
    given(opened(birth_date=SIXTEEN)).when(own(), by=CHILD).then_recorded()


# --- coverage -------------------------------------------------------------------------


def test_a_service_is_covered_by_one_valid_consent_that_names_it():
    past = given(*CASE, consented("skole", "ppt"))
    assert covers(past, "ppt")
    assert not covers(past, "bup")
    assert not covers(given(*CASE), "ppt")


def test_a_guardian_not_yet_asked_does_not_stand_in_the_way():
    assert covers(given(*CASE, consented("ppt", giver_ref="far")), "ppt")


def test_the_last_valid_day_is_included_and_the_first_too():
    past = given(*CASE, consented("ppt", valid_to=date(2026, 6, 1)))
    assert covers(past, "ppt", TODAY)
    assert not covers(past, "ppt", TODAY - timedelta(days=1))
    assert covers(past, "ppt", date(2026, 6, 1))
    assert not covers(past, "ppt", date(2026, 6, 2))


def test_days_are_counted_where_the_case_is_led():
    past = given(*CASE, consented("ppt", valid_to=date(2026, 6, 1)))
    past = past.and_(consented("skole", consent_id="s-2", giver_ref="far"))
    last_hour = datetime.fromisoformat("2026-06-01T21:59:00+00:00")
    next_day = datetime.fromisoformat("2026-06-01T22:01:00+00:00")
    past.when(invited(), by=LEADER, at=last_hour).then_recorded()
    outcome = past.when(invited(), by=LEADER, at=next_day)
    assert outcome.refused is not None
    assert outcome.refused.code == "NO_CONSENT"


def test_a_consent_that_lapsed_unrenewed_stops_what_another_still_allows():
    past = given(
        *CASE,
        consented("ppt", valid_to=date(2026, 6, 1)),
        consented("ppt", consent_id="s-2", giver_ref="far"),
    )
    assert covers(past, "ppt", date(2026, 6, 1))
    assert not covers(past, "ppt", date(2026, 6, 2))


def test_a_new_consent_of_the_same_giver_renews_the_lapsed_one():
    past = given(
        *CASE,
        consented("ppt", valid_to=date(2026, 6, 1)),
        consented("ppt", consent_id="s-2", giver_ref="far"),
        consented("ppt", consent_id="s-3", valid_from=date(2026, 6, 2)),
    )
    assert covers(past, "ppt", date(2026, 6, 2))


def test_an_extension_is_the_whole_list_from_its_day_on():
    past = given(*CASE, consented("skole", "ppt"))
    past = past.and_(extended("skole", "bup"), at=past.clock + timedelta(days=10))
    tenth = TODAY + timedelta(days=10)
    assert covers(past, "ppt", TODAY)
    assert not covers(past, "bup", tenth - timedelta(days=1))
    assert covers(past, "bup", tenth)
    assert not covers(past, "ppt", tenth)


def test_what_an_extension_does_not_say_stays():
    past = given(*CASE, consented("ppt"), extended())
    assert covers(past, "ppt")


def test_who_lost_capacity_covers_nothing():
    past = given(*CASE, consented("ppt"), guardian("mor", authority="without"))
    assert not covers(past, "ppt")


def test_a_youth_who_consents_alone_is_not_stopped_by_a_guardians_lapse():
    past = given(
        opened(birth_date=SIXTEEN),
        guardian(),
        consented("skole", valid_to=date(2026, 6, 1)),
        own(consent_id="s-2"),
    )
    assert covers(past, "skole", date(2026, 7, 1))


def test_a_younger_child_or_a_youth_of_unknown_age_is_stopped_by_it():
    for born in (FOURTEEN, None):
        past = given(
            opened(birth_date=born),
            guardian(),
            consented("skole", valid_to=date(2026, 6, 1)),
            own(consent_id="s-2"),
        )
        assert not covers(past, "skole", date(2026, 7, 1))


def test_a_pregnant_woman_consents_alone_whatever_her_age():
    past = given(
        opened(subject_kind="pregnant", birth_date=FOURTEEN),
        guardian("far"),
        consented("skole", giver_ref="far", valid_to=date(2026, 6, 1)),
        own("pregnant", consent_id="s-2"),
    )
    assert covers(past, "skole", date(2026, 7, 1))


def test_a_consent_whose_giving_is_lost_covers_nothing():
    past = given(*CASE, extended("ppt", consent_id="lost"))
    assert not covers(past, "ppt")
    past.when(extended("ppt", "bup", consent_id="lost")).then_recorded()
