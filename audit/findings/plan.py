"""Findings on measures: are they whole, begun, evaluated and corrected?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from audit.findings.clock import Wait, overdue
from audit.findings.entry import Entry
from audit.findings.finding import Found, Outcome, Rule, Severity, at
from audit.findings.history import ENDINGS, History

ENDS: Final = frozenset({"stop", "level"})
"""What an evaluation may decide that ends the measure."""
NO_EFFECT: Final = frozenset({"none", "worse"})
SOMETHING_NEW: Final = (
    "MeasurePlanned",
    "MeasureChanged",
    "LevelEscalated",
    "LevelLowered",
)


def measure_incomplete(history: History) -> Iterator[Outcome]:
    """A measure was planned without goal, responsible or evaluation date."""
    for planned in history.of("MeasurePlanned"):
        responsible = planned.data.get("responsible")
        is_whole = planned.text("goal_id") and planned.date("evaluation_due")
        if not (is_whole and responsible):
            about = planned.text("measure_id")
            yield Found(planned.day, planned.day, at(planned), about)


# --- evaluation -----------------------------------------------------------------------


def evaluation_overdue(history: History) -> Iterator[Outcome]:
    """The day for an evaluation passed without one.

    A postponement moves the day from then on, and does not undo that it had passed. A
    measure that is evaluated and goes on has the next day; one that is stopped, or ends
    with the case, has none.
    """
    for planned in history.of("MeasurePlanned"):
        for wait in _evaluations(history, planned):
            until = history.open_until(planned.occurred_at)
            yield from overdue(history, wait, wait.start, until=until)


def _evaluations(history: History, planned: Entry) -> Iterator[Wait]:
    """Each wait of a measure for its evaluation, from the day that one was due."""
    about, asked = planned.text("measure_id"), planned
    due = planned.date("evaluation_due")
    for entry in _later(history, planned, *_MOVES_DUE):
        if due is not None and entry.event != "MeasureChanged":
            yield Wait(asked, due, about, entry, _on(entry))
        elif due is not None and entry.date("evaluation_due"):
            yield Wait(asked, due, about, entry, entry.day)
        asked, due = _next_due(entry, asked, due)
        if _is_end(entry):
            return
    if due is not None:
        yield Wait(asked, due, about)


_MOVES_DUE: Final = (
    "MeasureEvaluated",
    "MeasureStopped",
    "EvaluationPostponed",
    "MeasureChanged",
)


def _next_due(
    entry: Entry, asked: Entry, due: date | None
) -> tuple[Entry, date | None]:
    """Which entry says from now on when the evaluation is due, and when."""
    if entry.event == "EvaluationPostponed":
        return entry, entry.date("new_due") or due
    if entry.event == "MeasureChanged":
        moved = entry.date("evaluation_due")
        return (entry, moved) if moved else (asked, due)
    return entry, entry.date("next_due")


def _is_end(entry: Entry) -> bool:
    return entry.event == "MeasureStopped" or entry.text("decision") in ENDS


def _on(entry: Entry) -> date:
    """The day an entry is about: the day it names, or its own."""
    return entry.date("on") or entry.day


def _later(history: History, planned: Entry, *events: str) -> Iterator[Entry]:
    """What happened to a measure since it was planned, while its case was open."""
    since, ended = planned.occurred_at, history.closing(planned.occurred_at)
    for entry in history.of(*events):
        is_its = entry.text("measure_id") == planned.text("measure_id")
        is_open = ended is None or entry.occurred_at <= ended.occurred_at
        if is_its and is_open and entry.occurred_at >= since:
            yield entry


# --- beginning ------------------------------------------------------------------------


def measure_not_started(history: History) -> Iterator[Outcome]:
    """A measure had not begun so many days after the day it was to begin.

    What was evaluated, other than as not done, had begun.
    """
    for planned in history.of("MeasurePlanned"):
        start = planned.date("start") or planned.day
        begun = _begun(history, planned)
        answered = _on(begun) if begun else None
        wait = Wait(planned, start, planned.text("measure_id"), begun, answered)
        due = start + timedelta(history.rule("measure_start_days", start))
        until = history.open_until(planned.occurred_at)
        yield from overdue(history, wait, due, until=until)


def _begun(history: History, planned: Entry) -> Entry | None:
    """What shows that the measure began, or that it is waited for no more."""
    events = ("MeasureStarted", "MeasureStopped", "MeasureEvaluated")
    for entry in _later(history, planned, *events):
        if entry.event != "MeasureEvaluated":
            return entry
        if entry.text("effect") != "not_done" or _is_end(entry):
            return entry
    return None


# --- effect ---------------------------------------------------------------------------


def no_effect_no_change(history: History) -> Iterator[Outcome]:
    """Two evaluations without effect, and nothing new within the days after the second.

    New is a measure, a change of one, or a decision on the level; the end of the case
    ends the wait.
    """
    without_effect: list[Entry] = []
    for entry in history.of("MeasureEvaluated", *SOMETHING_NEW, *ENDINGS):
        if entry.event == "MeasureEvaluated":
            if entry.text("effect") in NO_EFFECT:
                without_effect.append(entry)
        else:
            yield from _unchanged(history, without_effect, entry)
            without_effect = []
    yield from _unchanged(history, without_effect, None)


def _unchanged(
    history: History, without_effect: list[Entry], new: Entry | None
) -> Iterator[Outcome]:
    if len(without_effect) < 2:
        return
    first, second = without_effect[:2]
    about = second.text("measure_id")
    wait = Wait(second, second.day, about, new, new.day if new else None)
    due = second.day + timedelta(history.rule("no_effect_days", second.day))
    for outcome in overdue(history, wait, due):
        if isinstance(outcome, Found):
            entries = at(first, second, new)
            yield Found(second.day, outcome.last, entries, about, outcome.days)
        else:
            yield outcome


RULES = (
    Rule(
        id="F13",
        name="MEASURE_INCOMPLETE",
        severity=Severity.ERROR,
        basis="local action guide; supervision of information, goals and measures",
        source="domain.md, section 4; Åsnes, Nordstrand; Helsetilsynet 2022-23",
        judge=measure_incomplete,
    ),
    Rule(
        id="F14",
        name="EVALUATION_OVERDUE",
        severity=Severity.WARNING,
        basis="local action guide; internal control",
        source="domain.md, section 4; Helsetilsynet 2022-23",
        judge=evaluation_overdue,
    ),
    Rule(
        id="F15",
        name="MEASURE_NOT_STARTED",
        severity=Severity.WARNING,
        basis="local action guide; internal control",
        source="domain.md, section 4; Helsetilsynet 2022-23",
        judge=measure_not_started,
    ),
    Rule(
        id="F16",
        name="NO_EFFECT_NO_CHANGE",
        severity=Severity.WARNING,
        basis="local action guide, step 1.5",
        source="domain.md, section 4; Løten action guide; NOU 2017:12",
        judge=no_effect_no_change,
    ),
)
