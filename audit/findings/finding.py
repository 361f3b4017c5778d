"""What a rule is, what it finds, and how it says that it could not judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from audit.findings.entry import Entry
    from audit.findings.history import History

UNDISCLOSED: Final = "undisclosed"
"""Entries that might decide it are withheld or erased."""
BIRTH_DATE_UNKNOWN: Final = "birth_date_unknown"
"""It depends on the child's age, and the birth date is not on record."""
SERVICE_UNKNOWN: Final = "service_unknown"
"""It depends on the service of a person whose service is not on record."""
CLEARANCE_UNKNOWN: Final = "clearance_unknown"
"""It depends on who is cleared for protected addresses, which is not on record."""


class Severity(StrEnum):
    """How grave a finding is, as in SSB's machine rules for barnevern reports."""

    FATAL = "FATAL"
    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule saw once: over which local days, and in which entries.

    `first` and `last` are included; they are the same day where a single act is meant.
    `about` is the id of the thing it is about, or the name of the event. `days` is
    given where the rule counts days. `entries` are positions in the log, from 1.
    """

    first: date
    last: date
    entries: tuple[int, ...]
    about: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule that cannot say, and why: one of the reasons above.

    `entries` are the positions of the entries it would have had to read, or of those
    that leave it open; `about` is `None` when the rule as a whole is meant.
    """

    reason: str
    entries: tuple[int, ...]
    about: str | None = None


Outcome = Found | NotJudged


@dataclass(frozen=True, slots=True)
class Rule:
    """One check over a history; `id` and `name` as in domain.md, section 4.

    `reads` are the kinds of streams whose entries it needs. A rule whose outcome may
    change for the same history gets another `version`.
    """

    id: str
    name: str
    severity: Severity
    basis: str
    source: str
    judge: Callable[[History], Iterator[Outcome]]
    version: int = 1
    reads: tuple[str, ...] = ("case",)

    @property
    def key(self) -> str:
        """Names the rule's sentence in the label table."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found."""

    rule: Rule
    found: Found

    def as_json(self) -> dict[str, Any]:
        """Stable key order; `about` and `days` are left out where there are none."""
        return {
            **_named(self.rule, self.found.about),
            "from": self.found.first.isoformat(),
            "to": self.found.last.isoformat(),
            **({} if self.found.days is None else {"days": self.found.days}),
            "name": self.rule.name,
            "version": self.rule.version,
            "severity": self.rule.severity.value,
            "key": self.rule.key,
            "entries": list(self.found.entries),
            "basis": self.rule.basis,
            "source": self.rule.source,
        }

    @property
    def order(self) -> tuple[str, date, date, str, tuple[int, ...]]:
        """By this a report is sorted."""
        found = self.found
        return self.rule.id, found.first, found.last, found.about or "", found.entries


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A rule, and what it could not judge."""

    rule: Rule
    why: NotJudged

    def as_json(self) -> dict[str, Any]:
        """Stable key order; `about` is left out where the whole rule is meant."""
        return {
            **_named(self.rule, self.why.about),
            "name": self.rule.name,
            "version": self.rule.version,
            "reason": self.why.reason,
            "entries": list(self.why.entries),
        }

    @property
    def order(self) -> tuple[str, str, str, tuple[int, ...]]:
        """By this a report is sorted."""
        return self.rule.id, self.why.about or "", self.why.reason, self.why.entries


def _named(rule: Rule, about: str | None) -> dict[str, Any]:
    return {"rule": rule.id} if about is None else {"rule": rule.id, "about": about}


def at(*entries: Entry | None) -> tuple[int, ...]:
    """The positions of entries, rising and each once; `None` stands for no entry."""
    return tuple(sorted({entry.position for entry in entries if entry is not None}))
