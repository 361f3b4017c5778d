"""What a case lacks on a day, by the profile; each with its day, count or names.

Everything is read off the state as the reader sees it, so what rests on a shield is
told to those alone who see it. Days are calendar days in Europe/Oslo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from audit.findings.inactivity import NO_WORK
from ledger.aggregates.capacity import subject_consents_alone
from ledger.aggregates.case import Case
from ledger.aggregates.child import is_unheard
from ledger.aggregates.consent import (
    is_covered,
    needs_no_consent,
    unanswered_guardians,
)
from ledger.aggregates.guard import end_of, local_day
from ledger.entry import Erased
from ledger.events import catalogue_name
from ledger.events.concern import ObservationRecorded, UndringssamtaleHeld
from ledger.events.event import Event
from ledger.profiles import Profile
from ledger.projections.overview import due_dates

SOON: Final = timedelta(days=30)  # before a consent ends; our proposal


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not there: since or by which day, how many, or whose."""

    id: str
    on: date | None = None
    count: int | None = None
    about: tuple[str, ...] = ()  # refs of persons, or services


@dataclass(frozen=True, slots=True)
class _Look:
    """What a check looks at."""

    case: Case
    at: date
    rules: Profile


_Check = Callable[[_Look], Iterator[Missing]]


def missing(
    case: Case, ids: Iterable[str], *, at: date, rules: Profile
) -> list[Missing]:
    """Which of these are missing on the day; a closed case lacks nothing."""
    if case.is_closed:
        return []
    look = _Look(case, at, rules)
    return [found for each in dict.fromkeys(ids) for found in CHECKS[each](look)]


def _when(id: str, is_missing: Callable[[_Look], bool]) -> _Check:
    def check(look: _Look) -> Iterator[Missing]:
        if is_missing(look):
            yield Missing(id)

    return check


def _has(case: Case, event_type: type[Event]) -> bool:
    return any(isinstance(entry.event, event_type) for entry in case.entries)


# --- a concern ------------------------------------------------------------------------


def _is_ungraded(look: _Look) -> bool:
    return bool(look.case.concern.concerns) and not look.case.concern.grade


def _is_unshared(look: _Look) -> bool:
    concerns = look.case.concern.concerns.values()
    return any(c.leader is None and c.clarified_at is None for c in concerns)


def _unclarified(look: _Look) -> Iterator[Missing]:
    yield from _due(look, "M06", "clarification")


def _has_unassessed_duty(look: _Look) -> bool:
    is_grave = look.case.concern.grade >= look.rules.duty_grade
    return is_grave and look.case.barnevern.assessed_at is None


def _has_unconsidered_siblings(look: _Look) -> bool:
    concern = look.case.concern
    is_grave = concern.grade >= look.rules.duty_grade
    return is_grave and concern.siblings_considered_at is None


def _lacks_interpreter(look: _Look) -> bool:
    opening = look.case.opening
    is_foreign = opening is not None and opening.language not in ("nb", "nn")
    return is_foreign and not look.case.people.interpreters


# --- consent --------------------------------------------------------------------------


def _uncovered(look: _Look) -> Iterator[Missing]:
    case, moment = look.case, end_of(look.at)
    services = {p.service for p in case.people.participants.values()}
    measures = (case.plan.measures[each] for each in case.plan.open_measures())
    services |= {measure.service for measure in measures if measure.service}
    for service in sorted(services):
        if needs_no_consent(case, service) or case.people.on_legal_basis(service):
            continue
        if not is_covered(case, service, moment, look.rules):
            yield Missing("M08", about=(service,))


def _unasked(look: _Look) -> Iterator[Missing]:
    if look.case.log.opened_at is None:
        return
    for ref in unanswered_guardians(look.case, end_of(look.at), look.rules):
        yield Missing("M09", about=(ref,))


def _ending(look: _Look) -> Iterator[Missing]:
    for due in due_dates(look.case, rules=look.rules):
        if due.kind == "consent_end" and due.on <= look.at + SOON:
            yield Missing("M10", on=due.on)


def _lacks_youth(look: _Look) -> bool:
    case = look.case
    if case.log.opened_at is None or case.opening is None:
        return False
    if not subject_consents_alone(case, look.at, look.rules):
        return False
    own = (c for c in case.consent.consents.values() if c.giver == case.opening.subject)
    return not any(consent.stands_on(look.at) for consent in own)


# --- baton, plan, meetings ------------------------------------------------------------


def _lacks_holder(look: _Look) -> bool:
    is_required = look.case.level.number >= look.rules.holder_required_from_level
    return is_required and look.case.baton.holder is None


def _unanswered(look: _Look) -> Iterator[Missing]:
    for proposal_id in look.case.baton.open_proposals():
        asked_at = look.case.baton.proposals[proposal_id].proposed_at
        if asked_at is not None:
            yield Missing("M23", on=local_day(asked_at))


