"""Handovers and vacancies: each stretch a row, what has no end first."""

from __future__ import annotations

from datetime import date

from ledger.aggregates.case import fold
from ledger.profiles import profile_named
from ledger.projections import vacancies
from ledger.projections.handovers import handovers
from ledger.projections.row import from_line
from ledger.projections.vacancies import VacancyLine

KINDS = ("gap", "proposal", "period")


def lines(entries):
    case = fold(entries)
    rows = sorted(
        vacancies.rows(case, profile_named(case.profile)), key=lambda row: row.sort
    )
    return [from_line(VacancyLine, row.line) for row in rows]


def test_every_stretch_of_the_chronology_is_a_row(sample):
    entries = sample("c")
    told = handovers(entries, at=date(2026, 1, 1))
    found = lines(entries)
    of = {kind: [e for e in found if e.kind == kind] for kind in KINDS}
    gaps = {(gap.from_date, gap.to_date) for gap in told.gaps}
    assert {(e.from_date, e.to_date) for e in of["gap"]} == gaps
    assert len(of["proposal"]) == len(told.proposals)
    assert len(of["period"]) == len(told.periods)


def test_a_vacancy_that_nobody_has_ended_stands_first_and_has_no_end(sample):
    entries = sample("c")
    names = [type(entry.event).__name__ for entry in entries]
    found = lines(entries[: names.index("StafettholderVacated") + 1])
    assert (found[0].kind, found[0].to_date) == ("gap", None)
    assert found[0].how == "left_job"


def test_a_stretch_that_has_ended_says_when_whatever_day_it_is(sample):
    (gap,) = [line for line in lines(sample("c")) if line.kind == "gap"]
    assert (gap.from_date, gap.to_date) == (date(2025, 6, 17), date(2025, 8, 28))
