"""The municipality in numbers: cases by where they stand, and how long things took.

Every table counts cases, so that a child counts once, and is made of what every reader
of a case may see: nothing that rests on a shield is counted. Fewer than five cases are
not told, nor is anything from which they could be reckoned (decision 25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

from ledger.access import age_on
from ledger.aggregates.case import Case
from ledger.aggregates.guard import local_day
from ledger.profiles import Profile
from ledger.projections.handovers import handovers
from ledger.projections.register import Status, register_line
from ledger.projections.row import Row, to_line

NAME = "statistics"
LEAST: Final = 5  # cases in a cell that is told
TOGETHER: Final = 2 * LEAST  # cases in the cells that one table keeps back, at least
WINDOW: Final = timedelta(days=365)  # how far back what took time is looked at
HIGHEST_LEVEL: Final = 3
AGES: Final = (("0-5", 5), ("6-12", 12), ("13-15", 15), ("16-17", 17))
BANDS: Final = ("before_birth", *(band for band, _ in AGES), "18+", "unknown")
GAPS: Final = (("1-7", 7), ("8-30", 30))


# --- what is kept of a case -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waited:
    """A concern from the day it was raised to its decision; `by` is the last day."""

    since: date
    by: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days without a holder, both ends counted; `None` while there is no end."""

    from_date: date
    to_date: date | None


@dataclass(frozen=True, slots=True)
class StatisticsLine:
    """A case as it is counted, whatever day it is."""

    status: Status
    level: int
    before_birth: bool
    born: date | None
    has_holder: bool
    lacks_holder: bool
    waits: tuple[Waited, ...]
    gaps: tuple[Stretch, ...]
    has_measures: bool
    evaluations: tuple[date, ...]  # on which open measures are to be evaluated


def rows(case: Case, rules: Profile) -> Iterator[Row]:
    """The case's one row."""
    yield Row("", None, "", to_line(statistics_line(case, rules)))


def statistics_line(case: Case, rules: Profile) -> StatisticsLine:
    """What a case is counted by."""
    line, opening = register_line(case, rules), case.opening
    measures = [case.plan.measures[each] for each in case.plan.open_measures()]
    dues = (measure.evaluation_due for measure in measures)
    return StatisticsLine(
        status=line.status,
        level=line.level,
        before_birth=opening is not None and opening.kind in ("unborn", "pregnant"),
        born=opening.birth_date if opening else None,
        has_holder=line.holder is not None,
        lacks_holder=line.lacks_holder,
        waits=tuple(_waits(case, rules)),
        gaps=tuple(_gaps(case, rules)),
        has_measures=bool(measures),
        evaluations=tuple(sorted(due for due in dues if due is not None)),
    )


def _waits(case: Case, rules: Profile) -> Iterator[Waited]:
    for concern in case.concern.concerns.values():
        if concern.raised_at is not None:
            since, until = local_day(concern.raised_at), concern.clarified_at
            by = since + timedelta(days=rules.clarify_days)
            yield Waited(since, by, local_day(until) if until else None)


def _gaps(case: Case, rules: Profile) -> Iterator[Stretch]:
    told = handovers(
        case.entries,
        at=date.max,  # whatever day it is: what has no end yet is open
        first_holder_days=rules.first_holder_days,
        holder_without_log_days=rules.holder_without_log_days,
    )
    for gap in told.gaps:
        yield Stretch(gap.from_date, None if gap.open else gap.to_date)


# --- what is told of all --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """How many cases are of a kind; `None` when that is kept back."""

    what: str
    cases: int | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many cases there are in all, and of each kind."""

    cases: int | None
    cells: tuple[Cell, ...]

    def of(self, what: str) -> int | None:
        """The cases of a kind, if they are told."""
        return next(cell.cases for cell in self.cells if cell.what == what)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The municipality on the day `at`; what took time, from `since` on.

    All but `by_status` and `by_clarification` count open cases. By the longest stretch
    of days without a holder; by the latest decision on a concern that was raised. The
    median is of the days from concern to decision, the share of the cases decided on.
    """

    at: date
    since: date
    least: int  # cases in a cell that is told
    by_status: Distribution
    by_level: Distribution
    by_age: Distribution
    by_holder: Distribution
    by_gap: Distribution
    by_evaluation: Distribution
    by_clarification: Distribution
    clarification_days: float | None
    clarified_in_time: float | None


