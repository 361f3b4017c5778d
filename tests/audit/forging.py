"""A whole ledger in memory whose keys we hold: it can tell the truth, and lie.

`Forge` makes keys, records entries, grows the tree, signs and cosigns checkpoints and
packs evidence bundles. It uses none of the reading code it is there to test: CBOR
comes from `cbor2`, the tree is the definition of RFC 6962 written out.

    forge = Forge()
    stream = forge.stream("stafettlogg.case.v1")
    forge.record(stream, "case-opened.v1")
    report = verify_bundle(forge.bundle(), forge.policy())

To lie with a valid signature, change the header before it is signed (`lie=`), the
body (`say=`, `body=`), the key (`by=`), the manifest (`bundle(manifest=…)`) or the
checkpoint. To lie without one, change the files: `repacked(bundle, change)`.
"""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.bundle import (
    Extract,
    Item,
    Manifest,
    format_manifest,
    manifest_signature_input,
    pack_bundle,
)
from audit.note import Vkey, cosignature, cosigned_message, format_note
from audit.policy import Group, Policy, Witness, format_policy

SHARED = "stafettlogg.case.v1"
SHIELDED = "stafettlogg.shielded.v1"
ACCESS = "stafettlogg.access.v1"
REGISTRY = "stafettlogg.registry.v1"
PLACE = -65537
START = 1_767_258_000_000  # 1 January 2026, 09:00 UTC, in ms

Lie = Callable[[dict[Any, Any]], object]


@dataclass
class Entry:
    """One recorded entry: what is stored of it, and its leaf index from 0."""

    envelope: bytes
    preimage: bytes
    index: int
    is_erased: bool = False
    is_withheld: bool = False


@dataclass
class Stream:
    """A stream and its entries from version 1 on."""

    id: UUID
    kind: str
    shield: str | None = None
    access_to: UUID | None = None
    entries: list[Entry] = field(default_factory=list)


