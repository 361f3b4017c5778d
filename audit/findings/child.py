"""Findings on the child's own voice: was it heard before others decided?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from audit.findings.entry import Entry
from audit.findings.finding import (
    BIRTH_DATE_UNKNOWN,
    UNDISCLOSED,
    Found,
    NotJudged,
    Outcome,
    Rule,
    Severity,
    at,
)
from audit.findings.history import ENDINGS, History
from audit.findings.subject import is_born, turns

DECISIONS: Final = ("LevelEscalated", "LevelLowered", *ENDINGS)
OBSERVATION: Final = "1.3"
"""SSB's code for a view that was observed, not told."""


def child_not_heard(history: History) -> Iterator[Outcome]:
    """A decision about a born child who was not heard since the one before it.

    A reasoned entry that the child was not heard stands for the view. The time before
    the first decision runs from the opening of the case.
    """
    since = history.opening
    for decision in history.of(*DECISIONS):
        if since is not None and is_born(history, decision.day):
            yield from _unheard(history, since, decision)
        since = decision


def _unheard(history: History, since: Entry, decision: Entry) -> Iterator[Outcome]:
    heard = any(
        since.occurred_at <= view.occurred_at <= decision.occurred_at
        for view in history.of("ChildViewRecorded", "ChildNotHeard")
    )
    if heard:
        return
    hidden = history.hidden_since(since.occurred_at)
    if hidden:
        yield NotJudged(UNDISCLOSED, hidden, decision.event)
    else:
        yield Found(decision.day, decision.day, at(decision), decision.event)


def view_not_weighed(history: History) -> Iterator[Outcome]:
    """A decision that does not say which view of the child it rests on, and how much.

    Only where the profile wants that.
    """
    for decision in history.of(*DECISIONS):
        said = decision.text("child_view_ref") and decision.text("child_view_weight")
        wanted = history.rule("weigh_child_view", decision.day)
        if wanted and not said and is_born(history, decision.day):
            yield Found(decision.day, decision.day, at(decision), decision.event)


def no_talk_between_meetings(history: History) -> Iterator[Outcome]:
    """Two meetings in a row, both after birth, and no talk with the child between."""
    meetings = history.of("MeetingHeld", *ENDINGS)
    for before, after in pairwise(meetings):
        both_held = before.event == after.event == "MeetingHeld"
        if both_held and is_born(history, before.day):
            yield from _no_talk(history, before, after)


def _no_talk(history: History, before: Entry, after: Entry) -> Iterator[Outcome]:
    views = [
        view
        for view in history.of("ChildViewRecorded")
        if before.occurred_at <= view.occurred_at <= after.occurred_at
    ]
    counts = [_counts(history, view) for view in views]
    if True in counts:
        return
    about, hidden = after.text("meeting_id"), history.hidden_since(before.occurred_at)
    if hidden:
        yield NotJudged(UNDISCLOSED, hidden, about)
    elif None in counts:
        yield NotJudged(BIRTH_DATE_UNKNOWN, at(before, *views, after), about)
    else:
        days = (after.day - before.day).days
        yield Found(before.day, after.day, at(before, after), about, days)


def _counts(history: History, view: Entry) -> bool | None:
    """Whether it is a talk; of the youngest also an observation is. `None`: unknown."""
    if view.text("form") != OBSERVATION:
        return True
    too_old = turns(history, history.rule("observation_counts_below_age", view.day))
    return None if too_old is None else view.day < too_old


RULES = (
    Rule(
        id="F10",
        name="CHILD_NOT_HEARD",
        severity=Severity.ERROR,
        basis="BK art. 12; Grunnloven § 104; bvl § 1-4",
        source="domain.md, section 4; Helsetilsynet, Lunner 2021",
        judge=child_not_heard,
    ),
    Rule(
        id="F11",
        name="CHILD_VIEW_NOT_WEIGHED",
        severity=Severity.WARNING,
        basis="BK art. 12; Grunnloven § 104; bvl § 1-4",
        source="domain.md, section 4",
        judge=view_not_weighed,
    ),
    Rule(
        id="F12",
        name="NO_TALK_BETWEEN_MEETINGS",
        severity=Severity.WARNING,
        basis="local routine; BK art. 12",
        source="domain.md, section 4; Lunner municipality's routine; NOU 2017:12",
        judge=no_talk_between_meetings,
    ),
)
