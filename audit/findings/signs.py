"""Serious signs: flags, and concerns that were graded high."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from audit.findings.entry import Entry
from audit.findings.history import History

LISTED: Final = frozenset(
    {"violence", "sexual_abuse", "trafficking", "acute_health", "self_harm"}
)
"""Kinds of flags that fall under a ground of bvl § 13-2; `other` says none."""


@dataclass(frozen=True, slots=True)
class Sign:
    """The first serious sign of one thing: a concern, or a flag that names none.

    What was done from `since` on may be about it: from when the concern was raised.
    """

    thing: str
    entry: Entry
    since: datetime


def signs(history: History, key: str) -> Iterator[Sign]:
    """The first sign of each thing, in the order in which they showed.

    `key` names the profile's grade from which a concern counts.
    """
    raised = {each.text("concern_id"): each for each in history.of("ConcernRaised")}
    seen: set[str] = set()
    for entry in history.of("RiskFlagRaised", "ConcernGraded"):
        thing = entry.text("concern_id") or entry.text("flag_id")
        if thing not in seen and _is_serious(history, entry, key):
            seen.add(thing)
            yield Sign(thing, entry, _since(raised, thing, entry))


def _is_serious(history: History, entry: Entry, key: str) -> bool:
    """Not what barnevern itself put on record: barnevern knows then."""
    if entry.role == "barnevern":
        return False
    if entry.event == "RiskFlagRaised":
        return entry.text("kind") in LISTED
    grade: Any = entry.data.get("grade")
    return isinstance(grade, int) and grade >= history.rule(key, entry.day)


def _since(raised: Mapping[str, Entry], thing: str, sign: Entry) -> datetime:
    concern = raised.get(thing, sign)
    return min(concern.occurred_at, sign.occurred_at)
