"""Findings on consent: who allows what, are they told enough, and is it kept to?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from audit.findings.clock import overdue, waiting
from audit.findings.coverage import (
    REGISTERS,
    authority,
    end_of,
    is_covered,
    was_covered,
    word_of,
)
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
from audit.findings.history import History
from audit.findings.sharing import Sharing, sharings
from audit.findings.subject import (
    birth_of,
    consents_alone_from,
    kind_of,
    turns,
)

INFO_ITEMS: Final = frozenset(
    {"who_asks", "purpose", "facts", "recipients", "voluntary", "withdrawal"}
)
"""What a giver must have been told."""


# --- sharing --------------------------------------------------------------------------


def shared_outside_consent(history: History) -> Iterator[Outcome]:
    """Something was shared with a service that no consent ever covered."""
    yield from _uncovered(history, was=False)


def consent_lapsed_activity(history: History) -> Iterator[Outcome]:
    """Something was shared with a service whose consent had ended."""
    yield from _uncovered(history, was=True)


def _uncovered(history: History, *, was: bool) -> Iterator[Outcome]:
    by_service: dict[str, list[Entry]] = {}
    for sharing in sharings(history):
        if _is_uncovered(history, sharing, was=was):
            by_service.setdefault(sharing.service, []).append(sharing.entry)
    hidden = tuple(entry.position for entry in history.undisclosed("case"))
    for service, entries in by_service.items():
        if hidden:
            yield NotJudged(UNDISCLOSED, hidden, service)
        else:
            yield Found(entries[0].day, entries[-1].day, at(*entries), service)


def _is_uncovered(history: History, sharing: Sharing, *, was: bool) -> bool:
    service, moment = sharing.service, sharing.entry.occurred_at
    if is_covered(history, service, moment):
        return False
    return was_covered(history, service, moment) is was


# --- guardians ------------------------------------------------------------------------


def consent_guardian_missing(history: History) -> Iterator[Outcome]:
    """A guardian with parental responsibility neither consented nor was excepted.

    Counted from the opening of the log or the guardian's registration, whichever is
    later, until the consent; not beside a subject who consents alone.
    """
    for opened in _logs(history):
        for guardian in sorted(_guardians(history)):
            yield from _missing(history, opened, guardian)


def _logs(history: History) -> Iterator[Entry]:
    """The first opening of a log each time that the case is open."""
    is_open = False
    for entry in history.of("StafettloggOpened", "CaseReopened"):
        if entry.event == "StafettloggOpened" and not is_open:
            yield entry
        is_open = entry.event == "StafettloggOpened"


def _guardians(history: History) -> frozenset[str]:
    registered = history.of("GuardianRegistered")
    return frozenset(entry.text("guardian_ref") for entry in registered)


def _missing(history: History, opened: Entry, guardian: str) -> Iterator[Outcome]:
    registered = _responsible_from(history, guardian)
    if registered is None or history.opening is None:
        return
    since, entry = registered
    start = max(opened.day, since, _born_by(history, opened.day))
    until = _asked_until(history, opened, guardian, start)
    answer = _answer(history, opened, guardian, start)
    if until <= start or (answer is not None and answer.day <= start):
        return
    if answer is not None and answer.day > until:
        answer = None
    due = start + timedelta(history.rule("guardian_consent_days", start))
    since_opening = history.opening.occurred_at  # a consent may come before the log
    yield from overdue(
        history,
        waiting(_later(opened, entry), answer, guardian, start),
        due,
        since=since_opening,
        until=until,
    )


def _later(one: Entry, other: Entry) -> Entry:
    """The one of two entries that happened later."""
    return max(one, other, key=lambda entry: (entry.day, entry.position))


def _responsible_from(history: History, guardian: str) -> tuple[date, Entry] | None:
    """The day from which a guardian has parental responsibility, and what says so."""
    responsible = history.marked("guardian-authorities", "responsible")
    for entry in history.of(*REGISTERS):
        is_theirs = entry.text("guardian_ref") == guardian
        if is_theirs and entry.text("authority") in responsible:
            return entry.date("from_date") or entry.day, entry
    return None


def _born_by(history: History, day: date) -> date:
    """The birth of a child that was unborn, else the given day."""
    if kind_of(history) != "unborn":
        return day
    return birth_of(history) or date.max


def _asked_until(history: History, opened: Entry, guardian: str, start: date) -> date:
    """How long this guardian is waited for: while responsible, and not beside a youth.

    Not at all, and then to the start, for one who has lost the responsibility by then.
    """
    responsible = history.marked("guardian-authorities", "responsible")
    if authority(history, guardian, start) not in responsible:
        return start
    ends = [history.open_until(opened.occurred_at)]
    alone = consents_alone_from(history)
    ends += [alone] if alone else []
    for entry in history.of(*REGISTERS):
        day = entry.date("from_date") or entry.day
        is_theirs = entry.text("guardian_ref") == guardian and day > start
        if is_theirs and entry.text("authority") not in (*responsible, ""):
            ends.append(day)
    return min(ends)


def _answer(
    history: History, opened: Entry, guardian: str, start: date
) -> Entry | None:
    """The guardian's consent, or the decision to go on without it."""
    excepted = [
        entry
        for entry in history.of("GuardianConsentExceptionDecided")
        if entry.text("guardian_ref") == guardian
    ]
    consent = _consent_of(history, opened, guardian, start)
    answers = (*excepted, *([consent] if consent else []))
    return min(answers, key=lambda entry: entry.occurred_at, default=None)


