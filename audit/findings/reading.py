"""A finding on who has read without a need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Final

from audit.findings.entry import ACCESS, CASE, Entry
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
from audit.findings.parts import parts_of
from audit.findings.services import family_of

BY_OFFICE: Final = frozenset(
    {"leader", "koordinerende_enhet", "privacy_officer", "archive_officer", "system"}
)
"""Roles that bring a need with them; what they may open is the service's question."""
FAMILY: Final = frozenset({"guardian", "youth"})


def read_without_need(history: History) -> Iterator[Outcome]:
    """Someone read who had no part in the case, no office, no grant: once a reader.

    Emergency access gives a need, and is asked about itself as long as nobody has
    reviewed it.
    """
    parts, family = parts_of(history), family_of(history)
    asked = [
        read
        for read in reads_of(history)
        if not _by_office(history, read, family)
        and not parts.has_one(_reader(read), read.day)
    ]
    asked += [e for e in history.of("BreakGlassUsed") if not e.text("reviewed_by")]
    yield from by_reader(history, asked, history.undisclosed(CASE))


def reads_of(history: History) -> Iterator[Entry]:
    """What was read by others than the service's own jobs."""
    return (e for e in history.of("AccessRecorded") if role_of(e) != "system")


def role_of(read: Entry) -> str:
    """The role in which somebody read."""
    return read.text("reader_role")


def by_reader(
    history: History, reads: Iterable[Entry], hidden: tuple[Entry, ...]
) -> Iterator[Outcome]:
    """One finding a reader, unless one of the `hidden` entries may speak for them."""
    for reader, theirs in groupby(sorted(reads, key=_reader), key=_reader):
        found = sorted(theirs, key=lambda e: (e.occurred_at, e.position))
        if hidden:
            yield NotJudged(UNDISCLOSED, at(*hidden), reader)
        else:
            yield Found(found[0].day, found[-1].day, at(*found), reader)


def _reader(read: Entry) -> str:
    return read.text("reader")


def _by_office(history: History, read: Entry, family: frozenset[str]) -> bool:
    """Whether something else than a part in the case gives the reader a need."""
    role = role_of(read)
    if role in FAMILY:
        return _reader(read) in family
    if role == "barnevern" and _barnevern_asked(history, read.occurred_at):
        return True
    if role in BY_OFFICE or grant_of(history, read) is not None:
        return True
    return _in_emergency(history, read)


def grant_of(history: History, read: Entry) -> Entry | None:
    """The grant on which somebody read, while it was valid."""
    grants = history.of("AccessGranted")
    return next((each for each in grants if _carries(history, each, read)), None)


def _carries(history: History, grant: Entry, read: Entry) -> bool:
    until = grant.date("until") or grant.day
    gone = history.first("GrantRevoked", grant_id=grant.text("grant_id"))
    return (
        _reader(read) in grant.texts("persons")
        and grant.occurred_at <= read.occurred_at
        and read.day <= until
        and (gone is None or read.occurred_at < gone.occurred_at)
    )


def _in_emergency(history: History, read: Entry) -> bool:
    return any(
        _reader(used) == _reader(read)
        and used.occurred_at <= read.occurred_at <= _end(used)
        for used in history.of("BreakGlassUsed")
    )


def _end(used: Entry) -> datetime:
    try:
        return datetime.fromisoformat(used.text("until"))
    except ValueError:
        return used.occurred_at


def _barnevern_asked(history: History, moment: datetime) -> bool:
    """Whether barnevern had been asked by name or reported to by then."""
    told = history.of("BarnevernConsulted", "MeldingTilBarnevernSent")
    return any(
        entry.occurred_at <= moment and entry.data.get("anonymous") is not True
        for entry in told
    )


RULES = (
    Rule(
        id="F31",
        name="READ_WITHOUT_NEED",
        severity=Severity.ERROR,
        basis="hpl § 21 a; pasientjournalloven § 22; Normen faktaark 15",
        source="domain.md, section 4",
        judge=read_without_need,
        reads=(CASE, ACCESS),
    ),
)
