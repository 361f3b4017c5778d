"""Silences: what did not happen, and when nothing was to happen."""

from __future__ import annotations

from datetime import date

from api.pages.silences import Silence, silences
from ledger.aggregates.case import fold
from ledger.profiles import profile_named
from ledger.projections.handovers import handovers
from tests.ledger.aggregates.story import clarified as decided
from tests.ledger.aggregates.story import closed, graded, opened, raised, reopened
from tests.ledger.projections.conftest import recorded

__all__ = ["recorded"]

AT = date(2026, 12, 31)
RULES = profile_named("standard")


def told(entries) -> list[tuple[str, str, str, int]]:
    chronology = handovers(entries, at=AT)
    ended = fold(entries).closing.closed_at
    found: tuple[Silence, ...] = silences(
        entries, chronology, RULES, ended=ended and ended.date()
    )
    return [(s.kind, str(s.from_date), str(s.to_date), s.days) for s in found]


def test_a_closed_case_is_not_silent_until_it_is_taken_up_again(recorded):
    entries = recorded(
        ("2026-01-05T12:00:00+01:00", opened()),
        ("2026-01-20T12:00:00+01:00", closed()),
        ("2026-09-01T12:00:00+02:00", reopened()),
        ("2026-09-02T12:00:00+02:00", raised()),
    )
    assert told(entries) == [("silent", "2026-09-03", "2026-12-31", 120)]


def test_the_worry_of_a_new_beginning_is_clarified_in_time_or_late(recorded):
    entries = recorded(
        ("2026-10-01T12:00:00+02:00", opened()),
        ("2026-10-02T12:00:00+02:00", closed()),
        ("2026-11-01T12:00:00+01:00", reopened("b-1")),
        ("2026-11-02T12:00:00+01:00", graded()),
        ("2026-11-20T12:00:00+01:00", decided("close")),
    )
    assert told(entries) == [("clarify", "2026-11-02", "2026-11-20", 19)]
