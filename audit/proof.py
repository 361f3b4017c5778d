"""A proof that an entry stands in the log, as a text file. C2SP tlog-proof.

    c2sp.org/tlog-proof@v1
    index 17
    bKrzHE4L…      the path, leaf's sibling first, one hash a line

    fjordvik.kommune.no/stafettlogg
    100            from here on the checkpoint, as it was signed
    …

An `extra` line may stand before the index; nothing vouches for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from audit.b64 import from_base64, to_base64
from audit.failures import ProofFailed
from audit.tree import HASH_SIZE

MAX_PATH: Final = 62  # a higher tree than any checkpoint can name
_HASH_TEXT: Final = 44  # characters of 32 bytes in base64
_FIRST: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proof:
    """`index` counts leaves from 0; `path` holds 32-byte hashes, sibling first;
    `checkpoint` is the signed note."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


def format_proof(proof: Proof) -> bytes:
    """The proof as a file."""
    lines = [_FIRST]
    if proof.extra is not None:
        lines.append(f"extra {to_base64(proof.extra)}")
    lines += [f"index {proof.index}", *map(to_base64, proof.path), "", ""]
    return "\n".join(lines).encode() + proof.checkpoint


def parse_proof(data: bytes) -> Proof:
    """Read a proof; nothing is verified yet. Raises `ProofFailed` (`INC_PROOF`)."""
    head, empty_line, checkpoint = data.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        extra = None
        if lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0)[6:])
        index = _INDEX.fullmatch(lines[0])
        path = tuple(map(_hash, lines[1:]))
    except (ValueError, IndexError):
        raise ProofFailed("INC_PROOF") from None
    if first != _FIRST or not index or not empty_line or len(path) > MAX_PATH:
        raise ProofFailed("INC_PROOF")
    return Proof(int(index[1]), path, checkpoint, extra)


@lru_cache(maxsize=1 << 14)  # neighbouring proofs share most of their hashes
def _hash(line: str) -> bytes:
    """A hash of 32 bytes. Raises `ValueError`, for a longer line without decoding."""
    if len(line) != _HASH_TEXT or len(found := from_base64(line)) != HASH_SIZE:
        raise ValueError("not a hash")
    return found
