"""A finding on extensive help: was a right to an individuell plan considered?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from audit.findings.clock import overdue, waiting
from audit.findings.entry import Entry
from audit.findings.finding import Outcome, Rule, Severity
from audit.findings.history import History

ASSESSED: Final = ("IndividuellPlanAssessed", "BarnekoordinatorAssessed")
EXTENSIVE: Final = 3  # the level of extensive help from several services


def ip_not_assessed(history: History) -> Iterator[Outcome]:
    """On level 3 for longer than the days without an assessment of either scheme.

    An assessment made before that level was reached counts. The clock stops when the
    case leaves the level or ends.
    """
    answer = history.first(*ASSESSED)
    for reached in _reached(history):
        if answer and answer.occurred_at <= reached.occurred_at:
            return
        since = reached.occurred_at
        left = history.first("LevelLowered", since=since)
        until = history.open_until(since)
        until = min(left.day, until) if left else until
        in_time = answer if answer and answer.day <= until else None
        wait = waiting(reached, in_time, None)
        days = history.rule("ip_assessment_days", reached.day)
        due = reached.day + timedelta(days)
        yield from overdue(history, wait, due, until=until)


def _reached(history: History) -> Iterator[Entry]:
    """Each entry that set the level to 3."""
    for entry in history.of("LevelEscalated", "StafettloggOpened"):
        level = entry.data.get("to_level", entry.data.get("level"))
        if level == EXTENSIVE:
            yield entry


RULES = (
    Rule(
        id="F28",
        name="IP_NOT_ASSESSED",
        severity=Severity.WARNING,
        basis="bvl § 15-9; hol §§ 7-1, 7-2 a",
        source="domain.md, section 4; Helsetilsynet 5/2009",
        judge=ip_not_assessed,
    ),
)
