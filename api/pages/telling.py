"""An entry in the words of its reader: a title, what was said, and a line of content.

Every type of event has a text of its own, so none is told by its code. What somebody
wrote stands in quotation marks beside it, never inside our sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from api.pages.days import day_text
from api.pages.drawing import code_name, service_name
from api.pages.people import People, Person
from api.pages.picture import shape_of
from api.pages.plan import OBSERVED
from api.pages.texts import Texts
from ledger.aggregates.guard import LOCAL, local_day
from ledger.application import Reading
from ledger.entry import Erased
from ledger.events import catalogue_name
from ledger.events.barnevern import (
    BarnevernCaseStateNoted,
    MeldingDeliveryStatus,
    SeriousIncidentNotified,
)
from ledger.events.baton import (
    CoordinationResponsibilityDecided,
    HandoverDeclined,
    HandoverLapsed,
    HandoverMeetingHeld,
    HandoverProposed,
    HandoverWithdrawn,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.child import (
    ChildInformed,
    ChildNotHeard,
    ChildStrengthNoted,
    ChildViewRecorded,
    FamilyEntryMade,
    TransitionNoted,
)
from ledger.events.closing import (
    CaseClosed,
    CaseReopened,
)
from ledger.events.concern import (
    CaseOpened,
    ConcernClarified,
    ConcernDiscussedAnonymously,
    ConcernGraded,
    ConcernRaised,
    ObservationRecorded,
    UndringssamtaleHeld,
)
from ledger.events.consent import (
    ConsentCapacityChanged,
    ConsentExtended,
    ConsentGiven,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentRequested,
    ConsentWithdrawn,
    GuardianConsentExceptionDecided,
    InformationDisclosed,
    InformationWithheld,
)
from ledger.events.correction import (
    EntryCorrected,
    EntryDisputed,
    ErasureDecided,
    ErasureRequested,
    RestrictionApplied,
)
from ledger.events.event import Event
from ledger.events.level import (
    IndividuellPlanAssessed,
    LevelEscalated,
    LevelLowered,
    StalledCaseAdvised,
    StalledCaseEscalated,
    StepEntered,
)
from ledger.events.log import (
    StafettloggOpened,
    StafettloggRequestDecided,
    StafettloggRequested,
)
from ledger.events.meeting import (
    MeetingCancelled,
    MeetingHeld,
    MeetingScheduled,
)
from ledger.events.moving import (
    ChildBorn,
    MoveNotified,
    TransferConsentGiven,
    TransferRefused,
    TransferSent,
)
from ledger.events.people import (
    GuardianChanged,
    GuardianRegistered,
    InterpreterDecided,
    ParticipantAccessRevoked,
    ParticipantInvited,
    ParticipantJoined,
    ParticipantLeft,
    ProtectedAddressSet,
)
from ledger.events.plan import (
    EvaluationPostponed,
    GoalRevised,
    GoalSet,
    MeasureChanged,
    MeasureEvaluated,
    MeasurePlanned,
    MeasureStarted,
    MeasureStopped,
    ReferralAnswered,
    ReferralSent,
)
from ledger.events.supervision import (
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    SupervisoryCaseClosed,
)
from ledger.loaded import RecordedEntry


@dataclass(frozen=True, slots=True)
class Told:
    """One entry. `number` counts what this reader sees, without a gap."""

    number: int
    position: int
    on: date
    occurred_at: datetime
    recorded_at: datetime
    shape: str
    title: str
    quote: str | None  # somebody's own words
    is_childs: bool  # the child's
    line: str
    by: Person
    role: str
    service: str | None
    is_shielded: bool  # and the shield has not been lifted
    type: str  # catalogue name, or "erased"


class Teller:
    """Tells the entries of one reading; its reader's people may be called otherwise."""

    def __init__(self, reading: Reading, people: People, t: Texts) -> None:
        entries = reading.entries
        self.people = people
        self.t = t
        self.numbers = {
            entry.position: number for number, entry in enumerate(entries, start=1)
        }
        self._child = _subject(entries)
        self._mark = reading.rules.mark
        self._shields = frozenset(reading.state.people.open_shields())
        self._measures = {
            e.event.measure_id: e.event
            for e in entries
            if isinstance(e.event, MeasurePlanned)
        }
        self._meetings = {
            e.event.meeting_id: e.event.type
            for e in entries
            if isinstance(e.event, MeetingScheduled)
        }
        self._due = dict(_due_days(entries))
        self._asked = {
            e.event.proposal_id: (e.event, local_day(e.occurred_at))
            for e in entries
            if isinstance(e.event, HandoverProposed)
        }

    def tell(self, entry: RecordedEntry) -> Told:
        """The entry in words."""
        event = entry.event
        name = "erased" if isinstance(event, Erased) else catalogue_name(type(event))
        title, quote, line = self._said(entry, name)
        by = entry.by
        return Told(
            number=self.numbers[entry.position],
            position=entry.position or 0,
            on=local_day(entry.occurred_at),
            occurred_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
            shape=shape_of(event).value,
            title=title,
            quote=quote,
            is_childs=isinstance(event, ChildViewRecorded) and event.form != OBSERVED,
            line=line,
            by=self.people[by.ref],
            role=by.role.value,
            service=by.service,
            is_shielded=entry.shield in self._shields,
            type=name,
        )

    def without_entry(self, key: str, *, on: date, who: str) -> Told:
        """What came about by itself on a day: it has no entry and no number."""
        midnight = datetime.combine(on, time.min, LOCAL)
        return Told(
            number=0,
            position=0,
            on=on,
            occurred_at=midnight,
            recorded_at=midnight,
            shape="diamond",
            title=self.t(key, who=who),
            quote=None,
            is_childs=False,
            line="",
            by=Person("", ""),
            role="system",
            service=None,
            is_shielded=False,
            type="lapse",
        )

    def _said(self, entry: RecordedEntry, name: str) -> tuple[str, str | None, str]:
        event, on = entry.event, local_day(entry.occurred_at)
        if isinstance(event, Erased):
            return self.t("events.erased"), None, ""
        title = self.t(
            self._key(event, name), **dict(self._details(event, entry.by.ref))
        )
        return title, quoted(event), " ".join(self._lines(event, on))

    def _key(self, event: Event, name: str) -> str:
        """The text that says what happened; some types say it in more than one way."""
        match event:
            case ChildViewRecorded(form=form) if form == OBSERVED:
                return "events.ChildObserved"
            case IndividuellPlanAssessed(offered=True, answer="accepted"):
                return "events.PlanAccepted"
            case IndividuellPlanAssessed(offered=True, answer="declined"):
                return "events.PlanDeclined"
        return f"events.{name}"

    def _details(self, event: Event, by: str) -> Iterator[tuple[str, object]]:
        """What the title names: a person, a level, a code in words."""
        who = self._who(event, by)
        if who is not None:
            yield "who", self.people[who].short
        match event:
            case ChildViewRecorded() | ChildInformed() | ChildNotHeard():
                yield "who", self._childs_name()
                if isinstance(event, ChildNotHeard):
                    yield "reason", self.t.code("values.reason", event.reason)
            case (
                StafettloggOpened(level=level)
                | LevelEscalated(to_level=level)
                | LevelLowered(to_level=level)
            ):
                yield "level", self._mark(level)
            case ConcernGraded(grade=grade):
                yield "grade", grade
            case ConcernDiscussedAnonymously(with_service=code):
                yield "service", service_name(code, self.t)
            case ProtectedAddressSet(grade=code):
                yield "grade", self.t.code("values.grade", code)
            case InterpreterDecided(language=language, needed=needed):
                yield "language", language
                yield "answer", self.t("values.yes.yes" if needed else "values.yes.no")
            case (
                ConcernClarified(outcome=code) | StafettloggRequestDecided(outcome=code)
            ):
                yield "outcome", self.t.code("values.outcome", code)
            case MeasureEvaluated(effect=code):
                yield "effect", self.t.code("values.effect", code).lower()
            case ConsentCapacityChanged(new_capacity=code):
                yield "capacity", self.t.code("values.new_capacity", code)
            case (
                InformationDisclosed(to_service=code)
                | InformationWithheld(from_service=code)
            ):
                yield "service", service_name(code, self.t)
            case StafettholderVacated(reason=code):
                yield "reason", self.t.code("values.reason", code)
            case TransitionNoted(to_unit=unit):
                yield "unit", unit
            case MeetingHeld(type=code) | MeetingScheduled(type=code):
                yield "meeting", code_name("meeting-types", code, self.t)
            case MeetingCancelled(meeting_id=meeting):
                code = self._meetings.get(meeting, meeting)
                yield "meeting", code_name("meeting-types", code, self.t)
            case (
                CoordinationResponsibilityDecided(service=code)
                | ReferralSent(to_service=code)
            ):
                yield "service", service_name(code, self.t)
            case ReferralAnswered(outcome=code):
                yield "outcome", self.t.code("values.outcome", code)
            case EvaluationPostponed(new_due=day):
                yield "day", day_text(day)
            case StepEntered(step=step):
                yield "step", step
            case StalledCaseEscalated(to_body=code):
                yield "body", self.t.code("values.to_body", code)
            case MoveNotified(to_municipality=where, on=day):
                yield "where", where
                yield "day", day_text(day)
            case (
                TransferConsentGiven(to_municipality=where)
                | TransferRefused(to_municipality=where)
                | TransferSent(recipient=where)
            ):
                yield "where", where
            case ChildBorn(on=day):
                yield "day", day_text(day)
            case SeriousIncidentNotified(kind=code):
                yield "kind", self.t.code("values.kind", code)
            case MeldingDeliveryStatus(status=code):
                yield "status", self.t.code("values.status", code)
            case BarnevernCaseStateNoted(state=code):
                yield "state", self.t.code("values.state", code)
            case ErasureRequested():
                yield "who", self.people[event.requester_ref or by].short
            case ErasureDecided(outcome=code):
                yield "outcome", self.t.code("values.outcome", code)
            case FindingRaised(rule=rule):
                yield "rule", rule
            case FindingClosed(outcome=code):
                yield "outcome", self.t.code("values.outcome", code)
            case SupervisoryCaseClosed(result=code):
                yield "result", self.t.code("values.result", code)

    def _childs_name(self) -> str:
        if self._child is None:
            return self.t("case.unnamed")
        return self.people[self._child].given

    def _who(self, event: Event, by: str) -> str | None:
        match event:
            case ConsentGiven(giver_ref=ref) | ConsentRefused(giver_ref=ref):
                return ref
            case TransferConsentGiven(giver_ref=ref):
                return ref
            case FamilyEntryMade(written_by=ref):
                return ref or by
            case ConsentRequested(asked_ref=ref):
                return ref
            case GuardianConsentExceptionDecided(guardian_ref=ref):
                return ref
            case (
                GuardianRegistered(guardian_ref=ref) | GuardianChanged(guardian_ref=ref)
            ):
                return ref
            case (
                ParticipantLeft(person_ref=ref)
                | ParticipantAccessRevoked(person_ref=ref)
            ):
                return ref
            case ParticipantInvited(person_ref=ref) | ParticipantJoined(person_ref=ref):
                return ref
            case StafettholderAppointed(holder=ref) | InterimHolderAssigned(holder=ref):
                return ref
            case HandoverProposed(to_holder=ref):
                return ref
            case EntryDisputed(disputed_by=ref):
                return ref
            case (
                StafettholderHandedOver(proposal_id=proposal)
                | HandoverDeclined(proposal_id=proposal)
                | HandoverWithdrawn(proposal_id=proposal)
                | HandoverLapsed(proposal_id=proposal)
            ):
                asked = self._asked.get(proposal)
                return asked[0].to_holder if asked else proposal
        return None

    def _lines(self, event: Event, on: date) -> Iterator[str]:
        """What else is worth a line, in our words."""
        t = self.t
        match event:
            case ConsentGiven(services=services, valid_to=last) if last is not None:
                said = self._services(services)
                yield t("events.line.to_services", services=said, day=day_text(last))
            case (
                ConsentRequested(services=services) | ConsentRefused(services=services)
            ) if services:
                yield t("events.line.these", services=self._services(services))
            case ConsentWithdrawn(services=services) if services:
                yield t("events.line.these", services=self._services(services))
            case ConsentRenewed(valid_to=last):
                yield t("events.line.until", day=day_text(last))
            case (
                ConsentExtended(services=services) | ConsentNarrowed(services=services)
            ) if services:
                yield t("events.line.services", services=self._services(services))
            case (
                StafettholderHandedOver(proposal_id=proposal)
                | HandoverDeclined(proposal_id=proposal)
            ):
                if proposal in self._asked:
                    asked = self._asked[proposal][1]
                    days = (on - asked).days
                    yield t("events.line.answered", day=day_text(asked), n=days)
            case StafettholderVacated(last_day=last):
                yield t("events.line.last_day", day=day_text(last))
            case InterimHolderAssigned(until=until):
                yield t("events.line.until", day=day_text(until))
            case TransitionNoted(from_unit=unit, starts=starts):
                yield t("events.line.starts", unit=unit, day=day_text(starts))
            case ParticipantLeft(last_day=last) if last is not None:
                yield t("events.line.last_day", day=day_text(last))
            case MeetingHeld(attended=refs) | HandoverMeetingHeld(attended=refs):
                names = ", ".join(self.people[ref].short for ref in refs)
                yield t("events.line.attended", people=names)
            case (
                MeasureStarted(measure_id=measure)
                | MeasureChanged(measure_id=measure)
                | MeasureStopped(measure_id=measure)
                | EvaluationPostponed(measure_id=measure)
            ):
                yield from self._measure(measure)
            case MeasureEvaluated(measure_id=measure, evaluation_id=evaluation):
                yield from self._measure(measure)
                yield from self._lateness(evaluation, on)
            case EntryCorrected(field=field, right=right, wrong=wrong):
                name = field_name(field, t)
                yield t("events.line.field", field=name, right=right, wrong=wrong)

    def _services(self, codes: Iterable[str]) -> str:
        return ", ".join(service_name(code, self.t) for code in codes)

    def _measure(self, measure: str) -> Iterator[str]:
        planned = self._measures.get(measure)
        if planned is not None:
            yield (
                f"«{planned.text}»" if self.t.language != "en" else f"“{planned.text}”"
            )

    def _lateness(self, evaluation: str, on: date) -> Iterator[str]:
        due = self._due.get(evaluation)
        if due is not None and on > due:
            yield self.t("events.line.late", day=day_text(due), n=(on - due).days)


