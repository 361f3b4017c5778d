"""The people chapter: guardians, participants, shields, and who is known from where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ledger.access import Audience, is_audience, is_cleared, may_see
from ledger.aggregates.consent import covered
from ledger.aggregates.guard import (
    Commands,
    Folds,
    carries,
    is_empty,
    local_day,
    no_guard,
    while_open,
    with_reason,
)
from ledger.aggregates.state import replace
from ledger.codes import code_list
from ledger.entry import Actor, Entry
from ledger.events.barnevern import (
    BarnevernCaseStateNoted,
    BarnevernConsulted,
    MeldepliktAssessed,
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    TilbakemeldingReceived,
)
from ledger.events.baton import (
    HandoverMeetingHeld,
    HandoverProposed,
    InterimHolderAssigned,
    StafettholderAppointed,
)
from ledger.events.concern import (
    ConcernGraded,
    ConcernSharedWithLeader,
    UndringssamtaleHeld,
)
from ledger.events.consent import ConsentGiven, ConsentRefused, ConsentRequested
from ledger.events.event import Role
from ledger.events.level import (
    BarnekoordinatorAssessed,
    LevelLowered,
)
from ledger.events.log import (
    StafettloggOpened,
    StafettloggRequested,
    StafettloggSupersededByIndividuellPlan,
)
from ledger.events.meeting import MeetingHeld, MeetingScheduled
from ledger.events.people import (
    GuardianChanged,
    GuardianRegistered,
    InterpreterDecided,
    ParticipantAccessRevoked,
    ParticipantInvited,
    ParticipantJoined,
    ParticipantLeft,
    ProtectedAddressLapsed,
    ProtectedAddressRenewed,
    ProtectedAddressSet,
    ShieldingDecided,
    ShieldingLifted,
)
from ledger.events.plan import (
    MeasureChanged,
    MeasurePlanned,
)
from ledger.profiles import Profile
from ledger.refusals import (
    AddressProtected,
    AskLeader,
    NoReason,
    NotDue,
    Refusal,
    UnknownTarget,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class Guardian:
    """A guardian as last registered; `authority` is a code of an open list.

    `authority` is what is known to hold when the last entry on it was made; `changes`
    are those that were recorded, each from its day, also those to come.
    """

    authority: str
    registered_at: datetime
    language: str | None = None
    changes: tuple[tuple[date, str], ...] = ()

    def authority_on(self, day: date) -> str:
        """The authority on a day, by the changes that have come about by then."""
        if not self.changes:
            return self.authority
        begun = [authority for since, authority in self.changes if since <= day]
        return begun[-1] if begun else self.changes[0][1]


@dataclass(frozen=True)
class Participant:
    """A person of a service who was invited, or takes part."""

    service: str
    invited_at: datetime | None = None
    joined_at: datetime | None = None
    scope: tuple[str, ...] = ()
    on_legal_basis: bool = False  # another basis than consent carries it
    left_on: date | None = None  # the last day, of one who takes part no more


@dataclass(frozen=True)
class Protection:
    """That an address is protected, and until which last day."""

    grade: str | None
    set_at: datetime
    valid_to: date | None = None
    lapsed_at: datetime | None = None


@dataclass(frozen=True)
class Shield:
    """One matter kept from some, from its first entry on; decided or not yet.

    Whoever writes its first entry is its first reader. From then on only its readers
    let others read: what somebody else records under it changes no right to it, and
    gives none to its writer.
    """

    opened_at: datetime
    authors: frozenset[str] = frozenset()  # who opened it, and who renewed it
    confidants: frozenset[str] = frozenset()  # whom its concerns were shared with
    leaders: frozenset[str] = frozenset()  # in whom its writer's service had confided
    audience: frozenset[str] = frozenset()  # whom the decision names
    from_whom: frozenset[str] = frozenset()
    decided_at: datetime | None = None
    review_on: date | None = None
    lifted_at: datetime | None = None
    barnevern: bool = False

    def readers(self) -> Audience:
        """Who may see what is recorded under it."""
        return Audience(
            readers=self.authors | self.confidants | self.audience,
            leaders=self.leaders,
            hidden_from=self.from_whom,
            barnevern=self.barnevern,
            lifted=self.lifted_at is not None,
        )

    def is_ruled_by(self, actor: Actor) -> bool:
        """Whether this person may change who its readers are."""
        return self.lifted_at is not None or is_audience(self.readers(), actor)


@dataclass(frozen=True)
class People:
    """State of the chapter. Persons are refs."""

    guardians: Mapping[str, Guardian] = field(default_factory=dict)
    participants: Mapping[str, Participant] = field(default_factory=dict)
    shields: Mapping[str, Shield] = field(default_factory=dict)  # by label
    services: Mapping[str, str] = field(default_factory=dict)  # each person's own
    recorders: frozenset[str] = frozenset()
    confided: frozenset[str] = frozenset()  # a concern was shared with them
    leaders: Mapping[str, str] = field(default_factory=dict)  # and by which service
    named: frozenset[str] = frozenset()  # in an entry, as one who had to do with it
    told: frozenset[str] = frozenset()  # in person, of the case
    child_told: bool = False
    everyone_told: bool = False
    last_lifted_at: datetime | None = None  # when a shield was last lifted
    revoked: frozenset[str] = frozenset()  # whose way in was closed
    protected: Mapping[str, Protection] = field(default_factory=dict)  # addresses
    interpreters: Mapping[str, bool] = field(
        default_factory=dict
    )  # needed, by language

    def is_person(self, name: str) -> bool:
        """Whether a word is the ref of a person of the case, and no service."""
        if name in self.services.values():
            return False
        return name in self.services or name in self.guardians or name in self.named

    def has_say(self, ref: str, day: date) -> bool:
        """Whether this is a guardian whose authority gives a say on the day."""
        guardian = self.guardians.get(ref)
        silent = code_list("guardian-authorities").marked("no-say")
        return guardian is not None and guardian.authority_on(day) not in silent

    def present(self) -> Iterator[tuple[str, Participant]]:
        """Those who were invited or take part, and have not left."""
        for ref, person in self.participants.items():
            if person.left_on is None:
                yield ref, person

    def open_shields(self) -> Iterator[str]:
        """Labels of the shields that have not been lifted."""
        for label, shield in self.shields.items():
            if shield.lifted_at is None:
                yield label

    def shield_lifted_since(self, moment: datetime) -> bool:
        """Whether any shield has been lifted since then."""
        return self.last_lifted_at is not None and self.last_lifted_at >= moment

    def on_legal_basis(self, service: str) -> bool:
        """Whether a participant of the service is here on another basis."""
        return any(
            person.on_legal_basis and person.service == service
            for _, person in self.present()
        )


# --- commands -------------------------------------------------------------------------


def invite_participant(
    case: Case, event: ParticipantInvited, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Ask a person of a service that consent, or another basis, lets take part."""
    yield from while_open(case)
    if not _is_by_law(event, local_day(at)):
        yield from covered(case, (event.service,), at=at, rules=rules)


