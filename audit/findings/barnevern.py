"""Findings on the duty to report and on barnevern's own time limits.

The limits of the law run on when the case is closed: the duty is the person's, and the
feedback is due to whoever reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from audit.findings.clock import Wait, overdue, waiting
from audit.findings.entry import Entry, months_after
from audit.findings.finding import (
    UNDISCLOSED,
    Found,
    NotJudged,
    Outcome,
    Rule,
    Severity,
    at,
)
from audit.findings.history import History
from audit.findings.replies import (
    EXTENDED,
    feedbacks,
    investigations,
    reviews,
    second_feedbacks,
)
from audit.findings.signs import signs

PARENTS_NOT_FIRST: Final = frozenset({"violence", "sexual_abuse"})
TALKS: Final = frozenset({"undringssamtale", "foreldresamtale"})
ADVICE: Final = ("BarnevernConsulted", "PoliceReported", "MeldingTilBarnevernSent")


def report_delayed(history: History) -> Iterator[Outcome]:
    """A serious sign was not reported to barnevern on the same or the next day."""
    yield from _answered(
        history, "serious_grade", "MeldingTilBarnevernSent", "report_days"
    )


def duty_not_assessed(history: History) -> Iterator[Outcome]:
    """A sign of a ground to report, and nobody assessed the duty within the days."""
    yield from _answered(history, "duty_grade", "MeldepliktAssessed", "duty_days")


def _answered(
    history: History, grade: str, answers: str, days: str
) -> Iterator[Outcome]:
    for sign in signs(history, grade):
        answer = history.first(answers, since=sign.since)
        wait = waiting(sign.entry, answer, sign.thing)
        due = _days(history, wait, days)
        yield from overdue(history, wait, due, since=sign.since)


def parents_told_first(history: History) -> Iterator[Outcome]:
    """Guardians were told of suspected violence or abuse before barnevern was asked.

    Told are they who attended a talk, and who had been informed when the report was
    sent. The police count as barnevern does.
    """
    for flag in history.of("RiskFlagRaised"):
        if flag.text("kind") in PARENTS_NOT_FIRST:
            yield from _told_first(history, flag)


def _told_first(history: History, flag: Entry) -> Iterator[Outcome]:
    told = next(_told(history, flag), None)
    if told is None or _advised(history, flag, told):
        return
    about = flag.text("flag_id")
    hidden = history.hidden_since(flag.occurred_at)
    if hidden:
        yield NotJudged(UNDISCLOSED, hidden, about)
    else:
        days = (told.day - flag.day).days
        yield Found(flag.day, told.day, at(flag, told), about, days)


def _told(history: History, flag: Entry) -> Iterator[Entry]:
    """How guardians came to know after the flag, while it stood."""
    resolved = history.first("RiskFlagResolved", flag_id=flag.text("flag_id"))
    until = resolved.occurred_at if resolved else datetime.max.replace(tzinfo=UTC)
    for entry in history.of(
        "UndringssamtaleHeld", "MeetingHeld", "MeldingTilBarnevernSent"
    ):
        stands = flag.occurred_at <= entry.occurred_at < until
        if stands and _tells_guardians(history, entry):
            yield entry


def _tells_guardians(history: History, entry: Entry) -> bool:
    if entry.event == "MeldingTilBarnevernSent":
        informed = entry.data.get("guardians_informed") or ()
        return any(each.get("informed") is True for each in informed)
    if entry.event == "MeetingHeld" and entry.text("type") not in TALKS:
        return False
    guardians = {e.text("guardian_ref") for e in history.of("GuardianRegistered")}
    return not guardians.isdisjoint(entry.texts("attended"))


def _advised(history: History, flag: Entry, told: Entry) -> bool:
    """Whether barnevern or police had been asked about this before guardians knew."""
    concern = history.first("ConcernRaised", concern_id=flag.text("concern_id"))
    since = min(flag.day, concern.day) if concern else flag.day
    return any(
        advice.occurred_at < told.occurred_at and advice.day >= since
        for advice in history.of(*ADVICE)
    )


def no_feedback(history: History) -> Iterator[Outcome]:
    """No feedback on a report in time, and nobody reminded barnevern of it."""
    for wait in feedbacks(history):
        if not _reminded(history, wait):
            yield from overdue(history, wait, _days(history, wait, "feedback_days"))


def _reminded(history: History, wait: Wait) -> bool:
    """Whether a reminder was sent before the feedback came."""
    reminders = history.of("TilbakemeldingReminded")
    return any(
        each.text("melding_id") == wait.about
        and (wait.answered is None or (each.date("on") or each.day) <= wait.answered)
        for each in reminders
    )


def no_second_feedback(history: History) -> Iterator[Outcome]:
    """No feedback to the reporter in time after the investigation ended."""
    for wait in second_feedbacks(history):
        yield from overdue(history, wait, _days(history, wait, "feedback_days"))


def review_late(history: History) -> Iterator[Outcome]:
    """Barnevern's review of a report took longer than a week, or is not told of."""
    for wait in reviews(history):
        yield from overdue(history, wait, _days(history, wait, "barnevern_review_days"))


