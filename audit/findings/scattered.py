"""A finding on knowledge that stays in pieces: who knew what, and when?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from audit.findings.entry import Entry, months_after
from audit.findings.finding import (
    SERVICE_UNKNOWN,
    UNDISCLOSED,
    Found,
    NotJudged,
    Outcome,
    Rule,
    Severity,
    at,
)
from audit.findings.history import History
from audit.findings.services import Gathering, gathering


def scattered_knowledge(history: History) -> Iterator[Outcome]:
    """Several services raised concerns within the months, and never met about them.

    It is said once for a group: from the first of its concerns to the one that made
    them enough. A meeting counts from the first of them until the months have passed.
    """
    concerns = [e for e in history.of("ConcernRaised", "CaseReopened") if _raises(e)]
    while concerns:
        group = _group(history, concerns)
        if group:
            yield from _unmet(history, group)
        concerns = concerns[len(group) or 1 :]


def _raises(entry: Entry) -> bool:
    return entry.event == "ConcernRaised" or bool(entry.data.get("new_concern"))


def _group(history: History, concerns: Sequence[Entry]) -> Sequence[Entry]:
    """The first concerns, up to the one that makes them enough; none, if none does."""
    first = concerns[0].day
    last = _last_day(history, first)
    for count, concern in enumerate(concerns, 1):
        services = {each.service for each in concerns[:count] if each.service}
        enough = count >= history.rule("scattered_concerns", first)
        apart = len(services) >= history.rule("scattered_services", first)
        if concern.day <= last and enough and apart:
            return concerns[:count]
    return ()


def _last_day(history: History, first: date) -> date:
    return months_after(first, history.rule("scattered_months", first))


def _unmet(history: History, group: Sequence[Entry]) -> Iterator[Outcome]:
    first = group[0]
    meetings = _meetings(history, first)
    hidden = history.hidden_since(first.occurred_at)
    doubtful = tuple(e.position for e, there in meetings if there.may_be_joint)
    if any(there.is_joint for _, there in meetings):
        return
    if hidden:
        yield NotJudged(UNDISCLOSED, hidden)
    elif doubtful:
        yield NotJudged(SERVICE_UNKNOWN, doubtful)
    else:
        days = (group[-1].day - first.day).days
        yield Found(first.day, group[-1].day, at(*group), days=days)


def _meetings(history: History, first: Entry) -> list[tuple[Entry, Gathering]]:
    last = _last_day(history, first.day)
    return [
        (meeting, gathering(history, meeting.texts("attended")))
        for meeting in history.of("MeetingHeld")
        if first.day <= meeting.day <= last
    ]


RULES = (
    Rule(
        id="F26",
        name="SCATTERED_KNOWLEDGE",
        severity=Severity.WARNING,
        basis="bvl § 15-8",
        source="domain.md, section 4; Helsetilsynet 5/2009; NOU 2017:12",
        judge=scattered_knowledge,
    ),
)