def _is_by_law(event: ParticipantInvited, day: date) -> bool:
    basis = event.legal_basis
    return basis is not None and carries(basis.act, basis.section, day)


def change_guardian(
    case: Case, event: GuardianChanged, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record what changed of a guardian who is on record."""
    if event.guardian_ref not in case.people.guardians:
        yield UnknownTarget(("guardian_ref",))


def leave(
    case: Case, event: ParticipantLeft, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record that somebody who takes part does so no more."""
    if event.person_ref not in dict(case.people.present()):
        yield UnknownTarget(("person_ref",))


def revoke_access(
    case: Case,
    event: ParticipantAccessRevoked,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Close a person's way into the case, for a reason."""
    yield from with_reason(event.reason)


def protect_address(
    case: Case,
    event: ProtectedAddressSet | ProtectedAddressRenewed,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Mark an address as protected, or still so, by somebody cleared to know of it."""
    if not is_cleared(by):
        yield AddressProtected()
    if isinstance(event, ProtectedAddressRenewed):
        yield from _protected(case, event.subject_ref)


def end_protection(
    case: Case,
    event: ProtectedAddressLapsed,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Record that a protection has ended, once its last day is over."""
    yield from _protected(case, event.subject_ref)
    known = case.people.protected.get(event.subject_ref)
    last = known.valid_to if known else None
    if known is not None and (last is None or local_day(at) <= last):
        yield NotDue(("subject_ref",))


def _protected(case: Case, ref: str) -> Iterator[Refusal]:
    known = case.people.protected.get(ref)
    if known is None or known.lapsed_at is not None:
        yield UnknownTarget(("subject_ref",))


def decide_shielding(
    case: Case, event: ShieldingDecided, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Keep a matter from named persons, with a reason and a day to look again."""
    asked = {"reason": event.reason, "review_on": event.review_on}
    missing = tuple(name for name, value in asked.items() if is_empty(value))
    if missing:
        yield NoReason(missing)
    known = case.people.shields.get(event.shielding_id)
    if known is not None and not may_see(case, by, event.shielding_id):
        yield AskLeader()  # it is others' matter


def lift_shielding(
    case: Case, event: ShieldingLifted, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Open what was kept from named persons, with a reason."""
    if event.shielding_id not in case.people.open_shields():
        yield UnknownTarget(("shielding_id",))
    if is_empty(event.reason):
        yield NoReason(("reason",))


COMMANDS: Commands = {
    GuardianRegistered: no_guard,
    GuardianChanged: change_guardian,
    ParticipantInvited: invite_participant,
    ParticipantJoined: no_guard,
    ParticipantLeft: leave,
    ParticipantAccessRevoked: revoke_access,
    ProtectedAddressSet: protect_address,
    ProtectedAddressRenewed: protect_address,
    ProtectedAddressLapsed: end_protection,
    InterpreterDecided: no_guard,
    ShieldingDecided: decide_shielding,
    ShieldingLifted: lift_shielding,
}


# --- folds ----------------------------------------------------------------------------


def noticing(people: People, entry: Entry[Any]) -> People:
    """Remember who wrote the entry, from which service and under which shield."""
    by = entry.by
    if by.role is Role.SYSTEM:
        return people  # it is no person, and sees every stream as it is
    if by.ref not in people.recorders:
        people = replace(people, recorders=people.recorders | {by.ref})
    people = _at_service(people, by.ref, by.service)
    if entry.shield is None or entry.shield in people.shields:
        return people
    return _with_shield(people, entry.shield, _shield(people, entry.shield, entry))


def _at_service(people: People, ref: str, service: str | None) -> People:
    if service is None or people.services.get(ref) == service:
        return people
    return replace(people, services={**people.services, ref: service})


def _shield(people: People, label: str, entry: Entry[Any]) -> Shield:
    """The shield; a new one is its first writer's, unless that is the service."""
    by = entry.by
    authors = frozenset({by.ref} if by.role is not Role.SYSTEM else ())
    leaders = (ref for ref, told_by in people.leaders.items() if told_by == by.service)
    known = people.shields.get(label)
    return known or Shield(entry.occurred_at, authors, leaders=frozenset(leaders))


def _with_shield(people: People, label: str, shield: Shield) -> People:
    return replace(people, shields={**people.shields, label: shield})


def _registered(people: People, entry: Entry[GuardianRegistered]) -> People:
    event = entry.event
    guardian = Guardian(event.authority, entry.occurred_at, event.language)
    return replace(people, guardians={**people.guardians, event.guardian_ref: guardian})


def _changed(people: People, entry: Entry[GuardianChanged]) -> People:
    """The change counts from its day; one who is not on record stays unknown."""
    event = entry.event
    known = people.guardians.get(event.guardian_ref)
    if known is None or not event.authority:
        return people
    before = known.changes or ((local_day(known.registered_at), known.authority),)
    change = (event.from_date, event.authority)
    changes = tuple(sorted((*before, change), key=lambda each: each[0]))
    guardian = replace(known, changes=changes)
    now = guardian.authority_on(local_day(entry.occurred_at))
    guardian = replace(guardian, authority=now)
    return replace(people, guardians={**people.guardians, event.guardian_ref: guardian})


def _invited(people: People, entry: Entry[ParticipantInvited]) -> People:
    event = entry.event
    known = people.participants.get(event.person_ref) or Participant(event.service)
    person = replace(
        known,
        service=event.service,
        invited_at=entry.occurred_at,
        scope=event.scope,
        on_legal_basis=_is_by_law(event, local_day(entry.occurred_at)),
        left_on=None,
    )
    return _taking_part(people, event.person_ref, person)


def _joined(people: People, entry: Entry[ParticipantJoined]) -> People:
    event = entry.event
    known = people.participants.get(event.person_ref) or Participant(event.service)
    person = replace(
        known, service=event.service, joined_at=entry.occurred_at, left_on=None
    )
    return _taking_part(people, event.person_ref, person)


def _taking_part(people: People, ref: str, person: Participant) -> People:
    people = _at_service(_let_in(people, ref), ref, person.service)
    return replace(people, participants={**people.participants, ref: person})


def _let_in(people: People, ref: str) -> People:
    """Whoever is brought in has a way in again."""
    if ref not in people.revoked:
        return people
    return replace(people, revoked=people.revoked - {ref})


def _left(people: People, entry: Entry[ParticipantLeft]) -> People:
    event = entry.event
    known = people.participants.get(event.person_ref)
    if known is None:
        return people
    last_day = event.last_day or local_day(entry.occurred_at)
    participants = {
        **people.participants,
        event.person_ref: replace(known, left_on=last_day),
    }
    return replace(people, participants=participants)


def _eased(people: People, entry: Entry[LevelLowered]) -> People:
    """Whoever takes part for a service that leaves with the old level leaves too."""
    leaving, last_day = entry.event.leaving_services or (), local_day(entry.occurred_at)
    left = {
        ref: replace(person, left_on=last_day)
        for ref, person in people.present()
        if person.service in leaving
    }
    return replace(people, participants={**people.participants, **left})


def _revoked(people: People, entry: Entry[ParticipantAccessRevoked]) -> People:
    return replace(people, revoked=people.revoked | {entry.event.person_ref})


def _protected_address(people: People, entry: Entry[ProtectedAddressSet]) -> People:
    event = entry.event
    protection = Protection(event.grade, entry.occurred_at, event.valid_to)
    return _with_protection(people, event.subject_ref, protection)


def _protection_renewed(
    people: People, entry: Entry[ProtectedAddressRenewed]
) -> People:
    event = entry.event
    known = people.protected.get(event.subject_ref)
    known = known or Protection(None, entry.occurred_at)
    protection = replace(known, valid_to=event.valid_to, lapsed_at=None)
    return _with_protection(people, event.subject_ref, protection)


def _protection_lapsed(people: People, entry: Entry[ProtectedAddressLapsed]) -> People:
    ref = entry.event.subject_ref
    known = people.protected.get(ref) or Protection(None, entry.occurred_at)
    protection = replace(known, lapsed_at=entry.occurred_at)
    return _with_protection(people, ref, protection)


def _with_protection(people: People, ref: str, protection: Protection) -> People:
    return replace(people, protected={**people.protected, ref: protection})


def _interpreter(people: People, entry: Entry[InterpreterDecided]) -> People:
    event = entry.event
    interpreters = {**people.interpreters, event.language: event.needed}
    return replace(people, interpreters=interpreters)


def _log_requested(people: People, entry: Entry[StafettloggRequested]) -> People:
    """Who asks for a log knows that there is a case."""
    event, by = entry.event, entry.by
    of_family = by.role in (Role.GUARDIAN, Role.YOUTH)
    asks = by.ref if of_family else event.requester_ref
    return replace(people, told=people.told | {asks}) if asks else people


def _shielded(people: People, entry: Entry[ShieldingDecided]) -> People:
    event = entry.event
    known = _shield(people, event.shielding_id, entry)
    if not known.is_ruled_by(entry.by):
        return people
    shield = replace(
        known,
        authors=known.authors | {entry.by.ref},
        audience=known.audience | frozenset(event.audience or ()),
        from_whom=frozenset(event.from_whom),
        decided_at=entry.occurred_at,
        review_on=event.review_on,
        lifted_at=None,
    )
    return _with_shield(people, event.shielding_id, shield)


def _lifted(people: People, entry: Entry[ShieldingLifted]) -> People:
    known = _shield(people, entry.event.shielding_id, entry)
    by_office = entry.by.role is Role.PRIVACY_OFFICER
    if not by_office and not known.is_ruled_by(entry.by):
        return people
    shield = replace(known, lifted_at=entry.occurred_at)
    people = replace(people, last_lifted_at=entry.occurred_at)
    return _with_shield(people, entry.event.shielding_id, shield)


def _confided(people: People, entry: Entry[Any], ref: str) -> People:
    """A concern was shared with a person, who then knows what the shield hides."""
    people = replace(people, confided=people.confided | {ref})
    if entry.shield is None:
        return people
    shield = _shield(people, entry.shield, entry)
    if not shield.is_ruled_by(entry.by):
        return people
    shield = replace(shield, confidants=shield.confidants | {ref})
    return _with_shield(people, entry.shield, shield)


def _shared_with_leader(
    people: People, entry: Entry[ConcernSharedWithLeader]
) -> People:
    """A leader who was told of a worry decides on the shields that come of it.

    So the catalogue has it: an audience is named beside the author and the leader.
    """
    ref, service = entry.event.leader, entry.by.service
    if service is not None and entry.shield is None:
        people = replace(people, leaders={**people.leaders, ref: service})
    return _confided(people, entry, ref)


def _graded_with(people: People, entry: Entry[ConcernGraded]) -> People:
    return _confided(people, entry, entry.event.graded_with)


def _barnevern_matter(people: People, entry: Entry[Any]) -> People:
    """From now on the shield holds what barnevern knows itself."""
    if entry.shield is None:
        return people
    shield = _shield(people, entry.shield, entry)
    if shield.barnevern or not shield.is_ruled_by(entry.by):
        return people
    return _with_shield(people, entry.shield, replace(shield, barnevern=True))


def _consulted(people: People, entry: Entry[BarnevernConsulted]) -> People:
    return people if entry.event.anonymous else _barnevern_matter(people, entry)


def _named(people: People, refs: Iterable[str | None]) -> People:
    new = frozenset(ref for ref in refs if ref) - people.named
    return replace(people, named=people.named | new) if new else people


def _assessed(people: People, entry: Entry[MeldepliktAssessed]) -> People:
    return _named(people, (entry.event.assessed_by,))


def _reported(people: People, entry: Entry[MeldingTilBarnevernSent]) -> People:
    return _named(_barnevern_matter(people, entry), (entry.event.reported_by,))


def _talked(people: People, entry: Entry[UndringssamtaleHeld]) -> People:
    attended = frozenset(entry.event.attended)
    return replace(
        people,
        told=people.told | attended,
        named=people.named | attended,
        child_told=people.child_told or entry.event.child_present,
    )


def _consented(people: People, entry: Entry[ConsentGiven]) -> People:
    return replace(
        people,
        told=people.told | {entry.event.giver_ref},
        everyone_told=people.everyone_told or entry.shield is None,
    )


def _asked(people: People, entry: Entry[ConsentRequested]) -> People:
    return replace(people, told=people.told | {entry.event.asked_ref})


def _said_no(people: People, entry: Entry[ConsentRefused]) -> People:
    """Who says no themself has been asked. That others say so lets nobody in."""
    if entry.by.ref != entry.event.giver_ref:
        return people
    return replace(people, told=people.told | {entry.by.ref})


def _log_opened(people: People, entry: Entry[StafettloggOpened]) -> People:
    return people if entry.shield else replace(people, everyone_told=True)


def _superseded(
    people: People, entry: Entry[StafettloggSupersededByIndividuellPlan]
) -> People:
    return _named(people, (entry.event.coordinator_ref,))


def _called(people: People, entry: Entry[MeetingScheduled]) -> People:
    return _named(people, entry.event.invited)


def _met(people: People, entry: Entry[MeetingHeld | HandoverMeetingHeld]) -> People:
    return _named(people, entry.event.attended)


def _coordinator(people: People, entry: Entry[BarnekoordinatorAssessed]) -> People:
    return _named(people, (entry.event.appointed_ref,))


def _responsible(
    people: People, entry: Entry[MeasurePlanned | MeasureChanged]
) -> People:
    responsible = entry.event.responsible
    if responsible is None or responsible.person in people.guardians:
        return people
    return _at_service(people, responsible.person, responsible.service)


def _holder(
    people: People, entry: Entry[StafettholderAppointed | InterimHolderAssigned]
) -> People:
    people = _let_in(people, entry.event.holder)
    return _at_service(people, entry.event.holder, entry.event.service)


def _proposed(people: People, entry: Entry[HandoverProposed]) -> People:
    people = _let_in(people, entry.event.to_holder)
    return _at_service(people, entry.event.to_holder, entry.event.to_service)


FOLDS: Folds = {
    GuardianRegistered: _registered,
    GuardianChanged: _changed,
    ParticipantInvited: _invited,
    ParticipantJoined: _joined,
    ParticipantLeft: _left,
    LevelLowered: _eased,
    ParticipantAccessRevoked: _revoked,
    ProtectedAddressSet: _protected_address,
    ProtectedAddressRenewed: _protection_renewed,
    ProtectedAddressLapsed: _protection_lapsed,
    InterpreterDecided: _interpreter,
    ShieldingDecided: _shielded,
    ShieldingLifted: _lifted,
    ConcernSharedWithLeader: _shared_with_leader,
    ConcernGraded: _graded_with,
    UndringssamtaleHeld: _talked,
    ConsentRequested: _asked,
    ConsentGiven: _consented,
    ConsentRefused: _said_no,
    StafettloggRequested: _log_requested,
    StafettloggOpened: _log_opened,
    StafettloggSupersededByIndividuellPlan: _superseded,
    BarnevernConsulted: _consulted,
    MeldepliktAssessed: _assessed,
    MeldingTilBarnevernSent: _reported,
    MeldingDeliveryStatus: _barnevern_matter,
    TilbakemeldingReceived: _barnevern_matter,
    BarnevernCaseStateNoted: _barnevern_matter,
    MeetingScheduled: _called,
    MeetingHeld: _met,
    MeasurePlanned: _responsible,
    MeasureChanged: _responsible,
    HandoverMeetingHeld: _met,
    BarnekoordinatorAssessed: _coordinator,
    StafettholderAppointed: _holder,
    InterimHolderAssigned: _holder,
    HandoverProposed: _proposed,
}
