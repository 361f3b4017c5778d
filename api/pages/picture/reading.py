"""The picture of a case at a moment, read off its entries.

The baton is told by `handovers`, level and consents by the folds of their chapters: so
picture, chronology and state of a case cannot disagree.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from api.pages.picture.consents import consent_rows
from api.pages.picture.contents import Band, End, Pending, Picture, Step, days_between
from api.pages.picture.marks import Entries, marks_of
from api.pages.picture.persons import person
from api.views import Named
from ledger.aggregates.case import Case, fold
from ledger.aggregates.guard import local_day
from ledger.aggregates.level import FOLDS, Level
from ledger.entry import Entry, Erased
from ledger.events.event import Event
from ledger.profiles import Profile
from ledger.projections.corrections import place
from ledger.projections.handovers import Gap, Handovers, Period, handovers

ONE_DAY = timedelta(days=1)
WEEKLY_UP_TO = 45  # days from the first entry to the end
LEAST_DAYS = 28  # of an axis


def picture_of(
    entries: Sequence[Entry[Event | Erased]],
    *,
    at: date,
    today: date,
    names: Mapping[str, Named],
    rules: Profile,
) -> Picture:
    """The picture up to and with the day `at`; later entries are left aside.

    `entries` are recorded ones in any order, as corrected and already chosen for this
    reader, as are `names`: ref → "name, title". Raises `ValueError` for an entry that
    is not recorded yet.
    """
    known = [entry for entry in entries if local_day(entry.occurred_at) <= at]
    recorded = sorted(known, key=place)
    case = fold(recorded)
    end = _end(case, at, today)
    first = min((local_day(entry.occurred_at) for entry in recorded), default=end.day)
    weekly = (end.day - first).days <= WEEKLY_UP_TO
    chronology = handovers(
        recorded,
        at=at,
        first_holder_days=rules.first_holder_days,
        holder_without_log_days=rules.holder_without_log_days,
        handover_lapse_days=rules.handover_lapse_days,
    )
    rows = consent_rows(case, recorded, until=end.day, names=names)
    marks = marks_of(recorded, rows, since=first, until=at, weekly=weekly, names=names)
    last = max([end.day, *(mark.day for mark in marks)])
    t0 = first.replace(day=1)
    return Picture(
        t0=t0,
        t1=_axis_end(t0, last, weekly),
        first=first,
        end=end,
        weekly=weekly,
        steps=tuple(_steps(recorded, first, end.day)),
        bands=tuple(_bands(chronology, end.day, names)),
        pending=tuple(_pending(chronology, end.day, names)),
        marks=marks,
        consents=rows,
    )


def _end(case: Case, at: date, today: date) -> End:
    """The end is the case's own, if it has ended."""
    closed_at = case.closing.closed_at
    if closed_at is not None:
        return End(local_day(closed_at), "closed")
    return End(at, "today" if at == today else "past")


def _axis_end(t0: date, last: date, weekly: bool) -> date:
    if weekly:
        return max(last + ONE_DAY, t0 + timedelta(days=LEAST_DAYS))
    return last.replace(day=monthrange(last.year, last.month)[1])


# --- level ----------------------------------------------------------------------------


def _steps(recorded: Entries, first: date, end: date) -> Iterator[Step]:
    """The level from the first entry to the end, as the level's own folds set it."""
    turns = _turns(recorded, first)
    days = [day for day, _ in turns]
    stops = [*(day - ONE_DAY for day in days[1:]), end]
    for (day, level), stop in zip(turns, stops, strict=True):
        if day <= stop:  # a level that was raised again the same day is passed over
            yield Step(level, day, stop)


def _turns(recorded: Entries, first: date) -> list[tuple[date, int]]:
    level = Level()
    turns = [(first, level.number)]
    for entry in recorded:
        fold_level = FOLDS.get(type(entry.event))
        before = level.number
        level = fold_level(level, entry) if fold_level else level
        if level.number != before:
            # What was recorded last counts, so no turn goes back in time.
            day = max(local_day(entry.occurred_at), turns[-1][0])
            turns.append((day, level.number))
    return turns


# --- baton ----------------------------------------------------------------------------


def _bands(
    chronology: Handovers, end: date, names: Mapping[str, Named]
) -> Iterator[Band]:
    parts: list[Period | Gap] = [*chronology.periods, *chronology.gaps]
    for part in sorted(parts, key=lambda part: part.from_date):
        if part.from_date > end:
            continue
        yield _vacant(part, end) if isinstance(part, Gap) else _held(part, end, names)


def _vacant(gap: Gap, end: date) -> Band:
    return Band("vacant", gap.from_date, gap.to_date, gap.days, gap.to_date >= end)


def _held(period: Period, end: date, names: Mapping[str, Named]) -> Band:
    last = end if period.until is None else min(period.until, end)
    return Band(
        kind="interim" if period.began == "interim" else "held",
        from_date=period.from_date,
        to_date=last,
        days=days_between(period.from_date, last),
        present=last >= end,
        holder=person(period.holder, names, period.service),
    )


def _pending(
    chronology: Handovers, end: date, names: Mapping[str, Named]
) -> Iterator[Pending]:
    for proposal in chronology.proposals:
        yield Pending(
            from_date=proposal.proposed_on,
            to_date=proposal.settled_on or end,
            days=proposal.days,
            answered=proposal.settled_on is not None,
            asked=person(proposal.to_holder, names, proposal.to_service),
        )
