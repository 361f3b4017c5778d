"""A finding on the step up: what does a higher level rest on?"""

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


def level_up_without_evaluation(history: History) -> Iterator[Outcome]:
    """The level was raised and names no evaluation, nor an emergency with its reason.

    An evaluation that is named and not on record is none.
    """
    for raised in history.of("LevelEscalated"):
        if not _is_emergency(raised):
            yield from _unevaluated(history, raised)


def _is_emergency(raised: Entry) -> bool:
    return raised.data.get("emergency") is True and bool(raised.text("reason").strip())


def _unevaluated(history: History, raised: Entry) -> Iterator[Outcome]:
    named = raised.text("evaluation_id")
    if named and history.first("MeasureEvaluated", evaluation_id=named):
        return
    hidden = tuple(entry.position for entry in history.undisclosed("case"))
    if named and hidden:
        yield NotJudged(UNDISCLOSED, hidden, raised.event)
    else:
        yield Found(raised.day, raised.day, at(raised), raised.event)


RULES = (
    Rule(
        id="F17",
        name="LEVEL_UP_WITHOUT_EVALUATION",
        severity=Severity.WARNING,
        basis="local action guide",
        source="domain.md, section 4; Siljan, Overhalla",
        judge=level_up_without_evaluation,
    ),
)
