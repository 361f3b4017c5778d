"""Signed notes, checkpoints and cosignatures. C2SP signed-note, tlog-checkpoint,
tlog-cosignature.

A note is a text with signature lines under it; a checkpoint is a note whose text says
how large a log is and what its root is:

    kommune.example/stafettlogg
    100
    E/iJFcVg3JEaHaD7IJ2EoglxBR8pTr60KPs/wpOvJ0M=

    — kommune.example/stafettlogg ooJ7ghg6JnxByTTb88Ise4GjRxVwNA14eMo869iP7AOW…

A key is written as a *vkey*, `name+keyid+base64(type ‖ public key)`. Two types are
known: a signature over the text (a log), and a witness's cosignature, which adds the
time at which the witness had seen no larger or other tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.b64 import from_base64, to_base64
from audit.failures import ProofFailed
from audit.tree import EMPTY_ROOT, HASH_SIZE

MAX_NOTE: Final = 1 << 18  # bytes: room for 16 post-quantum signatures and more
MAX_SIZE: Final = 1 << 62  # leaves: no log is larger, and no shift overflows
_SIGNATURE_START: Final = "\u2014 "  # em dash, space


class KeyType(IntEnum):
    """The signature types of C2SP signed-note that are used here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class Vkey:
    """A public key with the name it signs under."""

    name: str
    type: KeyType
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that signature lines name the key by."""
        return key_id(self.name, self.type, self.public_key)

    def __str__(self) -> str:
        """The key as `parse_vkey` reads it."""
        return vkey(self.name, self.type, self.public_key)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of a note that has been verified; `time` is a cosignature's."""

    key: Vkey
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """An opened note: its text, and the signatures by known keys, all verified."""

    text: str
    signatures: tuple[Signature, ...]


def key_id(name: str, type: int, public_key: bytes) -> bytes:
    """SHA-256(name ‖ 0x0A ‖ type ‖ public key), the first 4 bytes."""
    return sha256(name.encode() + b"\n" + bytes((type,)) + public_key).digest()[:4]


def vkey(name: str, type: int, public_key: bytes) -> str:
    """The text form of a public key of 32 bytes."""
    key = to_base64(bytes((type,)) + public_key)
    return f"{name}+{key_id(name, type, public_key).hex()}+{key}"


def parse_vkey(text: str) -> Vkey:
    """Read a vkey. Raises `ProofFailed` (`POLICY_KEY`)."""
    try:
        name, hex_id, key = text.split("+", 2)  # base64 itself may contain a plus
        data = from_base64(key)
        parsed = Vkey(name, KeyType(data[0]), data[1:])
    except (ValueError, IndexError):
        raise ProofFailed("POLICY_KEY", "not name+id+key") from None
    if not _is_name(name) or len(parsed.public_key) != 32:
        raise ProofFailed("POLICY_KEY", "a bad name or key length")
    if hex_id != parsed.key_id.hex():
        raise ProofFailed("POLICY_KEY", "the id is not that of the key")
    return parsed


def _is_name(name: str) -> bool:
    return name.isprintable() and bool(name) and not set(name) & set("+ ")


@lru_cache(maxsize=1024)
def _parsed(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)