def investigation_late(history: History) -> Iterator[Outcome]:
    """An investigation took longer than three months, or six where it was extended."""
    for wait in investigations(history):
        extended = is_extended(history, wait)
        key = "investigation_extended_months" if extended else "investigation_months"
        due = months_after(wait.start, history.rule(key, wait.start))
        yield from overdue(history, wait, due)


def is_extended(history: History, wait: Wait) -> bool:
    """Whether it was noted while an investigation ran that it may take longer."""
    notes = history.of("BarnevernCaseStateNoted")
    last = wait.answered or history.at
    return any(
        note.text("state") == EXTENDED
        and wait.start <= (note.date("on") or note.day) <= last
        for note in notes
    )


def _days(history: History, wait: Wait, key: str) -> date:
    days: int = history.rule(key, wait.start)
    return wait.start + timedelta(days)


RULES = (
    Rule(
        id="F19",
        name="REPORT_DELAYED",
        severity=Severity.ERROR,
        basis="bvl § 13-2",
        source="domain.md, section 4",
        judge=report_delayed,
    ),
    Rule(
        id="F20",
        name="PARENTS_TOLD_FIRST",
        severity=Severity.ERROR,
        basis="local action guide",
        source="domain.md, section 4 and 1.3; municipal guides on violence and abuse",
        judge=parents_told_first,
    ),
    Rule(
        id="F21",
        name="DUTY_NOT_ASSESSED",
        severity=Severity.ERROR,
        basis="bvl § 13-2; hpl § 33",
        source="domain.md, section 4",
        judge=duty_not_assessed,
    ),
    Rule(
        id="F22",
        name="NO_FEEDBACK",
        severity=Severity.WARNING,
        basis="bvl § 13-3 (number unverified)",
        source="domain.md, section 4; Bufdir on feedback to reporters",
        judge=no_feedback,
    ),
    Rule(
        id="F23",
        name="NO_SECOND_FEEDBACK",
        severity=Severity.WARNING,
        basis="bvl § 13-3 (number unverified)",
        source="domain.md, section 4; Bufdir on feedback to reporters",
        judge=no_second_feedback,
    ),
    Rule(
        id="F24",
        name="BV_REVIEW_LATE",
        severity=Severity.WARNING,
        basis="bvl § 2-1 (number unverified)",
        source="domain.md, section 4; SSB Barnevern, 7 days",
        judge=review_late,
    ),
    Rule(
        id="F25",
        name="BV_INVESTIGATION_LATE",
        severity=Severity.WARNING,
        basis="bvl § 2-2",
        source="domain.md, section 4; SSB Barnevern, 7 + 90 and 7 + 180 days",
        judge=investigation_late,
    ),
)
