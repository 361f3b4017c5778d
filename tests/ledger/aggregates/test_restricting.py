"""Disputes, restrictions, erasure and holds: each stands beside what it is about."""

from __future__ import annotations

import pytest

from ledger.entry import Actor
from ledger.events.correction import (
    EntryDisputed,
    ErasureDecided,
    ErasureRequested,
    KeyDestroyed,
    LegalHoldPlaced,
    LegalHoldReleased,
    RestrictionApplied,
    RestrictionLifted,
    SealingExecuted,
    Target,
)
from ledger.events.event import Role
from ledger.events.people import LegalBasis
from ledger.refusals import (
    Hold,
    NoCase,
    NoLegalBasis,
    NoReason,
    OneOfficer,
    Retention,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    CASE,
    LEADER,
    MOTHER,
    SUPERVISOR,
    WITH_HOLDER,
    closed,
    flagged,
    given,
    met,
)
from tests.ledger.aggregates.test_archive import ARCHIVIST, classed
from tests.ledger.aggregates.test_supervision import SCHOOL, ended, taken_up

OFFICER = Actor("ombud", Role.PRIVACY_OFFICER)
MEETING = {"event": "MeetingHeld", "meeting_id": "mo-1"}
ASKED = ErasureRequested(reason="Stemmer ikke lenger.")
PLACED = LegalHoldPlaced(hold_id="lh-1", placed_by="statsforvalter", reason="Tilsyn.")
RELEASED = LegalHoldReleased(hold_id="lh-1", reason="Ferdig.")
APPLIED = RestrictionApplied(restriction_id="b-1", scope={"all": True}, reason="Uenig.")
LIFTED = RestrictionLifted(restriction_id="b-1", reason="Avklart.")


def disputed(**target: str) -> EntryDisputed:
    return EntryDisputed(
        target=Target.model_validate(target),
        disputed_by="mor",
        statement="Det sa jeg ikke.",
    )


def decided(outcome: str = "refused", section: str = "13", **said) -> ErasureDecided:
    basis = LegalBasis(act="arkivlova", section=section)
    return ErasureDecided(**{"basis": basis, **said}, outcome=outcome, appeal_info=True)


def destroyed(**said) -> KeyDestroyed:
    usual = {
        "key_id": "k-1",
        "authority": "Vedtak 7",
        "officers": ("ombud", "arkivar"),
        "witness": "rektor",
    }
    return KeyDestroyed(**{**usual, **said})


def without(event, field: str = "reason"):
    return event.model_copy(update={field: " "})


# --- disputes -------------------------------------------------------------------------


def test_a_guardian_disputes_an_entry_and_both_stand():
    past = given(*WITH_HOLDER, met("mor"))
    after = past.when(disputed(**MEETING), by=MOTHER).then_recorded()
    assert after.case.entries[:-1] == past.case.entries
    assert after.case.meeting == past.case.meeting
    (dispute,) = after.case.correction.disputes
    assert dispute.disputed_by == "mor"


def test_what_is_not_there_is_not_disputed():
    past = given(*WITH_HOLDER)
    past.when(disputed(**MEETING), by=MOTHER).then_refused(UnknownTarget)
    past.when(disputed(entry="99"), by=LEADER).then_refused(UnknownTarget)


def test_an_entry_of_a_closed_case_is_disputed():
    past = given(*WITH_HOLDER, met("mor"), closed())
    past.when(disputed(**MEETING), by=MOTHER).then_recorded()


def test_a_case_that_the_family_has_not_been_told_of_is_not_there_to_be_disputed():
    given(*CASE, met()).when(disputed(entry="1"), by=MOTHER).then_refused(NoCase)


def test_the_family_learns_of_no_shielded_entry_by_disputing_it():
    past = given(*WITH_HOLDER).and_(flagged(), by=LEADER, under="sk-1")
    place = str(past.case.entries[-1].position)
    past.when(disputed(entry=place), by=MOTHER).then_refused(UnknownTarget)


