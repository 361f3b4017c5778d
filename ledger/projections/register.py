"""The register: which cases there are, where each stands, and what is due in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from ledger.aggregates.case import Case
from ledger.aggregates.guard import local_day
from ledger.profiles import Profile
from ledger.projections.overview import DueKind, due_dates
from ledger.projections.row import Row, newest_first, to_line

NAME = "register"
Status = Literal["open", "closed", "incomplete"]


@dataclass(frozen=True, slots=True)
class DueDate:
    """Something that is to happen by a day, and of which kind; not what about."""

    kind: DueKind
    on: date


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A case as the register has it; days are calendar days in Europe/Oslo.

    `vacant_since` is the last day of the last holder; `asked` who was asked to take
    over. `due` holds all that is to happen, the earliest first.
    """

    status: Status
    opened_on: date | None
    closed_on: date | None
    service: str | None
    unit: str | None
    level: int
    level_since: date | None
    log_opened_on: date | None
    holder: str | None
    holder_service: str | None
    holder_since: date | None
    vacant_since: date | None
    asked: str | None
    due: tuple[DueDate, ...]

    @property
    def next_due(self) -> DueDate | None:
        """What is due first, or has been due longest."""
        return next(iter(self.due), None)

    @property
    def lacks_holder(self) -> bool:
        """Whether nobody holds an open case that is followed up."""
        is_followed_up = self.level > 0 or self.log_opened_on is not None
        return self.status == "open" and is_followed_up and self.holder is None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines of the register are asked for; what is `None` lets all pass.

    `service` and `unit` are the opener's, or the holder's service. `due_before` keeps
    lines with something due before that day, `without_holder` open cases above level 0,
    or with a log, that nobody holds.
    """

    level: int | None = None
    status: Status | None = None
    service: str | None = None
    unit: str | None = None
    without_holder: bool | None = None
    due_before: date | None = None

    def passes(self, line: RegisterLine) -> bool:
        """Whether a line is among those asked for."""
        due, of = line.next_due, (line.service, line.holder_service)
        return (
            self.level in (None, line.level)
            and self.status in (None, line.status)
            and (self.service is None or self.service in of)
            and self.unit in (None, line.unit)
            and self.without_holder in (None, line.lacks_holder)
            and (
                self.due_before is None
                or (due is not None and due.on < self.due_before)
            )
        )


ALL = Filter()


def rows(case: Case, rules: Profile) -> Iterator[Row]:
    """The case's one row."""
    line = register_line(case, rules)
    opened = newest_first(line.opened_on or date.min)
    yield Row("", None, opened, to_line(line))


def register_line(case: Case, rules: Profile) -> RegisterLine:
    """Where a case stands, whatever day it is."""
    opening, holding = case.opening, case.baton.holder
    asked = (case.baton.proposals[p].to_holder for p in case.baton.open_proposals())
    return RegisterLine(
        status=_status(case),
        opened_on=_day(opening.opened_at if opening else None),
        closed_on=_day(case.closing.closed_at),
        service=opening.service if opening else None,
        unit=opening.unit if opening else None,
        level=case.level.number,
        level_since=_day(case.level.moved_at),
        log_opened_on=_day(case.log.opened_at),
        holder=holding.ref if holding else None,
        holder_service=holding.service if holding else None,
        holder_since=holding.since if holding else None,
        vacant_since=case.baton.vacant_since,
        asked=next(asked, None),
        due=dues(case, rules),
    )


def dues(case: Case, rules: Profile) -> tuple[DueDate, ...]:
    """All that is to happen in a case, the earliest first."""
    found = {DueDate(due.kind, due.on) for due in due_dates(case, rules=rules)}
    return tuple(sorted(found, key=lambda due: (due.on, due.kind)))


def _status(case: Case) -> Status:
    if case.incomplete:
        return "incomplete"
    return "closed" if case.is_closed else "open"


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else local_day(moment)