def field_name(field: str, t: Texts) -> str:
    """What a field is called; inner ones by their own name."""
    return t.code("fields", field.rpartition(".")[2])


def _due_days(entries: Iterable[RecordedEntry]) -> Iterator[tuple[str, date | None]]:
    """For each evaluation, by its id, the day on which it was due when it came."""
    due: dict[str, date | None] = {}
    for entry in entries:
        match entry.event:
            case MeasurePlanned(measure_id=measure, evaluation_due=day):
                due[measure] = day
            case MeasureChanged(measure_id=measure, evaluation_due=day) if day:
                due[measure] = day
            case EvaluationPostponed(measure_id=measure, new_due=day):
                due[measure] = day
            case MeasureEvaluated(measure_id=measure, evaluation_id=evaluation):
                yield evaluation, due.get(measure)
                due[measure] = entry.event.next_due


def _subject(entries: Iterable[RecordedEntry]) -> str | None:
    named = [
        e.event.subject_ref
        for e in entries
        if isinstance(e.event, CaseOpened | ChildBorn)
    ]
    return named[-1] if named else None


def quoted(event: Event) -> str | None:
    """The words of people that say most about what happened."""
    match event:
        case (
            ConcernRaised(text=words) | GoalSet(text=words) | MeasurePlanned(text=words)
        ):
            return words
        case ChildViewRecorded(view=words) | ObservationRecorded(facts=words):
            return words
        case UndringssamtaleHeld(outcome=words) | MeetingHeld(minutes=words):
            return words
        case LevelEscalated(reason=words) | ConcernClarified(reasons=words):
            return words
        case InformationWithheld(reason=words) | ConsentRefused(reason=words):
            return words
        case ChildStrengthNoted(text=words) | FamilyEntryMade(text=words):
            return words
        case ChildInformed(what=words) | ChildNotHeard(explanation=words):
            return words
        case ConcernDiscussedAnonymously(advice=words):
            return words
        case StafettloggRequested(reason=words):
            return words
        case GuardianConsentExceptionDecided(reason=words):
            return words
        case LevelLowered(reason=words) | CaseReopened(reason=words):
            return words
        case HandoverDeclined(reason=words) | HandoverWithdrawn(reason=words):
            return words
        case TransferRefused(reason=words):
            return words
        case GoalRevised(text=words) | HandoverMeetingHeld(minutes=words):
            return words
        case MeasureChanged(reason=words) | MeasureStopped(reason=words):
            return words
        case EvaluationPostponed(reason=words) | MeetingCancelled(reason=words):
            return words
        case ReferralSent(reason=words) | ReferralAnswered(text=words):
            return words
        case StalledCaseEscalated(reason=words) | StalledCaseAdvised(advice=words):
            return words
        case HandoverProposed(handover_note=words) | EntryCorrected(reason=words):
            return words
        case CaseClosed(final_evaluation=words) | ParticipantInvited(tasks=words):
            return words
        case FindingAnswered(answer=words) | FindingClosed(reason=words):
            return words
        case EntryDisputed(statement=words) | ErasureRequested(reason=words):
            return words
        case ErasureDecided(reason=words) | RestrictionApplied(reason=words):
            return words
    return None
