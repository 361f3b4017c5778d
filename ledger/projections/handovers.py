"""The handover chronology: who held the baton when, and when nobody did.

Barnevern and supervisors read it. Whole calendar days in Europe/Oslo are counted; a day
on which somebody takes the baton is not a day without a holder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from ledger.aggregates.guard import local_day
from ledger.entry import Entry, Erased
from ledger.events.baton import (
    HandoverDeclined,
    HandoverLapsed,
    HandoverProposed,
    HandoverReason,
    HandoverWithdrawn,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
    VacancyReason,
)
from ledger.events.child import TransitionKind, TransitionNoted
from ledger.events.closing import CaseClosed, CaseReopened
from ledger.events.concern import ConcernClarified
from ledger.events.event import Event
from ledger.events.log import StafettloggOpened, StafettloggSupersededByIndividuellPlan
from ledger.projections.corrections import place

ONE_DAY = timedelta(days=1)
Beginning = Literal["appointed", "accepted", "interim"]
Ending = Literal["handed_over", "replaced", "vacated", "closed", "superseded"]
Answer = Literal[
    "open",
    "accepted",
    "declined",
    "withdrawn",
    "lapsed",
    "replaced",
    "ended_with_case",
]
Entries = Sequence[Entry[Event | Erased]]


@dataclass(frozen=True, slots=True)
class Period:
    """Somebody held the baton, from a day until a last day (`None`: still)."""

    holder: str
    service: str | None
    from_date: date
    began: Beginning
    proposal_id: str | None = None  # of the handover that was accepted
    until: date | None = None
    ended: Ending | None = None
    vacancy: VacancyReason | None = None
    interim_until: date | None = None  # the day an interim was meant to end
    interim_passed: bool = False  # it was, or is, held beyond that day


@dataclass(frozen=True, slots=True)
class Gap:
    """Whole days without a holder, both ends counted; an open one runs to `at`."""

    from_date: date
    to_date: date
    days: int
    open: bool
    left_by: str | None  # the last holder; `None` before the first
    vacancy: VacancyReason | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody was asked to take over; `days` to the answer, or to `at` while open."""

    proposal_id: str
    from_holder: str
    to_holder: str
    to_service: str
    reason: HandoverReason
    proposed_on: date
    planned_from: date
    outcome: Answer
    settled_on: date | None
    days: int


@dataclass(frozen=True, slots=True)
class Transition:
    """The child starts somewhere new, and the handover that belongs to it.

    `days_late` counts from the start to the acceptance, or to `at` while there is none.
    """

    kind: TransitionKind
    from_unit: str
    to_unit: str
    starts: date
    noted_on: date
    proposal_id: str | None
    accepted_on: date | None
    days_late: int


@dataclass(frozen=True, slots=True)
class Handovers:
    """The chronology as it stands on the day `at`, each part in order of time."""

    at: date
    periods: tuple[Period, ...]
    gaps: tuple[Gap, ...]
    proposals: tuple[Proposal, ...]
    transitions: tuple[Transition, ...]


def handovers(
    entries: Entries,
    *,
    at: date,
    first_holder_days: int = 7,
    holder_without_log_days: int = 30,
    handover_lapse_days: int | None = None,
) -> Handovers:
    """Read who held the baton, up to and with the day `at`.

    The numbers are the profile's: the days after the log was opened, and after a
    concern was clarified to level 1 or 2 without a log, before a first holder is
    missed; and those for which a proposal stands that nobody answers, noted or not
    (`None`: without end). A closed or superseded case stops every clock, and one that
    is taken up again is told from then on as if it began. Source: domain, F02 to F04.
    """
    told = [
        _told(
            course,
            ended,
            at,
            first_holder_days,
            holder_without_log_days,
            handover_lapse_days,
        )
        for course, ended in _courses(sorted(entries, key=place))
    ]
    return Handovers(
        at=at,
        periods=tuple(period for course in told for period in course.periods),
        gaps=tuple(gap for course in told for gap in course.gaps),
        proposals=tuple(asked for course in told for asked in course.proposals),
        transitions=tuple(noted for course in told for noted in course.transitions),
    )


def _courses(recorded: Entries) -> Iterator[tuple[Entries, date | None]]:
    """The entries from each beginning of the case to its end, and the day of that."""
    anew = [n for n, e in enumerate(recorded) if isinstance(e.event, CaseReopened)]
    for start, stop in pairwise([0, *anew, len(recorded)]):
        course = recorded[start:stop]
        ended = _ended_on(course)
        if ended is None and stop in anew:  # the body of its end is gone
            ended = local_day(recorded[stop].occurred_at)
        yield course, ended


def _ended_on(course: Entries) -> date | None:
    endings = (CaseClosed, StafettloggSupersededByIndividuellPlan)
    days = (local_day(e.occurred_at) for e in course if isinstance(e.event, endings))
    return next(days, None)


