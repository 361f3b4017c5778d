"""Findings on shields: decided by somebody, and looked at again when they should be.

They run on when the case is closed, for so does reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from audit.findings.clock import Wait, overdue
from audit.findings.entry import Entry, local_day
from audit.findings.finding import Outcome, Rule, Severity
from audit.findings.history import History

BY_RULE: Final = re.compile(r"shield-[0-9a-f]{16}")
"""Labels of shields that nobody asked for: the type of an entry called for one.

That a report, an assessment of the duty or the like is kept apart is a rule, so nobody
decides it.
"""

# --- F38 ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What keeps guardians out since a moment: all of them, or one by name."""

    entry: Entry
    since: datetime
    shield: str | None = None
    guardian: str | None = None


def guardian_shut_out(history: History) -> Iterator[Outcome]:
    """A guardian with parental responsibility was kept out, and nobody decided it.

    What stands under a shield is kept from every guardian until a decision names whom
    it is to be kept from; shields that a rule opened are not asked about. The days run
    from when the first entry was recorded under it, or from when a guardian's access
    was ended, and for nobody who was registered later than that.
    """
    for kept in (*_shields(history), *_ended_access(history)):
        for guardian in _kept_out(history, kept):
            yield from _undecided(history, kept, guardian)


def _shields(history: History) -> Iterator[Exclusion]:
    first: dict[str, Entry] = {}
    for entry in history.entries:
        if entry.shield and not BY_RULE.fullmatch(entry.shield):
            first.setdefault(entry.shield, entry)
    for shield, entry in first.items():
        yield Exclusion(entry, entry.recorded_at, shield=shield)


def _ended_access(history: History) -> Iterator[Exclusion]:
    for entry in history.of("ParticipantAccessRevoked"):
        yield Exclusion(entry, entry.occurred_at, guardian=entry.text("person_ref"))


def _kept_out(history: History, kept: Exclusion) -> Iterator[str]:
    """The guardians it keeps out: whom the decision names; without one, everyone."""
    decision = _decision(history, kept)
    named = decision.texts("from_whom") if decision else None
    for guardian in _responsible(history, kept.since):
        if kept.guardian in (None, guardian) and (named is None or guardian in named):
            yield guardian


def _responsible(history: History, moment: datetime) -> Sequence[str]:
    """Guardians who had parental responsibility at a moment."""
    carries = history.marked("guardian-authorities", "responsible")
    authority: dict[str, str] = {}
    for entry in history.of("GuardianRegistered", "GuardianChanged"):
        guardian = entry.text("guardian_ref")
        if entry.occurred_at <= moment:
            known = authority.get(guardian, "")
            authority[guardian] = entry.text("authority") or known
    return [guardian for guardian, code in authority.items() if code in carries]


def _undecided(history: History, kept: Exclusion, guardian: str) -> Iterator[Outcome]:
    start = local_day(kept.since)
    answer = _decision(history, kept) or _lifted(history, kept.shield)
    answered = max(answer.day, start) if answer else None
    wait = Wait(kept.entry, start, guardian, answer, answered)
    due = start + timedelta(history.rule("shield_confirm_days", start))
    yield from overdue(history, wait, due, since=kept.since)


def _decision(history: History, kept: Exclusion) -> Entry | None:
    """The first decision on the shield, or that keeps the guardian out at all."""
    for decided in history.of("ShieldingDecided"):
        if kept.shield and decided.text("shielding_id") == kept.shield:
            return decided
        if kept.guardian and kept.guardian in decided.texts("from_whom"):
            return decided
    return None


def _lifted(history: History, shield: str | None) -> Entry | None:
    return history.first("ShieldingLifted", shielding_id=shield) if shield else None


# --- F39 ------------------------------------------------------------------------------


def shielding_stale(history: History) -> Iterator[Outcome]:
    """A shield stood beyond the day on which it was to be reviewed.

    A later decision under the same id, or for the same persons, sets a new day.
    """
    decisions = history.of("ShieldingDecided")
    for number, decided in enumerate(decisions):
        review = decided.date("review_on")
        if review is not None:
            answer = _reviewed(history, decided, decisions[number + 1 :])
            answered = answer.day if answer else None
            about = decided.text("shielding_id")
            wait = Wait(decided, review, about, answer, answered)
            yield from overdue(history, wait, review, since=decided.occurred_at)


def _reviewed(history: History, decided: Entry, later: Sequence[Entry]) -> Entry | None:
    """What came of a decision: renewed, or lifted, whichever was first."""
    shield, persons = decided.text("shielding_id"), set(decided.texts("from_whom"))
    renewed = (
        each
        for each in later
        if each.text("shielding_id") == shield
        or set(each.texts("from_whom")) == persons
    )
    since = decided.occurred_at
    lifted = history.first("ShieldingLifted", since=since, shielding_id=shield)
    ends = [entry for entry in (next(renewed, None), lifted) if entry is not None]
    return min(ends, key=lambda entry: entry.occurred_at, default=None)


RULES = (
    Rule(
        id="F38",
        name="GUARDIAN_SHUT_OUT",
        severity=Severity.ERROR,
        basis="barnelova 1981 § 47; new barnelov § 6-12",
        source="domain.md, section 4",
        judge=guardian_shut_out,
    ),
    Rule(
        id="F39",
        name="SHIELDING_STALE",
        severity=Severity.WARNING,
        basis="pbrl § 3-4 (unverified); fvl 1967 § 19",
        source="domain.md, section 4",
        judge=shielding_stale,
    ),
)
