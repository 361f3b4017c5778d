"""Whom the case is about: born or not, and how old on a day."""

from __future__ import annotations

from datetime import date
from typing import Final

from audit.findings.entry import months_after
from audit.findings.history import History

NOT_BORN: Final = frozenset({"unborn", "pregnant"})
OWN: Final = frozenset({"youth", "adult"})
"""Capacities of a subject who consents alone."""


def kind_of(history: History) -> str:
    """The subject's kind as the case was opened with; empty when that is not known."""
    return history.opening.text("subject_kind") if history.opening else ""


def birth_of(history: History) -> date | None:
    """The birth date as far as it is on record."""
    born = history.first("ChildBorn")
    if born is not None:
        return born.date("on") or born.day
    if history.opening is None or kind_of(history) == "unborn":
        return None
    return history.opening.date("birth_date")


def is_born(history: History, day: date) -> bool:
    """Whether there is a child who can be heard on that day."""
    if kind_of(history) not in NOT_BORN:
        return True
    born = history.first("ChildBorn")
    return born is not None and (born.date("on") or born.day) <= day


def turns(history: History, age: int) -> date | None:
    """The day on which the subject completes so many years, when that is known."""
    birth = birth_of(history)
    return None if birth is None else months_after(birth, 12 * age)


def consents_alone_from(history: History) -> date | None:
    """The first day on which no guardian is asked beside the subject.

    By age, or by what was decided about who consents; `None` for never, as far as is
    known. A pregnant woman always does.
    """
    if history.opening is not None and kind_of(history) == "pregnant":
        return history.opening.day
    decided = [
        entry.day
        for entry in history.of("ConsentCapacityChanged")
        if entry.text("new_capacity") in OWN
    ]
    birthday = turns(history, history.rule("youth_consent_age", history.at))
    return min([*decided, *([birthday] if birthday else [])], default=None)
