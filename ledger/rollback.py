"""What was signed last, and whether the entries it counted are still there.

A backup is older than the ledger it was taken of. Restored, it lacks the newest
entries, and nothing in the database says so: what was signed last has to be remembered
outside PostgreSQL. That memory is a file of the publisher's; a checkpoint that anybody
else has kept says the same. A ledger shorter than what it has signed is not opened.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from audit.failures import ProofFailed
from audit.note import Checkpoint, open_note, parse_vkey
from audit.restored import MARK
from ledger import durable
from ledger.keyring import Keyring, verifier_key


@dataclass(frozen=True, slots=True)
class LastSigned:
    """The newest tree head a log has signed: its name, its size, its 32-byte root."""

    origin: str
    size: int
    root: bytes


class StateUnreadable(Exception):
    """The file of what was signed last is there and says nothing that can be read."""


class RolledBack(Exception):
    """Entries that were signed are gone; `first_missing` is the first one's position.

    `signed` is how many entries were signed.
    """

    def __init__(self, first_missing: int, signed: int) -> None:
        super().__init__(
            f"entry {first_missing} was signed and is gone: {signed} entries were"
            f" signed, {first_missing - 1} are there. Restore a newer backup, or accept"
            " the loss: `stafettlogg restore --accept`"
        )
        self.first_missing = first_missing
        self.signed = signed


def last_signed(state: Path) -> LastSigned | None:
    """What the file says, `None` without one. Raises `StateUnreadable`."""
    try:
        held = json.loads(state.read_bytes())
        root = b64decode(held["root"], validate=True)
        return LastSigned(str(held["origin"]), int(held["size"]), root)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise StateUnreadable(
            "the file of what was signed last cannot be read"
        ) from None


def signed_by(note: bytes, keyring: Keyring) -> LastSigned:
    """What a checkpoint says, whoever kept it, once it is seen to be this tenant's.

    It may be of the log, or of one that this log went on from. Raises `ProofFailed`
    (`CP_…`).
    """
    name = note.partition(b"\n")[0].decode("utf-8", "replace")
    if name.partition(MARK)[0] != keyring.origin:
        raise ProofFailed("CP_ORIGIN")
    try:
        key = parse_vkey(verifier_key(name, keyring.checkpoint))
    except ProofFailed:
        raise ProofFailed("CP_ORIGIN") from None
    checkpoint = Checkpoint.parse(open_note(note, [key]).text)
    if checkpoint.origin != name:
        raise ProofFailed("CP_ORIGIN")
    return LastSigned(name, checkpoint.size, checkpoint.root)


def remember(state: Path, signed: LastSigned) -> None:
    """Let the file say that this was signed last, whole and durably."""
    root = b64encode(signed.root).decode()
    held = {"origin": signed.origin, "size": signed.size, "root": root}
    state.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(held).encode() + b"\n"
    durable.write(state, content, replace=True, mode=0o600)


def refuse_rollback(signed: LastSigned | None, size: int) -> None:
    """Refuse a ledger of `size` entries that has signed more. Raises `RolledBack`.

    `signed` has to be read before `size`: a ledger only grows.
    """
    if signed is not None and size < signed.size:
        raise RolledBack(size + 1, signed.size)
