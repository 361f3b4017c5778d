"""Participants come in on consent or another basis; shields have reason and end."""

from __future__ import annotations

from datetime import date

from ledger.events.people import LegalBasis, ParticipantJoined
from ledger.refusals import Closed, NoConsent, NoReason, UnknownTarget
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    CASE,
    COORDINATOR,
    LEADER,
    NURSE,
    WITH_HOLDER,
    appointed,
    as_holder,
    closed,
    consented,
    flagged,
    given,
    graded,
    guardian,
    invited,
    lifted,
    raised,
    shielded,
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
    past = given(*CASE).and_(flagged(), under="sk-1")
    past.when(lifted(), by=LEADER).then_recorded()


def test_whoever_writes_under_a_shield_is_its_author():
    past = given(*CASE).and_(raised(), flagged(), under="sk-1")
    past = past.and_(graded(), by=LEADER, under="sk-1")
    assert past.case.people.shields["sk-1"].authors == {"larer", "rektor"}


def test_whom_a_concern_was_shared_with_is_in_its_confidence():
    past = given(*CASE).and_(raised(), graded(graded_with="styrer"), under="sk-1")
    assert past.case.people.shields["sk-1"].confidants == {"styrer"}


def test_the_service_last_written_for_is_a_persons_own():
    past = given(*CASE).and_(raised(), by=NURSE)
    assert past.case.people.services["helsesykepleier"] == "helsestasjon"
    past = past.and_(raised("b-2"), by=as_holder(LEADER))
    assert past.case.people.services["rektor"] == "skole"
