"""Reports to barnevern and police: hardly anything may stand in their way."""

from __future__ import annotations

import pytest

from ledger.events.barnevern import (
    AvvergingspliktInvoked,
    BarnevernCaseStateNoted,
    BarnevernConsulted,
    InformationOrderAnswered,
    InformationOrderReceived,
    MeldepliktAssessed,
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    PoliceReported,
    SeriousIncidentNotified,
    TilbakemeldingReceived,
    TilbakemeldingReminded,
)
from ledger.refusals import (
    Incomplete,
    NoLegalBasis,
    NoReporter,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    CASE,
    CASEWORKER,
    LEADER,
    MONDAY,
    MOTHER,
    STRANGER,
    SYSTEM,
    TEACHER,
    TODAY,
    closed,
    given,
)

REPORT = MeldingTilBarnevernSent(
    melding_id="bm-1",
    grounds=("a",),
    reported_by="larer",
    channel="fiks",
    child_informed=True,
    guardians_informed=(),
)
ASSESSED = MeldepliktAssessed(grounds=(), conclusion="no_ground", reason="Ingen.")
TO_POLICE = PoliceReported(reason="Vold.", to="politi", time=MONDAY)
ARRIVED = MeldingDeliveryStatus(melding_id="bm-1", status="LEVERT")
ANSWER = TilbakemeldingReceived(melding_id="bm-1", kind="receipt", on=TODAY)
STATE = BarnevernCaseStateNoted(state="closed", on=TODAY, source="barnevern")
ASKED = BarnevernConsulted(anonymous=False, advice="Meld.")


@pytest.mark.parametrize("event", [REPORT, ASSESSED, TO_POLICE], ids=lambda e: e.NAME)
def test_a_duty_is_refused_to_nobody_of_staff(event):
    given().when(event, by=STRANGER).then_recorded()
    given(*CASE, closed()).when(event, by=STRANGER).then_recorded()
    given(*CASE).when(event, by=MOTHER).then_refused(WrongRole)


@pytest.mark.parametrize("reporter", [None, ""])
def test_a_report_says_who_reports(reporter):
    nameless = REPORT.model_copy(update={"reported_by": reporter})
    outcome = given(*CASE).when(nameless)
    outcome.then_refused(NoReporter)
    assert outcome.fields == ("reported_by",)


@pytest.mark.parametrize("event", [ARRIVED, ANSWER], ids=lambda e: e.NAME)
def test_what_became_of_a_report_needs_the_report(event):
    given(*CASE).when(event, by=LEADER).then_refused(UnknownTarget)
    given(*CASE, REPORT).when(event, by=LEADER).then_recorded()


def test_the_report_remembers_how_far_it_came_and_what_was_answered():
    past = given(*CASE, REPORT, ARRIVED, ANSWER)
    report = past.case.barnevern.reports["bm-1"]
    assert (report.status, report.answers) == ("LEVERT", ("receipt",))
    assert report.reported_by == "larer"


def test_answers_to_a_report_that_is_lost_are_kept():
    past = given(*CASE, ANSWER, ARRIVED)
    assert past.case.barnevern.reports["bm-1"].sent_at is None


@pytest.mark.parametrize("source", [None, ""])
def test_a_state_of_barneverns_case_has_a_source(source):
    past = given(*CASE)
    past.when(STATE.model_copy(update={"source": source})).then_refused(Incomplete)
    past = past.when(STATE).then_recorded()
    assert past.case.barnevern.state == "closed"


def test_the_system_records_deliveries():
    given(*CASE, REPORT).when(ARRIVED, by=SYSTEM).then_recorded()


@pytest.mark.parametrize("event", [ASKED, REPORT, ANSWER, STATE], ids=lambda e: e.NAME)
def test_barnevern_comes_into_the_case_by_being_asked_or_reported_to(event):
    past = given(*CASE, event)
    past.when(STATE, by=CASEWORKER).then_recorded()


def test_barnevern_does_not_know_of_a_case_it_was_asked_about_without_names():
    anonymous = BarnevernConsulted(anonymous=True, advice="Vent.")
    outcome = given(*CASE, anonymous).when(STATE, by=CASEWORKER)
    assert outcome.refused is not None
    assert outcome.refused.code == "NO_CASE"


def test_when_the_duty_was_last_assessed_is_remembered():
    past = given(*CASE).and_(ASSESSED)
    assert past.case.barnevern.assessed_at == past.case.entries[-1].occurred_at


# --- reminders, orders, the gravest ---------------------------------------------------

REMINDED = TilbakemeldingReminded(melding_id="bm-1", to="barnevern", on=TODAY)
ORDERED = InformationOrderReceived(
    order_id="po-1", from_body="barnevern", section="13-4", categories=("skole",)
)
HANDED_OVER = InformationOrderAnswered(order_id="po-1", categories=("skole",), on=TODAY)
AVERTED = AvvergingspliktInvoked(reason="Fare.", to="politi", time=MONDAY)
INCIDENT = SeriousIncidentNotified(kind="death", to="statsforvalter", on=TODAY)


def test_only_a_report_that_was_sent_is_reminded_of():
    given(*CASE).when(REMINDED).then_refused(UnknownTarget)
    past = given(*CASE, REPORT, closed()).when(REMINDED).then_recorded()
    known = past.case.barnevern.reports["bm-1"]
    assert known.reminded_at is not None
    assert known.answered_at is None


def test_an_order_for_information_names_its_section():
    for section in (None, " "):
        blank = ORDERED.model_copy(update={"section": section})
        given(*CASE).when(blank).then_refused(NoLegalBasis)
    past = given(*CASE, closed()).when(ORDERED).then_recorded()
    assert past.case.barnevern.orders["po-1"].from_body == "barnevern"


def test_an_order_that_was_received_is_answered_also_in_a_closed_case():
    given(*CASE).when(HANDED_OVER).then_refused(UnknownTarget)
    past = given(*CASE, ORDERED, closed()).when(HANDED_OVER).then_recorded()
    assert past.case.barnevern.orders["po-1"].answered_on == TODAY


def test_an_answer_goes_under_the_shield_of_its_order():
    past = given(*CASE).and_(ORDERED, under="sk-9").and_(ASSESSED, under="sk-8")
    past = past.when(HANDED_OVER).then_recorded()
    assert past.case.entries[-1].shield == "sk-9"


def test_to_avert_a_crime_is_refused_to_nobody_of_staff():
    past = given(*CASE, closed())
    for person in (TEACHER, STRANGER, CASEWORKER):
        averted = past.when(AVERTED, by=person).then_recorded()
        assert averted.case.barnevern.contact_at is not None
        assert averted.case.entries[-1].shield is not None
    past.when(AVERTED, by=MOTHER).then_refused(WrongRole)


def test_a_grave_incident_is_notified_by_those_who_lead():
    past = given(*CASE, closed())
    past.when(INCIDENT, by=TEACHER).then_refused(WrongRole)
    past = past.when(INCIDENT, by=LEADER).then_recorded()
    assert past.case.barnevern.incident_on == TODAY
    assert past.case.entries[-1].shield is not None
