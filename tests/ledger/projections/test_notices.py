"""Who is told of what, and from which day on, by what they see of a case."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.events.event import Role
from ledger.projections.notices import Notice, notices
from tests.ledger.aggregates.story import (
    ADVISER,
    LEADER,
    MOTHER,
    RULES,
    TODAY,
    accepted,
    appointed,
    closed,
    consented,
    given,
    guardian,
    heard,
    opened,
    proposed,
    renewed,
    withdrawn,
)

CASE = (opened(), guardian())
LAST = date(2026, 12, 1)
ASKED = (*CASE, consented("ppt"), appointed(), proposed())


def told(past, kind: str) -> list[Notice]:
    return [notice for notice in notices(past.case, RULES) if notice.kind == kind]


def people(found: list[Notice]) -> set[tuple[str, Role]]:
    return {(notice.person, notice.role) for notice in found}


def test_who_is_asked_to_take_over_is_told_at_once_and_reminded_in_time():
    past = given(*ASKED)
    (offered,), (reminder,) = told(past, "handover_offered"), told(past, "answer_due")
    assert (offered.person, offered.role, offered.on) == (
        ADVISER.ref,
        Role.EMPLOYEE,
        TODAY,
    )
    days = timedelta(days=RULES.handover_answer_days - 3)
    assert (reminder.person, reminder.on) == (ADVISER.ref, TODAY + days)


def test_who_has_answered_is_told_no_more():
    past = given(*ASKED).and_(accepted(), by=ADVISER)
    assert told(past, "handover_offered") == told(past, "answer_due") == []


def test_a_month_before_a_consent_ends_its_giver_and_the_holder_are_told():
    past = given(*CASE, appointed(), consented("ppt", valid_to=LAST))
    found = told(past, "consent_expiring")
    assert people(found) == {("mor", Role.GUARDIAN), ("larer", Role.STAFETTHOLDER)}
    assert {notice.on for notice in found} == {LAST - timedelta(days=30)}


def test_before_there_is_a_holder_the_opener_is_told():
    past = given(*CASE, consented("ppt", valid_to=LAST))
    assert ("larer", Role.EMPLOYEE) in people(told(past, "consent_expiring"))


def test_a_consent_that_is_renewed_or_taken_back_runs_out_for_nobody():
    past = given(*CASE, consented("ppt", valid_to=LAST))
    later = past.and_(renewed(date(2027, 2, 1)))
    assert {n.on for n in told(later, "consent_expiring")} == {date(2027, 1, 2)}
    assert told(past.and_(withdrawn()), "consent_expiring") == []


def test_the_family_is_told_the_day_after_once_however_much_is_new():
    past = given(*CASE, heard(), heard())
    found = [n for n in told(past, "something_new") if n.person == "mor"]
    assert [notice.on for notice in found] == [TODAY + timedelta(days=1)]


def test_nobody_is_told_of_what_they_wrote_themselves():
    past = given(*CASE)
    before = told(past, "something_new")
    later = past.clock + timedelta(days=3)
    after = told(past.and_(heard(), by=MOTHER, at=later), "something_new")
    assert [n for n in after if n.person == "mor"] == [
        n for n in before if n.person == "mor"
    ]


def test_of_a_closed_case_the_family_is_told_that_there_is_something_new():
    past = given(*ASKED).and_(closed(), by=LEADER)
    assert {notice.kind for notice in notices(past.case, RULES)} == {"something_new"}
