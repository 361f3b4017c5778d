"""The register: where each case stands, on whatever day it is read."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.aggregates.case import fold
from ledger.profiles import profile_named
from ledger.projections.overview import overview
from ledger.projections.register import DueDate, next_due, register_line

END_OF_CONSENT = DueDate("consent_end", date(2026, 3, 1))
MEETING = DueDate("meeting", date(2026, 4, 1))


@pytest.mark.parametrize("letter", ["a", "c", "d"])
def test_the_register_says_what_the_case_itself_says_at_every_step(sample, letter):
    entries = sample(letter)
    for end in range(1, len(entries) + 1):
        case = fold(entries[:end])
        rules = profile_named(case.profile)
        today = entries[end - 1].recorded_at.date()
        line, whole = register_line(case, rules), overview(case, at=today, rules=rules)
        assert (line.status == "open") == whole.is_open
        assert (line.level, line.opened_on) == (whole.level, whole.opened_on)
        assert line.holder == (whole.holder.ref if whole.holder else None)
        due = line.next_due(today)
        assert (due.on if due else None) == (
            whole.next_due.on if whole.next_due else None
        )


def test_a_consent_that_has_ended_is_not_due_any_more():
    due = (END_OF_CONSENT, MEETING)
    assert next_due(due, date(2026, 3, 1)) == END_OF_CONSENT
    assert next_due(due, date(2026, 3, 2)) == MEETING


def test_whatever_else_was_due_stays_so_until_it_is_done():
    assert next_due((MEETING,), date(2030, 1, 1)) == MEETING


def test_nothing_is_due_in_a_case_that_is_closed(sample):
    case = fold(sample("a"))
    line = register_line(case, profile_named(case.profile))
    assert (line.status, line.due) == ("closed", ())
