"""The trust chapter: the keys, checkpoints and rules that everything else rests on.

These entries stand in the tenant's registry, not in a case.
"""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    Code,
    Day,
    Event,
    Instant,
    Kind,
    OptionalCode,
    PlainData,
    Role,
    Stream,
    Text,
    Whole,
    register,
)

KeyPurpose = Literal["service", "checkpoint", "actor", "registry_root", "witness"]
RevocationReason = Literal["retired", "compromised"]


@register
class SigningKeyIntroduced(Event):
    """A key was made known, with what it may sign and whose it is."""

    NAME = "signing-key-introduced.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.ADMINISTRATOR, Role.SYSTEM})
    STREAM = Stream.REGISTRY
    SOURCE = "domain.md §5 Trust"

    key_id: Code  # lower-case hex of the key's 32-byte thumbprint (RFC 9679)
    algorithm: Code
    purpose: KeyPurpose
    holder: Code
    valid_from: Instant
    public_key: Code  # base64 of the 32 raw bytes


@register
class SigningKeyRotated(Event):
    """A new key took the place of an old one."""

    NAME = "signing-key-rotated.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.ADMINISTRATOR, Role.SYSTEM})
    STREAM = Stream.REGISTRY
    SOURCE = "domain.md §5 Trust"

    key_id: Code  # the new key
    replaces: Code
    valid_from: Instant


@register
class SigningKeyRevoked(Event):
    """A key is no longer to be trusted from a time on, or from an index of the log."""

    NAME = "signing-key-revoked.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.ADMINISTRATOR, Role.SYSTEM})
    STREAM = Stream.REGISTRY
    SOURCE = "domain.md §5 Trust"

    key_id: Code
    valid_to: Instant
    reason: RevocationReason
    last_trusted: Whole | None = None  # last log index to trust, when compromised


@register
class CheckpointMade(Event):
    """The size and root of the log were signed."""

    NAME = "checkpoint-made.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM})
    STREAM = Stream.REGISTRY
    BASIS = "arkivlova 2025 § 5"
    SOURCE = "domain.md §5 Trust"

    size: Whole
    root: Code
    key_id: Code


@register
class CheckpointWitnessed(Event):
    """Somebody outside the service vouched for a checkpoint that was made."""

    NAME = "checkpoint-witnessed.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM, Role.SUPERVISOR})
    STREAM = Stream.REGISTRY
    BASIS = "arkivlova 2025 § 5"
    SOURCE = "domain.md §5 Trust"

    size: Whole
    root: Code
    witness: Code
    signature: Code


@register
class IntegrityFailureDetected(Event):
    """A check found that something stored is not what was signed."""

    NAME = "integrity-failure-detected.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM, Role.SUPERVISOR, Role.ADMINISTRATOR})
    STREAM = Stream.REGISTRY
    SOURCE = "domain.md §5 Trust"

    stream_ref: OptionalCode = None
    first_bad: Whole
    code: Code


@register
class LedgerRestored(Event):
    """The ledger was restored from a backup, shorter than it had been."""

    NAME = "ledger-restored.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.ADMINISTRATOR})
    STREAM = Stream.REGISTRY
    SOURCE = "reliability.md §5"

    from_size: Whole  # entries before
    to_size: Whole  # entries after
    reason: Text


@register
class ProfileAdopted(Event):
    """The municipality adopted its process rules, from a day on."""

    NAME = "profile-adopted.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.ADMINISTRATOR, Role.KOORDINERENDE_ENHET})
    STREAM = Stream.REGISTRY
    BASIS = "local"
    SOURCE = "domain.md §5 Trust"

    municipality: Code
    profile: Code
    version: Code
    valid_from: Day
    rules: PlainData  # the profile as data
