"""Findings on concerns: is a wonder clarified while it is fresh?"""

from __future__ import annotations

from collections.abc import Iterator

from audit.findings.entry import Entry
from audit.findings.finding import (
    UNDISCLOSED,
    Found,
    NotJudged,
    Outcome,
    Rule,
    Severity,
    at,
)
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
    last = answer.day if answer else history.open_until(since)
    days = (last - raised.day).days
    if days <= history.rule("clarify_days", raised.day):
        return
    hidden = () if answer else history.hidden_since(since)
    if hidden:
        yield NotJudged(UNDISCLOSED, hidden, concern)
    else:
        yield Found(raised.day, last, at(raised, answer), concern, days)


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
