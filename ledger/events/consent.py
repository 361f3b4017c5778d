"""The consent chapter: what the family allows to be shared, with whom and how long."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    LEADERSHIP,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    OptionalCode,
    OptionalId,
    OptionalRef,
    Part,
    Ref,
    Role,
    register,
)

ConsentKind = Literal["log_participation", "secrecy_waiver", "gdpr"]
GiverCapacity = Literal["guardian", "youth", "pregnant", "adult", "barnevern"]
ConsentForm = Literal["written", "oral", "eid"]  # oral means minuted
WithdrawalForm = Literal["oral", "written", "eid"]
NewCapacity = Literal["guardian", "youth", "adult", "barnevern"]


class Exclusion(Part):
    """Something the giver keeps back: from one service, or from all."""

    service: OptionalCode = None  # kept from this service only; without it, from all
    category: OptionalCode = None
    text: Confidential | None = None


class DisclosureBasis(Part):
    """What a disclosure rests on: a consent, or an act with its section."""

    consent_id: OptionalId = None  # a consent, or
    act: OptionalCode = None  # an act with
    section: OptionalCode = None  # its section


@register
class ConsentRequested(Event):
    """A guardian or a youth was asked to let services share."""

    NAME = "consent-requested.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF
    BASIS = "GDPR art. 13"
    SOURCE = "domain.md §5 Log, consent, people"

    consent_id: OptionalId = None  # what is asked for, when it already has an id
    kind: ConsentKind
    asked_ref: Ref
    services: Many[Code]
    info_items: Many[Code] | None = None
    language: OptionalCode = None


@register
class ConsentGiven(Event):
    """A guardian, a youth or another giver allowed services to share.

    One guardian alone, or an information item missing, is accepted: findings F06, F07.
    """

    NAME = "consent-given.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | {Role.GUARDIAN, Role.YOUTH}
    MILESTONE = True
    BASIS = "fvl 1967 § 13 a nr 1; GDPR art. 7; barnelova"
    SOURCE = "domain.md §5 Log, consent, people"

    consent_id: Id
    kind: ConsentKind
    giver_ref: Ref
    giver_capacity: GiverCapacity
    services: Many[Code]  # services, never named employees
    categories: Many[Code]  # what may be shared
    exclusions: Many[Exclusion]  # an empty list is an answer
    form: ConsentForm
    valid_from: Day
    valid_to: Day | None = None  # the last valid day
    info_items: Many[Code]  # codes of what the giver was told
    language: Code


@register
class ConsentRefused(Event):
    """Somebody who was asked said no to sharing with these services."""

    NAME = "consent-refused.v1"
    KIND = Kind.NEVER
    RECORDED_BY = MUNICIPAL_STAFF | {Role.GUARDIAN, Role.YOUTH}
    MILESTONE = True
    SOURCE = "domain.md §5 Log, consent, people"

    consent_id: OptionalId = None
    giver_ref: Ref
    services: Many[Code]
    reason: Confidential | None = None


@register
class ConsentNarrowed(Event):
    """The giver allowed less: fewer services or categories, or more kept back."""

    NAME = "consent-narrowed.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | {Role.GUARDIAN, Role.YOUTH}
    MILESTONE = True
    BASIS = "GDPR art. 7"
    SOURCE = "domain.md §5 Log, consent, people"

    consent_id: Id
    services: Many[Code] | None = None  # the services that remain
    categories: Many[Code] | None = None  # the categories that remain
    exclusions: Many[Exclusion] | None = None  # all that is kept back from now on


@register
class ConsentExtended(Event):
    """The giver allowed more: further services or categories, told anew about them."""

    NAME = "consent-extended.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | {Role.GUARDIAN, Role.YOUTH}
    MILESTONE = True
    BASIS = "GDPR art. 7"
    SOURCE = "domain.md §5 Log, consent, people"

    consent_id: Id
    services: Many[Code] | None = None  # the whole list from now on
    categories: Many[Code] | None = None  # the whole list from now on
    info_items: Many[Code] | None = None  # told anew; a missing one is F07


@register
class ConsentRenewed(Event):
    """The giver let a consent go on, until a new last day."""

    NAME = "consent-renewed.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | {Role.GUARDIAN, Role.YOUTH}
    MILESTONE = True
    BASIS = "GDPR art. 7"
    SOURCE = "domain.md §5 Log, consent, people"

    consent_id: Id
    valid_to: Day  # the new last valid day
    info_items: Many[Code] | None = None  # a missing one is F07


@register
class ConsentWithdrawn(Event):
    """The giver took a consent back, in whole or in part.

    Never refused for its form. It stops sharing from now on, and deletes nothing.
    """

    NAME = "consent-withdrawn.v1"
    KIND = Kind.NEVER
    RECORDED_BY = MUNICIPAL_STAFF | {Role.GUARDIAN, Role.YOUTH}
    MILESTONE = True
    BASIS = "GDPR art. 7 (3)"
    SOURCE = "domain.md §5 Log, consent, people"

    consent_id: Id
    how: WithdrawalForm
    services: Many[Code] | None = None  # for these only; without it, for all
    categories: Many[Code] | None = None
    from_date: Day | None = None  # without it, at once


@register
class ConsentExpired(Event):
    """The last valid day of a consent is over.

    Written by the sweep at 00:00 of the day after; state follows from the dates.
    """

    NAME = "consent-expired.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM})
    SOURCE = "domain.md §5 Log, consent, people"

    consent_id: Id


@register
class GuardianConsentExceptionDecided(Event):
    """It was decided to go on without the consent of one guardian."""

    NAME = "guardian-consent-exception-decided.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP | {Role.BARNEVERN}
    BASIS = "barnelova; bvl"
    SOURCE = "domain.md §5 Log, consent, people"

    guardian_ref: Ref
    decided_by: Ref
    reason: Confidential | None = None
    review_on: Day | None = None


@register
class ConsentCapacityChanged(Event):
    """Somebody else consents for the child from now on: by age, or by a decision."""

    NAME = "consent-capacity-changed.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | {Role.SYSTEM}
    BASIS = "profile; pbrl § 4-3"
    SOURCE = "domain.md §5 Log, consent, people"

    subject_ref: Ref
    new_capacity: NewCapacity
    rule: Code  # the age rule or decision it follows from


@register
class InformationDisclosed(Event):
    """Facts were shared with a service, on a basis."""

    NAME = "information-disclosed.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "fvl 1967 § 13 b; new fvl § 34"
    SOURCE = "domain.md §5 Log, consent, people"

    to_service: Code
    to_person: OptionalRef = None
    categories: Many[Code]
    basis: DisclosureBasis | None = None
    proportionality: Confidential | None = None


@register
class InformationWithheld(Event):
    """Facts were kept from a service, because the family wants it so."""

    NAME = "information-withheld.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "the family's exclusions"
    SOURCE = "domain.md §5 Log, consent, people"

    from_service: Code
    categories: Many[Code]
    reason: Confidential
