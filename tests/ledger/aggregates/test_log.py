"""A relay log rests on somebody's consent, and ends when a plan takes over."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.events.log import StafettloggSupersededByIndividuellPlan
from ledger.refusals import (
    Closed,
    Incomplete,
    LevelRule,
    NoCase,
    NoConsent,
    NoReason,
    OutOfOrder,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    CASE,
    FATHER,
    LEADER,
    MONDAY,
    MOTHER,
    RULES,
    STRANGER,
    TEACHER,
    TODAY,
    WITH_HOLDER,
    answered,
    as_holder,
    closed,
    consented,
    given,
    guardian,
    log_opened,
    opened,
    requested,
    shielded,
)

ALL_GUARDIANS = RULES.model_copy(update={"guardian_consent": "refuse"})
HOLDER = as_holder(TEACHER)
BY_FATHER = consented("skole", consent_id="s-2", giver_ref="far")


def superseded(**said):
    usual = {
        "system": "individuell plan",
        "on": TODAY,
        "coordinator_ref": "koord",
        "notified": ("mor", "far"),
    }
    return StafettloggSupersededByIndividuellPlan(**{**usual, **said})


def test_a_log_is_opened_on_one_valid_consent():
    past = given(*AT_LEVEL_1)
    past.when(log_opened(), by=LEADER).then_refused(NoConsent)
    past = past.and_(consented("skole")).when(log_opened()).then_recorded()
    assert past.case.log.opened_at is not None


def test_a_consent_that_does_not_hold_yet_or_any_more_opens_no_log():
    soon = consented("skole", valid_from=date(2026, 3, 3))
    given(*AT_LEVEL_1, soon).when(log_opened()).then_refused(NoConsent)
    past = given(*AT_LEVEL_1, consented("skole", valid_from=date(2025, 1, 1)))
    past.when(log_opened()).then_recorded()
    over = consented("skole", valid_from=date(2025, 1, 1), valid_to=date(2026, 3, 1))
    given(*AT_LEVEL_1, over).when(log_opened()).then_refused(NoConsent)


def test_a_log_begins_at_the_profiles_first_level_with_one():
    past = given(*CASE, consented("skole"))
    past.when(log_opened(0)).then_refused(LevelRule)
    past.when(log_opened(2)).then_recorded()
    from_two = RULES.model_copy(update={"log_allowed_from_level": 2})
    past.when(log_opened(1), rules=from_two).then_refused(LevelRule)
    past.when(log_opened(4)).then_refused(LevelRule)


def test_a_log_is_opened_at_the_level_already_set():
    past = given(*AT_LEVEL_1, consented("skole"))
    past.when(log_opened(2)).then_refused(LevelRule)


def test_a_profile_may_ask_for_every_responsible_guardian():
    past = given(*AT_LEVEL_1, consented("skole"))
    past.when(log_opened(), rules=ALL_GUARDIANS).then_refused(NoConsent)
    past = past.and_(BY_FATHER)
    past.when(log_opened(), rules=ALL_GUARDIANS).then_recorded()


def test_a_guardian_without_parental_responsibility_is_not_asked_for():
    past = given(*AT_LEVEL_1, guardian("far", authority="daglig"), consented("skole"))
    past.when(log_opened(), rules=ALL_GUARDIANS).then_recorded()


def test_nobody_is_asked_for_beside_a_youth_who_consents_alone():
    own = consented("skole", giver_ref="barn", giver_capacity="youth")
    past = given(opened(birth_date=date(2009, 1, 1)), *AT_LEVEL_1[1:], own)
    past.when(log_opened(), rules=ALL_GUARDIANS).then_recorded()


def test_no_log_is_opened_in_a_closed_case_or_before_the_last_move():
    past = given(*AT_LEVEL_1, consented("skole"))
    past.when(log_opened(), at=MONDAY).then_refused(OutOfOrder)
    past.and_(closed()).when(log_opened()).then_refused(Closed)


def test_a_plan_takes_over_and_closes_the_case():
    past = given(*WITH_HOLDER).when(superseded(), by=HOLDER).then_recorded()
    assert past.case.is_closed
    assert past.case.closing.reason == "superseded"
    assert past.case.log.superseded_on == TODAY


@pytest.mark.parametrize("notified", [None, ()])
def test_somebody_is_told_before_a_plan_takes_over(notified):
    outcome = given(*WITH_HOLDER).when(superseded(notified=notified), by=HOLDER)
    outcome.then_refused(Incomplete)
    assert outcome.fields == ("notified",)


def test_a_closed_case_is_not_superseded_nor_one_before_the_last_move():
    past = given(*WITH_HOLDER)
    past.when(superseded(), by=HOLDER, at=MONDAY).then_refused(OutOfOrder)
    past.and_(closed()).when(superseded(), by=HOLDER).then_refused(Closed)


# --- requests -------------------------------------------------------------------------


def test_a_request_is_answered_once_with_a_reason_while_the_case_is_open():
    past = given(*CASE)
    past.when(answered(), by=LEADER).then_refused(UnknownTarget)
    past = past.and_(requested("mor"))
    past.when(answered(reason=" "), by=LEADER).then_refused(NoReason)
    past.when(answered(), by=TEACHER).then_refused(WrongRole)
    after = past.when(answered("refused"), by=LEADER).then_recorded()
    after.when(answered(), by=LEADER).then_refused(UnknownTarget)


def test_a_closed_case_answers_nobody():
    past = given(*CASE, requested("mor"), closed())
    past.when(answered(), by=LEADER).then_refused(Closed, UnknownTarget)


def test_the_oldest_request_waits():
    past = given(*CASE, requested("mor"), requested("far"))
    assert past.case.log.requested_at == past.case.entries[-2].occurred_at


def test_whoever_asks_for_a_log_has_been_told_of_the_case():
    past = given(*CASE)
    assert past.and_(requested("mor")).case.parties.told == {"mor"}
    assert past.and_(requested()).case.parties.told == frozenset()
    after = past.when(requested(), by=MOTHER).then_recorded()
    assert after.case.parties.told == {"mor"}


def test_who_is_no_guardian_or_is_kept_from_something_asks_in_vain():
    given(opened(), guardian("mor")).when(requested(), by=FATHER).then_refused(NoCase)
    kept = given(*CASE).and_(shielded(), under="sk-1")
    kept.when(requested(), by=MOTHER).then_refused(NoCase)


def test_a_stranger_lets_nobody_in_by_a_request():
    outcome = given(*CASE).when(requested("mor"), by=STRANGER)
    assert outcome.refused is not None
