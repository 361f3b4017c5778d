"""The signed header's bytes: written down for a place, and recognised there.

All that an ordinary header says follows from the entry's place, the signing key and the
time. So a header is checked most strictly, and several times faster than by parsing, by
writing down the one it should be and comparing bytes. What is not recognised (a beacon,
an actor's statement, a wrong place, a flaw) is for `record.parse_envelope` to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from audit.cbor import encode
from audit.record import (
    EVENT_TYPE,
    PREIMAGE_TYPE,
    Envelope,
    Header,
    parse_envelope,
    sign1,
)

VERSION: Final = 1
_KID = slice(6, 38)  # in a protected header
_PAYLOAD, _SIGNATURE = slice(-98, -66), slice(-64, None)  # in an envelope
_AFTER = 101  # bytes of an envelope after its protected header
_LIMIT = 1 << 53  # of every number in a header


@dataclass(slots=True)  # not frozen: one is made for every entry written or read
class Place:
    """Where an entry stands: whose log, which stream, after which leaf (32 bytes)."""

    tenant: str
    origin: str
    stream: UUID
    version: int
    kind: str
    previous: bytes | None


def write_header(place: Place, kid: bytes, iat_ms: int) -> bytes:
    """The protected header as deterministic CBOR (RFC 8949, section 4.2.1).

    `kid` is the 32-byte thumbprint of the key, `iat_ms` milliseconds since 1970, UTC.
    """
    before, middle = _of_stream(kid, place.origin, place.stream)
    previous = place.previous
    return b"".join(
        (
            before,
            _number(iat_ms // 1000),
            middle,
            _number(place.version),
            _of_kind(place.kind),
            b"\xf6" if previous is None else b"\x58\x20" + previous,
            b"\x06\xf6\x08",  # 6: no actor key; 8: iat in milliseconds
            _number(iat_ms),
            _of_tenant(place.tenant, place.origin),
        )
    )


def parse_at(envelope: bytes, place: Place) -> Envelope:
    """Read an envelope: recognised in its place, or else in full, wherever it stands.

    Raises `ProofFailed` as `parse_envelope`.
    """
    return recognise(envelope, place) or parse_envelope(envelope)


def recognise(envelope: bytes, place: Place) -> Envelope | None:
    """The envelope that stands in `place` and says nothing more than that.

    `None` when it differs in any byte; the signature is not checked.
    """
    tail = len(_of_tenant(place.tenant, place.origin))
    protected = envelope[_start(envelope) : -_AFTER]
    kid = protected[_KID]
    iat_ms = int.from_bytes(protected[-tail - 8 : -tail], "big")
    if iat_ms >= _LIMIT or not 0 < place.version < _LIMIT:
        return None  # no number of a header, as the full reader will say
    payload, signature = envelope[_PAYLOAD], envelope[_SIGNATURE]
    written = write_header(place, kid, iat_ms)
    if envelope != sign1(written, payload, signature):
        return None
    header = Header(
        kid=kid,
        issuer=f"https://{place.origin}",
        stream=place.stream,
        iat_seconds=iat_ms // 1000,
        version=place.version,
        kind=place.kind,
        previous=place.previous,
        beacon=None,
        actor_key=None,
        iat_ms=iat_ms,
        tenant=place.tenant,
        origin=place.origin,
    )
    return Envelope(written, payload, signature, header)


def _start(envelope: bytes) -> int:
    """Where the protected header begins: after tag, array and its own length."""
    return 4 if envelope[2:3] == b"\x58" else 5


def _number(value: int) -> bytes:
    """A number of 0 or more, in the shortest form; those of a header in few steps."""
    if value < 24:
        return bytes((value,))
    if value < 1 << 32:
        return encode(value)
    return b"\x1b" + value.to_bytes(8, "big")


@lru_cache(maxsize=4096)
def _of_stream(kid: bytes, origin: str, stream: UUID) -> tuple[bytes, bytes]:
    """The header around iat: the same for every entry of a stream under one key."""
    claims = b"\xa3\x01" + encode(f"https://{origin}") + b"\x02" + encode(stream.urn)
    before = b"\xa7\x01\x32\x04\x58\x20" + kid + b"\x0f" + claims + b"\x06"
    middle = b"\x10" + encode(EVENT_TYPE) + encode(258) + encode(-16) + encode(259)
    middle += encode(PREIMAGE_TYPE) + encode(-65537) + b"\xa8\x01"
    return before, middle


@lru_cache(maxsize=16)
def _of_kind(kind: str) -> bytes:
    return b"\x02" + encode(kind) + b"\x03" + encode(VERSION) + b"\x04"


@lru_cache(maxsize=1024)
def _of_tenant(tenant: str, origin: str) -> bytes:
    return b"\x09" + encode(tenant) + b"\x0a" + encode(origin)
