"""Clocks: something waits for an answer, and it came late or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from audit.findings.entry import Entry
from audit.findings.finding import UNDISCLOSED, Found, NotJudged, Outcome, at
from audit.findings.history import History


@dataclass(frozen=True, slots=True)
class Wait:
    """Waiting since the local day `start`, because of what `asked` says.

    `answer` is the entry that ends it and `answered` the day it is about, both `None`
    as long as it is waited for.
    """

    asked: Entry
    start: date
    about: str | None
    answer: Entry | None = None
    answered: date | None = None


def waiting(
    asked: Entry, answer: Entry | None, about: str | None, start: date | None = None
) -> Wait:
    """The wait from one entry to another, by their own days."""
    answered = answer.day if answer else None
    return Wait(asked, start or asked.day, about, answer, answered)


def overdue(
    history: History,
    wait: Wait,
    due: date,
    *,
    since: datetime | None = None,
    until: date | None = None,
) -> Iterator[Outcome]:
    """The finding of a wait that lasted longer than to `due`, the last day in time.

    Without an answer it has lasted to `until`, which is the day of judgement unless it
    is given. What was recorded before `since`, unless it is given the moment of the
    entry that asked, cannot be the answer; a later undisclosed entry can.
    """
    last = wait.answered or until or history.at
    if last <= due:
        return
    hidden = history.hidden_since(since or wait.asked.occurred_at)
    if hidden:
        yield NotJudged(UNDISCLOSED, hidden, wait.about)
    else:
        days = (last - wait.start).days
        entries = at(wait.asked, wait.answer)
        yield Found(wait.start, last, entries, wait.about, days)
