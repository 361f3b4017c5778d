"""A finding on the other children of the family."""

from __future__ import annotations

from collections.abc import Iterator

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
from audit.findings.signs import signs


def siblings_not_considered(history: History) -> Iterator[Outcome]:
    """There were serious signs, and nobody has written that siblings were considered.

    It is said once, from the first sign on: siblings are the child's, not the sign's.
    """
    sign = next(signs(history, "duty_grade"), None)
    if sign is None or history.of("SiblingsConsidered"):
        return
    hidden = history.hidden_since(sign.since)
    if hidden:
        yield NotJudged(UNDISCLOSED, hidden, sign.thing)
        return
    first, last = sign.entry.day, history.open_until(sign.entry.occurred_at)
    yield Found(first, last, at(sign.entry), sign.thing, (last - first).days)


RULES = (
    Rule(
        id="F35",
        name="SIBLINGS_NOT_CONSIDERED",
        severity=Severity.WARNING,
        basis="local action guide",
        source="domain.md, section 4; barnitinn guide",
        judge=siblings_not_considered,
    ),
)
