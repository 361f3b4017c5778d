"""A finding on cases in which nothing happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from audit.findings.clock import Wait
from audit.findings.entry import CASE, Entry
from audit.findings.finding import (
    UNDISCLOSED,
    Found,
    NotJudged,
    Outcome,
    Rule,
    Severity,
    at,
)
from audit.findings.history import ENDINGS, History
from audit.findings.replies import waits

NO_WORK: Final = frozenset(
    {
        # correction
        "EntryCorrected",
        "EntryDisputed",
        "RestrictionApplied",
        "RestrictionLifted",
        "ErasureRequested",
        "ErasureDecided",
        "SealingExecuted",
        "KeyDestroyed",
        "LegalHoldPlaced",
        "LegalHoldReleased",
        # archive
        "ArchivePackageMade",
        "ArchiveReceipted",
        "RetentionClassSet",
        # supervision
        "SupervisoryCaseOpened",
        "SupervisoryNoticeSent",
        "FindingRaised",
        "FindingAnswered",
        "FindingClosed",
        "SupervisoryCaseClosed",
    }
)
"""Types of entries on the case's own streams that are no work with the child."""


def inactive(history: History) -> Iterator[Outcome]:
    """More days between two entries about the work, or since the last, than allowed.

    Days on which something is waited for from barnevern do not count; that it is late
    is asked by other rules.
    """
    waiting = tuple(waits(history))
    for first, last in _silences(history):
        until = last.day if last else history.at
        limit = history.rule("inactivity_days", first.day)
        days = (until - first.day).days
        if days > limit:
            days -= _paused(waiting, first.day, until)
        if days > limit:
            yield _found(history, first, last, days)


def _found(history: History, first: Entry, last: Entry | None, days: int) -> Outcome:
    hidden = history.hidden_since(first.occurred_at)
    if hidden:
        return NotJudged(UNDISCLOSED, hidden)
    until = last.day if last else history.at
    return Found(first.day, until, at(first, last), days=days)


def _silences(history: History) -> Iterator[tuple[Entry, Entry | None]]:
    """Each two neighbours while the case was open, and the last one if it still is."""
    before: Entry | None = None
    is_open = True
    for entry in filter(is_work, history.in_time):
        is_open = is_open or entry.event == "CaseReopened"
        if before and is_open:
            yield before, entry
        is_open = is_open and entry.event not in ENDINGS
        before = entry if is_open else None
    if before:
        yield before, None


def is_work(entry: Entry) -> bool:
    """Whether somebody did something in the case: no reading, no clock, no control."""
    return entry.kind == CASE and entry.role != "system" and entry.event not in NO_WORK


def _paused(waiting: Iterable[Wait], first: date, until: date) -> int:
    """How many of the days after `first`, up to `until`, something was waited for."""
    days: set[int] = set()
    for wait in waiting:
        begin = max(wait.start, first).toordinal() + 1
        end = min(wait.answered or until, until).toordinal()
        days.update(range(begin, end + 1))
    return len(days)


RULES = (
    Rule(
        id="F27",
        name="INACTIVE",
        severity=Severity.WARNING,
        basis="internal control",
        source="domain.md, section 4",
        judge=inactive,
    ),
)
