"""The correction chapter: what is wrong, disputed, restricted or asked to be erased.

Nothing is ever overwritten. Whatever is recorded here stands beside what it is about.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Event,
    Id,
    Kind,
    Many,
    OptionalCode,
    OptionalId,
    OptionalRef,
    Part,
    Quotation,
    Ref,
    Role,
    register,
)
from ledger.events.people import LegalBasis

ErasureOutcome = Literal["refused", "sealed", "kassert"]

_FAMILY = frozenset({Role.GUARDIAN, Role.YOUTH})
_OFFICERS = frozenset({Role.PRIVACY_OFFICER, Role.ARCHIVE_OFFICER})
_HOLDING = _OFFICERS | {Role.SUPERVISOR}


class Target(Part):
    """The entry that is meant: an event's name with its id field, or an entry's id.

    The id field is the event's own: `{"event": "MeetingHeld", "meeting_id": "m-1"}`.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Id]

    event: OptionalCode = None
    entry: OptionalId = None

    @model_validator(mode="after")
    def _extra_fields_are_ids(self) -> Target:
        if not all(_is_id_field(name) for name in self.ids):
            raise PydanticCustomError(
                "target_field", "Beside event and entry a target holds id fields only"
            )
        return self

    @property
    def ids(self) -> dict[str, str]:
        """The id fields of the target, by name."""
        return dict(self.__pydantic_extra__)


def _is_id_field(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name.endswith("_id")


@register
class EntryCorrected(Event):
    """Someone found that an entry says something wrong, and said what is right.

    Also on a closed case. The target stays as it was; both are shown.
    """

    NAME = "entry-corrected.v1"
    KIND = Kind.NEVER
    RECORDED_BY = EVERYONE_OF_STAFF | {Role.PRIVACY_OFFICER, Role.ARCHIVE_OFFICER}
    BASIS = "GDPR art. 16; new fvl § 70"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    target: Target
    field: Code
    wrong: Quotation  # the value as recorded; one that is not a string as JSON text
    right: Quotation  # the value as it should be, in the same form
    reason: Confidential
    requested_by: Ref


class Scope(Part):
    """What something reaches: all of it, or some categories, or some entries."""

    all: bool | None = None
    categories: Many[Code] | None = None
    entries: Many[Id] | None = None


@register
class EntryDisputed(Event):
    """Someone does not agree with an entry, and said why; both stand.

    Whoever shows the entry shows that it is disputed.
    """

    NAME = "entry-disputed.v1"
    KIND = Kind.NEVER
    RECORDED_BY = EVERYONE_OF_STAFF | _FAMILY | _OFFICERS
    BASIS = "GDPR art. 16, 18"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    target: Target
    disputed_by: Ref
    statement: Confidential


@register
class RestrictionApplied(Event):
    """The use of the case, or of a part of it, was restricted."""

    NAME = "restriction-applied.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.PRIVACY_OFFICER, Role.LEADER})
    BASIS = "GDPR art. 18"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    restriction_id: Id
    scope: Scope
    reason: Confidential | None = None


@register
class RestrictionLifted(Event):
    """A restriction was ended."""

    NAME = "restriction-lifted.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.PRIVACY_OFFICER, Role.LEADER})
    BASIS = "GDPR art. 18"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    restriction_id: Id
    reason: Confidential | None = None


@register
class ErasureRequested(Event):
    """Someone asked that the case, or a part of it, be erased."""

    NAME = "erasure-requested.v1"
    KIND = Kind.FACT
    RECORDED_BY = MUNICIPAL_STAFF | _FAMILY | {Role.PRIVACY_OFFICER}
    BASIS = "GDPR art. 17"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    reason: Confidential | None = None
    requester_ref: OptionalRef = None  # when another records it
    scope: Scope | None = None  # without it, everything


@register
class ErasureDecided(Event):
    """A request for erasure was answered on a provision: refused, sealed or kassert."""

    NAME = "erasure-decided.v1"
    KIND = Kind.ACT
    RECORDED_BY = _OFFICERS
    BASIS = "GDPR art. 17 (3); arkivlova 2025 § 13"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    outcome: ErasureOutcome
    basis: LegalBasis | None = None
    appeal_info: bool  # the requester was told how to appeal
    reason: Confidential | None = None


@register
class SealingExecuted(Event):
    """Two officers put on record that a part of the case was put beyond daily use.

    The entry tells that it was done, and by whom. It seals nothing itself.
    """

    NAME = "sealing-executed.v1"
    KIND = Kind.ACT
    RECORDED_BY = _OFFICERS
    BASIS = "arkivlova 2025 § 13 (2)"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    scope: Scope
    officers: Many[Ref] | None = None  # two different persons


@register
class KeyDestroyed(Event):
    """Two officers put on record, before a witness, that a data key was destroyed.

    The entry tells which key, and on whose authority. It destroys none itself: that is
    an act of its own at the key database, and what is under the key opens until then.
    """

    NAME = "key-destroyed.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.ARCHIVE_OFFICER, Role.ADMINISTRATOR})
    BASIS = "arkivlova 2025 § 13"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    key_id: Code  # the data key
    authority: OptionalCode = None  # the recorded authority for kassasjon
    officers: Many[Ref] | None = None  # two different persons
    witness: Ref


@register
class LegalHoldPlaced(Event):
    """Somebody who may said that nothing of the case must be destroyed."""

    NAME = "legal-hold-placed.v1"
    KIND = Kind.ACT
    RECORDED_BY = _HOLDING
    BASIS = "supervision"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    hold_id: Id
    placed_by: Code
    reason: Confidential | None = None


@register
class LegalHoldReleased(Event):
    """A legal hold was ended."""

    NAME = "legal-hold-released.v1"
    KIND = Kind.ACT
    RECORDED_BY = _HOLDING
    BASIS = "supervision"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    hold_id: Id
    reason: Confidential | None = None