def _measures(id: str, is_wanting: Callable[[_Look, str], bool]) -> _Check:
    def check(look: _Look) -> Iterator[Missing]:
        ids = [m for m in look.case.plan.open_measures() if is_wanting(look, m)]
        if ids:
            yield Missing(id, count=len(ids))

    return check


def _is_ownerless(look: _Look, measure_id: str) -> bool:
    measure = look.case.plan.measures[measure_id]
    return measure.service is None and measure.person is None


def _is_undated(look: _Look, measure_id: str) -> bool:
    return look.case.plan.measures[measure_id].evaluation_due is None


def _is_not_begun(look: _Look, measure_id: str) -> bool:
    measure = look.case.plan.measures[measure_id]
    is_due = measure.start is None or measure.start <= look.at
    return measure.started_on is None and is_due


def _is_overdue(look: _Look, measure_id: str) -> bool:
    due = look.case.plan.measures[measure_id].evaluation_due
    return due is not None and due < look.at


def _unmet(look: _Look) -> Iterator[Missing]:
    case, moved_at = look.case, look.case.level.moved_at
    if moved_at is None or case.level.number < 2:
        return
    if not any(held.held_at >= moved_at for held in case.meeting.held.values()):
        days = timedelta(days=look.rules.joint_meeting_days)
        yield Missing("M16", on=local_day(moved_at) + days)


def _lacks_date(look: _Look) -> bool:
    return not any(m.on >= look.at for m in look.case.meeting.scheduled.values())


def _is_unheard_since_meeting(look: _Look) -> bool:
    case = look.case
    met = max((held.held_at for held in case.meeting.held.values()), default=None)
    return met is not None and not any(view.at >= met for view in case.child.views)


def _lacks_plan_assessment(look: _Look) -> bool:
    level = look.case.level
    return level.number >= 3 and level.plan_assessed_at is None


def _left_open(look: _Look) -> Iterator[Missing]:
    case = look.case
    is_open = (case.plan.open_measures(), case.baton.open_proposals())
    count = sum(1 for each in is_open for _ in each) + len(case.meeting.scheduled)
    if count:
        yield Missing("M24", count=count)


# --- barnevern, family, time ----------------------------------------------------------


def _due(look: _Look, id: str, kind: str) -> Iterator[Missing]:
    for due in due_dates(look.case, rules=look.rules):
        if due.kind == kind:
            yield Missing(id, on=due.on)


def _lacks_feedback(look: _Look) -> Iterator[Missing]:
    for found in _due(look, "M25", "feedback"):
        if found.on is not None and found.on < look.at:
            yield found


def _is_untold(look: _Look) -> bool:
    people = look.case.people
    return not (people.told or people.everyone_told or people.child_told)


def _still(look: _Look) -> Iterator[Missing]:
    days = (
        local_day(entry.occurred_at)
        for entry in look.case.entries
        if _is_follow_up(entry.event)
    )
    last = max(days, default=None)
    longest = timedelta(days=look.rules.inactivity_days)
    if last is not None and look.at - last > longest:
        yield Missing("M28", on=last)


def _is_follow_up(event: Event | Erased) -> bool:
    return isinstance(event, Event) and catalogue_name(type(event)) not in NO_WORK


CHECKS: Final[Mapping[str, _Check]] = {
    "M01": _when("M01", lambda look: not _has(look.case, ObservationRecorded)),
    "M02": _when("M02", _is_ungraded),
    "M03": _when("M03", _is_unshared),
    "M04": _when("M04", lambda look: is_unheard(look.case)),
    "M05": _when("M05", lambda look: not _has(look.case, UndringssamtaleHeld)),
    "M06": _unclarified,
    "M07": _when("M07", _lacks_holder),
    "M08": _uncovered,
    "M09": _unasked,
    "M10": _ending,
    "M11": _when("M11", lambda look: not look.case.plan.goals),
    "M12": _measures("M12", _is_ownerless),
    "M13": _measures("M13", _is_undated),
    "M14": _measures("M14", _is_not_begun),
    "M15": _measures("M15", _is_overdue),
    "M16": _unmet,
    "M17": _when("M17", _lacks_date),
    "M18": _when("M18", _is_unheard_since_meeting),
    "M19": _when("M19", _lacks_interpreter),
    "M20": _when("M20", _has_unassessed_duty),
    "M21": _when("M21", _has_unconsidered_siblings),
    "M22": _when("M22", _lacks_plan_assessment),
    "M23": _unanswered,
    "M24": _left_open,
    "M25": _lacks_feedback,
    "M26": _when("M26", _lacks_youth),
    "M27": _when("M27", _is_untold),
    "M28": _still,
}
