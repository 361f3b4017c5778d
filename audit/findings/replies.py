"""What is waited for from barnevern: feedback, review, investigation, feedback again.

A wait ends with its answer. That an answer is late is asked by the rules on barnevern;
as long as it is waited for, a case is not inactive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from audit.findings.clock import Wait
from audit.findings.entry import Entry
from audit.findings.history import History

OPENED: Final = "investigation_opened"
AFTERWARDS: Final = "after_investigation"
EXTENDED: Final = "investigation_extended"
CLOSED: Final = frozenset(
    {"investigation_closed", "investigation_closed_with_measures"}
)
IMPLY_CLOSED: Final = CLOSED | {"measures", "care_order", "closed"}


def waits(history: History) -> Iterator[Wait]:
    """Everything that has been waited for."""
    yield from feedbacks(history)
    yield from reviews(history)
    yield from investigations(history)
    yield from second_feedbacks(history)


def feedbacks(history: History) -> Iterator[Wait]:
    """From each report to the first feedback on it, of whatever kind."""
    for report in history.of("MeldingTilBarnevernSent"):
        yield _until(report, report.day, _feedback(history, report))


def reviews(history: History) -> Iterator[Wait]:
    """From each report to the feedback that tells what the review came to."""
    for report in history.of("MeldingTilBarnevernSent"):
        told = [
            each
            for each in _feedback(history, report)
            if each.text("kind") in (OPENED, "dropped", AFTERWARDS)
        ]
        yield _until(report, report.day, told)


def investigations(history: History) -> Iterator[Wait]:
    """From each day on which an investigation was opened to the day on which it ended.

    An opening that is told while one is under way, or on the day it ended, is the same
    one, told again.
    """
    ends = _told(history, IMPLY_CLOSED, AFTERWARDS)
    over = date.min
    for opening in _told(history, frozenset({OPENED}), OPENED):
        start = _on(opening)
        if start <= over:
            continue
        wait = _until(opening, start, [end for end in ends if _on(end) >= start])
        over = wait.answered or date.max
        yield wait


def second_feedbacks(history: History) -> Iterator[Wait]:
    """From the end of each investigation after a report to the feedback about it."""
    over = date.min
    for note in _told(history, CLOSED):
        report = _last_by(history.of("MeldingTilBarnevernSent"), _on(note))
        begun = _begun(history, report, _on(note)) if report else None
        if report is None or begun is None or begun <= over:
            continue
        over = _on(note)
        told = _told(history, frozenset(), AFTERWARDS)
        answers = [each for each in told if _on(each) >= begun]
        yield _until(note, over, answers, report.text("melding_id"))


def _begun(history: History, report: Entry, end: date) -> date:
    """When the investigation that ended was opened; without a word of it, reported."""
    opening = _last_by(_told(history, frozenset({OPENED}), OPENED), end)
    return max(report.day, _on(opening)) if opening else report.day


def _feedback(history: History, report: Entry) -> list[Entry]:
    return [
        each
        for each in history.of("TilbakemeldingReceived")
        if each.text("melding_id") == report.text("melding_id")
    ]


def _told(history: History, states: frozenset[str], *kinds: str) -> list[Entry]:
    """Notes of these states and feedback of these kinds, by the day they are about."""
    notes = history.of("BarnevernCaseStateNoted", "TilbakemeldingReceived")
    told = [n for n in notes if n.text("state") in states or n.text("kind") in kinds]
    return sorted(told, key=lambda entry: (_on(entry), entry.position))


def _on(entry: Entry) -> date:
    """The day an entry is about, which is its own unless it names another."""
    return entry.date("on") or entry.day


def _last_by(entries: Iterable[Entry], day: date) -> Entry | None:
    return max(
        (entry for entry in entries if _on(entry) <= day),
        key=lambda entry: (_on(entry), entry.position),
        default=None,
    )


def _until(
    asked: Entry, start: date, answers: Iterable[Entry], melding: str | None = None
) -> Wait:
    answer = min(answers, key=lambda each: (_on(each), each.position), default=None)
    about = melding or asked.text("melding_id") or None
    return Wait(asked, start, about, answer, _on(answer) if answer else None)
