"""Re-derive a whole log from its stored entries and compare it with all that is signed.

The entries come in one by one and are not kept: what stays in memory is the end of each
stream and a few bytes an entry. Checked are: positions dense from 1; every envelope,
its signature and its columns; every chain; every body that can be opened, and that an
erasure covers every body that is gone; the stored leaf hashes and stream heads; every
tile on disk; and that the entries, as many as the checkpoint counts, give its root. All
failures are reported, not only the first.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from audit.chain import ERASURES, Tip, misplaced, missaid, unlinked, unvouched
from audit.failures import ProofFailed
from audit.header import Place, parse_at
from audit.keys import ROOT_EVENTS, KeyRegistry
from audit.note import Checkpoint
from audit.policy import (
    Policy,
    SignedCheckpoint,
    open_checkpoint,
    open_known,
    parse_policy,
)
from audit.record import (
    REGISTRY_KIND,
    Body,
    Envelope,
    Header,
    check_preimage,
    check_signature,
    leaf_hash,
    parse_body,
)
from audit.regrowth import Regrowth
from audit.report import Report, Standing
from audit.restored import first_lost
from audit.tiles import Tiles
from audit.tree import EMPTY_ROOT

PROGRESS_STEP: Final = 1_000


@dataclass(frozen=True, slots=True)
class Missing:
    """No body is stored; `erased_by` is the erasure's position, if the store says."""

    erased_by: int | None = None


@dataclass(frozen=True, slots=True)
class Damaged:
    """A body is stored and does not open."""


@dataclass(frozen=True, slots=True)
class NotHeld:
    """Whoever gives the entries holds no bodies, as a mirror."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as a store or mirror holds it.

    `position` counts from 1 over the whole log; `stream`, `version` and `kind` are the
    store's columns; `leaf` is the leaf hash, where the store keeps one; `body` is the
    opened preimage (salt and body), or why there is none.
    """

    position: int
    stream: UUID
    version: int
    kind: str
    envelope: bytes
    leaf: bytes | None
    body: bytes | Missing | Damaged | NotHeld


