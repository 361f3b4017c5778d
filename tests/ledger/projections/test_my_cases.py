"""My cases: who has a part in a case, and which."""

from __future__ import annotations

from ledger.aggregates.case import fold
from ledger.profiles import profile_named
from ledger.projections import my_cases
from ledger.projections.my_cases import MyCaseLine
from ledger.projections.row import from_line


def parts(entries):
    case = fold(entries)
    rows = my_cases.rows(case, profile_named(case.profile))
    return {row.owner: from_line(MyCaseLine, row.line).part for row in rows}


def test_everybody_who_is_involved_has_the_case_once(sample):
    entries = sample("c")
    assert parts(entries).keys() == fold(entries).parties.involved


def test_who_is_asked_to_take_over_is_told_so_until_the_answer(sample):
    entries = sample("c")
    names = [type(entry.event).__name__ for entry in entries]
    asked_at = names.index("HandoverProposed")
    to = entries[asked_at].event.to_holder
    before, after = parts(entries[:asked_at]), parts(entries[: asked_at + 1])
    assert before.get(to) != "asked"
    assert after[to] == "asked"
    answered_at = names.index("StafettholderHandedOver")
    assert parts(entries[: answered_at + 1])[to] == "holder"
