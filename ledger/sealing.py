"""Seals an entry's body and signs its envelope; opens and checks them again.

The envelope is a COSE_Sign1 hash envelope over the preimage, salt ‖ body; its header
binds tenant, log, stream, version, previous leaf, key and time and says nothing of what
happened. The body is stored apart, AES-256-GCM under a subkey of the stream's data key,
so it can be encrypted anew or deleted while every signature, link and proof stays. The
bytes stored are the bytes signed: nothing is ever serialised again to be checked.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eventsourcing.persistence import Mapper, StoredEvent

from audit.cbor import encode
from audit.failures import ProofFailed
from audit.header import Place, recognise, write_header
from audit.record import (
    SALT_SIZE,
    Envelope,
    Header,
    check_signature,
    leaf_hash,
    parse_envelope,
    sign1,
    signature_input,
    thumbprint,
)
from ledger.entry import Actor, Entry, Erased, StreamKind
from ledger.events import from_json, to_json
from ledger.events.event import Event, Role
from ledger.keyring import (
    DataKeyMissing,
    DataKeys,
    Keyring,
    KeyringError,
    Signer,
)

PADDING_STEP = 256
NONCE_SIZE = 12
_BODY_LABEL = "stafettlogg/body/v1"
_EVENT_KEY = b',"event":'  # the last key; inside a string its quotes would be escaped
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class IntegrityFailure(Exception):
    """Stored bytes are not what was signed. The code says how; no content is told."""

    def __init__(self, code: str, stream: UUID, version: int) -> None:
        super().__init__(f"{code} at version {version} of a stream")
        self.code = code
        self.stream = stream
        self.version = version


@dataclass(frozen=True)
class SealedEvent(StoredEvent):
    """What is stored of an entry: the signed envelope (`state`) and its sealed body.

    `leaf` is the 32-byte leaf hash of the envelope; `nonce` 12 bytes; `ciphertext` a
    multiple of 256 bytes and a 16-byte tag. `key_id` is `None` when no body is stored.
    """

    leaf: bytes
    iat_ms: int
    key_id: UUID | None = None
    nonce: bytes | None = None
    ciphertext: bytes | None = None
    position: int | None = None
    is_erased: bool = False  # its body was taken away on record

    @property
    def stream(self) -> UUID:
        """The stream's id."""
        assert isinstance(self.originator_id, UUID)
        return self.originator_id