class Forge:
    """A ledger of one case. The same `seed` makes the same bytes."""

    def __init__(
        self,
        seed: bytes | None = None,
        *,
        origin: str = "testvik.demo.example/stafettlogg",
        tenant: str = "testvik",
        witnesses: Sequence[str] = ("tilsyn",),
    ) -> None:
        self.seed = os.urandom(32) if seed is None else seed
        self.origin = origin
        self.name = origin  # another one once the log was restored short
        self.tenant = tenant
        self.witnesses = list(witnesses)
        self.clock = START
        self.case = self.uuid("case")
        self.streams: list[Stream] = []
        self.leaves: list[bytes] = []
        self.envelopes: list[bytes] = []
        self.registry = self.stream(REGISTRY)
        self.introduce("service")
        self.introduce("log", purpose="checkpoint")

    def derived(self, what: str) -> bytes:
        """32 bytes that follow from the seed."""
        return sha256(self.seed + what.encode()).digest()

    def uuid(self, what: str) -> UUID:
        """A UUID that follows from the seed."""
        return UUID(bytes=self.derived(what)[:16], version=4)

    def key(self, name: str) -> Ed25519PrivateKey:
        """The private key of that name; it comes to be by being asked for."""
        return Ed25519PrivateKey.from_private_bytes(self.derived(f"key {name}"))

    def public(self, name: str) -> bytes:
        return self.key(name).public_key().public_bytes_raw()

    def kid(self, name: str) -> bytes:
        return sha256(bytes.fromhex("a301012006215820") + self.public(name)).digest()

    def stream(
        self, kind: str, *, shield: str | None = None, access_to: UUID | None = None
    ) -> Stream:
        """A new stream without entries."""
        made = Stream(self.uuid(f"stream {len(self.streams)}"), kind, shield, access_to)
        self.streams.append(made)
        return made

    # entries

    def record(
        self,
        stream: Stream,
        type: str = "observation-recorded.v1",
        event: dict[str, Any] | None = None,
        **how: Any,
    ) -> Entry:
        """Make an entry and put it in the log; `how` is as in `made`."""
        return self.append(stream, *self.made(stream, type, event, **how))

    def made(
        self,
        stream: Stream,
        type: str = "observation-recorded.v1",
        event: dict[str, Any] | None = None,
        *,
        by: str = "service",
        lie: Lie | None = None,
        say: Lie | None = None,
        body: bytes | None = None,
        protected: bytes | None = None,
        unprotected: dict[Any, Any] | None = None,
    ) -> tuple[bytes, bytes]:
        """Envelope and preimage of a stream's next entry, signed and not yet logged.

        `lie` changes the header map and `say` the body before they are signed; `body`
        and `protected` take their place altogether.
        """
        self.clock += 60_000
        said = self.body(stream, type, event or {})
        if say is not None:
            say(said)
        content = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
        salt = self.derived(f"salt {len(self.leaves)}")
        preimage = salt + (content if body is None else body)
        header = self.header(stream, by)
        if lie is not None:
            lie(header)
        signed = cbor2.dumps(header, canonical=True) if protected is None else protected
        payload = sha256(preimage).digest()
        parts = [signed, unprotected or {}, payload, self.sign(by, signed, payload)]
        return cbor2.dumps(cbor2.CBORTag(18, parts)), preimage

    def append(self, stream: Stream, envelope: bytes, preimage: bytes) -> Entry:
        """Put any bytes in the log as the next entry of a stream."""
        entry = Entry(envelope, preimage, len(self.leaves))
        self.leaves.append(leaf(envelope))
        self.envelopes.append(envelope)
        stream.entries.append(entry)
        return entry

    def sign(self, by: str, protected: bytes, payload: bytes) -> bytes:
        structure = ["Signature1", protected, b"", payload]
        return self.key(by).sign(cbor2.dumps(structure))

    def header(self, stream: Stream, by: str) -> dict[Any, Any]:
        """The true header map of a stream's next entry."""
        last = stream.entries[-1].envelope if stream.entries else None
        return {
            1: -19,
            4: self.kid(by),
            15: {
                1: f"https://{self.origin}",
                2: f"urn:uuid:{stream.id}",
                6: self.clock // 1000,
            },
            16: "application/stafettlogg-event+cose",
            258: -16,
            259: "application/stafettlogg-preimage",
            PLACE: {
                1: len(stream.entries) + 1,
                2: stream.kind,
                3: 1,
                4: None if last is None else leaf(last),
                6: None,
                8: self.clock,
                9: self.tenant,
                10: self.origin,
            },
        }

    def body(self, stream: Stream, type: str, event: dict[str, Any]) -> dict[str, Any]:
        """The true body of an entry."""
        said: dict[str, Any] = {"type": type}
        said["case"] = str(stream.id if stream.kind == REGISTRY else self.case)
        if stream.shield is not None:
            said["shield"] = stream.shield
        said["occurred_at"] = self.instant()
        said["actor"] = {
            "ref": "p-1",
            "role": "employee",
            "service": "skole",
            "name": "Testperson Én",
            "auth": "service",
        }
        said["event"] = event
        return said

    def instant(self) -> str:
        return datetime.fromtimestamp(self.clock / 1000, UTC).isoformat()

    # keys

    def introduce(
        self,
        name: str,
        *,
        purpose: str = "service",
        by: str = "root",
        to: Stream | None = None,
        **changes: Any,
    ) -> Entry:
        """Let the registry root introduce the key of that name."""
        event = {
            "key_id": self.kid(name).hex(),
            "algorithm": "Ed25519",
            "purpose": purpose,
            "holder": "Testvik kommune",
            "valid_from": self.instant(),
            "public_key": b64encode(self.public(name)).decode(),
        } | changes
        stream = to or self.registry
        return self.record(stream, "signing-key-introduced.v1", event, by=by)

    def rotate(self, old: str, new: str, **changes: Any) -> Entry:
        event = {
            "key_id": self.kid(new).hex(),
            "replaces": self.kid(old).hex(),
            "valid_from": self.instant(),
        } | changes
        return self.record(self.registry, "signing-key-rotated.v1", event, by="root")

    def revoke(
        self, name: str, reason: str = "retired", last_trusted: int | None = None
    ) -> Entry:
        event: dict[str, Any] = {
            "key_id": self.kid(name).hex(),
            "valid_to": self.instant(),
            "reason": reason,
        }
        if last_trusted is not None:
            event["last_trusted"] = last_trusted
        return self.record(self.registry, "signing-key-revoked.v1", event, by="root")

    def cut_back(self, size: int) -> None:
        """Restore the ledger as it was when it had `size` entries."""
        del self.leaves[size:], self.envelopes[size:]
        for stream in self.streams:
            stream.entries = [entry for entry in stream.entries if entry.index < size]

    def declare_loss(
        self, signed: int, *, by: str = "root", to: Stream | None = None, **changes: Any
    ) -> Entry:
        """Let the root declare that `signed` entries are now as many as there are."""
        event = {"from_size": signed, "to_size": len(self.leaves), "reason": "disk"}
        stream = to or self.registry
        declared = self.record(stream, "ledger-restored.v1", event | changes, by=by)
        self.name = f"{self.origin}~{leaf(declared.envelope).hex()[:16]}"
        return declared

    # what is signed over the whole

    def policy(self, *, quorum: bool = True, **changes: Any) -> str:
        """The supervisor's policy: all witnesses, unless told otherwise."""
        named = {
            name: Witness(Vkey(f"{name}.example/w", 4, self.public(f"witness {name}")))
            for name in self.witnesses
        }
        made = Policy(
            log=Vkey(self.name, 1, self.public("log")),
            former=None if self.name == self.origin else self.origin,
            registry=Vkey(f"{self.origin}/registry", 1, self.public("root")),
            tenant=self.tenant,
            witnesses=named,
            groups={"all-of-them": Group(len(named), tuple(named))} if named else {},
            quorum="all-of-them" if quorum and named else None,
        )
        return format_policy(replace(made, **changes))

    def root(self, size: int | None = None) -> bytes:
        return tree_root(self.leaves[:size])

    def checkpoint(
        self,
        size: int | None = None,
        *,
        text: str | None = None,
        by: str = "log",
        witnesses: Sequence[str] | None = None,
        at: int | None = None,
    ) -> bytes:
        """A checkpoint of the first `size` entries, cosigned at `at` (Unix seconds)."""
        count = len(self.leaves) if size is None else size
        root = b64encode(self.root(count)).decode()
        said = text or f"{self.name}\n{count}\n{root}\n"
        at = self.clock // 1000 + 5 if at is None else at
        log = Vkey(self.name, 1, self.public(by))
        signatures = [(log.name, log.key_id, self.key(by).sign(said.encode()))]
        for name in self.witnesses if witnesses is None else witnesses:
            key = Vkey(f"{name}.example/w", 4, self.public(f"witness {name}"))
            signed = self.key(f"witness {name}").sign(cosigned_message(said, at))
            signatures.append((key.name, key.key_id, cosignature(at, signed)))
        return format_note(said, signatures)

    # bundles

    def extract(self, stream: Stream, size: int) -> Extract:
        """A stream as the bundle's writer takes it."""
        items = [
            Item(
                entry.envelope,
                entry.index,
                tuple(inclusion(self.leaves[:size], entry.index)),
                None if entry.is_erased or entry.is_withheld else entry.preimage,
                entry.is_erased,
            )
            for entry in stream.entries
        ]
        return Extract(stream.id, stream.kind, items, stream.shield, stream.access_to)

    def bundle(
        self,
        *,
        streams: Sequence[Stream] | None = None,
        checkpoint: bytes | None = None,
        manifest: Callable[[Manifest], Manifest] = lambda same: same,
        by: str = "service",
        signature: bytes | None = None,
    ) -> bytes:
        """The evidence bundle of `streams` (all of them), signed by the service."""
        size = len(self.leaves)
        chosen = self.streams if streams is None else streams
        extracts = [self.extract(stream, size) for stream in chosen]
        made = format_manifest(
            manifest(
                Manifest(
                    origin=self.name,
                    tenant=self.tenant,
                    case=self.case,
                    made_at=datetime.fromtimestamp(self.clock / 1000, UTC),
                    size=size,
                    streams=tuple(extract.listing() for extract in extracts),
                )
            )
        )
        kid = self.kid(by)
        return pack_bundle(
            manifest=made,
            kid=kid,
            signature=signature
            or self.key(by).sign(manifest_signature_input(made, kid)),
            checkpoint=self.checkpoint() if checkpoint is None else checkpoint,
            policy=self.policy(),
            extracts=extracts,
            readme="Evidence of an invented case.\n",
        )


Files = dict[str, bytes]


def unpacked(bundle: bytes) -> Files:
    """The files of a bundle, as any zip program sees them."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A bundle of these files, as any zip program writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def repacked(bundle: bytes, change: Callable[[Files], object]) -> bytes:
    """The bundle with its files changed and nothing signed anew."""
    files = unpacked(bundle)
    change(files)
    return packed(files)


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = split(len(leaves))
    return sha256(b"\x01" + tree_root(leaves[:k]) + tree_root(leaves[k:])).digest()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*inclusion(leaves[:k], index), tree_root(leaves[k:])]
    return [*inclusion(leaves[k:], index - k), tree_root(leaves[:k])]


def consistency(leaves: Sequence[bytes], old: int, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if old == len(leaves):
        return [] if whole else [tree_root(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*consistency(leaves[:k], old, whole), tree_root(leaves[k:])]
    return [*consistency(leaves[k:], old - k, False), tree_root(leaves[:k])]


def split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def entry_bundle(envelopes: Sequence[bytes]) -> bytes:
    """C2SP tlog-tiles: each entry after its 16-bit length."""
    return b"".join(struct.pack(">H", len(each)) + each for each in envelopes)
