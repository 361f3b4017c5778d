"""A finding on the first joint meeting: do the services meet when they should?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from audit.findings.clock import overdue, waiting
from audit.findings.entry import Entry
from audit.findings.finding import (
    SERVICE_UNKNOWN,
    NotJudged,
    Outcome,
    Rule,
    Severity,
    at,
)
from audit.findings.history import History
from audit.findings.services import Gathering, gathering

JOINT_LEVEL: Final = 2
"""The first level on which services work together."""


def joint_meeting_late(history: History) -> Iterator[Outcome]:
    """From the step to level 2, too many days to the first meeting of two services."""
    for reached in _reached(history):
        yield from _first_meeting(history, reached)


def _reached(history: History) -> Iterator[Entry]:
    """What brought the case to level 2, once each time that it came there."""
    is_there = False
    for entry in history.of(
        "LevelEscalated", "LevelLowered", "StafettloggOpened", "CaseReopened"
    ):
        said = "level" if entry.event == "StafettloggOpened" else "to_level"
        level = entry.data.get(said, 0)
        if level == JOINT_LEVEL and not is_there:
            yield entry
        is_there = level >= JOINT_LEVEL


def _first_meeting(history: History, reached: Entry) -> Iterator[Outcome]:
    due = reached.day + timedelta(history.rule("joint_meeting_days", reached.day))
    doubtful: list[Entry] = []
    joint: Entry | None = None
    for meeting in _meetings_since(history, reached):
        present = _present(history, meeting)
        if present.is_joint:
            joint = meeting
            break
        if present.may_be_joint and meeting.day <= due:
            doubtful.append(meeting)
    about = joint.text("meeting_id") if joint else None
    wait, until = waiting(reached, joint, about), _until(history, reached)
    for outcome in overdue(history, wait, due, until=until):
        if doubtful:
            yield NotJudged(SERVICE_UNKNOWN, at(*doubtful))
            return
        yield outcome


def _meetings_since(history: History, reached: Entry) -> Iterator[Entry]:
    for meeting in history.of("MeetingHeld"):
        if meeting.day >= reached.day and meeting.day <= _until(history, reached):
            yield meeting


def _present(history: History, meeting: Entry) -> Gathering:
    return gathering(history, meeting.texts("attended"))


def _until(history: History, reached: Entry) -> date:
    """How far the clock runs: to the end of the case, or until the level is lower."""
    lowered = next(
        (
            entry.day
            for entry in history.of("LevelLowered")
            if entry.occurred_at >= reached.occurred_at
            and entry.data.get("to_level", 0) < JOINT_LEVEL
        ),
        history.at,
    )
    return min(lowered, history.open_until(reached.occurred_at))


RULES = (
    Rule(
        id="F18",
        name="JOINT_MEETING_LATE",
        severity=Severity.WARNING,
        basis="local action guide, step 1.5",
        source="domain.md, section 4; Løten action guide",
        judge=joint_meeting_late,
    ),
)
