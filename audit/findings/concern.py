"""Findings on concerns: is a wonder clarified while it is fresh?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from audit.findings.clock import overdue, waiting
from audit.findings.entry import Entry
from audit.findings.finding import Outcome, Rule, Severity
from audit.findings.history import History


def clarify_late(history: History) -> Iterator[Outcome]:
    """A concern was clarified, or is still not, after more days than the rules give.

    A concern that the entry of a reopening brings along starts a clock like any other.
    """
    for raised in history.of("ConcernRaised", "CaseReopened"):
        concern = _concern(raised)
        if concern is not None:
            yield from _clarified(history, raised, concern)


def _concern(raised: Entry) -> str | None:
    """The id of the concern that an entry brings in."""
    brought = raised.data.get("new_concern")
    said = brought if isinstance(brought, dict) else raised.data
    concern = said.get("concern_id")
    return concern if isinstance(concern, str) else None


def _clarified(history: History, raised: Entry, concern: str) -> Iterator[Outcome]:
    since = raised.occurred_at
    answer = history.first("ConcernClarified", since=since, concern_id=concern)
    days = history.rule("clarify_days", raised.day)
    yield from overdue(
        history,
        waiting(raised, answer, concern),
        raised.day + timedelta(days),
        until=history.open_until(since),
    )


RULES = (
    Rule(
        id="F01",
        name="CLARIFY_LATE",
        severity=Severity.WARNING,
        basis="internal control; local action guide",
        source="domain.md, section 4; Tromsø action guide, step 0.5",
        judge=clarify_late,
    ),
)
