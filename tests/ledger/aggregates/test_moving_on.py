"""How a case moves on: eased, ended, taken up again, sent away, given to a plan."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.access import may_read
from ledger.aggregates.case import fold
from ledger.entry import Actor
from ledger.events.closing import Disposition
from ledger.events.event import Role
from ledger.events.log import StafettloggSupersededByIndividuellPlan
from ledger.events.moving import (
    ChildBorn,
    TransferConsentGiven,
    TransferPart,
    TransferSent,
)
from ledger.refusals import Closed, NoConsent, OpenItems
from tests.ledger.aggregates.story import (
    ADVISER,
    COLLEAGUE,
    COORDINATOR,
    LEADER,
    MOTHER,
    TEACHER,
    TODAY,
    WITH_HOLDER,
    accepted,
    appointed,
    as_holder,
    called,
    clarified,
    closed,
    consented,
    declined,
    escalated,
    evaluated,
    given,
    goal,
    graded,
    guardian,
    heard,
    log_opened,
    lowered,
    measure,
    opened,
    proposed,
    reopened,
    talked,
)

HOLDER = as_holder(TEACHER)
PLAN = StafettloggSupersededByIndividuellPlan(
    system="ip", on=TODAY, coordinator_ref="koordinator", notified=("mor",)
)


def test_a_service_leaves_with_the_level_once_its_measure_has_ended():
    past = given(*WITH_HOLDER, consented("ppt", consent_id="s-2"), escalated(1, 2))
    past = past.and_(goal(), measure("ppt", "radgiver"), heard())
    step = lowered(2, 1, leaving_services=("ppt",))
    past = past.when(step, by=HOLDER).then_refused(OpenItems)
    past = past.and_(evaluated("stop"), by=ADVISER)
    past = past.when(step, by=HOLDER).then_recorded()
    assert past.case.level.number == 1


def test_a_case_ends_when_it_is_said_what_becomes_of_everything_open():
    past = given(*WITH_HOLDER, goal(), measure(), called("mor"), heard(), proposed())
    outcome = past.when(closed(), by=HOLDER)
    outcome.then_refused(OpenItems)
    assert outcome.fields == ("measure:t-1", "meeting:mo-1", "proposal:h-1")
    past = past.when(declined(), by=ADVISER).then_recorded()
    said = tuple(
        Disposition(item=item, outcome="carried_on_outside")
        for item in ("measure:t-1", "meeting:mo-1")
    )
    past = past.when(closed(dispositions=said), by=HOLDER).then_recorded()
    assert list(past.case.plan.open_measures()) == []
    assert past.case.meeting.scheduled == {}


def test_a_case_that_is_taken_up_again_goes_the_whole_way_anew():
    past = given(*WITH_HOLDER, heard(), closed())
    past.when(log_opened(), by=LEADER).then_refused(Closed)
    past = past.when(reopened("b-2"), by=LEADER).then_recorded()
    for event in (graded(concern_id="b-2"), clarified(concern_id="b-2")):
        past = past.when(event, by=LEADER).then_recorded()
    past.when(log_opened(), by=LEADER).then_refused(NoConsent)
    past = past.when(consented("skole", consent_id="s-9")).then_recorded()
    past = past.when(log_opened(), by=LEADER).then_recorded()
    past = past.when(appointed("kollega"), by=LEADER).then_recorded()
    past = past.and_(heard()).when(closed(), by=as_holder(COLLEAGUE)).then_recorded()
    assert [held.ref for held in past.case.baton.holdings] == ["larer", "kollega"]
    assert fold(past.case.entries) == past.case


def test_a_plan_takes_over_and_the_case_may_still_be_taken_up_again():
    past = given(*WITH_HOLDER, heard()).when(PLAN, by=COORDINATOR).then_recorded()
    assert past.case.closing.reason == "superseded"
    past = past.when(reopened(), by=COORDINATOR).then_recorded()
    assert past.case.log.superseded_on is None
    assert past.case.baton.holder is None


def test_a_family_that_moves_lets_the_case_and_the_baton_go_along():
    allowed = TransferConsentGiven(
        giver_ref="mor", part=TransferPart(all=True), to_municipality="4299"
    )
    sent = TransferSent(
        transfer_id="ov-1", to_municipality="4299", recipient="KE", bundle_hash="ab"
    )
    past = given(*WITH_HOLDER, heard()).when(allowed, by=MOTHER).then_recorded()
    past = past.when(proposed(), by=HOLDER).then_recorded()
    past = past.when(accepted(), by=ADVISER).then_recorded()
    past = past.when(sent, by=as_holder(ADVISER)).then_recorded()
    past.when(closed("moved"), by=as_holder(ADVISER)).then_recorded()


def test_a_guardian_of_the_newborn_reads_until_the_child_is_of_age():
    unborn = opened(subject_kind="unborn", subject_ref="ufodt", birth_date=None)
    born = ChildBorn(subject_ref="barn", on=TODAY)
    past = given(unborn, guardian(), talked("mor")).when(born).then_recorded()
    of_age = date(TODAY.year + 18, TODAY.month, TODAY.day)
    assert may_read(past.case, MOTHER, on=of_age - timedelta(days=1))
    assert not may_read(past.case, MOTHER, on=of_age)
    assert may_read(past.and_(log_opened()).case, Actor("barn", Role.YOUTH), on=of_age)