def fsck(
    entries: Iterable[StoredEntry],
    *,
    policy: str,
    checkpoint: bytes | None,
    tiles: Tiles | None,
    heads: Iterable[tuple[UUID, int, bytes]] | None = None,
    known: bytes | None = None,
    allow_unwitnessed: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Check a whole log, given in order of position, against the policy's text.

    `checkpoint` is the newest signed note, `known` one that the checker has kept,
    `heads` the stored (stream, last version, last leaf hash), `progress` is called with
    the number of entries read. Answers with a report, whatever it finds; what `entries`
    raises by itself goes through.
    """
    report = Report("log")
    try:
        rules = parse_policy(policy, allow_unwitnessed=allow_unwitnessed)
        signed = _accept(report, checkpoint, rules, allow_unwitnessed)
        held = None if known is None else open_known(known, rules)
    except ProofFailed as failure:
        report.fail(failure)
        return report
    check = _Fsck(report, rules, signed, tiles, held)
    try:
        for count, entry in enumerate(entries, 1):
            check.read(entry)
            if progress is not None and not count % PROGRESS_STEP:
                progress(count)
    except ProofFailed as failure:  # a mirror's files that are gone or malformed
        report.fail(failure, position=check.position + 1)
    check.settle_bodies()
    check.check_tree()
    check.check_known()
    if heads is not None:
        check.check_heads(heads)
    check.conclude()
    return report


def _accept(
    report: Report, checkpoint: bytes | None, policy: Policy, unwitnessed: bool
) -> SignedCheckpoint | None:
    """The checkpoint, if there is one; a log that shows none must be allowed to."""
    if checkpoint is not None:
        signed = open_checkpoint(checkpoint, policy)
        report.accept(signed)
        return signed
    if not unwitnessed:
        raise ProofFailed("CP_ABSENT")
    report.notice("NOTHING_PUBLISHED")
    return None


@dataclass(slots=True)
class _Stream:
    """What is kept of a stream: its end, and the places of bodies that are gone."""

    tip: Tip
    gone: array[int] = field(default_factory=lambda: array("Q"))


class _Fsck:
    """The state of one run, entry by entry."""

    def __init__(
        self,
        report: Report,
        policy: Policy,
        signed: SignedCheckpoint | None,
        tiles: Tiles | None,
        known: Checkpoint | None,
    ) -> None:
        self.report = report
        self.policy = policy
        self.signed = signed
        self.size = signed.checkpoint.size if signed else 0
        self.keys = KeyRegistry(policy.registry.public_key)
        self.registry: UUID | None = None
        self.is_registry_sealed = False
        self.tiles = tiles
        self.tree = Regrowth(report, tiles, self.size)
        self.position = 0
        self.known = known
        self.known_root = EMPTY_ROOT  # ours, at the size of the known checkpoint
        self.streams: dict[UUID, _Stream] = {}
        self.erasures: dict[int, UUID] = {}  # by position: the case
        self.claimed: dict[int, int] = {}  # by position: the erasure the store names
        self.positions = array("Q")
        self.standings = bytearray()  # of each entry, an index into `_STANDINGS`
        self.signers: dict[bytes, array[int]] = {}  # by key id: entries it signed

    def read(self, entry: StoredEntry) -> None:
        """Check one entry, and let it be the end of its stream."""
        failures = list(self._out_of_place(entry))
        leaf, index = leaf_hash(entry.envelope), entry.position - 1
        self.tree.put(index, leaf)
        if self.known is not None and self.tree.frontier.size == self.known.size:
            self.known_root = self.tree.frontier.root()
        if entry.leaf is not None and entry.leaf != leaf:
            failures.append(ProofFailed("INC_STORED_LEAF"))
        stream = self.streams.get(entry.stream)
        if stream is None:
            stream = self.streams[entry.stream] = _Stream(Tip())
        header = body = None
        try:
            place = (entry.stream, entry.version, entry.kind, stream.tip.leaf)
            at = Place(self.policy.tenant, self.policy.origin, *place)
            envelope = parse_at(entry.envelope, at)
            header = envelope.header
            failures += self._linked(header, entry, stream.tip)
            failures += self._signed(envelope, index)
            body = self._said(envelope, entry, stream, failures)
            if body is not None and body.type in ROOT_EVENTS and not failures:
                self._learn(body, index, leaf)
        except ProofFailed as failure:
            failures.append(failure)
        stream.tip.advance(header, leaf, index)
        stream.tip.version = entry.version  # a gap is reported once, not ever after
        self._conclude(entry, body, failures)

    def _out_of_place(self, entry: StoredEntry) -> Iterator[ProofFailed]:
        """Positions are dense from 1, and leaf index = position - 1."""
        expected = self.position + 1
        if entry.position > expected:
            gap = f"{entry.position - expected} from {expected}"
            yield ProofFailed("CHAIN_POSITION_GAP", gap)
        elif entry.position == self.position:
            yield ProofFailed("CHAIN_POSITION_REPEATED")
        elif entry.position < self.position:
            yield ProofFailed("CHAIN_POSITION_BACKWARD", f"after {self.position}")
        self.position = max(self.position, entry.position)

    def _linked(
        self, header: Header, entry: StoredEntry, tip: Tip
    ) -> Iterator[ProofFailed]:
        """Columns, chain, times and beacon."""
        index = entry.position - 1
        yield from misplaced(
            header, self.policy, entry.stream, entry.version, entry.kind
        )
        yield from unlinked(header, tip, index)
        yield from unvouched(header, self.signed, index)
        if header.beacon is not None and header.beacon.size <= index:
            yield from self.tree.contradicts(header.beacon.size, header.beacon.root)
        if header.kind == REGISTRY_KIND:
            if self.registry not in (None, header.stream):
                yield ProofFailed("KEY_REGISTRY_SECOND")
            self.registry = self.registry or header.stream

    def _said(
        self,
        envelope: Envelope,
        entry: StoredEntry,
        stream: _Stream,
        failures: list[ProofFailed],
    ) -> Body | None:
        """The body, if it can be read and is the one that was signed."""
        stored = entry.body
        if isinstance(stored, bytes):
            try:
                body = parse_body(check_preimage(envelope, stored))
                failures += missaid(envelope.header, body, stream.tip)
                self.keys.check_author(envelope.header, body)
            except ProofFailed as failure:
                failures.append(failure)
                return None
            return body
        if entry.kind == REGISTRY_KIND:
            self._seal_registry(stored, failures)
        elif isinstance(stored, Missing):
            stream.gone.append(entry.position)
            if stored.erased_by is not None:
                self.claimed[entry.position] = stored.erased_by
        if isinstance(stored, Damaged):
            failures.append(ProofFailed("BODY_DAMAGED"))
        return None

    def _seal_registry(
        self, stored: Missing | Damaged | NotHeld, failures: list[ProofFailed]
    ) -> None:
        """Without the registry's bodies no service key is known; that is said once."""
        if not isinstance(stored, NotHeld):
            failures.append(ProofFailed("KEY_REGISTRY_SEALED"))
        elif not self.is_registry_sealed:
            self.report.fail(ProofFailed("KEY_REGISTRY_SEALED"))
            self.is_registry_sealed = True

    def _signed(self, envelope: Envelope, index: int) -> Iterator[ProofFailed]:
        """The signature, by a key that is valid here as far as is known by now."""
        kid = envelope.header.kid
        try:
            check_signature(envelope, self.keys.signer(envelope.header, index))
        except ProofFailed as failure:
            if not (self.is_registry_sealed and failure.code == "KEY_UNKNOWN"):
                yield failure  # else said once, for the whole log
            return
        if kid not in self.signers:
            self.signers[kid] = array("Q")
        self.signers[kid].append(len(self.positions))

    def _learn(self, body: Body, index: int, leaf: bytes) -> None:
        """Let the registry know what the root says."""
        ended = self.keys.apply(body, index, leaf)
        if ended is not None:
            self._distrust(ended)

    def _distrust(self, kid: bytes) -> None:
        """Fail the entries already read that a key should not have signed after all."""
        last = self.keys.last_index(kid)
        for ordinal in self.signers.get(kid, ()):
            position = self.positions[ordinal]
            if position - 1 > last and self.standings[ordinal] != _FAILED:
                self.standings[ordinal] = _FAILED
                self.report.fail(ProofFailed("KEY_COMPROMISED"), position=position)

    def _conclude(
        self, entry: StoredEntry, body: Body | None, failures: list[ProofFailed]
    ) -> None:
        """Count the entry, and report what was wrong with it, each code once."""
        self.positions.append(entry.position)
        self.standings.append(
            _FAILED if failures else _SEALED if body is None else _SHOWN
        )
        for failure in {each.code: each for each in failures}.values():
            self.report.fail(
                failure,
                position=entry.position,
                stream=entry.stream,
                version=entry.version,
            )
        if body is not None and body.type in ERASURES and not failures:
            self.erasures[entry.position] = body.case
        if isinstance(entry.body, NotHeld):
            self.report.notice("SEALED")

    def settle_bodies(self) -> None:
        """Every body that is gone lies before an erasure of its case in the log."""
        last = {case: position for position, case in sorted(self.erasures.items())}
        for stream, kept in self.streams.items():
            case = kept.tip.case
            until = 0 if case is None else last.get(case, 0)
            for position in kept.gone:
                if position < until or self._is_claimed(position, case):
                    self.report.erased += 1
                    self.report.notice("ERASED")
                    continue
                code = "MISSING_ERASURE" if position in self.claimed else "MISSING_BODY"
                self.report.fail(ProofFailed(code), position=position, stream=stream)
                self._fail_at(position)

    def _is_claimed(self, position: int, case: UUID | None) -> bool:
        """Does the store name an erasure that is one, later, and of no other case?"""
        erased_by = self.claimed.get(position, 0)
        erased = self.erasures.get(erased_by)
        return erased is not None and erased_by > position and case in (None, erased)

    def _fail_at(self, position: int) -> None:
        for ordinal in _places(self.positions, position):
            self.standings[ordinal] = _FAILED

    def check_tree(self) -> None:
        """As many entries as the checkpoint counts, and its root."""
        if self.position < self.size:
            gone = f"{self.size - self.position} gone"
            tail = ProofFailed("MISSING_TAIL", gone)
            self.report.fail(tail, position=self.position + 1)
        if self.signed is not None:
            self.tree.check_root(self.signed.checkpoint.root)
        self.tree.check_end(self._newest_size())
        self.report.unpublished = max(0, self.position - self.size)
        if self.report.unpublished:
            self.report.notice("UNPUBLISHED")

    def check_known(self) -> None:
        """What was signed before is still there, and the log is called accordingly."""
        restored, origin = self.keys.restored, self.policy.origin
        if self.keys.log_name(origin) != self.policy.name:
            self.report.fail(ProofFailed("RESTORED_NAME"))
        for name in self.keys.notices:
            self.report.notice(name)
        if self.known is None:
            return
        lost = first_lost(self.known, origin, restored)
        if lost is None and self.position < self.known.size:
            lost = self.position + 1
        if lost is not None:
            gone = f"{self.known.size} were signed"
            self.report.fail(ProofFailed("CP_ROLLBACK", gone), position=lost)
        elif self.known_root != self.known.root:
            self.report.fail(ProofFailed("CP_FORK", f"size {self.known.size}"))

    def _newest_size(self) -> int:
        """The size of the checkpoint on disk now, which may be newer than the given."""
        if self.tiles is None or self.signed is None:
            return 0
        try:
            note = (self.tiles.directory / "checkpoint").read_bytes()
            newest = open_checkpoint(note, self.policy).checkpoint.size
        except (OSError, ProofFailed):
            return 0
        return newest if newest > self.size else 0

    def check_heads(self, heads: Iterable[tuple[UUID, int, bytes]]) -> None:
        """The stored ends of the streams are the ends that the entries give."""
        seen = set()
        for stream, version, leaf in heads:
            kept = self.streams.get(stream)
            seen.add(stream)
            if kept is None:
                self._fail_head("CHAIN_HEAD_UNKNOWN", stream, version)
            elif (kept.tip.version, kept.tip.leaf) != (version, leaf):
                self._fail_head("CHAIN_HEAD_DIFFERS", stream, version)
        for stream in self.streams.keys() - seen:
            version = self.streams[stream].tip.version
            self._fail_head("CHAIN_HEAD_ABSENT", stream, version)

    def _fail_head(self, code: str, stream: UUID, version: int) -> None:
        self.report.fail(ProofFailed(code), stream=stream, version=version)

    def conclude(self) -> None:
        """The counts, and what a log cannot prove by itself."""
        if self.registry is None and self.position:
            self.report.fail(ProofFailed("KEY_REGISTRY_ABSENT"))
        for code, standing in enumerate(_STANDINGS):
            self.report.counts[standing] = self.standings.count(code)
        self.report.notice("SERVICE_ATTESTED")
        self.report.is_finished = True


_STANDINGS: Final = (Standing.SHOWN, Standing.SEALED, Standing.FAILED)
_SHOWN, _SEALED, _FAILED = range(3)


def _places(positions: array[int], position: int) -> Iterator[int]:
    """Where a position stands among those read: at once where they are dense."""
    if position <= len(positions) and positions[position - 1] == position:
        yield position - 1
    else:
        yield from (at for at, each in enumerate(positions) if each == position)
