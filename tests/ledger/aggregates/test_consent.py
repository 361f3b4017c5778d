"""Consents: who can give one, and whether what is given covers a service on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from ledger.aggregates.consent import is_covered
from ledger.aggregates.guard import end_of
from ledger.refusals import (
    Closed,
    ConsentInvalid,
    NoCase,
    NoConsent,
    NoLegalBasis,
    NoReason,
    NotDue,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    CASE,
    CHILD,
    FATHER,
    LEADER,
    MONDAY,
    MOTHER,
    RULES,
    STRANGER,
    SYSTEM,
    TEACHER,
    TODAY,
    asked,
    capacity_changed,
    closed,
    consented,
    disclosed,
    excepted,
    expired,
    extended,
    given,
    guardian,
    invited,
    log_opened,
    narrowed,
    opened,
    refused,
    renewed,
    shielded,
    talked,
    withdrawn,
    withheld,
)

FOURTEEN = date(2012, 1, 10)
SIXTEEN = date(2010, 3, 2)  # today
FIFTEEN = date(2010, 3, 3)  # tomorrow sixteen
EIGHTEEN = date(2008, 3, 2)


def own(capacity: str = "youth", **said):
    return consented("skole", giver_ref="barn", giver_capacity=capacity, **said)


def covers(past, service: str, day: date = TODAY) -> bool:
    return is_covered(past.case, service, end_of(day), RULES)


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


# --- less, longer, no more ------------------------------------------------------------

ONE_DAY = timedelta(days=1)
BOTH = (*CASE, consented("ppt"), consented("ppt", consent_id="s-2", giver_ref="far"))
NARROWED, WITHDRAWN = narrowed("skole"), withdrawn()


@pytest.mark.parametrize("change", [NARROWED, WITHDRAWN, renewed(TODAY)])
def test_only_a_consent_that_was_given_is_changed(change):
    given(*CASE).when(change).then_refused(UnknownTarget)
    given(*CASE, consented("skole", "ppt")).when(change).then_recorded()


def test_a_withdrawn_consent_covers_nothing_from_the_moment_on():
    past = given(*CASE, consented("ppt")).and_(withdrawn(), at=MONDAY + ONE_DAY)
    assert covers(past, "ppt", TODAY)
    assert not covers(past, "ppt", TODAY + ONE_DAY)
    before = MONDAY + ONE_DAY - timedelta(minutes=1)
    assert is_covered(past.case, "ppt", before, RULES)
    assert not is_covered(past.case, "ppt", MONDAY + ONE_DAY, RULES)


def test_a_withdrawal_may_name_the_day_it_begins():
    past = given(*CASE, consented("ppt"), withdrawn(from_date=TODAY + ONE_DAY))
    assert covers(past, "ppt", TODAY)
    assert not covers(past, "ppt", TODAY + ONE_DAY)


def test_a_withdrawal_from_the_day_of_the_consent_takes_it_back():
    past = given(*CASE, consented("ppt"), withdrawn(from_date=TODAY))
    assert not covers(past, "ppt", TODAY)


def test_a_withdrawal_from_one_service_leaves_the_others():
    past = given(*CASE, consented("ppt", "bup"), withdrawn("bup"))
    assert covers(past, "ppt")
    assert not covers(past, "bup")


def test_a_withdrawn_category_leaves_the_service_covered_for_the_rest():
    past = given(*CASE, consented("ppt", categories=("skole", "helse")))
    past = past.and_(withdrawn("ppt", categories=("helse",)))
    assert covers(past, "ppt")
    past.when(disclosed("skole", consent_id="s-1")).then_recorded()
    past.when(disclosed("helse", consent_id="s-1")).then_refused(NoLegalBasis)


@pytest.mark.parametrize(
    "no", [withdrawn(), narrowed("skole"), refused("ppt"), refused()]
)
def test_one_guardians_no_stops_what_the_other_allows(no):
    assert covers(given(*BOTH), "ppt")
    assert not covers(given(*BOTH, no), "ppt")


def test_a_refusal_of_another_service_stops_nothing():
    assert covers(given(*BOTH, refused("bup")), "ppt")


def test_the_no_of_somebody_without_a_say_stops_nothing():
    past = given(*BOTH, guardian("tante", authority="without"))
    assert covers(past.and_(refused("ppt", giver="tante")), "ppt")
    assert covers(past.and_(refused("ppt", giver="barn")), "ppt")


@pytest.mark.parametrize("no", [withdrawn(), narrowed("skole"), refused("ppt")])
def test_a_new_consent_is_a_new_word(no):
    again = consented("ppt", consent_id="s-3")
    assert covers(given(*BOTH, no, again), "ppt")


def test_an_extension_that_names_the_service_again_is_a_new_word():
    past = given(*CASE, consented("ppt"), withdrawn())
    assert covers(past.and_(extended("ppt")), "ppt")
    assert not covers(past.and_(extended()), "ppt")


def test_a_renewal_brings_back_nothing_that_was_withdrawn():
    past = given(*CASE, consented("ppt"), withdrawn(), renewed(date(2027, 3, 2)))
    assert not covers(past, "ppt")


def test_a_youth_who_consents_alone_is_not_stopped_by_a_guardians_withdrawal():
    past = given(opened(birth_date=SIXTEEN), guardian(), consented("ppt"))
    past = past.and_(own(consent_id="s-2", services=("ppt",)), withdrawn())
    assert covers(past, "ppt")


def test_a_narrowing_names_what_remains_and_adds_nothing():
    past = given(*CASE, consented("skole", "ppt"), narrowed("ppt", "bup"))
    assert covers(past, "ppt")
    assert not covers(past, "skole")
    assert not covers(past, "bup")


def test_a_late_record_changes_the_list_from_its_own_time():
    past = given(*CASE, consented("skole", "ppt"))
    past = past.and_(narrowed("skole"), at=MONDAY + 10 * ONE_DAY)
    past = past.and_(extended("skole", "ppt", "bup"), at=MONDAY + 5 * ONE_DAY)
    assert covers(past, "bup", TODAY + 5 * ONE_DAY)
    assert not covers(past, "bup", TODAY + 10 * ONE_DAY)


def test_a_renewal_moves_the_last_valid_day():
    past = given(*CASE, consented("ppt", valid_to=date(2026, 6, 1)))
    past = past.and_(renewed(date(2027, 3, 2)))
    assert covers(past, "ppt", date(2026, 6, 2))
    assert covers(past, "ppt", date(2027, 3, 2))
    assert not covers(past, "ppt", date(2027, 3, 3))


def test_a_late_renewal_covers_nothing_of_the_days_between():
    past = given(*CASE, consented("ppt", valid_to=date(2026, 6, 1)))
    past = past.and_(renewed(date(2027, 6, 1)), at=MONDAY + 100 * ONE_DAY)
    on = TODAY + 100 * ONE_DAY
    assert not covers(past, "ppt", on - ONE_DAY)
    assert covers(past, "ppt", on)


@pytest.mark.parametrize(
    ("valid_to", "may"), [(date(2027, 3, 2), True), (date(2027, 3, 3), False)]
)
def test_a_renewal_is_no_longer_than_a_consent_counted_from_that_day(valid_to, may):
    outcome = given(*CASE, consented("ppt")).when(renewed(valid_to))
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(ConsentInvalid)


def test_a_withdrawal_is_refused_to_nobody_who_knows_the_case():
    past = given(*CASE, talked("mor"), consented("ppt"), closed("withdrawn"))
    for person in (TEACHER, LEADER, MOTHER):
        past.when(withdrawn(), by=person).then_recorded()


def test_a_guardian_who_does_not_know_the_case_says_neither_no_nor_no_more():
    past = given(opened(), guardian())
    past.when(refused("ppt", giver="far"), by=FATHER).then_refused(NoCase)
    past.and_(consented("ppt")).when(withdrawn(), by=FATHER).then_refused(NoCase)


def test_a_guardian_who_is_asked_is_told_and_may_say_no():
    past = given(*CASE)
    assert "mor" not in past.case.parties.told
    past = past.and_(asked("mor"))
    assert past.case.parties.told == {"mor"}
    assert not past.case.parties.everyone_told
    past.when(refused("ppt"), by=MOTHER).then_recorded()


def test_a_guardian_who_refuses_in_person_has_been_asked():
    past = given(*CASE).when(refused("ppt"), by=MOTHER).then_recorded()
    assert "mor" in past.case.parties.told


def test_that_a_stranger_records_a_refusal_tells_nobody():
    past = given(*CASE).when(refused("ppt"), by=STRANGER).then_recorded()
    assert "mor" not in past.case.parties.told


# --- the end of a consent, and who consents -------------------------------------------


@pytest.mark.parametrize(("days", "may"), [(0, False), (1, True)])
def test_a_consent_expires_after_its_last_valid_day(days, may):
    past = given(*CASE, consented("ppt", valid_to=TODAY))
    midnight = datetime.fromisoformat("2026-03-02T00:00:00+01:00")
    outcome = past.when(expired(), by=SYSTEM, at=midnight + days * ONE_DAY)
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(NotDue)


def test_only_a_consent_that_was_given_expires_and_only_by_the_clock():
    given(*CASE).when(expired(), by=SYSTEM).then_refused(UnknownTarget)
    past = given(*CASE, consented("ppt", valid_to=TODAY))
    at = MONDAY + ONE_DAY
    past.when(expired(), by=LEADER, at=at).then_refused(WrongRole)


def test_a_renewed_consent_is_not_due():
    past = given(*CASE, consented("ppt", valid_to=TODAY), renewed(TODAY + ONE_DAY))
    past.when(expired(), by=SYSTEM, at=MONDAY + ONE_DAY).then_refused(NotDue)


def test_that_the_end_is_on_record_changes_nothing_that_the_dates_say():
    past = given(*CASE, consented("ppt", valid_to=TODAY))
    past = past.and_(expired(), by=SYSTEM, at=MONDAY + ONE_DAY)
    assert covers(past, "ppt", TODAY)
    assert not covers(past, "ppt", TODAY + ONE_DAY)
    assert past.case.consent.consents["s-1"].expired_at == MONDAY + ONE_DAY


def test_a_decision_lets_a_youth_of_unknown_age_consent_alone():
    past = given(opened(birth_date=None), guardian(), consented("ppt"))
    past = past.and_(own(consent_id="s-2", services=("ppt",)), withdrawn())
    assert not covers(past, "ppt")
    assert covers(past.and_(capacity_changed("youth")), "ppt")


def test_parents_consent_no_more_once_barnevern_does():
    past = given(*CASE, guardian("verge", authority="verge"))
    past = past.and_(capacity_changed("barnevern"))
    past.when(consented("ppt")).then_refused(ConsentInvalid)
    past.when(consented("ppt", giver_ref="verge")).then_recorded()
    later = past.and_(capacity_changed("guardian"))
    later.when(consented("ppt")).then_recorded()


def test_nobody_consents_for_a_young_adult():
    past = given(*CASE, capacity_changed("adult"))
    past.when(consented("ppt")).then_refused(ConsentInvalid)
    past.when(own("adult")).then_recorded()


def test_a_change_counts_from_its_day_whenever_it_is_recorded():
    past = given(*CASE, capacity_changed("guardian"))
    past = past.and_(capacity_changed("youth"), at=MONDAY - ONE_DAY)
    assert past.case.consent.capacity_on(TODAY) == "guardian"
    assert past.case.consent.capacity_on(TODAY - ONE_DAY) == "youth"


def test_an_exception_needs_a_reason_a_guardian_and_an_open_case():
    past = given(*CASE)
    past.when(excepted(), by=LEADER).then_recorded()
    past.when(excepted(reason=" "), by=LEADER).then_refused(NoReason)
    past.when(excepted("tante"), by=LEADER).then_refused(UnknownTarget)
    past.and_(closed()).when(excepted(), by=LEADER).then_refused(Closed)


def test_a_guardian_who_is_excepted_is_not_missed_where_all_must_consent():
    strict = RULES.model_copy(update={"guardian_consent": "refuse"})
    past = given(*AT_LEVEL_1, consented("skole"))
    past.when(log_opened(), rules=strict).then_refused(NoConsent)
    past.and_(excepted()).when(log_opened(), rules=strict).then_recorded()


def test_a_withdrawn_consent_opens_no_log():
    past = given(*AT_LEVEL_1, consented("skole"), withdrawn())
    past.when(log_opened()).then_refused(NoConsent)


# --- what is shared -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "may"),
    [
        ({}, False),
        ({"consent_id": ""}, False),
        ({"act": "forvaltningsloven"}, False),
        ({"act": "forvaltningsloven", "section": " "}, False),
        ({"act": "forvaltningsloven", "section": "13 b nr. 7"}, True),
        ({"act": "forvaltningsloven 2025", "section": "34"}, False),  # not in force
        ({"act": "pasient- og brukerrettighetsloven", "section": "3-4"}, True),
        ({"consent_id": "s-1"}, True),
        ({"consent_id": "s-9"}, False),
    ],
)
def test_facts_are_shared_on_a_section_or_a_consent(basis, may):
    outcome = given(*CASE, consented("ppt")).when(disclosed(**basis))
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(NoLegalBasis)


def test_a_consent_carries_the_categories_and_services_that_it_names():
    past = given(*CASE, consented("ppt"))
    past.when(disclosed("helse", consent_id="s-1")).then_refused(NoLegalBasis)
    past.when(disclosed(to="bup", consent_id="s-1")).then_refused(NoLegalBasis)


@pytest.mark.parametrize(
    ("service", "may"), [("ppt", False), (None, False), ("bup", True)]
)
def test_what_the_giver_keeps_back_is_not_carried(service, may):
    kept = ({"service": service, "category": "helse"},)
    past = given(
        *CASE, consented("ppt", categories=("skole", "helse"), exclusions=kept)
    )
    past.when(disclosed("skole", consent_id="s-1")).then_recorded()
    outcome = past.when(disclosed("helse", consent_id="s-1"))
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(NoLegalBasis)


def test_a_narrowing_may_keep_more_back():
    past = given(*CASE, consented("ppt"))
    past = past.and_(narrowed(exclusions=({"category": "skole"},)))
    assert covers(past, "ppt")
    past.when(disclosed("skole", consent_id="s-1")).then_refused(NoLegalBasis)


def test_a_consent_that_stands_carries_nothing_while_another_guardian_says_no():
    past = given(*BOTH, refused("ppt", giver="far"))
    past.when(disclosed(consent_id="s-1")).then_refused(NoLegalBasis)


def test_a_consent_carries_nothing_after_its_last_valid_day():
    past = given(*CASE, consented("ppt", valid_to=TODAY))
    past.when(disclosed(consent_id="s-1")).then_recorded()
    outcome = past.when(disclosed(consent_id="s-1"), at=MONDAY + ONE_DAY)
    outcome.then_refused(NoLegalBasis)


def test_what_is_asked_changed_or_kept_back_is_recorded_also_on_a_closed_case():
    past = given(*CASE, consented("ppt"), closed())
    for event in (asked(), withheld(), capacity_changed(), narrowed("skole")):
        past.when(event).then_recorded()
