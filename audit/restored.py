"""A log that was restored from a backup shorter than what it had signed.

What is recorded from then on stands at places that the log has already vouched for
with other entries, so the log may not go on under its name: every checkpoint of that
name stays true of what was, and nothing of that name follows. The registry root
declares the restoration in an entry, and the log goes on under a name made of that
entry's leaf hash, which no other log has. The entries keep their origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from audit.failures import ProofFailed
from audit.note import Checkpoint

RESTORED: Final = "ledger-restored.v1"
MARK: Final = "~"  # parts the origin from what a restoration adds to it
_DIGITS: Final = 16  # of the leaf hash in hex


@dataclass(frozen=True, slots=True)
class Restoration:
    """One declared restoration.

    The log had signed `before` entries and held `after`; `leaf` is the 32-byte leaf
    hash of the entry that says so.
    """

    before: int
    after: int
    leaf: bytes

    @classmethod
    def parse(cls, event: dict[str, Any], leaf: bytes) -> Restoration:
        """Read the entry's event. Raises `ProofFailed` (`RESTORED_FIELDS`)."""
        if event.keys() != {"from_size", "to_size", "reason"}:
            raise ProofFailed("RESTORED_FIELDS", "fields missing or unknown")
        before, after = event["from_size"], event["to_size"]
        if type(before) is not int or type(after) is not int or not after < before:
            raise ProofFailed("RESTORED_FIELDS", "sizes")
        return cls(before, after, leaf)

    def name(self, origin: str) -> str:
        """What the log is called from here on."""
        return f"{origin}{MARK}{self.leaf.hex()[:_DIGITS]}"


def names(origin: str, restorations: Sequence[Restoration]) -> list[str]:
    """What the log was called, the first name first, the present one last."""
    return [origin, *(each.name(origin) for each in restorations)]


def first_lost(
    known: Checkpoint, origin: str, restorations: Sequence[Restoration]
) -> int | None:
    """The first position that a known checkpoint counts and a restoration gave up.

    `None` when the restorations of the log say of no such position.
    """
    called = names(origin, restorations)
    if known.origin not in called:
        return None
    since = restorations[called.index(known.origin) :]
    lost = min((each.after for each in since), default=known.size)
    return lost + 1 if lost < known.size else None
