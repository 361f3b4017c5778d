"""Findings on the record itself: written late, or changed once somebody looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audit.findings.corrected import CORRECTION, target_of
from audit.findings.entry import CASE, Entry, local_day
from audit.findings.finding import Found, Outcome, Rule, Severity, at
from audit.findings.history import History
from audit.findings.inactivity import is_work
from audit.findings.thing import thing_of

SWEPT: Final = frozenset(
    {
        "ConsentExpired",
        "HandoverLapsed",
        "ConsentCapacityChanged",
        "ProtectedAddressLapsed",
    }
)
"""What the clock brings about: dated the first day it holds, written by the sweep."""


def late_recording(history: History) -> Iterator[Outcome]:
    """An entry was recorded more days after it happened than the rules give."""
    for entry in history.in_time:
        days = (local_day(entry.recorded_at) - entry.day).days
        if entry.kind != CASE or _is_swept(entry):
            continue
        if days > history.rule("recording_lag_days", entry.day):
            recorded = local_day(entry.recorded_at)
            yield Found(entry.day, recorded, at(entry), thing_of(entry), days)


def _is_swept(entry: Entry) -> bool:
    return entry.role == "system" and entry.event in SWEPT


def changed_after_notice(history: History) -> Iterator[Outcome]:
    """Something was corrected, or put on record belatedly, after a notice.

    A notice is the opening of a supervisory case, until that is closed, or word of a
    serious incident. Belated is what happened before the day of the notice.
    """
    for entry in history.in_time:
        notice = _notice_before(history, entry)
        if notice is None:
            continue
        if entry.event == CORRECTION:
            meant = target_of(history.recorded, entry)
            yield _changed(notice, entry, meant)
        elif is_work(entry) and entry.day < notice.day:
            yield _changed(notice, entry, entry)


def _changed(notice: Entry, entry: Entry, meant: Entry | None) -> Found:
    return Found(
        notice.day,
        local_day(entry.recorded_at),
        at(notice, entry, meant),
        thing_of(meant or entry),
    )


def _notice_before(history: History, entry: Entry) -> Entry | None:
    """The first notice that stood when this was recorded."""
    for notice in history.of("SupervisoryCaseOpened", "SeriousIncidentNotified"):
        over = history.first(
            "SupervisoryCaseClosed",
            supervisory_case=notice.text("supervisory_case") or "none",
        )
        stood = over is None or entry.recorded_at <= over.recorded_at
        if notice.recorded_at < entry.recorded_at and stood:
            return notice
    return None


RULES = (
    Rule(
        id="F29",
        name="LATE_RECORDING",
        severity=Severity.INFO,
        basis="fvl 1967 § 11 d (unverified); arkivlova 2025 § 5",
        source="domain.md, section 4",
        judge=late_recording,
    ),
    Rule(
        id="F30",
        name="CHANGED_AFTER_NOTICE",
        severity=Severity.WARNING,
        basis="arkivlova 2025 § 5",
        source="domain.md, section 4",
        judge=changed_after_notice,
    ),
)
