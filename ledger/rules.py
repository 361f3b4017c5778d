"""The process rules of a tenant: what is shipped, and what its registry has adopted.

An act or a fact is judged by the version that holds on the day it is said to have
happened, and names that version in its signed body. A view of a case, a list and an
evidence bundle use the newest version that the entries shown name: so they agree, and
show a past moment by the rules of that moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.aggregates.case import Case
from ledger.aggregates.guard import local_day
from ledger.entry import Entry
from ledger.events.concern import CaseOpened
from ledger.events.event import Event
from ledger.events.trust import ProfileAdopted
from ledger.profiles import Profile, Rulebook, profile_from_rules, shipped
from ledger.recorder import Head


@dataclass(frozen=True, slots=True)
class Rules:
    """The rulebook as the registry stream tells it, up to its entry `head`."""

    head: Head
    book: Rulebook

    def after(self, entries: Iterable[Entry[Any]]) -> Rules:
        """The same with the registry entries that follow."""
        rules = self
        for entry in entries:
            head = Head(entry.stream, entry.version, entry.leaf)
            rules = Rules(head, _adopting(rules.book, entry.event))
        return rules


def book_of(entries: Iterable[Entry[Any]]) -> Rulebook:
    """The rulebook after all entries of a registry stream."""
    book = shipped()
    for entry in entries:
        book = _adopting(book, entry.event)
    return book


def _adopting(book: Rulebook, event: object) -> Rulebook:
    if not isinstance(event, ProfileAdopted):
        return book
    return book.adopting(profile_from_rules(event.rules))


def judging(book: Rulebook, case: Case, event: Event, at: datetime) -> Profile:
    """The rules that judge what is said to have happened at a time.

    They are of the case's profile, or of the one it is opened under. Raises
    `UnknownProfile`.
    """
    named = event.profile if isinstance(event, CaseOpened) else case.profile
    return book.at(named, local_day(at))


def rules_of(book: Rulebook, case: Case) -> Profile:
    """The rules that a case is seen by; where no entry names any, the first ones."""
    return book.newest(case.judged_by) or book.at(case.profile, date.min)
