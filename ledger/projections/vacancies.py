"""Handovers and vacancies of a municipality: who held the baton, and when nobody did.

Every period, every proposal and every stretch of days without a holder is a row; what
has no end yet stands first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ledger.aggregates.case import Case
from ledger.profiles import Profile
from ledger.projections.handovers import Gap, Handovers, Period, Proposal, handovers
from ledger.projections.row import Row, newest_first, to_line

NAME = "vacancies"
Kind = Literal["gap", "proposal", "period"]
_ORDER: dict[Kind, int] = {"gap": 0, "proposal": 1, "period": 2}


@dataclass(frozen=True, slots=True)
class VacancyLine:
    """A stretch of days; `to_date` is the last of them, `None` while there is no end.

    `service` and `unit` say where it belongs: the last holder's service, or the one
    that is asked; before the first holder, the opener's. `how` tells how a period or a
    proposal ended, or why there is a gap.
    """

    kind: Kind
    from_date: date
    to_date: date | None
    holder: str | None  # who held it, held it last, or asks
    asked: str | None
    service: str | None
    unit: str | None
    how: str | None


def rows(case: Case, rules: Profile) -> Iterator[Row]:
    """The case's chronology, each of its stretches a row."""
    told = handovers(
        case.entries,
        at=date.max,  # whatever day it is: what has no end yet is open
        first_holder_days=rules.first_holder_days,
        holder_without_log_days=rules.holder_without_log_days,
    )
    told_before = Counter[VacancyLine]()
    for line in _lines(case, told):
        until = line.to_date or date.max
        sort = f"{_ORDER[line.kind]} {newest_first(until)} {line.from_date}"
        about = f"{told_before[line]} {to_line(line).decode()}"
        told_before[line] += 1
        yield Row(about, None, sort, to_line(line))


def _lines(case: Case, told: Handovers) -> Iterator[VacancyLine]:
    services = {period.holder: period.service for period in told.periods}
    yield from (_gap(case, gap, services) for gap in told.gaps)
    yield from map(_proposal, told.proposals)
    yield from map(_period, told.periods)


def _gap(case: Case, gap: Gap, services: dict[str, str | None]) -> VacancyLine:
    opening = case.opening
    service = opening.service if opening else None
    return VacancyLine(
        kind="gap",
        from_date=gap.from_date,
        to_date=None if gap.open else gap.to_date,
        holder=gap.left_by,
        asked=None,
        service=services.get(gap.left_by) if gap.left_by else service,
        unit=opening.unit if opening else None,
        how=gap.vacancy,
    )


def _proposal(asked: Proposal) -> VacancyLine:
    return VacancyLine(
        kind="proposal",
        from_date=asked.proposed_on,
        to_date=asked.settled_on,
        holder=asked.from_holder,
        asked=asked.to_holder,
        service=asked.to_service,
        unit=None,
        how=asked.outcome,
    )


def _period(period: Period) -> VacancyLine:
    return VacancyLine(
        kind="period",
        from_date=period.from_date,
        to_date=period.until,
        holder=period.holder,
        asked=None,
        service=period.service,
        unit=None,
        how=period.ended or period.began,
    )
