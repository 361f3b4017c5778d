"""Who has a part in a case, from when, and until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from audit.findings.entry import CASE, Entry
from audit.findings.history import History

GIVE_PART: Final = (
    "opened_by",
    "holder",
    "to_holder",
    "person_ref",
    "leader",
    "graded_with",
    "coordinator_ref",
)
"""Fields by which an entry gives somebody a part, beside whoever recorded it."""
LEAVES: Final = frozenset(
    {"ParticipantLeft", "ParticipantAccessRevoked", "StafettholderVacated"}
)
GONE: Final = frozenset({"left_job", "excluded"})
"""Why a holder has no more part; on leave, or of a unit that closed, one still has."""


@dataclass(frozen=True, slots=True)
class Parts:
    """By person: local days on which a part was given, and last days of parts."""

    given: dict[str, list[date]] = field(default_factory=dict)
    left: dict[str, list[date]] = field(default_factory=dict)

    def has_one(self, person: str, day: date) -> bool:
        """Whether somebody had been given a part by that day and had not left since."""
        given = [each for each in self.given.get(person, ()) if each <= day]
        if not given:
            return False
        return not any(max(given) <= last < day for last in self.left.get(person, ()))


def parts_of(history: History) -> Parts:
    """Everybody's part in the case; who supervises it has none, but a grant."""
    parts = Parts()
    for entry in history.in_time:
        if entry.event in LEAVES:
            last = entry.date("last_day") or entry.day
            parts.left.setdefault(_leaver(entry), []).append(last)
        elif entry.kind == CASE and entry.role != "supervisor":
            for person in _named(entry):
                parts.given.setdefault(person, []).append(entry.day)
    return parts


def _named(entry: Entry) -> Iterator[str]:
    yield entry.person
    yield from (entry.text(field) for field in GIVE_PART)
    yield from entry.texts("audience")
    responsible = entry.data.get("responsible")
    if isinstance(responsible, Mapping):
        yield str(responsible.get("person"))


def _leaver(entry: Entry) -> str:
    """Who leaves, and nobody when a holder only gives up the baton."""
    if entry.event != "StafettholderVacated":
        return entry.text("person_ref")
    gone = entry.text("reason") in GONE
    return (entry.text("holder") or entry.person) if gone else ""