class SealingMapper(Mapper[UUID]):
    """Turns entries into sealed events and back, for one tenant."""

    def __init__(
        self,
        keyring: Keyring,
        data_keys: DataKeys,
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._keyring = keyring
        self._data_keys = data_keys
        self._random = random
        self._root = thumbprint(keyring.root)
        self._keys = {keyring.service.key_id: keyring.service.public_key}

    def trust(self, public_keys: Iterable[tuple[bytes, bytes]]) -> None:
        """Accept further signing keys: id and 32-byte public key."""
        self._keys.update(public_keys)

    def to_stored_event(
        self, domain_event: Any, *, signer: Signer | None = None
    ) -> SealedEvent:
        """Seal and sign an `Entry`; its stream must have a data key already."""
        entry: Entry[Event] = domain_event
        preimage = self._random(SALT_SIZE) + body_of(entry)
        payload = hashlib.sha256(preimage).digest()
        iat_ms = milliseconds(entry.recorded_at)
        signer = signer or self._keyring.service
        place = self._place(
            entry.stream, entry.stream_kind.value, entry.version, entry.previous
        )
        protected = write_header(place, signer.key_id, iat_ms)
        signature = signer.sign(signature_input(protected, payload))
        envelope = sign1(protected, payload, signature)
        key_id, data_key = self._data_keys.of_stream(entry.stream)
        nonce = self._random(NONCE_SIZE)
        subkey = _subkey(data_key, entry.stream, entry.version)
        bound = self._bound_to(entry.stream, entry.version, key_id, payload)
        return SealedEvent(
            originator_id=entry.stream,
            originator_version=entry.version,
            topic=entry.stream_kind.value,
            state=envelope,
            leaf=leaf_hash(envelope),
            iat_ms=iat_ms,
            key_id=key_id,
            nonce=nonce,
            ciphertext=AESGCM(subkey).encrypt(nonce, pad(preimage), bound),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Entry[Event | Erased]:
        """Check one stored event by itself (signature, place, body) and open it.

        Raises `IntegrityFailure`. The link to the entry before it is `open_stream`'s to
        check.
        """
        if not isinstance(stored_event, SealedEvent):
            raise TypeError("only sealed events can be opened")
        previous = _parsed(stored_event).header.previous
        version = stored_event.originator_version
        envelope = self._read(stored_event, version, previous)
        self._check_signature(envelope, stored_event)
        return self._open(stored_event, envelope)

    def open_stream(
        self,
        sealed: Sequence[SealedEvent],
        *,
        version: int = 0,
        previous: bytes | None = None,
    ) -> list[Entry[Event | Erased]]:
        """Check and open consecutive entries of one stream after `version`.

        The last signature covers the previous leaf, that one the leaf before it, and so
        on: one signature and a hash an entry check them all. Raises `IntegrityFailure`.
        """
        with suppress(KeyringError):  # one that does not open is met with its entry
            self._data_keys.load_all(s.key_id for s in sealed if s.key_id is not None)
        entries = []
        for event in sealed:
            version += 1
            envelope = self._read(event, version, previous)
            entries.append(self._open(event, envelope))
            previous = event.leaf
        if sealed:
            self._check_signature(envelope, sealed[-1])
        return entries

    def open_readable(
        self, sealed: Sequence[SealedEvent]
    ) -> list[Entry[Event | Erased]]:
        """What is whole of a damaged stream, from its first entry on.

        Up to the first that does not stand in its place, signed; each checked by
        itself. One whose words alone are damaged counts as erased.
        """
        entries: list[Entry[Event | Erased]] = []
        previous = None
        for version, event in enumerate(sealed, start=1):
            try:
                envelope = self._read(event, version, previous)
                self._check_signature(envelope, event)
            except IntegrityFailure:
                break
            entries.append(self._open_or_lose(event, envelope))
            previous = event.leaf
        return entries

    def _open_or_lose(
        self, event: SealedEvent, envelope: Envelope
    ) -> Entry[Event | Erased]:
        try:
            return self._open(event, envelope)
        except IntegrityFailure:
            return _erased(_placed(event, envelope.header))

    def signed_by(self, event: SealedEvent) -> bytes:
        """The id of the key that signed it."""
        return parse_envelope(event.state).header.kid

    def preimage(self, event: SealedEvent) -> bytes | None:
        """The signed preimage, or `None` when the body is gone. Raises on damage."""
        return self._preimage(event, _parsed(event).payload)

    def _read(
        self, event: SealedEvent, version: int, previous: bytes | None
    ) -> Envelope:
        """The envelope; it must stand in its place, and the columns with it."""
        place = self._place(event.stream, event.topic, version, previous)
        envelope = recognise(event.state, place)
        if envelope is None or event.originator_version != version:
            envelope = _parsed(event)
            code = _difference(envelope.header, event, place)
            if code is not None:
                raise _failure(code, event)
        if leaf_hash(event.state) != event.leaf:
            raise _failure("CHAIN_LEAF", event)
        return envelope

    def _place(
        self, stream: UUID, kind: str, version: int, previous: bytes | None
    ) -> Place:
        keyring = self._keyring
        return Place(keyring.tenant, keyring.origin, stream, version, kind, previous)

    def _check_signature(self, envelope: Envelope, event: SealedEvent) -> None:
        kid, public_key = envelope.header.kid, self._keys.get(envelope.header.kid)
        if kid == self._root:
            if event.topic != StreamKind.REGISTRY.value:
                raise _failure("KEY_ROOT_MISUSED", event)
            public_key = self._keyring.root
        if public_key is None:
            raise _failure("KEY_UNKNOWN", event)
        try:
            check_signature(envelope, public_key)
        except ProofFailed as failed:
            raise _failure(failed.code, event) from None

    def _open(self, event: SealedEvent, envelope: Envelope) -> Entry[Event | Erased]:
        place = _placed(event, envelope.header)
        preimage = self._preimage(event, envelope.payload)
        if preimage is None:
            if not event.is_erased:  # gone, and nobody says why
                raise _failure("MISSING_BODY", event)
            return _erased(place)
        return _entry(event, preimage[SALT_SIZE:], place)

    def _preimage(self, event: SealedEvent, payload: bytes) -> bytes | None:
        if event.key_id is None or event.nonce is None or event.ciphertext is None:
            return None
        stream, version = event.stream, event.originator_version
        try:
            data_key = self._data_keys.named(event.key_id)
        except DataKeyMissing:
            return None
        except KeyringError:
            raise _failure("BODY_DAMAGED", event) from None
        bound = self._bound_to(stream, version, event.key_id, payload)
        try:
            padded = AESGCM(_subkey(data_key, stream, version)).decrypt(
                event.nonce, event.ciphertext, bound
            )
            preimage = unpad(padded)
        except (InvalidTag, ValueError):
            raise _failure("BODY_DAMAGED", event) from None
        if hashlib.sha256(preimage).digest() != payload:
            raise _failure("BODY_HASH", event)
        return preimage

    def _bound_to(
        self, stream: UUID, version: int, key_id: UUID, payload: bytes
    ) -> bytes:
        """What a ciphertext is bound to, as deterministic CBOR."""
        return b"".join(
            (
                _bound_prefix(self._keyring.tenant),
                b"\x50",
                stream.bytes,
                encode(version),
                b"\x50",
                key_id.bytes,
                b"\x58\x20",
                payload,
            )
        )


def body_of(entry: Entry[Event]) -> bytes:
    """The body's JSON: compact, keys in their fixed order, absent ones left out."""
    shield = "" if entry.shield is None else f',"shield":{_json(entry.shield)}'
    basis = "" if entry.basis is None else f',"basis":{_json(entry.basis)}'
    profile = "" if entry.profile is None else f',"profile":{_json(entry.profile)}'
    around = (
        f'{{"type":"{entry.event.NAME}","case":"{entry.case}"{shield},'
        f'"occurred_at":"{entry.occurred_at.isoformat()}",'
        f'"actor":{_actor_json(entry.by)}{basis}{profile}'
    )
    return around.encode() + _EVENT_KEY + to_json(entry.event) + b"}"


@lru_cache(maxsize=4096)
def _actor_json(by: Actor) -> str:
    said = {"ref": by.ref, "role": by.role.value, "service": by.service}
    said |= {"unit": by.unit, "name": by.name, "title": by.title, "auth": by.auth}
    return _json({key: value for key, value in said.items() if value is not None})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parts_of_body(body: bytes) -> tuple[dict[str, Any], bytes]:
    """All of a body but its event, and the event's JSON. Raises `ValueError`."""
    around, event = body.split(_EVENT_KEY, 1)
    return json.loads(around + b"}"), event[:-1]


def pad(preimage: bytes) -> bytes:
    """Pad to a multiple of 256 bytes (0x80, then zeros): length tells little."""
    return preimage + b"\x80" + bytes(-(len(preimage) + 1) % PADDING_STEP)


def unpad(padded: bytes) -> bytes:
    """Undo `pad`. Raises `ValueError` where it was not padded so."""
    preimage = padded.rstrip(b"\0")
    if len(padded) % PADDING_STEP or preimage[-1:] != b"\x80":
        raise ValueError("not padded")
    if len(padded) - len(preimage) >= PADDING_STEP:
        raise ValueError("padded too long")
    return preimage[:-1]


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(iat_ms: int) -> datetime:
    """The moment so many milliseconds after 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(milliseconds=iat_ms)


def _placed(event: SealedEvent, header: Header) -> dict[str, Any]:
    """What an envelope says of its entry: where it stands, and since when."""
    return {
        "recorded_at": moment(header.iat_ms),
        "stream": header.stream,
        "stream_kind": StreamKind(header.kind),
        "version": header.version,
        "previous": header.previous,
        "position": event.position,
        "leaf": event.leaf,
    }


def _entry(
    event: SealedEvent, body: bytes, place: dict[str, Any]
) -> Entry[Event | Erased]:
    try:
        said, event_json = parts_of_body(body)
        actor = said["actor"]
        actor["role"] = Role(actor["role"])
        return Entry(
            event=from_json(said["type"], event_json),
            case=_case(said["case"]),
            by=Actor(**actor),
            occurred_at=datetime.fromisoformat(said["occurred_at"]),
            basis=said.get("basis"),
            profile=said.get("profile"),
            shield=said.get("shield"),
            **place,
        )
    except (ValueError, KeyError, TypeError):
        raise _failure("BODY_FIELDS", event) from None


def _erased(place: dict[str, Any]) -> Entry[Event | Erased]:
    return Entry(
        event=Erased(),
        case=UUID(int=0),
        by=Actor(ref="erased", role=Role.SYSTEM),
        occurred_at=place["recorded_at"],
        **place,
    )


@lru_cache(maxsize=1024)
def _case(text: str) -> UUID:
    return UUID(text)


def _parsed(event: SealedEvent) -> Envelope:
    try:
        return parse_envelope(event.state)
    except ProofFailed as failed:
        raise _failure(failed.code, event) from None


def _difference(header: Header, event: SealedEvent, place: Place) -> str | None:
    """How an envelope differs from the place it should stand in; `None`: not at all."""
    said = (header.stream, header.version, header.kind, header.tenant, header.origin)
    version = event.originator_version
    if said != (event.stream, version, event.topic, place.tenant, place.origin):
        return "CHAIN_PLACE"
    if version != place.version:
        return "CHAIN_VERSION"
    return None if header.previous == place.previous else "CHAIN_PREVIOUS"


def _failure(code: str, event: SealedEvent) -> IntegrityFailure:
    return IntegrityFailure(code, event.stream, event.originator_version)


def _subkey(data_key: bytes, stream: UUID, version: int) -> bytes:
    """The key of one event: a nonce could repeat only for the same place."""
    salt = stream.bytes + version.to_bytes(8, "big")
    derivation = HKDF(hashes.SHA256(), 32, salt=salt, info=_BODY_LABEL.encode())
    return derivation.derive(data_key)


@lru_cache(maxsize=1024)
def _bound_prefix(tenant: str) -> bytes:
    return b"\x86" + encode(_BODY_LABEL) + encode(tenant)