def _told(
    course: Entries,
    ended: date | None,
    at: date,
    first_holder_days: int,
    holder_without_log_days: int,
    lapse_days: int | None,
) -> Handovers:
    """The chronology of one course of the case."""
    today = at if ended is None else min(at, ended)
    periods = [_judged(period, today) for period in _periods(course, ended)]
    proposals = _proposals(course, today, ended, lapse_days)
    first_missed = _first_missed(course, first_holder_days, holder_without_log_days)
    return Handovers(
        at=at,
        periods=tuple(periods),
        gaps=tuple(_gaps(periods, first_missed, ended, at)),
        proposals=tuple(proposals),
        transitions=tuple(_transitions(course, proposals, today)),
    )


# --- periods --------------------------------------------------------------------------


def _periods(recorded: Entries, ended: date | None) -> list[Period]:
    periods: list[Period] = []
    asked: dict[str, HandoverProposed] = {}
    for entry in recorded:
        day = local_day(entry.occurred_at)
        match entry.event:
            case HandoverProposed() as proposal:
                asked[proposal.proposal_id] = proposal
            case StafettholderVacated(last_day=last_day, reason=reason):
                _end(periods, last_day, "vacated", reason)
            case CaseClosed():
                _end(periods, day, "closed")
            case StafettloggSupersededByIndividuellPlan():
                _end(periods, day, "superseded")
            case _ if begun := _begun(entry, asked, periods):
                _begin(periods, begun)
    if ended is not None:
        _end(periods, ended, "closed")  # where the entry that says so was erased
    return periods


def _begun(
    entry: Entry[Event | Erased],
    asked: dict[str, HandoverProposed],
    periods: list[Period],
) -> Period | None:
    """The period that this entry begins, if it begins one."""
    match entry.event:
        case StafettholderAppointed(holder=holder, service=service, from_date=start):
            return Period(holder, service, start, "appointed")
        case StafettholderHandedOver(proposal_id=proposal_id, from_date=start):
            known = asked.get(proposal_id)
            # An erased proposal names nobody, but its receiver is who accepted it.
            to_holder = known.to_holder if known else entry.by.ref
            to_service = known.to_service if known else entry.by.service
            return Period(to_holder, to_service, start, "accepted", proposal_id)
        case InterimHolderAssigned(holder=holder, service=service, until=until):
            start = _free_from(periods, local_day(entry.occurred_at))
            return Period(holder, service, start, "interim", interim_until=until)
        case _:
            return None


def _free_from(periods: list[Period], day: date) -> date:
    """`day`, or the day after the last holder's announced last day if that is later."""
    last_day = periods[-1].until if periods else None
    return day if last_day is None else max(day, last_day + ONE_DAY)


def _begin(periods: list[Period], new: Period) -> None:
    """Add a period; the one before ends the day before it, for one holds at a time."""
    if periods and (periods[-1].until or date.max) >= new.from_date:
        last = periods[-1]
        how: Ending = "handed_over" if new.began == "accepted" else "replaced"
        until = max(last.from_date, new.from_date - ONE_DAY)
        periods[-1] = replace(last, until=until, ended=last.ended or how)
    periods.append(new)


def _end(
    periods: list[Period],
    last_day: date,
    how: Ending,
    vacancy: VacancyReason | None = None,
) -> None:
    if periods and periods[-1].until is None:
        last = periods[-1]
        until = max(last.from_date, last_day)
        periods[-1] = replace(last, until=until, ended=how, vacancy=vacancy)


def _judged(period: Period, today: date) -> Period:
    if period.interim_until is None:
        return period
    held_to = period.until or today
    return replace(period, interim_passed=held_to > period.interim_until)


# --- days without a holder ------------------------------------------------------------


def _first_missed(
    recorded: Entries, first_holder_days: int, holder_without_log_days: int
) -> date | None:
    """The first day on which the lack of a first holder counts."""
    opened = min(_days_of_log(recorded), default=None)
    clarified = min(_days_of_level(recorded), default=None)
    by_log = None if opened is None else opened + timedelta(days=first_holder_days)
    if clarified is None:
        return by_log
    without_log = clarified + timedelta(days=holder_without_log_days)
    return without_log if opened is None or opened > without_log else by_log


def _days_of_log(recorded: Entries) -> Iterator[date]:
    for entry in recorded:
        if isinstance(entry.event, StafettloggOpened):
            yield local_day(entry.occurred_at)


def _days_of_level(recorded: Entries) -> Iterator[date]:
    for entry in recorded:
        match entry.event:
            case ConcernClarified(outcome="level1" | "level2"):
                yield local_day(entry.occurred_at)


