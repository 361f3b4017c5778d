"""My cases: those in which a person has a part, and what is due in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ledger.aggregates.case import Case
from ledger.profiles import Profile
from ledger.projections.register import DueDate, dues
from ledger.projections.row import Row, to_line

NAME = "my_cases"
Part = Literal["holder", "asked", "involved"]


@dataclass(frozen=True, slots=True)
class MyCaseLine:
    """A case in which a person holds the baton, is asked to take it, or is involved."""

    part: Part
    is_open: bool
    level: int
    holder: str | None
    due: tuple[DueDate, ...]

    @property
    def next_due(self) -> DueDate | None:
        """What is due first, or has been due longest."""
        return next(iter(self.due), None)


def rows(case: Case, rules: Profile) -> Iterator[Row]:
    """One row for each person who is involved, whether or not they may still read."""
    due = dues(case, rules)
    holding = case.baton.holder
    for person in sorted(case.parties.involved):
        line = MyCaseLine(
            part=_part(case, person),
            is_open=not case.is_closed,
            level=case.level.number,
            holder=holding.ref if holding else None,
            due=due,
        )
        first = str(due[0].on) if due else "none"
        yield Row(person, person, f"{case.is_closed:d} {first}", to_line(line))


def _part(case: Case, person: str) -> Part:
    baton = case.baton
    if baton.holder is not None and baton.holder.ref == person:
        return "holder"
    asked = {baton.proposals[p].to_holder for p in baton.open_proposals()}
    return "asked" if person in asked else "involved"
