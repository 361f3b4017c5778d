"""Findings on how a case ended: what was left open, and what was not asked first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

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
from audit.findings.plan import ENDS

CARRIES_ON: Final = frozenset({"moved", "superseded", "death"})
"""Reasons for closing that say what becomes of measures that are open."""


def closed_open_items(history: History) -> Iterator[Outcome]:
    """A case was closed on an open measure, without a reason or a final evaluation."""
    for closed in history.of("CaseClosed"):
        if closed.text("reason") in CARRIES_ON or closed.text("final_evaluation"):
            continue
        for planned in _open_measures(history, closed):
            measure = planned.text("measure_id")
            hidden = history.hidden_since(planned.occurred_at)
            if _reasoned(closed, measure):
                continue
            if hidden:
                yield NotJudged(UNDISCLOSED, hidden, measure)
            else:
                yield Found(closed.day, closed.day, at(planned, closed), measure)


def _open_measures(history: History, closed: Entry) -> Iterator[Entry]:
    """Measures that were planned, and neither stopped nor evaluated to an end."""
    ended = {
        entry.text("measure_id")
        for entry in history.of("MeasureStopped", "MeasureEvaluated")
        if entry.occurred_at <= closed.occurred_at
        and (entry.event == "MeasureStopped" or entry.text("decision") in ENDS)
    }
    for planned in history.of("MeasurePlanned"):
        is_earlier = planned.occurred_at <= closed.occurred_at
        if is_earlier and planned.text("measure_id") not in ended:
            yield planned


def _reasoned(closed: Entry, measure: str) -> bool:
    """Whether the closing says what becomes of a measure, and why.

    The measure is named by kind and id, or by its id alone.
    """
    said: Any = closed.data.get("dispositions") or ()
    return any(
        isinstance(each, Mapping)
        and each.get("item") in (measure, f"measure:{measure}")
        and bool(each.get("reason"))
        for each in said
    )


def ended_by_withdrawal(history: History) -> Iterator[Outcome]:
    """A whole consent was withdrawn at a high grade, and the duty not assessed since.

    Grades are those of concerns that had not been settled. The wait ends with the case.
    """
    for withdrawn in history.of("ConsentWithdrawn"):
        if withdrawn.texts("services") or withdrawn.texts("categories"):
            continue
        grade = _graded(history, withdrawn)
        if grade is not None and not _assessed(history, withdrawn):
            yield _unassessed(history, withdrawn, grade)


def _graded(history: History, withdrawn: Entry) -> Entry | None:
    """The grading that was high enough and stood when the consent was withdrawn."""
    limit = history.rule("withdrawal_risk_grade", withdrawn.day)
    standing: dict[str, Entry] = {}
    for entry in history.of("ConcernGraded", "ConcernClarified"):
        if entry.occurred_at > withdrawn.occurred_at:
            break
        concern = entry.text("concern_id")
        if entry.event == "ConcernGraded":
            standing[concern] = entry
        elif entry.text("outcome") == "close":
            standing.pop(concern, None)
    high = (e for e in standing.values() if _grade_of(e) >= limit)
    return max(high, key=_grade_of, default=None)


def _grade_of(graded: Entry) -> int:
    grade: Any = graded.data.get("grade")
    return grade if isinstance(grade, int) else 0


def _assessed(history: History, withdrawn: Entry) -> bool:
    return bool(history.first("MeldepliktAssessed", since=withdrawn.occurred_at))


def _unassessed(history: History, withdrawn: Entry, grade: Entry) -> Outcome:
    consent = withdrawn.text("consent_id")
    hidden = history.hidden_since(withdrawn.occurred_at)
    if hidden:
        return NotJudged(UNDISCLOSED, hidden, consent)
    last = history.open_until(withdrawn.occurred_at)
    days = (last - withdrawn.day).days
    return Found(withdrawn.day, last, at(grade, withdrawn), consent, days)


RULES = (
    Rule(
        id="F33",
        name="CLOSED_OPEN_ITEMS",
        severity=Severity.ERROR,
        basis="local action guide; internal control",
        source="domain.md, section 4; Risør action guide; SSB Barnevern, check 23",
        judge=closed_open_items,
    ),
    Rule(
        id="F34",
        name="ENDED_BY_WITHDRAWAL_NO_RISK_CHECK",
        severity=Severity.ERROR,
        basis="bvl § 13-2",
        source="domain.md, section 4; after bvl § 2-5 (3)",
        judge=ended_by_withdrawal,
    ),
)
