"""Who may be called together; and parents are not told first of suspected violence."""

from __future__ import annotations

from datetime import (
    date,
    timedelta,
)

import pytest

from ledger.events.closing import Disposition
from ledger.events.concern import RiskFlagResolved
from ledger.events.meeting import (
    MeetingCancelled,
)
from ledger.events.people import LegalBasis
from ledger.refusals import (
    AskLeader,
    Closed,
    NoConsent,
    OpenItems,
    ParentsFirstForbidden,
    UnknownTarget,
)
from tests.ledger.aggregates.story import (
    CASE,
    LEADER,
    MONDAY,
    NURSE,
    TEACHER,
    WITH_HOLDER,
    called,
    closed,
    consented,
    flagged,
    given,
    heard,
    invited,
    lifted,
    met,
    raised,
    shielded,
)

TALK = called("mor", type="undringssamtale")
RESOLVED = RiskFlagResolved(flag_id="f-1", reason="Trygt.")


def test_people_of_covered_services_and_the_family_are_called():
    past = given(*WITH_HOLDER, consented("ppt", consent_id="s-2"), invited())
    past = past.when(called("larer", "radgiver", "mor", "ukjent")).then_recorded()
    assert "mo-1" in past.case.meeting.scheduled


def test_a_person_of_a_service_without_consent_is_not_called():
    past = given(*WITH_HOLDER).and_(raised("b-2"), by=NURSE)
    past.when(called("larer", "helsesykepleier")).then_refused(NoConsent)


def test_a_participant_on_another_basis_is_called():
    statute = LegalBasis(act="barnevernsloven", section="15-8")
    past = given(*WITH_HOLDER, invited(legal_basis=statute))
    past.when(called("radgiver")).then_recorded()


def test_no_meeting_is_called_in_a_closed_case():
    given(*CASE, closed()).when(called("larer")).then_refused(Closed)


def test_a_meeting_held_need_not_have_been_called_and_is_recorded_at_any_time():
    past = given(*CASE, heard(), closed()).when(met("larer", "mor")).then_recorded()
    assert "mo-1" in past.case.meeting.held


def test_a_meeting_held_is_no_longer_expected():
    past = given(*WITH_HOLDER, called("mor"), met("mor"))
    assert not past.case.meeting.scheduled


def test_closing_drops_the_meetings_it_decides_for():
    dropped = Disposition(item="meeting:mo-1", outcome="stopped")
    past = given(*WITH_HOLDER, called("mor"), called("far", meeting_id="mo-2"))
    past = past.and_(closed(dispositions=(dropped,)))
    assert list(past.case.meeting.scheduled) == ["mo-2"]


# --- parents first --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["violence", "sexual_abuse"])
@pytest.mark.parametrize("type_", ["undringssamtale", "foreldresamtale"])
def test_parents_are_not_told_first_of_suspected_violence_or_abuse(kind, type_):
    past = given(*CASE).and_(flagged(kind=kind), under="sk-1")
    past.when(called("mor", type=type_)).then_refused(ParentsFirstForbidden)


def test_other_dangers_and_other_meetings_are_talked_about_with_parents():
    past = given(*CASE).and_(flagged(kind="self_harm"), under="sk-1")
    past.when(TALK).then_recorded()
    past = given(*CASE).and_(flagged(), under="sk-1")
    past.when(called("mor", type="samarbeidsmote")).then_recorded()
    past.when(called("rektor", type="undringssamtale")).then_recorded()


def test_parents_are_called_again_once_the_flag_is_resolved():
    past = given(*CASE).and_(flagged(), RESOLVED, under="sk-1")
    past.when(TALK).then_recorded()


def test_parents_are_called_again_once_a_shield_was_lifted_after_the_flag():
    past = given(*CASE).and_(flagged(), shielded(), lifted(), under="sk-1")
    past.when(TALK).then_recorded()


def test_a_shield_lifted_before_the_flag_was_raised_does_not_count():
    past = given(*CASE).and_(shielded(), lifted(), flagged(), under="sk-1")
    past.when(TALK).then_refused(ParentsFirstForbidden)


def test_every_flag_of_violence_must_be_answered():
    past = given(*CASE).and_(flagged(), shielded(), lifted(), under="sk-1")
    past = past.and_(flagged("f-2"), under="sk-1")
    past.when(TALK).then_refused(ParentsFirstForbidden)


def test_a_renewed_shielding_does_not_undo_that_the_parents_were_told():
    past = given(*CASE).and_(flagged(), shielded(), lifted(), shielded(), under="sk-1")
    past.when(TALK).then_recorded()


def test_who_does_not_see_the_shield_is_sent_to_the_leader():
    past = given(*CASE).and_(flagged(), by=LEADER, under="sk-1")
    past.when(TALK, by=TEACHER).then_refused(AskLeader, hidden=(ParentsFirstForbidden,))


def test_what_can_be_said_openly_is_said_and_the_rest_kept():
    past = (
        given(*CASE).and_(flagged(), by=LEADER, under="sk-1").and_(raised(), by=NURSE)
    )
    both = called("mor", "helsesykepleier", type="undringssamtale")
    past.when(both, by=TEACHER).then_refused(NoConsent, hidden=())
    past.when(both, by=LEADER).then_refused(ParentsFirstForbidden, NoConsent)


def test_the_order_of_times_counts_and_not_that_of_recording():
    past = given(*CASE).and_(flagged(), under="sk-1")
    early = MONDAY - timedelta(days=1)
    past = past.and_(shielded(), lifted(), at=early, under="sk-1")
    past.when(TALK).then_refused(ParentsFirstForbidden)


# --- called off -----------------------------------------------------------------------

CANCELLED = MeetingCancelled(
    meeting_id="mo-1", reason="Syk.", new_date=date(2026, 4, 1)
)


def test_a_meeting_that_is_called_off_is_not_waited_for():
    past = given(*CASE, called("mor"), heard())
    past.when(closed(), by=LEADER).then_refused(OpenItems)
    past = past.when(CANCELLED).then_recorded()
    assert past.case.meeting.scheduled == {}
    past.when(closed(), by=LEADER).then_recorded()


def test_only_a_meeting_that_people_were_called_to_is_called_off():
    given(*CASE).when(CANCELLED).then_refused(UnknownTarget)
    given(*CASE, called("mor"), met("mor")).when(CANCELLED).then_refused(UnknownTarget)


def test_a_meeting_may_be_said_to_be_called_off_when_the_case_is_closed():
    given(*CASE, called("mor"), closed()).when(CANCELLED).then_recorded()
