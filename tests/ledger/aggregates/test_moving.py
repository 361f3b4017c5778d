"""A case goes where the family allows it to go, and the unborn are born once."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.access import may_read
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.events.moving import (
    ChildBorn,
    MoveNotified,
    TransferConsentGiven,
    TransferPart,
    TransferReceived,
    TransferRefused,
    TransferSent,
)
from ledger.events.people import LegalBasis
from ledger.refusals import ChildUnheard, NoCase, NoConsent, NotUnborn, WrongRole
from tests.ledger.aggregates.story import (
    ADVISER,
    CASE,
    CASEWORKER,
    FATHER,
    LEADER,
    MOTHER,
    STRANGER,
    TEACHER,
    TODAY,
    WITH_HOLDER,
    accepted,
    as_holder,
    closed,
    given,
    guardian,
    heard,
    opened,
    proposed,
    talked,
)

ARCHIVIST = Actor("arkivar", Role.ARCHIVE_OFFICER)
MOVES = MoveNotified(to_municipality="4299", on=date(2026, 8, 1), source="mor")
SENT = TransferSent(
    transfer_id="ov-1", to_municipality="4299", recipient="KE", bundle_hash="ab"
)
RECEIVED = TransferReceived(transfer_id="ov-1", bundle_hash="ab")
BORN = ChildBorn(subject_ref="barn", on=TODAY, name="Testbarn Mai")


def allowed(giver: str = "mor", to: str = "4299") -> TransferConsentGiven:
    return TransferConsentGiven(
        giver_ref=giver, part=TransferPart(all=True), to_municipality=to
    )


def refused(transfer_id: str | None = None) -> TransferRefused:
    return TransferRefused(
        transfer_id=transfer_id, to_municipality="4299", reason="Nytt liv."
    )


# --- the move -------------------------------------------------------------------------


def test_a_move_is_told_by_staff_and_by_the_family_that_was_told_of_the_case():
    past = given(*CASE, closed())
    assert past.when(MOVES).then_recorded().case.moving.move.to_municipality == "4299"
    past.when(MOVES, by=MOTHER).then_refused(NoCase)
    past.and_(talked("mor")).when(MOVES, by=MOTHER).then_recorded()
    past.when(MOVES, by=ARCHIVIST).then_refused(WrongRole)


# --- the transfer ---------------------------------------------------------------------


def test_a_case_is_sent_where_somebody_with_a_say_allows_it():
    past = given(*CASE)
    past.when(SENT).then_refused(NoConsent)
    past.and_(allowed()).when(SENT).then_recorded()
    past.and_(allowed("fremmed")).when(SENT).then_refused(NoConsent)
    past.and_(allowed(to="5001")).when(SENT).then_refused(NoConsent)


def test_another_basis_than_consent_carries_a_transfer():
    basis = LegalBasis(act="forvaltningsloven", section="13 b")
    carried = SENT.model_copy(update={"legal_basis": basis})
    past = given(*CASE, closed("moved")).when(carried, by=ARCHIVIST).then_recorded()
    assert past.case.moving.transfers["ov-1"].to_municipality == "4299"
    for wrong in (
        LegalBasis(act=" ", section="13 b"),
        LegalBasis(act="forvaltningsloven", section=" "),
        LegalBasis(act="forvaltningsloven 2025", section="34"),  # not in force
    ):
        event = SENT.model_copy(update={"legal_basis": wrong})
        given(*CASE).when(event).then_refused(NoConsent)


def test_barnevern_and_the_family_send_nothing():
    past = given(*WITH_HOLDER, allowed())
    past.when(SENT, by=MOTHER).then_refused(WrongRole)
    past.when(SENT, by=CASEWORKER).then_refused(NoCase, WrongRole)


def test_the_family_allows_a_transfer_and_takes_it_back():
    past = given(*WITH_HOLDER).when(allowed(), by=MOTHER).then_recorded()
    past = past.when(refused(), by=FATHER).then_recorded()
    past.when(SENT).then_refused(NoConsent)
    past.and_(allowed()).when(SENT).then_recorded()


def test_a_receivers_no_ends_the_transfer_and_no_consent():
    past = given(*CASE, allowed(), SENT).when(refused("ov-1")).then_recorded()
    assert past.case.moving.transfers["ov-1"].refused_at is not None
    again = SENT.model_copy(update={"transfer_id": "ov-2"})
    past.when(again).then_recorded()


def test_what_arrives_need_not_have_been_sent_from_here():
    past = given(*CASE, closed()).when(RECEIVED).then_recorded()
    assert past.case.moving.transfers["ov-1"].received_at is not None
    past = given(*CASE, allowed(), SENT).when(RECEIVED).then_recorded()
    assert past.case.moving.transfers["ov-1"].sent_at is not None


def test_a_transfer_consent_carries_the_handover_to_the_receiving_unit():
    past = given(*WITH_HOLDER)
    holder = as_holder(TEACHER)
    past.when(proposed(), by=holder).then_refused(NoConsent)
    past = past.and_(allowed()).when(proposed(), by=holder).then_recorded()
    past.when(accepted(), by=ADVISER).then_recorded()


# --- the birth ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["unborn", "pregnant"])
def test_the_child_that_was_waited_for_is_born(kind):
    before = given(opened(subject_kind=kind, subject_ref="gravid", birth_date=None))
    past = before.when(BORN).then_recorded()
    opening = past.case.opening
    assert (opening.subject, opening.kind) == ("barn", "born")
    assert opening.birth_date == TODAY
    assert past.case.parties.subject == "barn"
    past.when(BORN).then_refused(NotUnborn)


@pytest.mark.parametrize("kind", ["born", "youth"])
def test_nobody_is_born_twice(kind):
    given(opened(subject_kind=kind)).when(BORN).then_refused(NotUnborn)


def test_a_birth_is_told_of_a_closed_case_and_by_staff_alone():
    past = given(opened(subject_kind="unborn"), guardian(), talked("mor"), closed())
    past.when(BORN, by=TEACHER).then_recorded()
    past.when(BORN, by=MOTHER).then_refused(WrongRole)
    past.when(BORN, by=STRANGER).then_refused(NoCase)


def test_a_child_that_is_born_is_heard_like_any_other():
    past = given(opened(subject_kind="unborn"), guardian(), BORN)
    past.when(closed(), by=LEADER).then_refused(ChildUnheard)
    past.and_(heard()).when(closed(), by=LEADER).then_recorded()


def test_a_pregnant_woman_consents_for_her_child_no_more_when_it_is_born():
    past = given(opened(subject_kind="pregnant", subject_ref="mor"), allowed())
    past.when(SENT).then_recorded()
    past.and_(BORN).when(SENT).then_refused(NoConsent)
    past.and_(BORN, guardian()).when(SENT).then_recorded()


def test_the_woman_who_bore_reads_on_as_the_childs_guardian():
    past = given(opened(subject_kind="pregnant", subject_ref="mor"), talked("mor"))
    past = past.and_(BORN, guardian())
    assert may_read(past.case, MOTHER, on=TODAY)
    as_subject = Actor("mor", Role.YOUTH)
    assert not may_read(past.case, as_subject, on=TODAY)
