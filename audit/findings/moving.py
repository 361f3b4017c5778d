"""A finding on a move: did the follow-up move along?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from audit.findings.clock import overdue, waiting
from audit.findings.finding import Outcome, Rule, Severity
from audit.findings.history import ENDINGS, History

DECIDED: Final = ("TransferSent", "TransferReceived", "TransferRefused", *ENDINGS)
"""What settles what becomes of the case when the child moves."""


def move_broken(history: History) -> Iterator[Outcome]:
    """The child moved, and the case was neither transferred nor closed in time.

    What was decided since the move was notified counts, also ahead of the move; that
    the family said no to a transfer settles it too.
    """
    for notified in history.of("MoveNotified"):
        moved = notified.date("on") or notified.day
        decided = history.first(*DECIDED, since=notified.occurred_at)
        wait = waiting(notified, decided, notified.event, moved)
        due = moved + timedelta(history.rule("move_days", moved))
        yield from overdue(history, wait, due)


RULES = (
    Rule(
        id="F37",
        name="MOVE_BROKEN",
        severity=Severity.WARNING,
        basis="bvl § 15-8; barnelova 1981 § 37",
        source="domain.md, section 4; SSB Barnevern, reasons 7 and 9",
        judge=move_broken,
    ),
)