def test_the_dispute_of_a_shielded_entry_lies_under_its_shield():
    past = given(*WITH_HOLDER).and_(flagged(), by=LEADER, under="sk-1")
    place = str(past.case.entries[-1].position)
    past = past.when(disputed(entry=place), by=LEADER).then_recorded()
    assert past.case.entries[-1].shield == "sk-1"


def test_a_supervisor_does_not_dispute():
    given(*WITH_HOLDER).when(disputed(entry="1"), by=SUPERVISOR).then_refused(WrongRole)


# --- restriction ----------------------------------------------------------------------


def test_a_restriction_has_a_reason():
    given(*CASE).when(without(APPLIED), by=OFFICER).then_refused(NoReason)
    past = given(*CASE).when(APPLIED, by=OFFICER).then_recorded()
    assert past.case.correction.restrictions["b-1"].lifted_at is None


def test_a_restriction_is_lifted_once_and_with_a_reason():
    given(*CASE).when(LIFTED, by=OFFICER).then_refused(UnknownTarget)
    past = given(*CASE).and_(APPLIED, by=OFFICER)
    past.when(without(LIFTED), by=OFFICER).then_refused(NoReason)
    past = past.when(LIFTED, by=OFFICER).then_recorded()
    assert past.case.correction.restrictions["b-1"].lifted_at is not None
    past.when(LIFTED, by=OFFICER).then_refused(UnknownTarget)


def test_a_restriction_of_a_shielded_entry_lies_under_its_shield():
    past = given(*WITH_HOLDER).and_(flagged(), by=LEADER, under="sk-1")
    scope = {"entries": (str(past.case.entries[-1].position),)}
    narrow = APPLIED.model_copy(update={"scope": type(APPLIED.scope)(**scope)})
    past = past.when(narrow, by=LEADER).then_recorded()
    assert past.case.entries[-1].shield == "sk-1"
    past = past.when(LIFTED, by=LEADER).then_recorded()
    assert past.case.entries[-1].shield == "sk-1"


# --- erasure --------------------------------------------------------------------------


def test_a_guardian_asks_for_erasure_and_is_answered():
    past = given(*WITH_HOLDER).when(ASKED, by=MOTHER).then_recorded()
    past = past.when(decided(), by=OFFICER).then_recorded()
    (request,) = past.case.correction.requests
    assert (request.requester, request.outcome) == ("mor", "refused")


def test_only_a_request_that_waits_is_answered():
    given(*CASE).when(decided(), by=OFFICER).then_refused(UnknownTarget)
    past = given(*CASE).and_(ASKED, by=LEADER).and_(decided(), by=OFFICER)
    past.when(decided(), by=OFFICER).then_refused(UnknownTarget)


def test_the_request_that_has_waited_longest_is_answered_first():
    again = ErasureRequested(requester_ref="far")
    past = given(*WITH_HOLDER).and_(ASKED, by=MOTHER).and_(again, by=LEADER)
    past = past.when(decided("sealed"), by=OFFICER).then_recorded()
    told = [(r.requester, r.outcome) for r in past.case.correction.requests]
    assert told == [("mor", "sealed"), ("far", None)]


NO_BASIS = (
    None,
    LegalBasis(act="arkivlova", section=" "),
    LegalBasis(act="forvaltningsloven 2025", section="70"),  # not in force
)


@pytest.mark.parametrize("basis", NO_BASIS)
def test_an_answer_to_a_request_rests_on_a_provision(basis):
    past = given(*CASE).and_(ASKED, by=LEADER)
    past.when(decided(basis=basis), by=OFFICER).then_refused(NoLegalBasis)


@pytest.mark.parametrize("officers", [None, ("ombud",), ("ombud", "ombud")])
def test_putting_beyond_daily_use_is_of_two_officers(officers):
    sealing = SealingExecuted(scope={"all": True}, officers=officers)
    given(*CASE).when(sealing, by=OFFICER).then_refused(OneOfficer)


