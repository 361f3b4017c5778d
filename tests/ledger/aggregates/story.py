"""Given, when, then: tests of the rules as short stories about one invented child.

    given(CASE, CONCERN).when(clarified(...), by=LEADER).then_refused(NotGraded)

What is given has happened: it is folded as it is, nobody asks whether it was allowed.
What is done *when* is decided. One minute passes between any two entries unless a time
is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from ledger.access import may_see
from ledger.aggregates.case import Case, evolve, fold
from ledger.aggregates.deciding import decide
from ledger.aggregates.placing import placement
from ledger.entry import Actor, Entry, Erased, StreamKind
from ledger.events.baton import (
    HandoverDeclined,
    HandoverLapsed,
    HandoverProposed,
    HandoverWithdrawn,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.child import (
    ChildNotHeard,
    ChildViewRecorded,
    FamilyEntryMade,
)
from ledger.events.closing import (
    CaseClosed,
    CaseReopened,
    NewConcern,
)
from ledger.events.concern import (
    CaseOpened,
    ConcernClarified,
    ConcernGraded,
    ConcernRaised,
    RiskFlagRaised,
    UndringssamtaleHeld,
)
from ledger.events.consent import (
    ConsentCapacityChanged,
    ConsentExpired,
    ConsentExtended,
    ConsentGiven,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentRequested,
    ConsentWithdrawn,
    DisclosureBasis,
    GuardianConsentExceptionDecided,
    InformationDisclosed,
    InformationWithheld,
)
from ledger.events.event import Event, Role
from ledger.events.level import (
    LevelEscalated,
    LevelLowered,
)
from ledger.events.log import (
    StafettloggOpened,
    StafettloggRequestDecided,
    StafettloggRequested,
)
from ledger.events.meeting import MeetingHeld, MeetingScheduled
from ledger.events.people import (
    GuardianChanged,
    GuardianRegistered,
    ParticipantAccessRevoked,
    ParticipantInvited,
    ParticipantLeft,
    ProtectedAddressLapsed,
    ProtectedAddressRenewed,
    ProtectedAddressSet,
    ShieldingDecided,
    ShieldingLifted,
)
from ledger.events.plan import (
    GoalSet,
    MeasureEvaluated,
    MeasurePlanned,
    MeasureStarted,
    Responsible,
)
from ledger.profiles import Profile, profile_named
from ledger.refusals import Refusal, Refused

CASE_ID = UUID("00000000-0000-8000-8000-000000000001")
MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
TODAY = MONDAY.date()
RULES = profile_named("fjordvik")

# --- people ---------------------------------------------------------------------------

TEACHER = Actor("larer", Role.EMPLOYEE, "skole", "Test skole")
COLLEAGUE = Actor("kollega", Role.EMPLOYEE, "skole", "Test skole")
LEADER = Actor("rektor", Role.LEADER, "skole", "Test skole")
ADVISER = Actor("radgiver", Role.EMPLOYEE, "ppt", "Test PPT")
NURSE = Actor("helsesykepleier", Role.EMPLOYEE, "helsestasjon", "Test helsestasjon")
STRANGER = Actor("fremmed", Role.EMPLOYEE, "nav", "Test NAV")
COORDINATOR = Actor("koordinator", Role.KOORDINERENDE_ENHET, "stab")
CASEWORKER = Actor("saksbehandler", Role.BARNEVERN, "barnevern", "Test barnevern")
MOTHER = Actor("mor", Role.GUARDIAN)
FATHER = Actor("far", Role.GUARDIAN)
CHILD = Actor("barn", Role.YOUTH)
SUPERVISOR = Actor("tilsyn", Role.SUPERVISOR, "statsforvalter")
ADMINISTRATOR = Actor("admin", Role.ADMINISTRATOR)
SYSTEM = Actor("system", Role.SYSTEM)


def as_holder(person: Actor) -> Actor:
    """The same person, acting as the holder of the baton."""
    return changed(person, role=Role.STAFETTHOLDER)


# --- what happens ---------------------------------------------------------------------

INFORMED = ("who_asks", "purpose", "facts", "recipients", "voluntary", "withdrawal")


def _filled(event_type: type[Event], given: dict[str, Any], **usual: Any) -> Any:
    return event_type(**{**usual, **given})


def opened(**said: Any) -> CaseOpened:
    return _filled(
        CaseOpened,
        said,
        subject_ref="barn",
        subject_kind="born",
        name="Testbarn Test",
        birth_date=date(2016, 9, 5),
        language="nb",
        profile="fjordvik",
    )


def guardian(ref: str = "mor", **said: Any) -> GuardianRegistered:
    return _filled(
        GuardianRegistered,
        said,
        guardian_ref=ref,
        name="Testforelder Test",
        authority="foreldreansvar",
        source="skole",
    )


def raised(concern_id: str = "b-1") -> ConcernRaised:
    return ConcernRaised(
        concern_id=concern_id,
        area="1.3.01",
        observed_from=TODAY,
        source="employee",
        text="Trekker seg unna.",
    )


def graded(grade: int = 3, **said: Any) -> ConcernGraded:
    return _filled(
        ConcernGraded,
        said,
        concern_id="b-1",
        scale_id="tynset-barn",
        grade=grade,
        graded_with="rektor",
    )


def clarified(outcome: str = "level1", **said: Any) -> ConcernClarified:
    return _filled(
        ConcernClarified, said, concern_id="b-1", outcome=outcome, reasons="Tiltak."
    )


def flagged(flag_id: str = "f-1", **said: Any) -> RiskFlagRaised:
    return _filled(
        RiskFlagRaised, said, flag_id=flag_id, kind="violence", reason="Fortalte."
    )


def talked(*attended: str, **said: Any) -> UndringssamtaleHeld:
    return _filled(
        UndringssamtaleHeld,
        said,
        attended=attended,
        child_present=False,
        interpreter=False,
        outcome="Enige.",
    )


def consented(*services: str, **said: Any) -> ConsentGiven:
    return _filled(
        ConsentGiven,
        said,
        consent_id="s-1",
        kind="log_participation",
        giver_ref="mor",
        giver_capacity="guardian",
        services=services,
        categories=("skole",),
        exclusions=(),
        form="written",
        valid_from=TODAY,
        valid_to=date(2027, 3, 1),
        info_items=INFORMED,
        language="nb",
    )


def extended(*services: str, consent_id: str = "s-1") -> ConsentExtended:
    return ConsentExtended(consent_id=consent_id, services=services)


def asked(ref: str = "mor", *services: str) -> ConsentRequested:
    return ConsentRequested(
        kind="log_participation", asked_ref=ref, services=services or ("ppt",)
    )


def refused(*services: str, giver: str = "mor") -> ConsentRefused:
    return ConsentRefused(giver_ref=giver, services=services)


def narrowed(*services: str, consent_id: str = "s-1", **said: Any) -> ConsentNarrowed:
    left = {"services": services} if services else {}
    return ConsentNarrowed(consent_id=consent_id, **{**left, **said})


def renewed(valid_to: date, consent_id: str = "s-1", **said: Any) -> ConsentRenewed:
    return ConsentRenewed(consent_id=consent_id, valid_to=valid_to, **said)


def withdrawn(*services: str, consent_id: str = "s-1", **said: Any) -> ConsentWithdrawn:
    usual = {"how": "oral", "services": services or None}
    return _filled(ConsentWithdrawn, said, consent_id=consent_id, **usual)


def expired(consent_id: str = "s-1") -> ConsentExpired:
    return ConsentExpired(consent_id=consent_id)


def excepted(ref: str = "far", **said: Any) -> GuardianConsentExceptionDecided:
    return _filled(
        GuardianConsentExceptionDecided,
        said,
        guardian_ref=ref,
        decided_by="rektor",
        reason="Ukjent adresse.",
    )


def capacity_changed(new_capacity: str = "youth") -> ConsentCapacityChanged:
    return ConsentCapacityChanged.model_validate(
        {"subject_ref": "barn", "new_capacity": new_capacity, "rule": "vedtak"}
    )


def disclosed(
    *categories: str, to: str = "ppt", **basis: str | None
) -> InformationDisclosed:
    return InformationDisclosed(
        to_service=to,
        categories=categories or ("skole",),
        basis=DisclosureBasis.model_validate(basis) if basis else None,
    )


def withheld(*categories: str) -> InformationWithheld:
    return InformationWithheld(
        from_service="ppt", categories=categories or ("helse",), reason="Mor vil det."
    )


def requested(ref: str | None = None, **said: Any) -> StafettloggRequested:
    return _filled(StafettloggRequested, said, requested_by="parent", requester_ref=ref)


def answered(outcome: str = "granted", **said: Any) -> StafettloggRequestDecided:
    usual = {"outcome": outcome, "reason": "Flere er med."}
    return _filled(StafettloggRequestDecided, said, **usual)


def log_opened(level: int = 1) -> StafettloggOpened:
    return StafettloggOpened(format="digital", level=level)


def appointed(ref: str = "larer", **said: Any) -> StafettholderAppointed:
    return _filled(
        StafettholderAppointed, said, holder=ref, service="skole", from_date=TODAY
    )


def interim(ref: str = "rektor", **said: Any) -> InterimHolderAssigned:
    return _filled(
        InterimHolderAssigned,
        said,
        holder=ref,
        service="skole",
        until=date(2026, 4, 1),
    )


def proposed(to: str = "radgiver", **said: Any) -> HandoverProposed:
    return _filled(
        HandoverProposed,
        said,
        proposal_id="h-1",
        from_holder="larer",
        to_holder=to,
        to_service="ppt",
        reason="level",
        planned_from=TODAY,
        handover_note="Alt står her.",
    )


def accepted(proposal_id: str = "h-1", **said: Any) -> StafettholderHandedOver:
    return _filled(
        StafettholderHandedOver, said, proposal_id=proposal_id, from_date=TODAY
    )


def declined(proposal_id: str = "h-1", **said: Any) -> HandoverDeclined:
    return _filled(HandoverDeclined, said, proposal_id=proposal_id, reason="Ikke tid.")


def taken_back(proposal_id: str = "h-1", **said: Any) -> HandoverWithdrawn:
    return _filled(HandoverWithdrawn, said, proposal_id=proposal_id, reason="Feil.")


def lapsed(proposal_id: str = "h-1") -> HandoverLapsed:
    return HandoverLapsed(proposal_id=proposal_id)


def vacated(**said: Any) -> StafettholderVacated:
    return _filled(StafettholderVacated, said, reason="left_job", last_day=TODAY)


def escalated(from_level: int, to_level: int, **said: Any) -> LevelEscalated:
    return _filled(
        LevelEscalated,
        said,
        from_level=from_level,
        to_level=to_level,
        reason="Ikke nok.",
    )


def lowered(from_level: int, to_level: int, **said: Any) -> LevelLowered:
    return _filled(
        LevelLowered,
        said,
        from_level=from_level,
        to_level=to_level,
        reason="Det går bedre.",
    )


def heard(**said: Any) -> ChildViewRecorded:
    return _filled(
        ChildViewRecorded,
        said,
        form="1.1",
        about="plan",
        view="Vil ha en å gå sammen med.",
        approved_by_child=True,
    )


def not_heard(reason: str = "2.2", **said: Any) -> ChildNotHeard:
    return _filled(ChildNotHeard, said, reason=reason)


def family_entry(written_by: str | None = None) -> FamilyEntryMade:
    return FamilyEntryMade(text="Hun sov godt.", written_by=written_by)


def goal(goal_id: str = "m-1") -> GoalSet:
    return GoalSet(goal_id=goal_id, text="Være på skolen.", area="1.2.03")


def measure(service: str = "skole", person: str = "larer", **said: Any) -> Any:
    return _filled(
        MeasurePlanned,
        said,
        measure_id="t-1",
        goal_id="m-1",
        text="Møtes i skolegården.",
        arena="school",
        responsible=Responsible(service=service, person=person),
        start=TODAY,
        evaluation_due=date(2026, 5, 1),
        agreed_with=("mor",),
    )


def started(measure_id: str = "t-1") -> MeasureStarted:
    return MeasureStarted(measure_id=measure_id, on=TODAY)


def evaluated(decision: str = "continue", **said: Any) -> MeasureEvaluated:
    return _filled(
        MeasureEvaluated,
        said,
        evaluation_id="e-1",
        measure_id="t-1",
        effect="none",
        decision=decision,
    )


def called(*invited: str, **said: Any) -> MeetingScheduled:
    return _filled(
        MeetingScheduled,
        said,
        meeting_id="mo-1",
        type="samarbeidsmote",
        invited=invited,
        on=date(2026, 3, 20),
    )


def met(*attended: str, **said: Any) -> MeetingHeld:
    return _filled(
        MeetingHeld,
        said,
        meeting_id="mo-1",
        type="samarbeidsmote",
        attended=attended,
        absent=(),
        minutes="Enige.",
        decisions=(),
        interpreter=False,
    )


def invited(ref: str = "radgiver", service: str = "ppt", **said: Any) -> Any:
    return _filled(
        ParticipantInvited,
        said,
        service=service,
        person_ref=ref,
        tasks="Utrede.",
        scope=("skole",),
    )


def changed_guardian(ref: str = "far", **said: Any) -> GuardianChanged:
    usual = {"guardian_ref": ref, "from_date": TODAY, "source": "domstolen"}
    return _filled(GuardianChanged, said, **usual)


def left(ref: str = "radgiver", service: str = "ppt", **said: Any) -> ParticipantLeft:
    return _filled(ParticipantLeft, said, service=service, person_ref=ref)


def revoked(ref: str = "radgiver", **said: Any) -> ParticipantAccessRevoked:
    usual = {"service": "ppt", "person_ref": ref, "reason": "Samtykket er trukket."}
    return _filled(ParticipantAccessRevoked, said, **usual)


def protected(valid_to: date | None = TODAY) -> ProtectedAddressSet:
    return ProtectedAddressSet(
        subject_ref="barn", grade="fortrolig", valid_to=valid_to, source="barnevern"
    )


def protected_on(valid_to: date) -> ProtectedAddressRenewed:
    return ProtectedAddressRenewed(
        subject_ref="barn", valid_to=valid_to, source="barnevern"
    )


def protected_no_more() -> ProtectedAddressLapsed:
    return ProtectedAddressLapsed(subject_ref="barn")


def shielded(shielding_id: str = "sk-1", **said: Any) -> ShieldingDecided:
    return _filled(
        ShieldingDecided,
        said,
        shielding_id=shielding_id,
        from_whom=("mor", "far"),
        scope={"all": True},
        reason="Råd fra barnevernet.",
        review_on=date(2026, 3, 9),
    )


def lifted(shielding_id: str = "sk-1", **said: Any) -> ShieldingLifted:
    return _filled(ShieldingLifted, said, shielding_id=shielding_id, reason="Trygt.")


def closed(reason: str | None = "no_concern", **said: Any) -> CaseClosed:
    return _filled(CaseClosed, said, reason=reason, informed=("mor",))


def reopened(concern_id: str | None = None, **said: Any) -> CaseReopened:
    new = concern_id and NewConcern(
        concern_id=concern_id,
        area="1.3.01",
        observed_from=TODAY,
        source="parent",
        text="Det er tilbake.",
    )
    return _filled(CaseReopened, said, reason="Ny uro.", new_concern=new or None)


# --- the story ------------------------------------------------------------------------


@dataclass(frozen=True)
class Past:
    """What has happened so far, and the time it is."""

    case: Case = field(default_factory=Case)
    clock: datetime = MONDAY

    def and_(
        self,
        *events: Event | Erased,
        by: Actor = TEACHER,
        at: datetime | None = None,
        under: str | None = None,
    ) -> Past:
        """More has happened; `under` is the shield it was recorded under."""
        past = self
        for event in events:
            moment = at or past.clock
            after = evolve(past.case, past._entry(event, by, moment, under))
            past = Past(after, max(past.clock, moment) + timedelta(minutes=1))
        return past

    def _entry(
        self, event: Event | Erased, by: Actor, at: datetime, shield: str | None
    ) -> Entry[Any]:
        stream = uuid5(CASE_ID, shield or "shared")
        before = [e for e in self.case.entries if e.stream == stream]
        return Entry(
            event=event,
            case=CASE_ID,
            by=by,
            occurred_at=at,
            recorded_at=self.clock,
            stream=stream,
            stream_kind=StreamKind.SHIELDED if shield else StreamKind.SHARED,
            version=len(before) + 1,
            previous=None,
            shield=shield,
            position=len(self.case.entries) + 1,
        )

    def when(
        self,
        event: Event,
        *,
        by: Actor = TEACHER,
        at: datetime | None = None,
        now: datetime | None = None,
        rules: Profile = RULES,
        under: str | None = None,
        others: tuple[Case, ...] = (),
    ) -> Outcome:
        """Someone wants to record an event, and it is decided."""
        moment = at or self.clock
        case = changed(self.case, others=others)
        try:
            decide(
                case,
                event,
                by=by,
                at=moment,
                now=now or max(moment, self.clock),
                rules=rules,
                visible=self.seen_by(by),
            )
        except Refused as refused:
            return Outcome(self, refused)
        visible = self.seen_by(by)
        label = placement(case, event, by=by, named=under, visible=visible)
        after = self.and_(event, by=by, at=at, under=label)
        return Outcome(after, None)

    def seen_by(self, actor: Actor) -> Case | None:
        """The case as this person sees it, `None` when that is all of it."""
        entries = self.case.entries
        seen = [e for e in entries if may_see(self.case, actor, e.shield)]
        return None if len(seen) == len(entries) else fold(seen)


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    past: Past
    refused: Refused | None

    def then_recorded(self) -> Past:
        """It was recorded; the story goes on."""
        assert self.refused is None, f"refused: {self.refused}"
        return self.past

    def then_refused(self, *reasons: type[Refusal], hidden: Any = None) -> Past:
        """It was refused for exactly these reasons in this order; nothing changed."""
        assert self.refused is not None, "it was recorded"
        assert tuple(map(type, self.refused.refusals)) == reasons
        if hidden is not None:
            assert tuple(map(type, self.refused.hidden)) == tuple(hidden)
        return self.past

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the first reason names."""
        assert self.refused is not None
        return self.refused.refusals[0].fields


def given(*events: Event | Erased, by: Actor = TEACHER) -> Past:
    """A story begins with what has happened."""
    return Past().and_(*events, by=by)


CASE = (opened(), guardian("mor"), guardian("far"))
"""A case, with two guardians who share parental responsibility."""

AT_LEVEL_1 = (*CASE, raised(), graded(), clarified("level1"))
"""A concern clarified to level 1."""

WITH_LOG = (*AT_LEVEL_1, consented("skole"), log_opened())
"""A log at level 1; the mother has consented that the school shares."""

WITH_HOLDER = (*WITH_LOG, appointed())
"""The teacher holds the baton."""
