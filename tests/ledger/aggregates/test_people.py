"""Participants come in on consent or another basis; shields have reason and end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledger.access import may_read, may_see, may_write
from ledger.events.barnevern import BarnevernConsulted, MeldingDeliveryStatus
from ledger.events.people import InterpreterDecided, LegalBasis, ParticipantJoined
from ledger.events.plan import Responsible
from ledger.refusals import (
    AddressProtected,
    AskLeader,
    Closed,
    NoConsent,
    NoReason,
    NotDue,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    ADMINISTRATOR,
    ADVISER,
    AT_LEVEL_1,
    CASE,
    CASEWORKER,
    COORDINATOR,
    FATHER,
    LEADER,
    MONDAY,
    MOTHER,
    NURSE,
    SYSTEM,
    TEACHER,
    TODAY,
    WITH_HOLDER,
    appointed,
    as_holder,
    changed_guardian,
    closed,
    consented,
    extended,
    flagged,
    given,
    graded,
    guardian,
    heard,
    invited,
    left,
    lifted,
    log_opened,
    measure,
    narrowed,
    opened,
    protected,
    protected_no_more,
    protected_on,
    raised,
    refused,
    revoked,
    shielded,
    talked,
    withdrawn,
)

STATUTE = LegalBasis(act="barnevernsloven", section="15-8")


# --- participants ---------------------------------------------------------------------


def test_a_service_comes_in_when_consent_covers_it():
    past = given(*WITH_HOLDER)
    past.when(invited(), by=LEADER).then_refused(NoConsent)
    covered = past.and_(consented("ppt", consent_id="s-2"))
    after = covered.when(invited(), by=LEADER).then_recorded()
    assert after.case.people.participants["radgiver"].service == "ppt"


def test_the_holders_own_service_needs_no_consent():
    past = given(*AT_LEVEL_1, appointed("radgiver", service="ppt"))
    past.when(invited("ny", "ppt"), by=LEADER).then_recorded()
    past.when(invited("ny", "bup"), by=LEADER).then_refused(NoConsent)


def test_the_openers_own_service_needs_no_consent():
    past = given(*AT_LEVEL_1, by=NURSE)
    past.when(invited("ny", "helsestasjon"), by=COORDINATOR).then_recorded()
    past.when(invited("ny", "bup"), by=COORDINATOR).then_refused(NoConsent)


def test_a_statute_stands_for_the_consent():
    past = given(*WITH_HOLDER)
    after = past.when(invited(legal_basis=STATUTE), by=LEADER).then_recorded()
    assert after.case.people.on_legal_basis("ppt")
    assert not after.case.people.on_legal_basis("bup")


def test_a_statute_that_was_not_in_force_that_day_stands_for_nothing():
    past, old = given(*WITH_HOLDER), {"act": "LOV-1992-12-04-126", "section": "1"}
    asked = invited(legal_basis=LegalBasis(**old))
    past.when(asked, by=LEADER, at=MONDAY).then_refused(NoConsent)
    covered = past.and_(consented("ppt", consent_id="s-2"))
    after = covered.when(asked, by=LEADER).then_recorded()
    assert not after.case.people.on_legal_basis("ppt")  # it is there by the consent
    new = LegalBasis(act="arkivlova 2025", section="1")
    past.when(invited(legal_basis=new), by=LEADER, at=MONDAY).then_recorded()


def test_nobody_is_invited_into_a_closed_case():
    past = given(*WITH_HOLDER, consented("ppt", consent_id="s-2"), closed())
    past.when(invited(), by=LEADER).then_refused(Closed)


def test_who_joined_is_a_participant_invited_or_not():
    joined = ParticipantJoined(service="bup", person_ref="lege")
    past = given(*CASE).when(joined).then_recorded()
    assert past.case.people.participants["lege"].joined_at is not None
    assert past.case.people.services["lege"] == "bup"


def test_an_invitation_is_kept_when_the_person_joins():
    past = given(
        *CASE, invited(), ParticipantJoined(service="ppt", person_ref="radgiver")
    )
    person = past.case.people.participants["radgiver"]
    assert person.invited_at is not None
    assert person.scope == ("skole",)


def test_the_same_ref_again_replaces_what_was_registered():
    past = given(*CASE, guardian("far", authority="without", language="en"))
    assert past.case.people.guardians["far"].authority == "without"
    assert past.case.people.guardians["far"].language == "en"


# --- shields --------------------------------------------------------------------------


def test_a_shielding_has_a_reason_and_a_review_date():
    past = given(*CASE)
    past.when(shielded(), by=LEADER).then_recorded()
    outcome = past.when(shielded(reason="", review_on=None), by=LEADER)
    outcome.then_refused(NoReason)
    assert outcome.fields == ("reason", "review_on")


def test_a_shielding_is_decided_on_a_closed_case_too():
    given(*CASE, closed()).when(shielded(), by=LEADER).then_recorded()


def test_a_renewed_decision_brings_a_new_review_date():
    later = date(2026, 5, 1)
    past = given(*CASE, shielded(audience=("larer",)), shielded(review_on=later))
    shield = past.case.people.shields["sk-1"]
    assert shield.review_on == later
    assert shield.audience == {"larer"}


def test_only_a_shield_that_stands_is_lifted():
    past = given(*CASE)
    past.when(lifted(), by=LEADER).then_refused(UnknownTarget)
    past = past.and_(shielded(), by=LEADER).when(lifted(), by=LEADER).then_recorded()
    past.when(lifted(), by=LEADER).then_refused(UnknownTarget)


def test_lifting_says_why():
    past = given(*CASE, shielded())
    past.when(lifted(reason=" "), by=LEADER).then_refused(NoReason)


def test_a_shield_that_was_never_decided_can_be_lifted():
    past = given(*CASE).and_(flagged(), by=LEADER, under="sk-1")
    past.when(lifted(), by=LEADER).then_recorded()


def test_whoever_opens_a_shield_is_its_author_and_nobody_else():
    past = given(*CASE).and_(raised(), flagged(), under="sk-1")
    past = past.and_(heard(), by=LEADER, under="sk-1")
    assert past.case.people.shields["sk-1"].authors == {"larer"}
    assert not may_see(past.case, LEADER, "sk-1")


@pytest.mark.parametrize(
    "event",
    [
        shielded(audience=("rektor",)),
        shielded(from_whom=("larer",)),
        lifted(),
        graded(graded_with="rektor"),
        BarnevernConsulted(anonymous=False, advice="Vent."),
    ],
    ids=lambda event: event.NAME,
)
def test_who_is_outside_a_shield_changes_nothing_of_who_reads_it(event):
    before = given(*CASE).and_(raised(), flagged(), under="sk-1")
    after = before.and_(event, by=LEADER, under="sk-1")
    assert after.case.people.shields == before.case.people.shields


def test_whom_a_concern_was_shared_with_is_in_its_confidence():
    past = given(*CASE).and_(raised(), graded(graded_with="styrer"), under="sk-1")
    assert past.case.people.shields["sk-1"].confidants == {"styrer"}


def test_the_service_last_written_for_is_a_persons_own():
    past = given(*CASE).and_(raised(), by=NURSE)
    assert past.case.people.services["helsesykepleier"] == "helsestasjon"
    past = past.and_(raised("b-2"), by=as_holder(LEADER))
    assert past.case.people.services["rektor"] == "skole"


# --- who is known from where ----------------------------------------------------------


@pytest.mark.parametrize("ref", ["larer", "mor", "gjest"])
def test_whoever_wrote_is_registered_or_took_part_is_a_person(ref):
    past = given(*CASE, talked("gjest"))
    assert past.case.people.is_person(ref)


def test_a_service_is_no_person_though_someone_bears_its_name():
    past = given(*CASE).and_(raised(), by=replace(NURSE, ref="helsestasjon"))
    assert not past.case.people.is_person("helsestasjon")
    assert not past.case.people.is_person("ukjent")


def test_what_the_system_writes_makes_no_author_and_no_recorder():
    delivered = MeldingDeliveryStatus(melding_id="bm-1", status="LEVERT")
    past = given(*CASE).and_(delivered, by=SYSTEM, under="sk-1")
    assert past.case.people.recorders == {"larer"}
    assert past.case.people.shields["sk-1"].authors == set()


@pytest.mark.parametrize(
    ("anonymous", "concerns_barnevern"), [(False, True), (True, False)]
)
def test_a_shield_concerns_barnevern_once_it_was_asked_by_name(
    anonymous, concerns_barnevern
):
    asked = BarnevernConsulted(anonymous=anonymous, advice="Vent.")
    past = given(*CASE).and_(flagged(), asked, under="sk-1")
    assert past.case.people.shields["sk-1"].barnevern == concerns_barnevern
    assert may_see(past.case, CASEWORKER, "sk-1") == concerns_barnevern


def test_a_shared_consultation_opens_no_shield():
    asked = BarnevernConsulted(anonymous=False, advice="Vent.")
    assert not given(*CASE, asked).case.people.shields


def test_a_guardian_who_answers_for_a_measure_is_of_no_service():
    at_home = measure(responsible=Responsible(service="hjem", person="mor"))
    past = given(*CASE, at_home, measure("ppt", "radgiver", measure_id="t-2"))
    assert "mor" not in past.case.people.services
    assert past.case.people.services["radgiver"] == "ppt"


def test_the_last_lifting_of_a_shield_is_remembered():
    past = given(*CASE)
    assert not past.case.people.shield_lifted_since(MONDAY)
    past = past.and_(shielded(), lifted())
    lifted_at = past.case.entries[-1].occurred_at
    assert past.case.people.shield_lifted_since(lifted_at)
    assert not past.case.people.shield_lifted_since(lifted_at + timedelta(seconds=1))


def test_the_family_is_told_by_a_talk_a_consent_or_a_log():
    past = given(*CASE)
    assert not past.case.parties.told
    assert past.and_(talked("far")).case.parties.told == {"far"}
    with_child = talked("far", child_present=True)
    assert past.and_(with_child).case.parties.told == {"far", "barn"}
    assert past.and_(consented("skole")).case.parties.everyone_told
    assert past.and_(log_opened()).case.parties.everyone_told


def test_what_is_under_a_shield_tells_only_those_who_were_there():
    past = given(*CASE)
    past = past.and_(consented("skole"), log_opened(), talked("far"), under="sk-1")
    assert not past.case.parties.everyone_told
    assert past.case.parties.told == {"mor", "far"}


# --- who leaves, and whose way in is closed -------------------------------------------

ONE_DAY = timedelta(days=1)
WITH_PPT = (*CASE, consented("skole", "ppt"), log_opened(), invited())


def reads(past, person, day: date | None = TODAY) -> bool:
    return may_read(past.case, person, on=day)


def test_only_who_takes_part_can_leave_and_only_once():
    past = given(*CASE)
    past.when(left()).then_refused(UnknownTarget)
    after = past.and_(invited()).when(left(last_day=TODAY)).then_recorded()
    assert after.case.people.participants["radgiver"].left_on == TODAY
    after.when(left()).then_refused(UnknownTarget)


def test_who_has_left_reads_no_more_and_may_come_back():
    past = given(*WITH_PPT)
    assert reads(past, ADVISER)
    gone = past.and_(left())
    assert not reads(gone, ADVISER)
    back = ParticipantJoined(service="ppt", person_ref="radgiver")
    assert reads(gone.and_(back), ADVISER)


def test_a_basis_leaves_with_the_participant_it_brought_in():
    past = given(*CASE, invited(legal_basis=STATUTE))
    assert past.case.people.on_legal_basis("ppt")
    assert not past.and_(left()).case.people.on_legal_basis("ppt")


def test_access_is_revoked_for_a_reason_also_of_who_has_not_joined():
    past = given(*WITH_HOLDER)
    past.when(revoked(reason=" "), by=LEADER).then_refused(NoReason)
    past.when(revoked("ny"), by=LEADER).then_recorded()
    past.when(revoked("ny"), by=TEACHER).then_refused(WrongRole)


def test_whose_access_is_revoked_neither_reads_nor_writes():
    past = given(*WITH_PPT).and_(raised("b-2"), by=ADVISER)
    assert reads(past, ADVISER)
    shut = past.and_(revoked())
    assert not reads(shut, ADVISER)
    assert not may_write(shut.case, ADVISER)
    assert reads(shut.and_(invited()), ADVISER)


def test_who_holds_the_baton_or_coordinates_keeps_access():
    past = given(*WITH_HOLDER, revoked("larer"), revoked("koordinator"))
    assert reads(past, TEACHER)
    assert reads(past, COORDINATOR)


def test_who_is_brought_in_again_has_a_way_in_again():
    past = given(*WITH_PPT, revoked())
    assert reads(past.and_(appointed("radgiver", service="ppt")), ADVISER)


@pytest.mark.parametrize(
    "no", [withdrawn(), withdrawn("ppt"), narrowed("skole"), refused("ppt")]
)
def test_a_service_without_consent_reads_no_more(no):
    past = given(*WITH_PPT)
    after = past.and_(no)
    assert reads(past, ADVISER)
    assert not reads(after, ADVISER)
    assert reads(after, TEACHER)
    again = consented("ppt", consent_id="s-9")
    assert reads(after.and_(again), ADVISER)


def test_a_withdrawal_to_come_closes_nothing_before_its_day():
    past = given(*WITH_PPT, withdrawn(from_date=TODAY + ONE_DAY))
    assert reads(past, ADVISER, TODAY)
    assert not reads(past, ADVISER, TODAY + ONE_DAY)
    assert not reads(past, ADVISER, None)


def test_who_is_here_by_law_reads_whatever_is_withdrawn():
    past = given(*WITH_PPT, invited(legal_basis=STATUTE), withdrawn())
    assert reads(past, ADVISER)


def test_the_word_of_a_youth_who_consents_alone_stands():
    own = consented("ppt", consent_id="s-2", giver_ref="barn", giver_capacity="youth")
    for born, stands in ((date(2010, 3, 2), True), (date(2013, 3, 2), False)):
        past = given(opened(birth_date=born), guardian(), *WITH_PPT[3:], own)
        assert reads(past.and_(withdrawn()), ADVISER) == stands


def test_who_has_no_say_takes_nobody_out():
    past = given(*WITH_PPT, guardian("far", authority="without"))
    assert reads(past.and_(refused("ppt", giver="far")), ADVISER)
    assert reads(past.and_(refused("ppt", giver="tante")), ADVISER)


def test_a_withdrawal_is_recorded_by_who_may_not_read_and_brings_nobody_back():
    past = given(*WITH_PPT)
    outsider = replace(NURSE, service="ppt")
    assert not reads(past, outsider)
    shut = past.when(narrowed("skole"), by=outsider).then_recorded()
    shut.when(extended("skole", "ppt"), by=outsider).then_refused(AskLeader)


def test_who_may_not_read_any_more_still_records_that_they_left():
    past = given(*WITH_PPT, withdrawn())
    after = past.when(left(), by=ADVISER).then_recorded()
    assert not reads(after, ADVISER)


# --- guardians who change -------------------------------------------------------------


def test_only_a_guardian_on_record_changes():
    past = given(opened(), guardian("far"))
    past.when(changed_guardian("mor")).then_refused(UnknownTarget)
    past.when(changed_guardian("far")).then_recorded()
    assert past.and_(changed_guardian("mor")).case.people.guardians.keys() == {"far"}


def test_a_change_of_authority_counts_from_its_day():
    past = given(*CASE, talked("far"))
    lost = changed_guardian(authority="without", from_date=TODAY + ONE_DAY)
    past = past.and_(lost)
    far = past.case.people.guardians["far"]
    assert far.authority == "foreldreansvar"
    assert far.authority_on(TODAY - ONE_DAY) == "foreldreansvar"
    assert far.authority_on(TODAY + ONE_DAY) == "without"
    assert reads(past, FATHER, TODAY)
    assert not reads(past, FATHER, TODAY + ONE_DAY)


def test_a_guardian_who_gains_authority_reads_from_that_day():
    past = given(*CASE, guardian("far", authority="without"), talked("far"))
    gained = changed_guardian(authority="daglig", from_date=TODAY + ONE_DAY)
    past = past.and_(gained)
    assert not reads(past, FATHER, TODAY)
    assert reads(past, FATHER, TODAY + ONE_DAY)


def test_a_change_of_name_leaves_the_authority():
    past = given(*CASE, changed_guardian(name="Testforelder Ny"))
    assert past.case.people.guardians["far"].authority == "foreldreansvar"
    assert reads(past.and_(talked("mor")), MOTHER)


# --- protected addresses and interpreters ---------------------------------------------


def test_who_is_not_cleared_neither_protects_nor_renews():
    past = given(*CASE)
    past.when(protected(), by=ADMINISTRATOR).then_refused(AddressProtected)
    past = past.when(protected(), by=LEADER).then_recorded()
    later = protected_on(TODAY + ONE_DAY)
    past.when(later, by=ADMINISTRATOR).then_refused(AddressProtected)
    past.when(later, by=COORDINATOR).then_recorded()


def test_only_a_protection_that_stands_is_renewed_or_ends():
    past, at = given(*CASE), MONDAY + ONE_DAY
    later = protected_on(TODAY + ONE_DAY)
    past.when(later, by=LEADER).then_refused(UnknownTarget)
    past.when(protected_no_more(), by=SYSTEM).then_refused(UnknownTarget)
    past = past.and_(protected())
    past = past.when(protected_no_more(), by=SYSTEM, at=at).then_recorded()
    past.when(later, by=LEADER).then_refused(UnknownTarget)
    past.when(protected_no_more(), by=SYSTEM).then_refused(UnknownTarget)


@pytest.mark.parametrize("valid_to", [TODAY, None])
def test_a_protection_lapses_after_its_last_day_if_it_has_one(valid_to):
    past = given(*CASE, protected(valid_to))
    past.when(protected_no_more(), by=SYSTEM).then_refused(NotDue)


def test_a_renewed_protection_lasts_longer():
    past = given(*CASE, protected(), protected_on(TODAY + ONE_DAY))
    at = MONDAY + ONE_DAY
    past.when(protected_no_more(), by=LEADER, at=at).then_refused(NotDue)
    past.when(protected_no_more(), by=LEADER, at=at + ONE_DAY).then_recorded()


def test_a_renewal_whose_beginning_is_lost_still_protects():
    past = given(*CASE, protected_on(TODAY))
    assert past.case.people.protected["barn"].valid_to == TODAY


def test_the_last_decision_on_an_interpreter_stands_for_its_language():
    past = given(*CASE)
    for needed in (True, False):
        decision = InterpreterDecided(language="ar", needed=needed)
        past = past.when(decision).then_recorded()
    assert past.case.people.interpreters == {"ar": False}