def test_two_officers_put_a_part_beyond_daily_use():
    sealing = SealingExecuted(scope={"all": True}, officers=("ombud", "arkivar"))
    past = given(*CASE).when(sealing, by=OFFICER).then_recorded()
    assert [scope.all for scope in past.case.correction.sealed] == [True]


# --- destruction ----------------------------------------------------------------------


def test_without_an_authority_on_record_no_key_is_said_to_be_destroyed():
    given(*CASE).when(destroyed(), by=ARCHIVIST).then_refused(Retention)
    answered = given(*CASE).and_(ASKED, by=LEADER).and_(decided(), by=OFFICER)
    answered.when(destroyed(), by=ARCHIVIST).then_refused(Retention)
    past = given(*CASE).and_(classed("kasseres", "Vedtak 8"), by=ARCHIVIST)
    past.when(destroyed(), by=ARCHIVIST).then_refused(Retention)


def test_a_decision_on_kassasjon_lets_a_key_be_destroyed():
    past = given(*CASE).and_(ASKED, by=LEADER).and_(decided("kassert"), by=OFFICER)
    past.when(destroyed(authority=" "), by=ARCHIVIST).then_refused(Retention)
    past = past.when(destroyed(), by=ARCHIVIST).then_recorded()
    assert past.case.correction.destroyed_keys == {"k-1"}


def test_a_retention_class_lets_a_key_be_destroyed_on_its_authority():
    past = given(*CASE).and_(classed("kasseres", "Vedtak 7"), by=ARCHIVIST)
    past.when(destroyed(), by=ARCHIVIST).then_recorded()


def test_what_must_be_kept_is_kept_whatever_was_decided():
    past = given(*CASE).and_(ASKED, by=LEADER).and_(decided("kassert"), by=OFFICER)
    past = past.and_(classed("bevares", "Vedtak 7"), by=ARCHIVIST)
    past.when(destroyed(), by=ARCHIVIST).then_refused(Retention)


def test_a_hold_or_a_supervisory_case_keeps_every_key():
    may_go = given(*CASE).and_(classed("kasseres", "Vedtak 7"), by=ARCHIVIST)
    held = may_go.and_(PLACED, by=OFFICER)
    held.when(destroyed(), by=ARCHIVIST).then_refused(Hold)
    released = held.and_(RELEASED, by=OFFICER)
    released.when(destroyed(), by=ARCHIVIST).then_recorded()
    supervised = may_go.and_(taken_up(SCHOOL), by=SUPERVISOR)
    supervised.when(destroyed(), by=ARCHIVIST).then_refused(Hold)
    done = supervised.and_(ended(), by=SUPERVISOR)
    done.when(destroyed(), by=ARCHIVIST).then_recorded()


def test_a_key_is_destroyed_by_two_officers():
    may_go = given(*CASE).and_(classed("kasseres", "Vedtak 7"), by=ARCHIVIST)
    alone = destroyed(officers=("arkivar", "arkivar"))
    may_go.when(alone, by=ARCHIVIST).then_refused(OneOfficer)


# --- holds ----------------------------------------------------------------------------


def test_a_hold_has_a_reason():
    given(*CASE).when(without(PLACED), by=OFFICER).then_refused(NoReason)
    past = given(*CASE).when(PLACED, by=OFFICER).then_recorded()
    assert past.case.correction.is_held


def test_a_supervisor_holds_a_case_that_is_supervised():
    given(*CASE).when(PLACED, by=SUPERVISOR).then_refused(NoCase)
    past = given(*CASE).and_(taken_up(SCHOOL), by=SUPERVISOR)
    past.when(PLACED, by=SUPERVISOR).then_recorded()


def test_a_hold_is_released_once_and_with_a_reason():
    given(*CASE).when(RELEASED, by=OFFICER).then_refused(UnknownTarget)
    past = given(*CASE).and_(PLACED, by=OFFICER)
    past.when(without(RELEASED), by=OFFICER).then_refused(NoReason)
    past = past.when(RELEASED, by=OFFICER).then_recorded()
    assert not past.case.correction.is_held
    past.when(RELEASED, by=OFFICER).then_refused(UnknownTarget)
