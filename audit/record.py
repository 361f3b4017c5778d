"""One entry of the ledger: its signed envelope, and its body.

An entry is signed as a COSE_Sign1 *hash envelope* (RFC 9052, RFC 9995): tag 18 over
`[protected header, {}, SHA-256(preimage), signature]`. The preimage is 32 random bytes
followed by the body, JSON; it lies elsewhere and may be withheld or erased while
signature, chain and tree still hold. The header says where the entry belongs (log,
tenant, stream, version, the entry before it) and when, never what happened.

Nothing is ever re-encoded in order to be verified: the signature and the leaf hash are
over the stored bytes, and the strict readers see to it that these have one meaning.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NoReturn
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import cbor
from audit.cbor import byte_string
from audit.failures import ProofFailed
from audit.tree import leaf_hash as leaf_hash

EVENT_TYPE: Final = "application/stafettlogg-event+cose"
PREIMAGE_TYPE: Final = "application/stafettlogg-preimage"
SALT_SIZE: Final = 32
MAX_BODY: Final = 1 << 20  # bytes
MAX_TEXT: Final = 255  # characters of a text in the header
ED25519: Final = -19  # RFC 9864
SHA_256: Final = -16

KINDS: Final = frozenset(
    {
        "stafettlogg.case.v1",
        "stafettlogg.shielded.v1",
        "stafettlogg.access.v1",
        "stafettlogg.registry.v1",
    }
)
REGISTRY_KIND: Final = "stafettlogg.registry.v1"
SHIELDED_KIND: Final = "stafettlogg.shielded.v1"
ACCESS_KIND: Final = "stafettlogg.access.v1"

# labels of the protected header (RFC 9052, RFC 9597, RFC 9995), and our own two
_ALG, _KID, _CLAIMS, _TYPE, _HASH, _PREIMAGE_TYPE = 1, 4, 15, 16, 258, 259
_PLACE, _STATEMENT = -65537, -65538
_REQUIRED: Final = frozenset(
    {_ALG, _KID, _CLAIMS, _TYPE, _HASH, _PREIMAGE_TYPE, _PLACE}
)
_PLACE_REQUIRED: Final = frozenset({1, 2, 3, 4, 6, 8, 9, 10})
_PREFIX: Final = b"\xd2\x84"  # tag 18, array of four


@dataclass(frozen=True, slots=True)
class Beacon:
    """The last witnessed checkpoint the writer knew: `size` in leaves, 32-byte root."""

    size: int
    root: bytes


@dataclass(slots=True)  # not frozen: made ten thousand times a second
class Header:
    """What the signature says of an entry beside its body's hash.

    `kid` and `actor_key` are 32-byte key thumbprints, `previous` the 32-byte leaf hash
    of the stream's entry before this one (`None` at version 1); `version` counts from
    1; `iat_seconds` and `iat_ms` are since 1970 in UTC; `statement` is the actor's own
    signed statement, when there is one.
    """

    kid: bytes
    issuer: str
    stream: UUID
    iat_seconds: int
    version: int
    kind: str
    previous: bytes | None
    beacon: Beacon | None
    actor_key: bytes | None
    iat_ms: int
    tenant: str
    origin: str
    statement: bytes | None = None


@dataclass(slots=True)
class Envelope:
    """A parsed envelope; `payload` is the 32-byte SHA-256 of the preimage."""

    protected: bytes
    payload: bytes
    signature: bytes
    header: Header


def thumbprint(public_key: bytes) -> bytes:
    """The 32-byte key id of an Ed25519 public key: RFC 9679 over its COSE_Key."""
    return sha256(b"\xa3\x01\x01\x20\x06\x21\x58\x20" + public_key).digest()


def signature_input(protected: bytes, payload: bytes) -> bytes:
    """The bytes that are signed: Sig_structure of RFC 9052, section 4.4."""
    signed = byte_string(protected) + b"\x40" + byte_string(payload)
    return b"\x84\x6aSignature1" + signed


def sign1(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """A COSE_Sign1 message with an empty unprotected header, tag 18."""
    parts = (protected, payload, signature)
    first, second, third = map(byte_string, parts)
    return _PREFIX + first + b"\xa0" + second + third


def parse_sign1(message: bytes) -> tuple[bytes, dict[Any, Any], bytes, bytes]:
    """Protected bytes, protected map, payload and signature of a hash envelope.

    Raises `ProofFailed`: `ENC_SIZE`, `ENC_CBOR`, `ENC_ENVELOPE`, and `SIG_UNPROTECTED`
    unless the unprotected header is empty, since the leaf hash covers it unsigned.
    """
    if not message.startswith(_PREFIX):
        raise ProofFailed("ENC_ENVELOPE", "not a COSE_Sign1")
    protected, rest, digest, signed = cbor.decode(message).value
    if type(protected) is not bytes or type(rest) is not dict:
        raise ProofFailed("ENC_ENVELOPE", "not a COSE_Sign1")
    if rest:
        raise ProofFailed("SIG_UNPROTECTED")
    if type(digest) is not bytes or type(signed) is not bytes:
        raise ProofFailed("ENC_ENVELOPE", "a detached payload or no signature")
    if len(digest) != 32 or len(signed) != 64:
        raise ProofFailed("ENC_ENVELOPE", "a bad payload or signature length")
    header = cbor.decode(protected)
    if type(header) is not dict:
        raise ProofFailed("ENC_HEADER", "not a map")
    return protected, header, digest, signed


def parse_envelope(envelope: bytes) -> Envelope:
    """Read an entry's envelope; nothing is verified yet but its form.

    Raises `ProofFailed` (`ENC_…`, `SIG_ALGORITHM`, `SIG_UNPROTECTED`, `CHAIN_ISSUER`,
    `TIME_DISAGREES`).
    """
    protected, header, digest, signed = parse_sign1(envelope)
    return Envelope(protected, digest, signed, _header(header))


def _header(header: dict[Any, Any]) -> Header:
    labels = header.keys()
    if labels != _REQUIRED and labels != _REQUIRED | {_STATEMENT}:
        raise ProofFailed("ENC_HEADER", "labels missing or unknown")
    allowed = (header[_ALG], header[_TYPE], header[_HASH], header[_PREIMAGE_TYPE])
    if allowed != (ED25519, EVENT_TYPE, SHA_256, PREIMAGE_TYPE):
        raise ProofFailed("SIG_ALGORITHM")
    issuer, stream, seconds = _claims(header[_CLAIMS])
    place = header[_PLACE]
    if type(place) is not dict or place.keys() - {5} != _PLACE_REQUIRED:
        raise ProofFailed("ENC_HEADER", "labels missing or unknown")
    if type(place[3]) is not int or place[3] != 1:
        raise ProofFailed("ENC_HEADER", "an unknown header version")
    parsed = Header(
        kid=_hash(header[_KID]),
        issuer=issuer,
        stream=stream,
        iat_seconds=seconds,
        version=_number(place[1], 1),
        kind=_text(place[2]),
        previous=None if place[4] is None else _hash(place[4]),
        beacon=_beacon(place[5]) if 5 in place else None,
        actor_key=None if place[6] is None else _hash(place[6]),
        iat_ms=_number(place[8], 0),
        tenant=_text(place[9]),
        origin=_text(place[10]),
    )
    if _STATEMENT in header:
        parsed.statement = _statement(header[_STATEMENT])
    if issuer != "https://" + parsed.origin:
        raise ProofFailed("CHAIN_ISSUER")
    if seconds != parsed.iat_ms // 1000:
        raise ProofFailed("TIME_DISAGREES")
    return parsed


def _claims(claims: object) -> tuple[str, UUID, int]:
    """Issuer, stream and seconds of the CWT claims, RFC 8392 and RFC 9597."""
    if type(claims) is not dict or claims.keys() != {1, 2, 6}:
        raise ProofFailed("ENC_HEADER", "claims other than 1, 2 and 6")
    issuer = _text(claims[1], MAX_TEXT + len("https://"))
    return issuer, _stream(_text(claims[2])), _number(claims[6], 0)


@lru_cache(maxsize=4096)
def _stream(subject: str) -> UUID:
    if not subject.startswith("urn:uuid:"):
        raise _wrong("the subject")
    return parse_uuid(subject[9:])


def parse_uuid(text: str, code: str = "ENC_HEADER") -> UUID:
    """A UUID in its one lower-case form with hyphens. Raises `ProofFailed` (`code`)."""
    try:
        parsed = UUID(text)
    except ValueError:
        raise ProofFailed(code, "not a UUID") from None
    if str(parsed) != text:
        raise ProofFailed(code, "a UUID in another spelling")
    return parsed


def _hash(value: object) -> bytes:
    if type(value) is bytes and len(value) == 32:
        return value
    raise _wrong("not 32 bytes")


def _number(value: object, least: int) -> int:
    if type(value) is int and least <= value < 1 << 53:
        return value
    raise _wrong("a number of the wrong type or size")


def _text(value: object, limit: int = MAX_TEXT) -> str:
    if type(value) is str and 0 < len(value) <= limit:
        return value
    raise _wrong("a text of the wrong type or length")


def _beacon(value: object) -> Beacon:
    match value:
        case [size, root]:
            return Beacon(_number(size, 1), _hash(root))
    raise _wrong("a beacon that is not size and root")


def _statement(value: object) -> bytes:
    if type(value) is bytes and value:
        return value
    raise _wrong("an empty statement")


def _wrong(what: str) -> ProofFailed:
    return ProofFailed("ENC_HEADER", what)


def check_signature(envelope: Envelope, public_key: bytes) -> None:
    """Check the signature with a 32-byte Ed25519 key. Raises (`SIG_INVALID`)."""
    verify(public_key, envelope.signature, envelope.protected, envelope.payload)


def verify(
    public_key: bytes, signature: bytes, protected: bytes, payload: bytes
) -> None:
    """Check one COSE_Sign1 signature. Raises `ProofFailed` (`SIG_INVALID`)."""
    try:
        _parsed(public_key).verify(signature, signature_input(protected, payload))
    except (InvalidSignature, ValueError):
        raise ProofFailed("SIG_INVALID") from None


@lru_cache(maxsize=1024)  # parsing a key costs a third of a verification
def _parsed(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)


def split_preimage(preimage: bytes) -> tuple[bytes, bytes]:
    """The 32-byte salt and the body. Raises `ProofFailed` (`BODY_SIZE`)."""
    if not SALT_SIZE < len(preimage) <= SALT_SIZE + MAX_BODY:
        raise ProofFailed("BODY_SIZE", f"{len(preimage)} bytes")
    return preimage[:SALT_SIZE], preimage[SALT_SIZE:]


def check_preimage(envelope: Envelope, preimage: bytes) -> bytes:
    """The body, once the envelope is seen to have signed it.

    Raises `ProofFailed` (`BODY_SIZE`, `BODY_HASH`).
    """
    _, body = split_preimage(preimage)
    if sha256(preimage).digest() != envelope.payload:
        raise ProofFailed("BODY_HASH")
    return body


@dataclass(slots=True)
class Body:
    """What an entry says. `event` holds the fields of the event type named `type`.

    `profile` names the version of the process rules it was judged by, as `id/version`.
    """

    type: str
    case: UUID
    shield: str | None
    occurred_at: datetime
    actor: dict[str, str]
    basis: str | None
    profile: str | None
    event: dict[str, Any]


_EVENT_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.v[1-9][0-9]{0,2}")
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_BODY_REQUIRED: Final = frozenset({"type", "case", "occurred_at", "actor", "event"})
_BODY_KEYS: Final = _BODY_REQUIRED | {"shield", "basis", "profile"}
_ACTOR_REQUIRED: Final = frozenset({"ref", "role", "auth"})
_ACTOR_KEYS: Final = _ACTOR_REQUIRED | {"service", "unit", "name", "title"}


def parse_body(body: bytes) -> Body:
    """Read a body. Raises `ProofFailed` (`BODY_JSON`, `BODY_FIELDS`)."""
    said = parse_json(body, "BODY_JSON")
    if type(said) is not dict or not _BODY_REQUIRED <= said.keys() <= _BODY_KEYS:
        raise ProofFailed("BODY_FIELDS", "keys missing or unknown")
    kind, actor, event = said["type"], said["actor"], said["event"]
    if type(kind) is not str or not _EVENT_NAME.fullmatch(kind):
        raise ProofFailed("BODY_FIELDS", "type")
    if type(actor) is not dict or not _ACTOR_REQUIRED <= actor.keys() <= _ACTOR_KEYS:
        raise ProofFailed("BODY_FIELDS", "actor")
    around = [said.get(key, "") for key in ("shield", "basis", "profile")]
    if not all(type(text) is str for text in (*actor.values(), *around)):
        raise ProofFailed("BODY_FIELDS", "a value that is no text")
    if type(event) is not dict:
        raise ProofFailed("BODY_FIELDS", "event")
    return Body(
        kind,
        _case(said["case"]),
        said.get("shield"),
        parse_instant(said["occurred_at"], "BODY_FIELDS"),
        actor,
        said.get("basis"),
        said.get("profile"),
        event,
    )


@lru_cache(maxsize=4096)
def _case_of(text: str) -> UUID:
    return parse_uuid(text, "BODY_FIELDS")


def _case(value: object) -> UUID:
    if type(value) is not str:
        raise ProofFailed("BODY_FIELDS", "case")
    return _case_of(value)


def parse_instant(value: object, code: str) -> datetime:
    """An instant with its offset, RFC 3339. Raises `ProofFailed` (`code`)."""
    try:
        if type(value) is str and _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass  # the form is right, the day or hour is not
    raise ProofFailed(code, "a time that is no instant with an offset")


def parse_json(data: bytes, code: str) -> Any:
    """JSON with one meaning, RFC 8259 and RFC 7493. Raises `ProofFailed` (`code`).

    Refused: other encodings than UTF-8, a key given twice in an object, NaN and
    infinities, integers of 2^53 and beyond, half surrogate pairs, bottomless nesting.
    """
    try:
        text = data.decode()
        value = _STRICT.decode(text)
        if "\\u" in text:  # only an escape can hide half a surrogate pair
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ProofFailed(code) from None
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key given twice")
    return members


def _finite(digits: str) -> float:
    value = float(digits)
    if value - value:
        raise ValueError("a number out of range")
    return value


def _bounded(digits: str) -> int:
    if len(digits) > 17 or abs(value := int(digits)) >= 1 << 53:
        raise ValueError("a number out of range")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_without_repeats,
    parse_float=_finite,
    parse_int=_bounded,
    parse_constant=_refuse_constant,
)