def statistics(lines: Iterable[StatisticsLine], *, at: date) -> Statistics:
    """Count the cases as they stand on a day."""
    every = tuple(lines)
    since = at - WINDOW
    by_status = free(
        _count(every, ("open", "closed", "incomplete"), lambda e: e.status)
    )
    opened = tuple(line for line in every if line.status == "open")

    def of_open(
        kinds: Iterable[str], kind: Callable[[StatisticsLine], str]
    ) -> Distribution:
        return bound(_count(opened, kinds, kind))

    highest = max((line.level for line in opened), default=0)
    levels = map(str, range(max(HIGHEST_LEVEL, highest) + 1))
    concerned = tuple(line for line in every if any(_raised(line, since, at)))
    clarified = free(_count(concerned, CLARIFIED, lambda e: _clarified(e, since, at)))
    return Statistics(
        at=at,
        since=since,
        least=LEAST,
        by_status=by_status,
        by_level=of_open(levels, lambda line: str(line.level)),
        by_age=of_open(BANDS, lambda line: _band(line, at)),
        by_holder=of_open(("has", "lacks", "needs_none"), _holder),
        by_gap=of_open(
            ("none", "1-7", "8-30", "31+"), lambda line: _gap(line, since, at)
        ),
        by_evaluation=of_open(
            ("overdue", "not_overdue", "no_measure"), lambda e: _evaluation(e, at)
        ),
        by_clarification=clarified,
        clarification_days=_median(concerned, since, at),
        clarified_in_time=_share(clarified),
    )


def _count(
    lines: Iterable[StatisticsLine],
    kinds: Iterable[str],
    kind: Callable[[StatisticsLine], str],
) -> dict[str, int]:
    counts = dict.fromkeys(kinds, 0)
    for line in lines:
        counts[kind(line)] += 1
    return counts


# --- what is kept back ----------------------------------------------------------------


def free(counts: Mapping[str, int]) -> Distribution:
    """A table whose sum is told nowhere else: it is kept back with any of its cells."""
    kept = _too_few(counts)
    return _without(counts, kept, None if kept else sum(counts.values()))


def bound(counts: Mapping[str, int]) -> Distribution:
    """A table whose sum is told elsewhere too.

    With a cell that holds too few others are kept back, the smallest first, until what
    is missing to the sum tells none of them: two cells, ten cases. A sum that is too
    small itself tells nothing at all.
    """
    kept, total = _too_few(counts), sum(counts.values())
    others = [what for what in counts if what not in kept]
    others.sort(key=lambda what: (counts[what] == 0, counts[what]))
    while kept and others and not _hide_each_other(counts, kept):
        kept.add(others.pop(0))
    return _without(counts, kept, total if total >= LEAST or not total else None)


def _too_few(counts: Mapping[str, int]) -> set[str]:
    return {what for what, cases in counts.items() if 0 < cases < LEAST}


def _hide_each_other(counts: Mapping[str, int], kept: set[str]) -> bool:
    return sum(counts[what] for what in kept) >= TOGETHER  # so there are two at least


def _without(
    counts: Mapping[str, int], kept: set[str], total: int | None
) -> Distribution:
    cells = (
        Cell(what, None if what in kept else cases) for what, cases in counts.items()
    )
    return Distribution(total, tuple(cells))


# --- kinds ----------------------------------------------------------------------------

CLARIFIED: Final = ("in_time", "waiting", "late")  # the later of them is a case's


def _raised(line: StatisticsLine, since: date, at: date) -> Iterator[Waited]:
    return (wait for wait in line.waits if since < wait.since <= at)


def _clarified(line: StatisticsLine, since: date, at: date) -> str:
    stands = (
        "late" if (w.until or at) > w.by else "in_time" if w.until else "waiting"
        for w in _raised(line, since, at)
    )
    return max(stands, key=CLARIFIED.index)


def _median(lines: Iterable[StatisticsLine], since: date, at: date) -> float | None:
    days: list[int] = []
    cases = 0
    for line in lines:
        ended = [w for w in _raised(line, since, at) if w.until is not None]
        days += [(w.until - w.since).days for w in ended if w.until is not None]
        cases += bool(ended)
    return float(median(days)) if cases >= LEAST else None


def _share(clarified: Distribution) -> float | None:
    """The share that was decided in time, where neither number is kept back."""
    in_time, late = clarified.of("in_time"), clarified.of("late")
    if in_time is None or late is None or not in_time + late:
        return None
    return round(in_time / (in_time + late), 2)


def _band(line: StatisticsLine, at: date) -> str:
    if line.before_birth:
        return "before_birth"
    if line.born is None:
        return "unknown"
    age = age_on(line.born, at)
    return next((band for band, last in AGES if age <= last), "18+")


def _holder(line: StatisticsLine) -> str:
    if line.has_holder:
        return "has"
    return "lacks" if line.lacks_holder else "needs_none"


def _gap(line: StatisticsLine, since: date, at: date) -> str:
    days = 0
    for gap in line.gaps:
        last = min(gap.to_date or at, at)
        if last >= since:
            days = max(days, (last - gap.from_date).days + 1)
    if not days:
        return "none"
    return next((band for band, most in GAPS if days <= most), "31+")


def _evaluation(line: StatisticsLine, at: date) -> str:
    if not line.has_measures:
        return "no_measure"
    return "overdue" if any(due < at for due in line.evaluations) else "not_overdue"
