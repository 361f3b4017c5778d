"""Whether an entry stands where it says: log, stream, predecessor, time, case.

Each question yields every way in which it fails, so that a report can name them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from audit.failures import ProofFailed
from audit.policy import Policy, SignedCheckpoint
from audit.record import (
    ACCESS_KIND,
    KINDS,
    REGISTRY_KIND,
    SHIELDED_KIND,
    Body,
    Header,
)

CLOCK_TOLERANCE: Final = 300  # seconds between our clock and a witness's
ERASURES: Final = frozenset({"key-destroyed.v1", "sealing-executed.v1"})


@dataclass(slots=True)
class Tip:
    """The end of a stream as read so far, which the next entry must continue.

    `leaf` is the 32-byte leaf hash of the last entry, `None` before the first one or
    when the last one could not be read; `index` its leaf index from 0. `case` is what
    the stream's bodies must name, `None` until known; `shield` likewise, but there
    `None` may be what is known.
    """

    version: int = 0
    leaf: bytes | None = None
    index: int = -1
    iat_ms: int = 0
    case: UUID | None = None
    shield: str | None = None
    is_shield_known: bool = False

    def advance(
        self, header: Header | None, leaf: bytes | None, index: int | None
    ) -> None:
        """Let an entry be the last one, however badly it may stand there."""
        self.version += 1
        self.leaf = leaf
        if index is not None:
            self.index = max(self.index, index)
        if header is not None:
            self.iat_ms = max(self.iat_ms, header.iat_ms)


def misplaced(
    header: Header, policy: Policy, stream: UUID, version: int, kind: str
) -> Iterator[ProofFailed]:
    """How the header differs from where the entry was found."""
    if header.origin != policy.origin:
        yield ProofFailed("CHAIN_ORIGIN")
    if header.tenant != policy.tenant:
        yield ProofFailed("CHAIN_TENANT")
    if header.stream != stream:
        yield ProofFailed("CHAIN_STREAM", f"signed for {header.stream}")
    if header.kind != kind or kind not in KINDS:
        yield ProofFailed("CHAIN_KIND")
    if header.version != version:
        yield ProofFailed("CHAIN_VERSION", f"signed as {header.version}")


def unlinked(header: Header, tip: Tip, index: int) -> Iterator[ProofFailed]:
    """How the entry fails to continue its stream."""
    if header.version != tip.version + 1:
        yield ProofFailed("CHAIN_VERSION", f"{header.version} after {tip.version}")
    if header.previous is None and header.version != 1:
        yield ProofFailed("CHAIN_PREVIOUS", "none named")
    elif header.previous != tip.leaf:
        yield ProofFailed("CHAIN_PREVIOUS")
    if index <= tip.index:
        yield ProofFailed("CHAIN_ORDER", f"index {index} after {tip.index}")
    if header.iat_ms < tip.iat_ms:
        yield ProofFailed("TIME_BACKWARDS", f"{tip.iat_ms - header.iat_ms} ms")


def unvouched(
    header: Header, signed: SignedCheckpoint | None, index: int
) -> Iterator[ProofFailed]:
    """How time, beacon and actor go against the checkpoint or each other."""
    witnessed_at = signed.witnessed_at if signed else None
    if signed and witnessed_at is not None and index < signed.checkpoint.size:
        late = header.iat_seconds - witnessed_at
        if late > CLOCK_TOLERANCE:
            yield ProofFailed("TIME_AFTER_WITNESS", f"by {late} s")
    if header.beacon is not None and header.beacon.size > index:
        yield ProofFailed("TIME_BEACON", f"size {header.beacon.size}, index {index}")
    if (header.actor_key is None) is not (header.statement is None):
        yield ProofFailed("ACTOR_UNPAIRED")
    elif header.statement is not None:
        yield ProofFailed("ACTOR_STATEMENT")


def missaid(header: Header, body: Body, tip: Tip) -> Iterator[ProofFailed]:
    """How the body names another case or shield than its stream.

    All bodies of a stream name the same; where the tip does not know what, the first
    one read says it. A registry entry's case is its own stream. A shielded stream has
    a shield, an access stream may belong to one, the others have none.
    """
    if tip.case is None:
        tip.case = header.stream if header.kind == REGISTRY_KIND else body.case
    if not tip.is_shield_known:
        tip.shield, tip.is_shield_known = body.shield, True
    if body.case != tip.case:
        yield ProofFailed("BODY_CASE")
    is_shielded, is_access = header.kind == SHIELDED_KIND, header.kind == ACCESS_KIND
    may_be = is_access or is_shielded is (body.shield is not None)
    if body.shield != tip.shield or not may_be:
        yield ProofFailed("BODY_SHIELD")
