"""Reports to barnevern and police: hardly anything may stand in their way."""

from __future__ import annotations

import pytest

from ledger.events.barnevern import (
    BarnevernCaseStateNoted,
    BarnevernConsulted,
    MeldepliktAssessed,
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    PoliceReported,
    TilbakemeldingReceived,
)
from ledger.refusals import Incomplete, NoReporter, UnknownTarget, WrongRole
from tests.ledger.aggregates.story import (
    CASE,
    CASEWORKER,
    LEADER,
    MONDAY,
    MOTHER,
    STRANGER,
    SYSTEM,
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
