"""The consent chapter: what the family allows to be shared, with whom and how long."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    OptionalCode,
    Part,
    Ref,
    Role,
    register,
)

ConsentKind = Literal["log_participation", "secrecy_waiver", "gdpr"]
GiverCapacity = Literal["guardian", "youth", "pregnant", "adult", "barnevern"]
ConsentForm = Literal["written", "oral", "eid"]  # oral means minuted


class Exclusion(Part):
    """Something the giver keeps back: from one service, or from all."""

    service: OptionalCode = None  # kept from this service only; without it, from all
    category: OptionalCode = None
    text: Confidential | None = None


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
