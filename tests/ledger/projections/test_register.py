"""The register: where each case stands, on whatever day it is read."""

from __future__ import annotations

import pytest

from ledger.aggregates.case import fold
from ledger.profiles import profile_named
from ledger.projections.overview import overview
from ledger.projections.register import register_line


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
        due = line.next_due
        assert (due.on if due else None) == (
            whole.next_due.on if whole.next_due else None
        )


def test_nothing_is_due_in_a_case_that_is_closed(sample):
    case = fold(sample("a"))
    line = register_line(case, profile_named(case.profile))
    assert (line.status, line.due) == ("closed", ())
