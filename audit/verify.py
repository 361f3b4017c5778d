"""Does an evidence bundle prove what it shows? The steps, in order:

 1. The pinned policy: which log, which registry root, whose cosignatures.
 2. The checkpoint: of that log, signed by it, cosigned as the policy asks.
 3. The key registry, rebuilt from its own entries, each in the log and signed by the
    root; then the manifest, signed by a service key that is still valid.
 4. Every envelope: deterministic CBOR and the one shape that an entry has.
 5. Its signature, by a key that was valid at its place in the log.
 6. Its inclusion: the path from its leaf leads to the checkpoint's root.
 7. Its links: log, tenant, stream, version 1 to n, the entry before it, log order.
 8. Its times: never backwards, and not after the witnesses saw it.
 9. Its actor: as attested by the service, until actors sign.
10. Its body: shown, and then the one that was signed, of this case and this shield;
    or withheld; or erased, and then under an erasure that is proven here.
11. The whole: every stream from its first entry to the last that the manifest names.

Every failure has a code (`audit.failures`), and nothing is proved unless all hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from audit.bundle import Bundle, EntryFiles, Listing, check_manifest, read_bundle
from audit.chain import ERASURES, Tip, misplaced, missaid, unlinked, unvouched
from audit.failures import ProofFailed
from audit.header import Place, parse_at
from audit.keys import ROOT_EVENTS, KeyRegistry
from audit.policy import Policy, SignedCheckpoint, open_checkpoint, parse_policy
from audit.proof import parse_proof
from audit.record import (
    REGISTRY_KIND,
    Body,
    Envelope,
    check_preimage,
    check_signature,
    leaf_hash,
    parse_body,
    parse_envelope,
)
from audit.report import UNPROVEN, Report, Standing, Verdict
from audit.tree import check_inclusion

MAX_GAPS: Final = 1_000  # absent entries that are named one by one
P = ParamSpec("P")
T = TypeVar("T")


def verify_bundle(
    bundle: bytes | Path | str, policy_text: str, *, allow_unwitnessed: bool = False
) -> Report:
    """Check a bundle, given as bytes or path, against the supervisor's policy.

    Answers with a report whatever the bundle holds; only a path that cannot be read
    raises `OSError`. A policy without witnesses is refused unless `allow_unwitnessed`.
    """
    report = Report("bundle")
    try:
        _verify(report, bundle, policy_text, allow_unwitnessed)
    except ProofFailed as failure:
        report.fail(failure)
    except OSError:
        raise
    except Exception as fault:  # a verifier that falls over must not look like one
        report.fail(ProofFailed("BUNDLE_UNEXPECTED", type(fault).__name__))
    return report


def _verify(
    report: Report, source: bytes | Path | str, policy_text: str, unwitnessed: bool
) -> None:
    policy = parse_policy(policy_text, allow_unwitnessed=unwitnessed)  # (1)
    bundle = read_bundle(source)
    report.case = bundle.manifest.case
    signed = open_checkpoint(bundle.checkpoint, policy)  # (2)
    report.accept(signed)
    verifier = _Verifier(policy, bundle, signed, report)
    verifier.rebuild_registry()  # (3)
    verifier.check_manifest()
    for listing in bundle.manifest.streams:  # (4) to (10)
        verifier.read_stream(listing)
    verifier.settle_erasures()
    verifier.check_whole()  # (11)
    report.is_finished = True


@dataclass(slots=True)
class _Reading:
    """One entry's files, and what has come of them so far."""

    stream: UUID
    version: int
    files: EntryFiles
    tip: Tip
    index: int | None = None
    envelope: Envelope | None = None
    body: Body | None = None
    failures: list[ProofFailed] = field(default_factory=list)

    def hold(
        self, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """What the check answers; when it does not hold, that is noted instead."""
        try:
            return check(*args, **kwargs)
        except ProofFailed as failure:
            self.failures.append(failure)
            return None


class _Verifier:
    """The state of one verification: what has been established so far."""

    def __init__(
        self, policy: Policy, bundle: Bundle, signed: SignedCheckpoint, report: Report
    ) -> None:
        self.policy = policy
        self.bundle = bundle
        self.signed = signed
        self.report = report
        self.keys = KeyRegistry(policy.registry.public_key)
        self.key_failures: dict[int, ProofFailed] = {}  # by version in the registry
        self.erased: list[_Reading] = []
        self.erasures: dict[UUID, int] = {}  # by case: leaf of the last one proven
        self.gaps = MAX_GAPS

    def rebuild_registry(self) -> None:
        """Step 3: the root's entries, in the order of the log."""
        streams = [s for s in self.bundle.manifest.streams if s.kind == REGISTRY_KIND]
        if len(streams) != 1:
            code = "KEY_REGISTRY_SECOND" if streams else "KEY_REGISTRY_ABSENT"
            raise ProofFailed(code)
        stream = streams[0].stream
        for version, files in sorted(self.bundle.entries.get(stream, {}).items()):
            try:
                self._read_key_entry(stream, version, files)
            except ProofFailed as failure:
                self.key_failures[version] = failure

    def _read_key_entry(self, stream: UUID, version: int, files: EntryFiles) -> None:
        """Let the registry know what a root entry says, once it is seen to hold."""
        if files.envelope is None:
            return  # its own reading says so
        envelope, at = parse_envelope(files.envelope), (stream, version, REGISTRY_KIND)
        for failure in misplaced(envelope.header, self.policy, *at):
            raise failure
        if files.preimage is None:
            raise ProofFailed("KEY_REGISTRY_SEALED")
        body = parse_body(check_preimage(envelope, files.preimage))
        self.keys.check_author(envelope.header, body)
        if body.type in ROOT_EVENTS:
            index, leaf = self._included(files), leaf_hash(files.envelope)
            check_signature(envelope, self.keys.root)
            self.keys.apply(body, index, leaf)

    def check_manifest(self) -> None:
        """Step 3, end: the manifest, by a key valid for the log's next entry."""
        manifest, size = self.bundle.manifest, self.signed.checkpoint.size
        cose, raw = self.bundle.manifest_cose, self.bundle.manifest_json
        try:
            check_manifest(cose, raw, lambda kid: self.keys.service_key(kid, size))
        except ProofFailed as failure:
            self.report.fail(failure)
        for said, true, code in (
            (manifest.origin, self.policy.name, "MANIFEST_ORIGIN"),
            (manifest.tenant, self.policy.tenant, "MANIFEST_TENANT"),
            (manifest.size, size, "MANIFEST_SIZE"),
            (self.policy.name, self.keys.log_name(self.policy.origin), "RESTORED_NAME"),
        ):
            if said != true:
                self.report.fail(ProofFailed(code))

    def read_stream(self, listing: Listing) -> None:
        """Steps 4 to 10 for every entry of a stream, from the first to the last."""
        stream, is_registry = listing.stream, listing.kind == REGISTRY_KIND
        case = stream if is_registry else self.bundle.manifest.case
        tip = Tip(case=case, shield=listing.shield, is_shield_known=True)
        erased, withheld = set(listing.erased), set(listing.withheld)
        files = self.bundle.entries.get(stream, {})
        last = min(listing.versions, len(files) + self.gaps)
        self.gaps -= max(0, last - len(files))
        for version in range(1, last + 1):
            reading = _Reading(stream, version, files.get(version, EntryFiles()), tip)
            if is_registry and version in self.key_failures:
                reading.failures.append(self.key_failures[version])
            self._read(reading, listing.kind, version in erased or version in withheld)
            if version in erased and not reading.failures:
                self.erased.append(reading)  # waits until the erasures are known
            else:
                self._conclude(reading)
        if tip.version < listing.versions or tip.leaf != listing.head:
            failure = ProofFailed("MANIFEST_HEAD")
            self.report.fail(failure, stream=stream, version=listing.versions)

    def _read(self, reading: _Reading, kind: str, is_sealed: bool) -> None:
        """Steps 4 to 10 for one entry, which then is the tip of its stream."""
        content = reading.files.envelope
        if content is None:
            reading.failures.append(ProofFailed("MISSING_ENTRY"))
            reading.tip.advance(None, None, None)
            return
        place = (reading.stream, reading.version, kind)
        at = Place(self.policy.tenant, self.policy.origin, *place, reading.tip.leaf)
        envelope = reading.envelope = reading.hold(parse_at, content, at)  # (4)
        reading.index = reading.hold(self._included, reading.files)  # (6)
        if envelope is not None:
            reading.failures += misplaced(envelope.header, self.policy, *place)  # (7)
            self._read_header(reading, envelope)
            self._read_body(reading, envelope, is_sealed)
        header = None if envelope is None else envelope.header
        reading.tip.advance(header, leaf_hash(content), reading.index)

    def _included(self, files: EntryFiles) -> int:
        """The leaf index at which the entry is proven to stand."""
        if files.proof is None or files.envelope is None:
            raise ProofFailed("MISSING_PROOF")
        proof = parse_proof(files.proof)
        if proof.checkpoint != self.bundle.checkpoint:
            raise ProofFailed("INC_CHECKPOINT")
        if proof.extra is not None and proof.extra != files.envelope:
            raise ProofFailed("INC_EXTRA")
        leaf, tree = leaf_hash(files.envelope), self.signed.checkpoint
        check_inclusion(leaf, proof.index, tree.size, proof.path, tree.root)
        return proof.index

    def _read_header(self, reading: _Reading, envelope: Envelope) -> None:
        """Steps 5, 7, 8 and 9; without a place in the log they have no answer."""
        header, index = envelope.header, reading.index
        if index is None:
            return
        reading.failures += unlinked(header, reading.tip, index)  # (7), (8)
        reading.failures += unvouched(header, self.signed, index)  # (8), (9)
        key = reading.hold(self.keys.signer, header, index)  # (5)
        if key is not None:
            reading.hold(check_signature, envelope, key)
        if header.beacon is not None:
            self.report.notice("BEACONS")

    def _read_body(
        self, reading: _Reading, envelope: Envelope, is_sealed: bool
    ) -> None:
        """Step 10, except for what was erased."""
        preimage = reading.files.preimage
        if (preimage is None) is not is_sealed:
            code = "MANIFEST_SHOWN" if is_sealed else "MISSING_BODY"
            reading.failures.append(ProofFailed(code))
        if preimage is None:
            return
        try:
            body = parse_body(check_preimage(envelope, preimage))
            reading.failures += missaid(envelope.header, body, reading.tip)
            self.keys.check_author(envelope.header, body)
        except ProofFailed as failure:
            reading.failures.append(failure)
        else:
            reading.body = body

    def _conclude(self, reading: _Reading, erased_by: int | None = None) -> None:
        """The verdict on an entry."""
        stream, version, index = reading.stream, reading.version, reading.index
        failures = {failure.code: failure for failure in reading.failures}
        standing = Standing.SEALED if reading.body is None else Standing.SHOWN
        if failures:
            standing = Standing.FAILED
        elif index is not None and reading.body and reading.body.type in ERASURES:
            case = reading.body.case
            self.erasures[case] = max(index, self.erasures.get(case, 0))
        codes = tuple(failures)
        self.report.judge(Verdict(stream, version, index, standing, codes, erased_by))
        for failure in failures.values():
            self.report.fail(failure, stream=stream, version=version)

    def settle_erasures(self) -> None:
        """Step 10, end: an erasure of the same case must follow in the log."""
        for reading in self.erased:
            case, index = reading.tip.case, reading.index
            erased_by = None if case is None else self.erasures.get(case)
            if erased_by is None or index is None or erased_by < index:
                reading.failures.append(ProofFailed("MISSING_ERASURE"))
                erased_by = None
            self._conclude(reading, erased_by)
        if self.erased:
            self.report.notice("ERASED")
        order = {s.stream: at for at, s in enumerate(self.bundle.manifest.streams)}
        self.report.entries.sort(key=lambda v: (order[v.stream], v.version))

    def check_whole(self) -> None:
        """Step 11: no file beyond the manifest; what stays unproven is said."""
        listed = {s.stream: s.versions for s in self.bundle.manifest.streams}
        for stream, versions in self.bundle.entries.items():
            for version in versions:
                if version > listed.get(stream, 0):
                    failure = ProofFailed("MANIFEST_UNLISTED")
                    self.report.fail(failure, stream=stream, version=version)
        for name in (*UNPROVEN, *self.keys.notices):
            self.report.notice(name)
