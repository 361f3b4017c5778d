"""An authority takes a case up, reads it by grant, asks, is answered and is done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.aggregates.case import with_beside
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.events.supervision import (
    AccessGranted,
    AuditBundleIssued,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    GrantExpired,
    GrantRevoked,
    SupervisoryBasis,
    SupervisoryCaseClosed,
    SupervisoryCaseOpened,
    SupervisoryNoticeSent,
)
from ledger.refusals import GrantExpired as NotGranted
from ledger.refusals import (
    GrantTooLong,
    Incomplete,
    NoCase,
    NoLegalBasis,
    NoReason,
    NotDue,
    OneOfficer,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    CASE,
    COORDINATOR,
    LEADER,
    MONDAY,
    MOTHER,
    RULES,
    SUPERVISOR,
    SYSTEM,
    TODAY,
    WITH_HOLDER,
    closed,
    flagged,
    given,
    heard,
)

SCHOOL = SupervisoryBasis(act="opplæringslova", section="tilsyn", sector="skole")
OFFICER = Actor("ombud", Role.PRIVACY_OFFICER)
OF_SCHOOL = Actor("rektor", Role.LEADER, "skole")
LONGEST = TODAY + timedelta(days=RULES.grant_max_days)


def taken_up(*basis: SupervisoryBasis) -> SupervisoryCaseOpened:
    return SupervisoryCaseOpened(
        supervisory_case="ts-1",
        authority="statsforvalter",
        basis=basis,
        period_from=TODAY,
        period_to=TODAY,
    )


def granted(**said):
    usual = {
        "grant_id": "tg-1",
        "supervisory_case": "ts-1",
        "persons": ("tilsyn",),
        "views": ("timeline",),
        "sectors": ("skole",),
        "until": LONGEST,
        "officers": ("ombud", "arkivar"),
    }
    return AccessGranted(**{**usual, **said})


def issued(**said):
    usual = {
        "bundle_id": "bu-1",
        "to_person": "tilsyn",
        "grant_id": "tg-1",
        "entries_from": 1,
        "entries_to": 4,
        "hashes": ("00",),
        "verification": "ok",
    }
    return AuditBundleIssued(**{**usual, **said})


def asked(*entries: str) -> FindingRaised:
    return FindingRaised(
        finding_id="fu-1", rule="F01", rule_version="1", entries=entries
    )


def done_with(**said):
    usual = {"finding_id": "fu-1", "outcome": "answered", "reason": "Greit."}
    return FindingClosed(**{**usual, **said})


def ended(**said):
    usual = {"supervisory_case": "ts-1", "result": "no_breach"}
    return SupervisoryCaseClosed(**{**usual, **said})


def supervised():
    return given(*WITH_HOLDER).and_(taken_up(SCHOOL), by=SUPERVISOR)


# --- the supervisory case -------------------------------------------------------------


def test_a_supervisor_takes_a_case_up_open_or_closed():
    past = given(*CASE).when(taken_up(SCHOOL), by=SUPERVISOR).then_recorded()
    assert past.case.supervision.cases["ts-1"].sectors == ("skole",)
    past = given(*CASE, closed())
    past.when(taken_up(SCHOOL), by=SUPERVISOR).then_recorded()


@pytest.mark.parametrize("missing", ["act", "section"])
def test_every_sector_has_a_provision(missing):
    unfounded = SCHOOL.model_copy(update={missing: " "})
    past = given(*CASE)
    past.when(taken_up(), by=SUPERVISOR).then_refused(NoLegalBasis)
    past.when(taken_up(SCHOOL, unfounded), by=SUPERVISOR).then_refused(NoLegalBasis)


def test_the_family_does_not_supervise():
    given(*CASE).when(taken_up(SCHOOL), by=MOTHER).then_refused(WrongRole)


def test_a_supervisor_records_nothing_of_the_services_work():
    past = given(*CASE)
    past.when(heard(), by=SUPERVISOR).then_refused(NoCase, WrongRole)
    past = past.and_(taken_up(SCHOOL), by=SUPERVISOR)
    past.when(heard(), by=SUPERVISOR).then_refused(WrongRole)


def test_the_municipality_is_told_of_a_supervisory_case_that_there_is():
    def told(label: str) -> SupervisoryNoticeSent:
        return SupervisoryNoticeSent(
            supervisory_case=label, to_municipality="4299", on=TODAY
        )

    past = supervised()
    past.when(told("ts-2"), by=SUPERVISOR).then_refused(UnknownTarget)
    past = past.when(told("ts-1"), by=SUPERVISOR).then_recorded()
    assert past.case.supervision.cases["ts-1"].noticed_on == TODAY


def test_a_supervisory_case_is_closed_once():
    past = supervised().when(ended(), by=SUPERVISOR).then_recorded()
    assert past.case.supervision.open_cases() == ()
    past.when(ended(), by=SUPERVISOR).then_refused(UnknownTarget)
    unknown = ended(supervisory_case="ts-2")
    supervised().when(unknown, by=SUPERVISOR).then_refused(UnknownTarget)


@pytest.mark.parametrize("sections", [None, (), (" ",)])
def test_a_breach_is_of_a_provision(sections):
    breach = ended(result="breach", sections=sections)
    outcome = supervised().when(breach, by=SUPERVISOR)
    outcome.then_refused(Incomplete)
    assert outcome.fields == ("sections",)


def test_a_breach_of_a_provision_closes_the_case():
    due = date(2026, 9, 1)
    breach = ended(result="breach", sections=("§ 15-8",), follow_up_due=due)
    past = supervised().when(breach, by=SUPERVISOR).then_recorded()
    supervisory = past.case.supervision.cases["ts-1"]
    assert (supervisory.result, supervisory.follow_up_due) == ("breach", due)


# --- grants ---------------------------------------------------------------------------


def test_two_officers_open_the_case_to_a_supervisor():
    past = supervised().when(granted(), by=OFFICER).then_recorded()
    (found,) = past.case.supervision.granted("tilsyn", "timeline", TODAY)
    assert found[0] == "tg-1"


def test_a_grant_rests_on_a_supervisory_case_that_is_open():
    given(*WITH_HOLDER).when(granted(), by=OFFICER).then_refused(NoLegalBasis)
    past = supervised().and_(ended(), by=SUPERVISOR)
    past.when(granted(), by=OFFICER).then_refused(NoLegalBasis)


def test_a_grant_reaches_the_sectors_that_have_a_basis():
    too_wide = granted(sectors=("skole", "barnevern"))
    outcome = supervised().when(too_wide, by=OFFICER)
    outcome.then_refused(NoLegalBasis)
    assert outcome.fields == ("sectors",)


@pytest.mark.parametrize(
    "officers",
    [None, (), ("ombud",), ("ombud", "ombud"), ("ombud", " "), ("ombud", "tilsyn")],
)
def test_a_grant_is_of_two_officers_who_do_not_read_by_it(officers):
    wanting = granted(officers=officers)
    supervised().when(wanting, by=OFFICER).then_refused(OneOfficer)


def test_a_grant_lasts_no_longer_than_the_profile_says():
    too_long = granted(until=LONGEST + timedelta(days=1))
    supervised().when(too_long, by=OFFICER).then_refused(GrantTooLong)
    supervised().when(granted(until=LONGEST), by=OFFICER).then_recorded()


def test_a_grant_is_of_persons_views_and_days():
    state = supervised().and_(granted(), by=OFFICER).case.supervision
    assert list(state.granted("en annen", "timeline", TODAY)) == []
    assert list(state.granted("tilsyn", "entries", TODAY)) == []
    assert len(list(state.granted("tilsyn", "timeline", LONGEST))) == 1
    assert list(state.granted("tilsyn", "timeline", LONGEST + timedelta(1))) == []


def test_a_grant_of_all_views_opens_each():
    state = supervised().and_(granted(views=("all",)), by=OFFICER).case.supervision
    assert len(list(state.granted("tilsyn", "bundle", TODAY))) == 1


def test_a_grant_ends_with_the_supervisory_case():
    past = supervised().and_(granted(), by=OFFICER).and_(ended(), by=SUPERVISOR)
    assert list(past.case.supervision.granted("tilsyn", "timeline", TODAY)) == []


def test_a_grant_is_revoked_once_and_with_a_reason():
    past = supervised().and_(granted(), by=OFFICER)
    revoked = GrantRevoked(grant_id="tg-1", reason="Ferdig.")
    bare = GrantRevoked(grant_id="tg-1")
    unknown = GrantRevoked(grant_id="tg-2", reason="Ferdig.")
    past.when(bare, by=OFFICER).then_refused(NoReason)
    past.when(unknown, by=OFFICER).then_refused(UnknownTarget)
    after = past.when(revoked, by=OFFICER).then_recorded()
    assert list(after.case.supervision.granted("tilsyn", "timeline", TODAY)) == []
    after.when(revoked, by=OFFICER).then_refused(UnknownTarget)
    over = MONDAY + timedelta(days=RULES.grant_max_days + 1)
    past.when(revoked, by=OFFICER, at=over).then_refused(UnknownTarget)


def test_a_grant_expires_after_its_last_day():
    past = supervised().and_(granted(), by=OFFICER)
    expired = GrantExpired(grant_id="tg-1")
    last_day = MONDAY + timedelta(days=RULES.grant_max_days)
    past.when(expired, by=SYSTEM, at=last_day).then_refused(NotDue)
    day_after = last_day + timedelta(days=1)
    after = past.when(expired, by=SYSTEM, at=day_after).then_recorded()
    assert after.case.supervision.grants["tg-1"].ended_at == day_after
    unknown = GrantExpired(grant_id="tg-2")
    past.when(unknown, by=SYSTEM, at=day_after).then_refused(UnknownTarget)


def test_grants_stand_beside_the_case_and_are_added_where_they_count():
    past = supervised()
    beside = past.and_(granted(), by=OFFICER).case.entries[-1:]
    assert past.case.supervision.grants == {}
    with_grants = with_beside(past.case, [*past.case.entries, *beside])
    assert set(with_grants.supervision.grants) == {"tg-1"}


def test_a_grant_covers_its_sectors_and_what_is_of_none():
    past = given(*CASE, by=LEADER).and_(heard(), by=OF_SCHOOL)
    past = past.and_(heard(), by=Actor("ppt-1", Role.EMPLOYEE, "ppt"))
    past = past.and_(taken_up(SCHOOL), by=SUPERVISOR).and_(granted(), by=OFFICER)
    grant = past.case.supervision.grants["tg-1"]
    covered = [grant.covers(entry) for entry in past.case.entries]
    assert covered == [True, True, True, True, False, True, True]


def test_the_head_of_the_case_is_shown_whichever_sector_opened_it():
    past = given(*CASE).and_(taken_up(SCHOOL), by=SUPERVISOR)
    grant = past.and_(granted(sectors=()), by=OFFICER).case.supervision.grants["tg-1"]
    covered = [grant.covers(entry) for entry in past.case.entries]
    assert covered == [True, False, False, True]


# --- evidence -------------------------------------------------------------------------


def test_evidence_is_handed_out_by_a_valid_grant():
    past = supervised().and_(granted(), by=OFFICER)
    past.when(issued(), by=SUPERVISOR).then_recorded()
    past.when(issued(grant_id=None), by=OFFICER).then_recorded()


def test_evidence_is_not_handed_out_by_a_grant_that_is_not_valid():
    past = supervised().and_(granted(), by=OFFICER)
    past.when(issued(grant_id="tg-2"), by=OFFICER).then_refused(NotGranted)
    past.when(issued(grant_id=None), by=SUPERVISOR).then_refused(NotGranted)
    past.when(issued(to_person="en annen"), by=OFFICER).then_refused(NotGranted)
    over = MONDAY + timedelta(days=RULES.grant_max_days + 1)
    past.when(issued(), by=SUPERVISOR, at=over).then_refused(NotGranted)
    revoked = past.and_(GrantRevoked(grant_id="tg-1", reason="Ferdig."), by=OFFICER)
    revoked.when(issued(), by=SUPERVISOR).then_refused(NotGranted)


# --- findings -------------------------------------------------------------------------


def test_a_question_is_put_answered_and_done_with():
    past = supervised().when(asked("1", "4"), by=SUPERVISOR).then_recorded()
    answer = FindingAnswered(finding_id="fu-1", answer="Læreren var syk.")
    past = past.when(answer, by=LEADER).then_recorded()
    past = past.when(done_with(), by=SUPERVISOR).then_recorded()
    finding = past.case.supervision.findings["fu-1"]
    assert (finding.rule, finding.entries) == ("F01", ("1", "4"))
    assert finding.answered_at is not None
    assert (finding.outcome, finding.closed_at is None) == ("answered", False)


def test_only_a_question_that_was_put_is_answered():
    answer = FindingAnswered(finding_id="fu-1", answer="Læreren var syk.")
    supervised().when(answer, by=LEADER).then_refused(UnknownTarget)


def test_a_question_is_done_with_once_and_with_a_reason():
    supervised().when(done_with(), by=SUPERVISOR).then_refused(UnknownTarget)
    past = supervised().and_(asked("1"), by=SUPERVISOR)
    past.when(done_with(reason=" "), by=SUPERVISOR).then_refused(NoReason)
    past = past.and_(done_with(), by=SUPERVISOR)
    past.when(done_with(), by=SUPERVISOR).then_refused(UnknownTarget)


def test_a_question_about_what_is_shielded_lies_under_that_shield():
    past = supervised().and_(flagged(), by=LEADER, under="sk-1")
    place = str(past.case.entries[-1].position)
    past = past.when(asked("1", place), by=SUPERVISOR).then_recorded()
    assert past.case.entries[-1].shield == "sk-1"
    answer = FindingAnswered(finding_id="fu-1", answer="Vurdert.")
    past = past.when(answer, by=LEADER).then_recorded()
    assert past.case.entries[-1].shield == "sk-1"
    past = past.when(done_with(), by=SUPERVISOR).then_recorded()
    assert past.case.entries[-1].shield == "sk-1"


def test_who_is_outside_a_shield_is_told_of_no_question_under_it():
    past = supervised().and_(flagged(), by=LEADER, under="sk-1")
    place = str(past.case.entries[-1].position)
    past = past.and_(asked(place), by=SUPERVISOR, under="sk-1")
    answer = FindingAnswered(finding_id="fu-1", answer="Vurdert.")
    past.when(answer, by=COORDINATOR).then_refused(UnknownTarget)


def test_the_municipality_does_not_put_the_questions():
    supervised().when(asked("1"), by=LEADER).then_refused(WrongRole)
