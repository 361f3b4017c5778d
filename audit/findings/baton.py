"""Findings on the baton: is there always somebody who holds it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from audit.findings.clock import overdue, waiting
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
from audit.findings.history import ENDINGS, History

ONE_DAY: Final = timedelta(days=1)
TAKES: Final = (
    "StafettholderAppointed",
    "StafettholderHandedOver",
    "InterimHolderAssigned",
)
LEVELS: Final = {"level1": 1, "level2": 2}
"""The levels that the outcome of a clarification sets."""


# --- days without a holder ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Missed:
    """From this day on the lack of a holder counts, because of that entry."""

    first: date
    because: Entry


def stafettholder_gap(history: History) -> Iterator[Outcome]:
    """Whole local days without a holder, both ends included.

    A gap begins the day after a vacancy's last day. Before the first holder it begins
    some days after the log was opened, or after a concern was clarified to a level that
    has a holder while no log is opened. The end of the case ends it.
    """
    missed: _Missed | None = None
    had_one = False  # since the case was opened, or reopened
    for entry in history.of(
        *TAKES,
        *ENDINGS,
        "StafettholderVacated",
        "StafettloggOpened",
        "ConcernClarified",
        "CaseReopened",
    ):
        if entry.event in TAKES:
            yield from _gap(history, missed, _held_from(entry), entry)
            missed, had_one = None, True
        elif entry.event in ENDINGS or entry.event == "CaseReopened":
            yield from _gap(history, missed, entry.day, entry)
            missed, had_one = None, False
        elif entry.event == "StafettholderVacated":
            missed = _Missed((entry.date("last_day") or entry.day) + ONE_DAY, entry)
        elif not had_one:
            missed = _first_missed(history, missed, entry)
    yield from _gap(history, missed, history.at + ONE_DAY, None)


def _held_from(entry: Entry) -> date:
    return entry.date("from_date") or entry.day


def _first_missed(
    history: History, missed: _Missed | None, entry: Entry
) -> _Missed | None:
    """From when on a first holder is missed: what the log says comes before the rest.

    A log opened after the days without one were over does not excuse them.
    """
    is_log = entry.event == "StafettloggOpened"
    if missed and (not is_log or missed.first < entry.day or _is_log(missed)):
        return missed
    said = entry.data.get("level") if is_log else LEVELS.get(entry.text("outcome"))
    level = said if isinstance(said, int) else 0
    if level < history.rule("holder_required_from_level", entry.day):
        return missed
    key = "first_holder_days" if is_log else "holder_without_log_days"
    return _Missed(entry.day + timedelta(history.rule(key, entry.day)), entry)


def _is_log(missed: _Missed) -> bool:
    return missed.because.event == "StafettloggOpened"


def _gap(
    history: History, missed: _Missed | None, held_from: date, ended_by: Entry | None
) -> Iterator[Outcome]:
    if missed is None or missed.first >= held_from:
        return
    hidden = history.hidden_since(missed.because.occurred_at)
    if hidden:
        yield NotJudged(UNDISCLOSED, hidden)
        return
    last = held_from - ONE_DAY
    days = (last - missed.first).days + 1
    yield Found(missed.first, last, at(missed.because, ended_by), None, days)


# --- handovers ------------------------------------------------------------------------

ANSWERS: Final = (
    "StafettholderHandedOver",
    "HandoverDeclined",
    "HandoverWithdrawn",
    "HandoverLapsed",
)

NOT_WANTED: Final = ("HandoverWithdrawn", "HandoverProposed")
"""What ends a proposal when it is wanted no more, or another takes its place."""


def handover_unanswered(history: History) -> Iterator[Outcome]:
    """A proposal stood longer than the days for its answer.

    It stands until it is answered, withdrawn, lapsed or replaced by another.
    """
    for proposed in history.of("HandoverProposed"):
        answer = _answer(history, proposed)
        days = history.rule("handover_answer_days", proposed.day)
        yield from overdue(
            history,
            waiting(proposed, answer, proposed.text("proposal_id")),
            proposed.day + timedelta(days),
            until=history.open_until(proposed.occurred_at),
        )


def _answer(history: History, proposed: Entry) -> Entry | None:
    """What ended a proposal; the one that replaces it may bear the same id."""
    for entry in history.of(*ANSWERS, "HandoverProposed"):
        is_later = (entry.occurred_at, entry.position) > (
            proposed.occurred_at,
            proposed.position,
        )
        is_its = entry.text("proposal_id") == proposed.text("proposal_id")
        if is_later and (is_its or entry.event == "HandoverProposed"):
            return entry
    return None


def transition_late(history: History) -> Iterator[Outcome]:
    """The handover that belongs to a new school was accepted after the child started.

    It is the first one for a transition that was accepted before the next start, and
    not planned from then on. One that was asked for, and has no acceptance yet, is late
    from the start on.
    """
    starts = [(e.date("starts") or e.day, e) for e in history.of("TransitionNoted")]
    starts.sort(key=lambda start: (start[0], start[1].position))
    left = _for_transitions(history)
    for number, (start, noted) in enumerate(starts):
        following = starts[number + 1][0] if number + 1 < len(starts) else date.max
        handover = _belonging(left, following)
        if handover is None:
            continue
        left.remove(handover)
        if noted.text("kind") == "school":
            yield from _late(history, start, noted, handover)


_Handover = tuple[Entry, Entry | None]
"""A proposal for a transition, and its acceptance."""


def _for_transitions(history: History) -> list[_Handover]:
    """The handovers for a transition that were accepted or are still wanted."""
    asked = [(p, _answer(history, p)) for p in history.of("HandoverProposed")]
    return [
        (proposed, answer if answer and answer.event == ANSWERS[0] else None)
        for proposed, answer in asked
        if proposed.text("reason") == "transition"
        and (answer is None or answer.event not in NOT_WANTED)
    ]


def _belonging(left: Sequence[_Handover], following: date) -> _Handover | None:
    before = [handover for handover in left if _meant_for(*handover) < following]
    accepted = [handover for handover in before if handover[1] is not None]
    wanted = [handover for handover in before if handover[1] is None]
    return next(iter(accepted), None) or next(reversed(wanted), None)


def _meant_for(proposed: Entry, accepted: Entry | None) -> date:
    """The day it was planned from, which may lie long after it was agreed on."""
    agreed = (accepted or proposed).day
    return max(agreed, proposed.date("planned_from") or agreed)


def _late(
    history: History, start: date, noted: Entry, handover: _Handover
) -> Iterator[Outcome]:
    proposed, accepted = handover
    wait = waiting(noted, accepted, proposed.text("proposal_id"), start)
    until = history.open_until(noted.occurred_at)
    for outcome in overdue(
        history, wait, start, since=proposed.occurred_at, until=until
    ):
        if isinstance(outcome, Found):
            entries = at(noted, proposed, accepted)
            yield Found(start, outcome.last, entries, outcome.about, outcome.days)
        else:
            yield outcome


RULES = (
    Rule(
        id="F02",
        name="STAFETTHOLDER_GAP",
        severity=Severity.ERROR,
        basis="one holder at all times; bvl § 15-8",
        source="domain.md, section 4; Riksrevisjonen, Dok. 3:15 (2020-21)",
        judge=stafettholder_gap,
    ),
    Rule(
        id="F03",
        name="HANDOVER_UNANSWERED",
        severity=Severity.WARNING,
        basis="the baton is held until it has been accepted",
        source="domain.md, section 4 and 0",
        judge=handover_unanswered,
    ),
    Rule(
        id="F04",
        name="TRANSITION_LATE",
        severity=Severity.WARNING,
        basis="barnehageloven § 2 a; opplæringslova ch. 24",
        source="domain.md, section 4 and 1.3",
        judge=transition_late,
    ),
)
