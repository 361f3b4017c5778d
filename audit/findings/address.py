"""A finding on protected addresses: run out, or read by somebody uncleared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from audit.findings.clock import overdue, waiting
from audit.findings.entry import ACCESS, CASE, Entry
from audit.findings.finding import (
    CLEARANCE_UNKNOWN,
    NotJudged,
    Outcome,
    Rule,
    Severity,
    at,
)
from audit.findings.history import History
from audit.findings.reading import FAMILY, by_reader, grant_of, reads_of, role_of

DECIDED: Final = ("ProtectedAddressSet", "ProtectedAddressRenewed")


def protected_address(history: History) -> Iterator[Outcome]:
    """A protection ran out without renewal, or somebody uncleared read meanwhile.

    A grant says whether it clears for protected addresses. Whether a member of staff is
    cleared is not on record, and what the family reads of itself is not asked about.
    """
    protections = history.of(*DECIDED)
    for protection in protections:
        yield from _run_out(history, protection)
    reads = [e for e in reads_of(history) if _is_protected(protections, e.day)]
    granted = [(e, grant_of(history, e)) for e in reads if role_of(e) not in FAMILY]
    uncleared = [read for read, grant in granted if grant and not _clears(grant)]
    yield from by_reader(history, uncleared, ())
    unknown = at(*(read for read, grant in granted if grant is None))
    if unknown:
        yield NotJudged(CLEARANCE_UNKNOWN, unknown)


def _clears(grant: Entry) -> bool:
    return grant.data.get("protected_addresses") is True


def _is_protected(protections: Iterable[Entry], day: date) -> bool:
    return any(p.day <= day <= (p.date("valid_to") or day) for p in protections)


def _run_out(history: History, protection: Entry) -> Iterator[Outcome]:
    """The last day of a protection passed, and nobody had renewed it."""
    ended = protection.date("valid_to")
    if ended is None:
        return
    subject = protection.text("subject_ref")
    same = [e for e in history.of(*DECIDED) if e.text("subject_ref") == subject]
    renewed = next(iter(same[same.index(protection) + 1 :]), None)
    wait = waiting(protection, renewed, subject, ended)
    yield from overdue(history, wait, ended)


RULES = (
    Rule(
        id="F32",
        name="PROTECTED_ADDRESS",
        severity=Severity.ERROR,
        basis="folkeregisterloven § 10-4",
        source="domain.md, section 4",
        judge=protected_address,
        reads=(CASE, ACCESS),
    ),
)
