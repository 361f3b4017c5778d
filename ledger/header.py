"""The signed header's bytes: written here, and recognised again without parsing.

All that a header says follows from the entry's place, the signing key and the time. So
a loaded entry is checked by writing down the header it should have and comparing bytes:
that is stricter than any reader, and several times faster. What is not recognised is
read in full by `audit.record`, which says how it differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from audit.cbor import encode
from audit.record import EVENT_TYPE, PREIMAGE_TYPE, sign1

VERSION = 1
_KEY_ID = slice(6, 38)  # in a protected header
_IAT_SIZE = 8  # bytes of a 64-bit number after its first
_PAYLOAD, _SIGNATURE = slice(-98, -66), slice(-64, None)  # in an envelope
_AROUND = 101  # bytes of an envelope that are not its protected header, less its length


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: whose log, which stream, after which leaf (32 bytes)."""

    tenant: str
    origin: str
    stream: UUID
    kind: str
    version: int
    previous: bytes | None


class Signed(NamedTuple):
    """The parts of an envelope; `key_id` and `payload` are 32 bytes, `signature` 64."""

    key_id: bytes
    iat_ms: int
    protected: bytes
    payload: bytes
    signature: bytes


def write_header(place: Place, key_id: bytes, iat_ms: int) -> bytes:
    """The protected header as deterministic CBOR (RFC 8949, section 4.2.1)."""
    before, middle = _of_stream(key_id, place.origin, place.stream)
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


def recognise(envelope: bytes, place: Place) -> Signed | None:
    """The parts of an envelope that stands in `place` and says nothing more than that.

    `None` when it differs in any byte from what would be written; the signature is not
    checked.
    """
    tail = len(_of_tenant(place.tenant, place.origin))
    protected = envelope[_start(envelope) : -_AROUND]
    key_id = protected[_KEY_ID]
    iat_ms = int.from_bytes(protected[-tail - _IAT_SIZE : -tail], "big")
    payload, signature = envelope[_PAYLOAD], envelope[_SIGNATURE]
    written = write_header(place, key_id, iat_ms)
    if envelope != sign1(written, payload, signature):
        return None
    return Signed(key_id, iat_ms, written, payload, signature)


def _number(value: int) -> bytes:
    """A number of 0 or more, in the shortest form; those of a header in few steps."""
    if value < 24:
        return bytes((value,))
    if value < 1 << 32:
        return encode(value)
    return b"\x1b" + value.to_bytes(_IAT_SIZE, "big")


def _start(envelope: bytes) -> int:
    """Where the protected header begins: after tag, array and its own length."""
    return 4 if envelope[2:3] == b"\x58" else 5


@lru_cache(maxsize=4096)
def _of_stream(key_id: bytes, origin: str, stream: UUID) -> tuple[bytes, bytes]:
    """The header around iat: the same for every entry of a stream under one key."""
    claims = b"\xa3\x01" + encode(f"https://{origin}") + b"\x02" + encode(stream.urn)
    before = b"\xa7\x01\x32\x04\x58\x20" + key_id + b"\x0f" + claims + b"\x06"
    middle = b"\x10" + encode(EVENT_TYPE) + encode(258) + encode(-16) + encode(259)
    middle += encode(PREIMAGE_TYPE) + encode(-65537) + b"\xa8\x01"
    return before, middle


@lru_cache(maxsize=16)
def _of_kind(kind: str) -> bytes:
    return b"\x02" + encode(kind) + b"\x03" + encode(VERSION) + b"\x04"


@lru_cache(maxsize=1024)
def _of_tenant(tenant: str, origin: str) -> bytes:
    return b"\x09" + encode(tenant) + b"\x0a" + encode(origin)
