"""What is opened in need, and what is handed out, is on record beside the case."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.events.access import (
    BreakGlassUsed,
    NoticeSent,
    OwnAccessLogIssued,
    Redaction,
    SubjectAccessIssued,
)
from ledger.refusals import NoCase, NoReason, WrongRole
from tests.ledger.aggregates.story import (
    COLLEAGUE,
    LEADER,
    MONDAY,
    MOTHER,
    STRANGER,
    SYSTEM,
    TODAY,
    WITH_HOLDER,
    given,
)

HOUR = timedelta(hours=1)
OPENED = given(*WITH_HOLDER)


def broken(reader: str = "kollega", **said) -> BreakGlassUsed:
    usual = {"category": "life", "reason": "Innlagt.", "until": MONDAY + HOUR}
    return BreakGlassUsed(reader=reader, **{**usual, **said})


@pytest.mark.parametrize("reason", [None, "", " "])
def test_nobody_opens_a_case_to_themselves_without_a_reason(reason):
    OPENED.when(broken(reason=reason), by=COLLEAGUE).then_refused(NoReason)


def test_who_opens_a_case_to_themselves_is_in_need_until_then():
    past = OPENED.when(broken(), by=COLLEAGUE).then_recorded()
    since, readings = past.case.entries[-1].recorded_at, past.case.access
    assert readings.is_in_need("kollega", since)
    assert not readings.is_in_need("kollega", since - timedelta(seconds=1))
    assert not readings.is_in_need("kollega", MONDAY + HOUR)
    assert not readings.is_in_need("larer", since)


def test_a_need_lasts_an_hour_at_the_most():
    long = broken(until=MONDAY + 9 * HOUR)
    past = OPENED.when(long, by=COLLEAGUE).then_recorded()
    since = past.case.entries[-1].recorded_at
    assert not past.case.access.is_in_need("kollega", since + HOUR)


def test_nobody_lets_another_in_by_a_need():
    past = OPENED.when(broken("fremmed"), by=COLLEAGUE).then_recorded()
    since = past.case.entries[-1].recorded_at
    assert not past.case.access.is_in_need("fremmed", since)


def test_for_who_has_no_part_in_it_there_is_no_case_to_open():
    OPENED.when(broken("fremmed"), by=STRANGER).then_refused(NoCase)


def test_what_is_handed_out_is_on_record():
    log = OwnAccessLogIssued(to_person="mor", period_from=TODAY, form="paper")
    left_out = (Redaction(entry="3", reason="fvl § 19"),)
    access = SubjectAccessIssued(to_person="mor", redactions=left_out)
    OPENED.when(log, by=LEADER).then_recorded()
    OPENED.when(access, by=LEADER).then_recorded()
    OPENED.when(log, by=MOTHER).then_refused(WrongRole)


def test_the_service_alone_sends_notices():
    notice = NoticeSent(to_person="mor", kind="task", channel="file")
    OPENED.when(notice, by=SYSTEM).then_recorded()
    OPENED.when(notice, by=LEADER).then_refused(WrongRole)
