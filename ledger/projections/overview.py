"""Where a case stands: what its reader needs to know first, and what is due next.

Everything is read off the folded `Case`; which streams it was folded from decides what
this reader sees. Days are calendar days in Europe/Oslo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from ledger.aggregates.baton import lapses_on
from ledger.aggregates.case import Case
from ledger.aggregates.child import is_unheard
from ledger.aggregates.guard import local_day
from ledger.profiles import Profile

DueKind = Literal[
    "clarification",  # a concern waits for its decision
    "consent_end",  # the last valid day of a consent that is not renewed
    "evaluation",  # a measure is to be evaluated
    "feedback",  # barnevern is to answer a report
    "handover_answer",  # somebody was asked to take over
    "information_order",  # what a body has ordered is to be handed over
    "holder",  # nobody holds the baton
    "interim_end",  # an interim holder was meant to hold so long
    "measure_start",  # a planned measure is to begin
    "log_request",  # the family has asked for a log
    "meeting",  # people have been called
    "shield_review",  # a shielding is to be looked at again
]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the baton now; `until` is the day an interim is meant to end."""

    ref: str
    service: str | None
    since: date
    interim: bool
    until: date | None


@dataclass(frozen=True, slots=True)
class ValidConsent:
    """A consent that is valid on the day, and the services it names on it."""

    consent_id: str
    giver: str | None
    capacity: str
    kind: str
    services: tuple[str, ...]
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class OpenMeasure:
    """A measure that has not ended."""

    measure_id: str
    service: str | None
    person: str | None
    start: date | None
    started_on: date | None
    evaluation_due: date | None


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A question whether somebody takes over the baton, not answered yet."""

    proposal_id: str
    from_holder: str | None
    to_holder: str | None
    to_service: str | None
    proposed_on: date | None
    planned_from: date | None


@dataclass(frozen=True, slots=True)
class ScheduledMeeting:
    """A meeting that people have been called to."""

    meeting_id: str
    type: str
    on: date
    invited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to happen by a day; `about` is the id of what it is about."""

    kind: DueKind
    on: date
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """A case as it stands on the day `at`. A closed case has nothing due."""

    at: date
    is_open: bool
    incomplete: bool  # the body of an entry is gone, so something may be missing here
    opened_on: date | None
    closed_on: date | None
    closing_reason: str | None
    subject_kind: str | None
    language: str | None
    profile: str | None
    level: int
    level_since: date | None
    log_is_open: bool
    log_opened_on: date | None
    holder: Holder | None
    guardians: tuple[str, ...]
    child_heard_on: date | None  # the last time
    child_heard_since_decision: bool
    consents: tuple[ValidConsent, ...]
    measures: tuple[OpenMeasure, ...]
    proposal: OpenProposal | None
    meetings: tuple[ScheduledMeeting, ...]
    due: tuple[Due, ...]  # the earliest first, also what is overdue

    @property
    def next_due(self) -> Due | None:
        """What is due first, or has been due longest."""
        return self.due[0] if self.due else None


def overview(case: Case, *, at: date, rules: Profile) -> Overview:
    """Read where a case stands on the day `at`, by the profile's days."""
    opening, log_opened = case.opening, case.log.opened_at
    views = (local_day(view.at) for view in case.child.views)
    return Overview(
        at=at,
        is_open=case.exists and not case.is_closed,
        incomplete=case.incomplete,
        opened_on=_day(opening.opened_at if opening else None),
        closed_on=_day(case.closing.closed_at),
        closing_reason=case.closing.reason,
        subject_kind=opening.kind if opening else None,
        language=opening.language if opening else None,
        profile=opening.profile if opening else None,
        level=case.level.number,
        level_since=_day(case.level.moved_at),
        log_is_open=log_opened is not None and not case.is_closed,
        log_opened_on=_day(log_opened),
        holder=_holder(case),
        guardians=tuple(case.people.guardians),
        child_heard_on=max(views, default=None),
        child_heard_since_decision=not is_unheard(case),
        consents=tuple(_consents(case, at)),
        measures=tuple(_measures(case)),
        proposal=next(_proposals(case, at, rules), None),
        meetings=tuple(sorted(_meetings(case), key=lambda meeting: meeting.on)),
        due=due_dates(case, rules=rules),
    )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else local_day(moment)


def _holder(case: Case) -> Holder | None:
    holding = case.baton.holder
    if holding is None:
        return None
    return Holder(
        ref=holding.ref,
        service=holding.service,
        since=holding.since,
        interim=holding.interim,
        until=holding.until,
    )


def _consents(case: Case, at: date) -> Iterator[ValidConsent]:
    for consent_id, consent in case.consent.consents.items():
        if consent.stands_on(at):
            yield ValidConsent(
                consent_id=consent_id,
                giver=consent.giver,
                capacity=consent.capacity,
                kind=consent.kind,
                services=consent.services_on(at),
                valid_to=consent.valid_to,
            )


