"""The moving chapter: the family moves, the case follows, and the unborn are born."""

from __future__ import annotations

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    NationalId,
    OptionalCode,
    OptionalId,
    Part,
    PersonName,
    Ref,
    Role,
    register,
)
from ledger.events.people import LegalBasis

_FAMILY = frozenset({Role.GUARDIAN, Role.YOUTH})
_WITH_ARCHIVE = MUNICIPAL_STAFF | {Role.ARCHIVE_OFFICER}


class TransferPart(Part):
    """Which part of the case may be transferred: all of it, or some categories."""

    all: bool | None = None
    categories: Many[Code] | None = None


@register
class MoveNotified(Event):
    """It became known that the family moves to another municipality."""

    NAME = "move-notified.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF | _FAMILY
    MILESTONE = True
    BASIS = "barnelova 1981 § 37; new § 7-3"
    SOURCE = "domain.md §5 Close, move, archive"

    to_municipality: Code  # municipality code or label
    on: Day
    source: Code


@register
class TransferConsentGiven(Event):
    """The family allowed the case to be sent to another municipality.

    It covers the transfer and the handover to the receiving unit.
    """

    NAME = "transfer-consent-given.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | _FAMILY
    MILESTONE = True
    SOURCE = "domain.md §5 Close, move, archive"

    giver_ref: Ref
    part: TransferPart
    to_municipality: Code


@register
class TransferSent(Event):
    """A bundle of the case was sent to another municipality."""

    NAME = "transfer-sent.v1"
    KIND = Kind.ACT
    RECORDED_BY = _WITH_ARCHIVE
    MILESTONE = True
    BASIS = "fvl 1967 § 13 b"
    SOURCE = "domain.md §5 Close, move, archive"

    transfer_id: Id
    to_municipality: Code
    recipient: Code
    bundle_hash: Code
    legal_basis: LegalBasis | None = None  # when no transfer consent carries it


@register
class TransferReceived(Event):
    """A bundle of the case arrived, here or where it was sent to."""

    NAME = "transfer-received.v1"
    KIND = Kind.FACT
    RECORDED_BY = _WITH_ARCHIVE
    MILESTONE = True
    SOURCE = "domain.md §5 Close, move, archive"

    transfer_id: Id
    bundle_hash: Code
    from_municipality: OptionalCode = None


@register
class TransferRefused(Event):
    """The family, or who was to receive it, said no to a transfer."""

    NAME = "transfer-refused.v1"
    KIND = Kind.FACT
    RECORDED_BY = _WITH_ARCHIVE | _FAMILY
    MILESTONE = True
    SOURCE = "domain.md §5 Close, move, archive"

    transfer_id: OptionalId = None
    to_municipality: Code
    reason: Confidential


@register
class ChildBorn(Event):
    """The child that the case was opened for before its birth was born."""

    NAME = "child-born.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Close, move, archive"

    subject_ref: Ref
    on: Day
    name: PersonName | None = None
    national_id: NationalId | None = None