def _consent_of(
    history: History, opened: Entry, giver: str, start: date
) -> Entry | None:
    """The giver's consent that stands on a day, or is the first to come after it.

    What was given before the case was last reopened does not count.
    """
    reopened = [e for e in history.of("CaseReopened") if e.day <= opened.day]
    for given in history.of("ConsentGiven"):
        is_stale = bool(reopened) and given.occurred_at < reopened[-1].occurred_at
        if given.text("giver_ref") != giver or is_stale:
            continue
        if given.day > start or _stands(history, given, start):
            return given
    return None


def _stands(history: History, given: Entry, day: date) -> bool:
    """Whether a consent allows anything at the end of the day."""
    words = (
        word_of(history, given, service, end_of(day))
        for service in given.texts("services")
    )
    return any(word is not None and word.answer == "yes" for word in words)


# --- information ----------------------------------------------------------------------


def consent_not_informed(history: History) -> Iterator[Outcome]:
    """Somebody consented, to more or for longer perhaps, and was not told enough.

    Whoever allows more, or goes on allowing, is told anew.
    """
    for entry in history.of("ConsentGiven", "ConsentExtended", "ConsentRenewed"):
        if not INFO_ITEMS.issubset(entry.texts("info_items")):
            about = entry.text("consent_id")
            yield Found(entry.day, entry.day, at(entry), about)


# --- youth ----------------------------------------------------------------------------


def youth_consent_missing(history: History) -> Iterator[Outcome]:
    """The log goes on after the child reached the age, without a consent of its own."""
    if history.opening is not None and kind_of(history) != "pregnant":
        for opened in _logs(history):
            yield from _own_missing(history, history.opening, opened)


def _own_missing(history: History, opening: Entry, opened: Entry) -> Iterator[Outcome]:
    until = history.open_until(opened.occurred_at)
    of_age = turns(history, history.rule("youth_consent_age", until))
    if of_age is None and kind_of(history) != "unborn":
        yield NotJudged(BIRTH_DATE_UNKNOWN, at(opening, opened))
    if of_age is None:
        return
    start = max(of_age, opened.day)
    answer = _consent_of(history, opened, opening.text("subject_ref"), start)
    due = start + timedelta(history.rule("youth_consent_days", start))
    yield from overdue(
        history,
        waiting(opened, answer, None, start),
        due,
        since=opening.occurred_at,
        until=until,
    )


RULES = (
    Rule(
        id="F05",
        name="SHARED_OUTSIDE_CONSENT",
        severity=Severity.ERROR,
        basis="fvl 1967 §§ 13-13 b; new fvl § 34; hpl § 22",
        source="domain.md, section 4 and 5",
        judge=shared_outside_consent,
        reads=("case", "access"),
    ),
    Rule(
        id="F06",
        name="CONSENT_GUARDIAN_MISSING",
        severity=Severity.WARNING,
        basis="barnelova 1981 § 30 (unverified); new barnelov § 6-5",
        source="domain.md, section 4",
        judge=consent_guardian_missing,
    ),
    Rule(
        id="F07",
        name="CONSENT_NOT_INFORMED",
        severity=Severity.WARNING,
        basis="GDPR art. 4 (11) and 7",
        source="domain.md, section 4; Tynset's guide to consent",
        judge=consent_not_informed,
    ),
    Rule(
        id="F08",
        name="CONSENT_LAPSED_ACTIVITY",
        severity=Severity.ERROR,
        basis="GDPR art. 7 (3)",
        source="domain.md, section 4 and 5",
        judge=consent_lapsed_activity,
        reads=("case", "access"),
    ),
    Rule(
        id="F09",
        name="YOUTH_CONSENT_MISSING",
        severity=Severity.WARNING,
        basis="profile; pbrl § 4-3 (number unverified)",
        source="domain.md, section 4",
        judge=youth_consent_missing,
    ),
)