def _measures(case: Case) -> Iterator[OpenMeasure]:
    for measure_id in case.plan.open_measures():
        measure = case.plan.measures[measure_id]
        yield OpenMeasure(
            measure_id=measure_id,
            service=measure.service,
            person=measure.person,
            start=measure.start,
            started_on=measure.started_on,
            evaluation_due=measure.evaluation_due,
        )


def _proposals(case: Case, at: date, rules: Profile) -> Iterator[OpenProposal]:
    for proposal_id in case.baton.open_proposals():
        proposal = case.baton.proposals[proposal_id]
        lapse = lapses_on(proposal, rules)
        if lapse is not None and lapse <= at:
            continue  # whether or not that was noted
        yield OpenProposal(
            proposal_id=proposal_id,
            from_holder=proposal.from_holder,
            to_holder=proposal.to_holder,
            to_service=proposal.to_service,
            proposed_on=_day(proposal.proposed_at),
            planned_from=proposal.planned_from,
        )


def _meetings(case: Case) -> Iterator[ScheduledMeeting]:
    for meeting_id, meeting in case.meeting.scheduled.items():
        yield ScheduledMeeting(meeting_id, meeting.type, meeting.on, meeting.invited)


# --- what is due ----------------------------------------------------------------------


def due_dates(case: Case, *, rules: Profile) -> tuple[Due, ...]:
    """All that is to happen by a day, the earliest first; also what is overdue."""
    if case.is_closed:
        return ()
    due = (
        *_due_of_concerns(case, rules),
        *_due_of_orders(case),
        *_due_of_baton(case, rules),
        *_due_of_request(case, rules),
        *_due_of_measures(case),
        *_due_of_consents(case),
        *_due_of_meetings_and_shields(case),
    )
    return tuple(sorted(due, key=_order))


def _order(due: Due) -> tuple[date, str, str]:
    return due.on, due.kind, due.about or ""


def _due_of_meetings_and_shields(case: Case) -> Iterator[Due]:
    for meeting in _meetings(case):
        yield Due("meeting", meeting.on, meeting.meeting_id)
    for label in case.people.open_shields():
        review_on = case.people.shields[label].review_on
        if review_on is not None:
            yield Due("shield_review", review_on, label)


def _due_of_consents(case: Case) -> Iterator[Due]:
    """The end of each consent that its giver has not renewed by another of the kind.

    Once it is over nothing more may be shared, so it stays due until it is renewed.
    """
    last: dict[tuple[str, str], tuple[date, str]] = {}
    for consent_id, consent in case.consent.consents.items():
        end_day = consent.valid_to
        if consent.giver is None or end_day is None or not consent.services_on(end_day):
            continue  # nothing ends that was taken back
        whose, end = (consent.giver, consent.kind), (end_day, consent_id)
        last[whose] = max(end, last.get(whose, end))
    for on, consent_id in last.values():
        yield Due("consent_end", on, consent_id)


def _due_of_concerns(case: Case, rules: Profile) -> Iterator[Due]:
    for concern_id, concern in case.concern.concerns.items():
        if concern.raised_at is not None and concern.clarified_at is None:
            on = _after(concern.raised_at, rules.clarify_days)
            yield Due("clarification", on, concern_id)
    for melding_id, report in case.barnevern.reports.items():
        if report.sent_at is not None and report.answered_at is None:
            yield Due(
                "feedback", _after(report.sent_at, rules.feedback_days), melding_id
            )


def _due_of_orders(case: Case) -> Iterator[Due]:
    for order_id, order in case.barnevern.orders.items():
        if order.due is not None and order.answered_on is None:
            yield Due("information_order", order.due, order_id)


def _due_of_baton(case: Case, rules: Profile) -> Iterator[Due]:
    baton, holder = case.baton, case.baton.holder
    for proposal_id in baton.open_proposals():
        asked_at = baton.proposals[proposal_id].proposed_at
        if asked_at is not None:
            on = _after(asked_at, rules.handover_answer_days)
            yield Due("handover_answer", on, proposal_id)
    if holder is not None and holder.until is not None:
        yield Due("interim_end", holder.until, holder.ref)
    elif holder is None and baton.vacant_since is not None:
        yield Due("holder", baton.vacant_since + timedelta(days=1))
    elif holder is None and case.log.opened_at is not None:
        yield Due("holder", _after(case.log.opened_at, rules.first_holder_days))


def _due_of_request(case: Case, rules: Profile) -> Iterator[Due]:
    """The answer to a family that asked for a log; that it was opened is one."""
    asked, opened = case.log.requested_at, case.log.opened_at
    if asked is not None and (opened is None or opened < asked):
        yield Due("log_request", _after(asked, rules.log_request_answer_days))


def _due_of_measures(case: Case) -> Iterator[Due]:
    for measure in _measures(case):
        if measure.evaluation_due is not None:
            yield Due("evaluation", measure.evaluation_due, measure.measure_id)
        if measure.start is not None and measure.started_on is None:
            yield Due("measure_start", measure.start, measure.measure_id)


def _after(moment: datetime, days: int) -> date:
    return local_day(moment) + timedelta(days=days)