def _gaps(
    periods: list[Period], first_missed: date | None, ended: date | None, at: date
) -> Iterator[Gap]:
    """Each stretch of days without a holder, up to and with `at`."""
    starts = [p.from_date for p in periods]
    stops = [*starts, ended]  # what ends the wait: the next holder, or the case's end
    if first_missed is not None:
        yield from _gap(first_missed, stops[0], at, None)
    for period, stop in zip(periods, stops[1:], strict=True):
        if period.ended == "vacated" and period.until is not None:
            yield from _gap(period.until + ONE_DAY, stop, at, period)


def _gap(
    start: date, stop: date | None, at: date, before: Period | None
) -> Iterator[Gap]:
    is_open = stop is None or stop > at
    last = at if stop is None or is_open else stop - ONE_DAY
    if start <= last:
        yield Gap(
            from_date=start,
            to_date=last,
            days=(last - start).days + 1,
            open=is_open,
            left_by=before.holder if before else None,
            vacancy=before.vacancy if before else None,
        )


# --- proposals ------------------------------------------------------------------------


def _proposals(
    recorded: Entries, today: date, ended: date | None, lapse_days: int | None
) -> list[Proposal]:
    asked: list[Proposal] = []
    for entry in recorded:
        day = local_day(entry.occurred_at)
        match entry.event:
            case HandoverProposed() as proposal:
                _lapse(asked, day, lapse_days)
                _settle(asked, "replaced", day)
                asked.append(_open(proposal, day, today))
            case StafettholderHandedOver(proposal_id=proposal_id):
                _settle(asked, "accepted", day, proposal_id)
            case HandoverDeclined(proposal_id=proposal_id):
                _settle(asked, "declined", day, proposal_id)
            case HandoverWithdrawn(proposal_id=proposal_id):
                _settle(asked, "withdrawn", day, proposal_id)
            case HandoverLapsed(proposal_id=proposal_id):
                _settle(asked, "lapsed", day, proposal_id)
            case CaseClosed() | StafettloggSupersededByIndividuellPlan():
                _lapse(asked, day, lapse_days)
                _settle(asked, "ended_with_case", day)
    _lapse(asked, today, lapse_days)
    if ended is not None:
        _settle(asked, "ended_with_case", ended)
    return asked


def _open(proposal: HandoverProposed, day: date, today: date) -> Proposal:
    return Proposal(
        proposal_id=proposal.proposal_id,
        from_holder=proposal.from_holder,
        to_holder=proposal.to_holder,
        to_service=proposal.to_service,
        reason=proposal.reason,
        proposed_on=day,
        planned_from=proposal.planned_from,
        outcome="open",
        settled_on=None,
        days=max(0, (today - day).days),
    )


def _lapse(asked: list[Proposal], by: date, days: int | None) -> None:
    """Let the open proposal lapse, if its days had passed by then (`lapses_on`)."""
    if asked and days is not None:
        on = asked[-1].proposed_on + timedelta(days=days + 1)
        if on <= by:
            _settle(asked, "lapsed", on)


def _settle(
    asked: list[Proposal], outcome: Answer, day: date, proposal_id: str | None = None
) -> None:
    """Answer the proposal that is open, if it is the one that is meant."""
    if not asked or asked[-1].outcome != "open":
        return
    last = asked[-1]
    if proposal_id in (None, last.proposal_id):
        days = (day - last.proposed_on).days
        asked[-1] = replace(last, outcome=outcome, settled_on=day, days=days)


# --- transitions ----------------------------------------------------------------------


def _transitions(
    recorded: Entries, proposals: list[Proposal], today: date
) -> list[Transition]:
    """Give each transition the first handover for a transition that is left for it."""
    noted = [
        (entry.event, local_day(entry.occurred_at))
        for entry in recorded
        if isinstance(entry.event, TransitionNoted)
    ]
    noted.sort(key=lambda known: known[0].starts)
    left = [
        p for p in proposals if p.reason == "transition" and p.outcome == "accepted"
    ]
    transitions = []
    for (event, day), next_start in zip(noted, _starts_after(noted), strict=True):
        in_time = (p for p in left if p.settled_on and p.settled_on < next_start)
        handover = next(in_time, None)
        left = [p for p in left if p is not handover]
        transitions.append(_transition(event, day, handover, today))
    return transitions


def _starts_after(noted: list[tuple[TransitionNoted, date]]) -> list[date]:
    """For each transition the start of the next; for the last, no day is too late."""
    return [event.starts for event, _ in noted[1:]] + [date.max] * bool(noted)


def _transition(
    event: TransitionNoted, noted_on: date, handover: Proposal | None, today: date
) -> Transition:
    accepted_on = handover.settled_on if handover else None
    return Transition(
        kind=event.kind,
        from_unit=event.from_unit,
        to_unit=event.to_unit,
        starts=event.starts,
        noted_on=noted_on,
        proposal_id=handover.proposal_id if handover else None,
        accepted_on=accepted_on,
        days_late=max(0, ((accepted_on or today) - event.starts).days),
    )
