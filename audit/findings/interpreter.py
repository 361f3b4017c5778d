"""A finding on language: could those who met, or consented, follow what was said?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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
from audit.findings.history import History
from audit.findings.services import family_of
from audit.findings.thing import thing_of

NEEDS_NONE: Final = frozenset({"", "nb", "nn", "no"})
"""Languages that flag nothing: the service's own, and none stated."""


def interpreter_not_assessed(history: History) -> Iterator[Outcome]:
    """A meeting or consent with somebody of another language, and no word of a need.

    A decision on the language by the end of that day counts, and so does an interpreter
    who took part. What a guardian speaks is what the guardian's entry says, and
    otherwise what the family reads.
    """
    for entry in history.of("UndringssamtaleHeld", "MeetingHeld", "ConsentGiven"):
        if entry.data.get("interpreter") is True:
            continue
        asked = [ref for ref in _there(entry) if _is_undecided(history, ref, entry)]
        if asked:
            yield _unassessed(history, entry)


def _unassessed(history: History, entry: Entry) -> Outcome:
    opening = history.opening
    hidden = history.hidden_since(opening.occurred_at if opening else entry.occurred_at)
    about = thing_of(entry)
    if hidden:
        return NotJudged(UNDISCLOSED, hidden, about)
    return Found(entry.day, entry.day, at(entry), about)


def _there(entry: Entry) -> tuple[str, ...]:
    if entry.event == "ConsentGiven":
        return (entry.text("giver_ref"),)
    return entry.texts("attended")


def _is_undecided(history: History, ref: str, entry: Entry) -> bool:
    """Whether somebody of the family speaks a language nobody has decided on."""
    if ref not in family_of(history):
        return False
    language = _language(history, ref, entry)
    decided = {
        decision.text("language")
        for decision in history.of("InterpreterDecided")
        if decision.day <= entry.day
    }
    return language not in NEEDS_NONE | decided


def _language(history: History, ref: str, entry: Entry) -> str:
    """What was known of a person's language by that day."""
    told = ""
    for registered in history.of("GuardianRegistered"):
        if registered.text("guardian_ref") == ref and registered.day <= entry.day:
            told = registered.text("language") or told
    return told or (history.opening.text("language") if history.opening else "")


RULES = (
    Rule(
        id="F36",
        name="INTERPRETER_NOT_ASSESSED",
        severity=Severity.WARNING,
        basis="tolkelova (unverified)",
        source="domain.md, section 4; KS report form, behovForTolk",
        judge=interpreter_not_assessed,
    ),
)