def cosigned_message(text: str, time: int) -> bytes:
    """What a witness signs: the note's text with a time (Unix seconds) before it."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosignature(time: int, signature: bytes) -> bytes:
    """A cosignature as its line carries it: time as 8 bytes, then the signature."""
    return time.to_bytes(8, "big") + signature


def signature_line(name: str, key_id: bytes, signature: bytes) -> str:
    """One signature line, with its newline. `key_id` is of 4 bytes."""
    return f"{_SIGNATURE_START}{name} {to_base64(key_id + signature)}\n"


def format_note(text: str, signatures: Iterable[tuple[str, bytes, bytes]]) -> bytes:
    """A note of `text` (ends in a newline) and (name, key id, signature) triples.

    The signatures come ready-made, so that no private key is needed here.
    """
    return (text + "\n" + "".join(signature_line(*s) for s in signatures)).encode()


def open_note(note: bytes, keys: Iterable[Vkey]) -> Note:
    """The text of a note, once every signature by one of `keys` has verified.

    Signatures by other keys are ignored, but their lines must be well formed. Raises
    `ProofFailed`: `CP_MALFORMED`; `CP_SIGNATURE` when none of `keys` has signed or a
    signature does not verify; `CP_COSIGNATURE` when a cosignature does not.
    """
    known = {(key.name, key.key_id): key for key in keys}
    text, lines = _split_note(note)
    verified = []
    for name, signed in map(_parse_line, lines):
        key = known.get((name, signed[:4]))
        if key is not None:
            verified.append(_verified(key, text, signed[4:]))
    if not verified:
        raise ProofFailed("CP_SIGNATURE", "no signature by a known key")
    return Note(text, tuple(verified))


def _split_note(note: bytes) -> tuple[str, list[str]]:
    """The text and the signature lines, parted at the last empty line."""
    if len(note) > MAX_NOTE:
        raise ProofFailed("CP_MALFORMED", "too long")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise ProofFailed("CP_MALFORMED", "not UTF-8") from None
    if any(c < " " and c != "\n" for c in whole) or whole[-1:] != "\n":
        raise ProofFailed("CP_MALFORMED", "control characters or no last newline")
    text, empty_line, signatures = whole[:-1].rpartition("\n\n")
    if not empty_line:
        raise ProofFailed("CP_MALFORMED", "no empty line before signatures")
    return text + "\n", signatures.split("\n")


def _parse_line(line: str) -> tuple[str, bytes]:
    """Name, and key id with signature, of one signature line."""
    name, _, encoded = line.removeprefix(_SIGNATURE_START).partition(" ")
    try:
        signed = from_base64(encoded)
    except ValueError:
        signed = b""
    if not line.startswith(_SIGNATURE_START) or not _is_name(name) or len(signed) < 5:
        raise ProofFailed("CP_MALFORMED", "a bad signature line")
    return name, signed


def _verified(key: Vkey, text: str, signed: bytes) -> Signature:
    message, time = text.encode(), None
    if key.type == KeyType.COSIGNATURE:
        time = int.from_bytes(signed[:8], "big")
        message, signed = cosigned_message(text, time), signed[8:]
    try:
        _parsed(key.public_key).verify(signed, message)
    except InvalidSignature:
        code = "CP_SIGNATURE" if time is None else "CP_COSIGNATURE"
        raise ProofFailed(code, f"key {key.key_id.hex()}") from None
    return Signature(key, time)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large a log is (`size`, in leaves) and what its tree's root is (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that the log signs."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a checkpoint's text. Raises `ProofFailed` (`CP_MALFORMED`).

        Extension lines are refused: this log writes none, and a cosignature of the
        post-quantum type would not cover them.
        """
        try:
            origin, size, root, end = text.split("\n")
            parsed = cls(origin, _parse_size(size), from_base64(root))
        except ValueError:
            raise ProofFailed("CP_MALFORMED", "not origin, size and root") from None
        if end or not _is_name(origin) or len(parsed.root) != HASH_SIZE:
            raise ProofFailed("CP_MALFORMED", "a bad origin or root")
        if not parsed.size and parsed.root != EMPTY_ROOT:
            raise ProofFailed("CP_MALFORMED", "an empty tree with another root")
        return parsed


def _parse_size(text: str) -> int:
    """A decimal without sign or leading zero. Raises `ValueError`."""
    if len(text) > 19 or not (text.isascii() and text.isdigit()):
        raise ValueError("not a decimal")
    size = int(text)
    if str(size) != text or size > MAX_SIZE:
        raise ValueError("a leading zero, or too large")
    return size
