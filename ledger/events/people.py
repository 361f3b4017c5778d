"""The people chapter: who stands around the child, and what is kept from whom."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    LEADERSHIP,
    LEADERSHIP_AND_HOLDER,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    NationalId,
    OptionalCode,
    Part,
    PersonName,
    Ref,
    Role,
    register,
)

# Of a protected address: who keeps the register, and who answers for the child.
ADDRESS_KEEPERS = LEADERSHIP | {Role.BARNEVERN, Role.ADMINISTRATOR, Role.SYSTEM}


class LegalBasis(Part):
    """A provision that carries an act: which law, and which section of it."""

    act: Code
    section: Code


class ShieldingScope(Part):
    """What a shielding covers: all of it, or some categories, or some entries."""

    all: bool | None = None
    categories: Many[Code] | None = None
    entries: Many[Id] | None = None


@register
class GuardianRegistered(Event):
    """A parent or other guardian of the child was put on record.

    The same ref again replaces what was registered.
    """

    NAME = "guardian-registered.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "barnelova"
    SOURCE = "domain.md §5 Log, consent, people"

    guardian_ref: Ref
    name: PersonName
    national_id: NationalId | None = None
    # open code: foreldreansvar, daglig, without, barnevern, verge, pregnant
    authority: Code
    source: Code
    language: OptionalCode = None


@register
class GuardianChanged(Event):
    """A guardian's name or authority changed on a day."""

    NAME = "guardian-changed.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "barnelova"
    SOURCE = "domain.md §5 Log, consent, people"

    guardian_ref: Ref
    name: PersonName | None = None
    authority: OptionalCode = None
    from_date: Day
    source: Code
    reason: Confidential | None = None


@register
class ParticipantInvited(Event):
    """The holder asked a person of another service to take part."""

    NAME = "participant-invited.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER
    BASIS = "bvl § 15-8"
    SOURCE = "domain.md §5 Log, consent, people"

    service: Code  # open list of service kinds, as in consents
    person_ref: Ref
    tasks: Confidential
    scope: Many[Code]  # categories of the consent this person may see
    legal_basis: LegalBasis | None = None  # when another basis than consent carries it


@register
class ParticipantJoined(Event):
    """A person of a service began to take part."""

    NAME = "participant-joined.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Log, consent, people"

    service: Code
    person_ref: Ref
    role: OptionalCode = None


@register
class ParticipantLeft(Event):
    """A person who took part does so no more."""

    NAME = "participant-left.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Log, consent, people"

    service: Code
    person_ref: Ref
    reason: Confidential | None = None
    last_day: Day | None = None


@register
class ParticipantAccessRevoked(Event):
    """A person's way into the case was closed."""

    NAME = "participant-access-revoked.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER | {Role.SYSTEM}
    BASIS = "consent withdrawn"
    SOURCE = "domain.md §5 Log, consent, people"

    service: Code
    person_ref: Ref  # need not have joined
    reason: Confidential | None = None


@register
class ProtectedAddressSet(Event):
    """The address of a person of the case is protected. No address is recorded."""

    NAME = "protected-address-set.v1"
    KIND = Kind.ACT
    RECORDED_BY = ADDRESS_KEEPERS
    BASIS = "folkeregisterloven § 10-4"
    SOURCE = "domain.md §5 Log, consent, people"

    subject_ref: Ref
    grade: Literal["fortrolig", "strengt_fortrolig"]
    valid_to: Day | None = None
    source: Code


@register
class ProtectedAddressRenewed(Event):
    """The protection of an address goes on, until a new last day."""

    NAME = "protected-address-renewed.v1"
    KIND = Kind.ACT
    RECORDED_BY = ADDRESS_KEEPERS
    BASIS = "folkeregisterloven § 10-4"
    SOURCE = "domain.md §5 Log, consent, people"

    subject_ref: Ref
    valid_to: Day
    source: Code


@register
class ProtectedAddressLapsed(Event):
    """The protection of an address ended and was not renewed."""

    NAME = "protected-address-lapsed.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM, Role.LEADER, Role.BARNEVERN})
    BASIS = "folkeregisterloven § 10-4"
    SOURCE = "domain.md §5 Log, consent, people"

    subject_ref: Ref


@register
class InterpreterDecided(Event):
    """It was decided whether an interpreter is needed, and for which language."""

    NAME = "interpreter-decided.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "tolkelova"
    SOURCE = "domain.md §5 Log, consent, people"

    language: Code
    needed: bool
    reason: Confidential | None = None


@register
class ShieldingDecided(Event):
    """It was decided to keep entries from named persons, why, and when to look again.

    The same id again renews the decision. Also on a closed case: reading goes on.
    """

    NAME = "shielding-decided.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "pbrl § 3-4; fvl 1967 § 19"
    SOURCE = "domain.md §5 Log, consent, people"

    shielding_id: Id
    from_whom: Many[Ref]
    scope: ShieldingScope
    reason: Confidential | None = None
    review_on: Day | None = None
    audience: Many[Ref] | None = None  # who may see, beside the author and the leader
    legal_basis: LegalBasis | None = None


@register
class ShieldingLifted(Event):
    """What was kept from named persons was opened to them."""

    NAME = "shielding-lifted.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP_AND_HOLDER | {Role.BARNEVERN, Role.PRIVACY_OFFICER}
    SHIELDED_BY_RULE = True
    SOURCE = "domain.md §5 Log, consent, people"

    shielding_id: Id
    reason: Confidential | None = None
