"""Barnevern's clocks in a case: reports and what became of them, each with a last day.

A clock is the wait that a finding is judged from, seen while it runs: the last day is
counted here and there by the same limits. Read off the entries as the reader sees them;
what lies under a shield is told to those alone who see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from audit.findings import History
from audit.findings.barnevern import RULES, is_extended
from audit.findings.clock import Wait
from audit.findings.entry import CASE, Entry, months_after
from audit.findings.replies import (
    feedbacks,
    investigations,
    reviews,
    second_feedbacks,
)
from ledger.events.barnevern import InformationOrderReceived
from ledger.profiles import Profile

ClockKind = Literal[
    "review",  # of a report, by barnevern
    "feedback",  # on a report, to who sent it
    "investigation",
    "second_feedback",  # on what the investigation came to
    "information_order",
]
ClockState = Literal["running", "overdue", "in_time", "late"]
_RULE_OF: Final = {
    "feedback": "F22",
    "second_feedback": "F23",
    "review": "F24",
    "investigation": "F25",
}
_BASIS: Final = {rule.id: rule.basis for rule in RULES}


@dataclass(frozen=True, slots=True)
class Noted:
    """A word of a code, and its day."""

    what: str
    on: date


@dataclass(frozen=True, slots=True)
class Report:
    """A report to barnevern, how far it has come and what was answered."""

    melding_id: str
    sent_on: date
    reported_by: str | None
    channel: str
    grounds: tuple[str, ...]
    shield: str | None
    delivery: tuple[Noted, ...]
    answers: tuple[Noted, ...]
    reminded_on: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A wait with its last day in time, `None` for an order that names none.

    `days_late` counts from that day to the answer, or to `at` while there is none.
    `basis` is the section of law; it says so where its number is unverified.
    """

    kind: ClockKind
    about: str | None
    since: date
    last_day: date | None
    extended: bool
    answered_on: date | None
    state: ClockState
    days_late: int
    basis: str


@dataclass(frozen=True, slots=True)
class BarnevernView:
    """What barnevern was told, and what is waited for, on the day `at`."""

    at: date
    incomplete: bool  # the body of an entry is gone, so something may be missing here
    reports: tuple[Report, ...]
    clocks: tuple[Clock, ...]  # in the order of their last days
    states: tuple[Noted, ...]  # of barnevern's own case

    @property
    def running(self) -> tuple[Clock, ...]:
        """The clocks without an answer."""
        return tuple(clock for clock in self.clocks if clock.answered_on is None)


def barnevern(history: History, *, rules: Profile) -> BarnevernView:
    """Read the clocks of a history on the day it is judged, by the profile's limits."""
    clocks = sorted(_clocks(history, rules), key=_order)
    notes = history.of("BarnevernCaseStateNoted")
    return BarnevernView(
        at=history.at,
        incomplete=bool(history.undisclosed(CASE)),
        reports=tuple(
            _report(history, entry) for entry in history.of("MeldingTilBarnevernSent")
        ),
        clocks=tuple(clocks),
        states=_noted(notes, "state"),
    )


def _order(clock: Clock) -> tuple[date, date, str]:
    return clock.last_day or date.max, clock.since, clock.kind


def _report(history: History, sent: Entry) -> Report:
    melding_id = sent.text("melding_id")

    def about(event: str) -> tuple[Entry, ...]:
        named = history.of(event)
        return tuple(e for e in named if e.text("melding_id") == melding_id)

    return Report(
        melding_id=melding_id,
        sent_on=sent.day,
        reported_by=sent.text("reported_by") or None,
        channel=sent.text("channel"),
        grounds=tuple(sent.texts("grounds")),
        shield=sent.shield,
        delivery=_noted(about("MeldingDeliveryStatus"), "status"),
        answers=_noted(about("TilbakemeldingReceived"), "kind"),
        reminded_on=tuple(map(_on, about("TilbakemeldingReminded"))),
    )


def _noted(entries: tuple[Entry, ...], field: str) -> tuple[Noted, ...]:
    return tuple(Noted(entry.text(field), _on(entry)) for entry in entries)


def _on(entry: Entry) -> date:
    return entry.date("on") or entry.day


# --- clocks ---------------------------------------------------------------------------


def _clocks(history: History, rules: Profile) -> Iterator[Clock]:
    for wait in reviews(history):
        yield _in_days(history, wait, "review", rules.barnevern_review_days)
    for wait in feedbacks(history):
        yield _in_days(history, wait, "feedback", rules.feedback_days)
    for wait in investigations(history):
        yield _investigation(history, wait, rules)
    for wait in second_feedbacks(history):
        yield _in_days(history, wait, "second_feedback", rules.feedback_days)
    yield from _orders(history)


def _in_days(history: History, wait: Wait, kind: ClockKind, days: int) -> Clock:
    last_day = wait.start + timedelta(days=days)
    return _clock(history, wait, kind, last_day, _BASIS[_RULE_OF[kind]])


def _investigation(history: History, wait: Wait, rules: Profile) -> Clock:
    extended = is_extended(history, wait)
    longest = rules.investigation_extended_months
    months = longest if extended else rules.investigation_months
    return _clock(
        history,
        wait,
        "investigation",
        months_after(wait.start, months),
        _BASIS[_RULE_OF["investigation"]],
        extended=extended,
    )


def _orders(history: History) -> Iterator[Clock]:
    """Information orders, each until it was first answered."""
    answers = history.of("InformationOrderAnswered")
    for order in history.of("InformationOrderReceived"):
        order_id, section = order.text("order_id"), order.text("section")
        answer = next((a for a in answers if a.text("order_id") == order_id), None)
        answered = _on(answer) if answer else None
        wait = Wait(order, order.day, order_id, answer, answered)
        basis = section or InformationOrderReceived.BASIS or ""
        yield _clock(history, wait, "information_order", order.date("due"), basis)


def _clock(
    history: History,
    wait: Wait,
    kind: ClockKind,
    last_day: date | None,
    basis: str,
    *,
    extended: bool = False,
) -> Clock:
    until = wait.answered or history.at
    late = max(0, (until - last_day).days) if last_day else 0
    open_state: ClockState = "overdue" if late else "running"
    return Clock(
        kind=kind,
        about=wait.about,
        since=wait.start,
        last_day=last_day,
        extended=extended,
        answered_on=wait.answered,
        state=open_state if wait.answered is None else "late" if late else "in_time",
        days_late=late,
        basis=basis,
    )
