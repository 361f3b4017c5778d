"""The evidence bundle: one file that shows chosen streams and proves them.

    manifest.json                        what the bundle holds, and what it does not
    manifest.cose                        the service's signature over it
    policy                               a copy for information, never trusted
    checkpoint                           the signed, witnessed tree head
    events/<stream>/<version>.cose       the signed envelopes, 1 to n without a gap
    preimages/<stream>/<version>         salt and body of the entries that are shown
    proofs/<stream>/<version>.tlog-proof where each envelope stands in the log
    README.txt                           for whoever opens it
    verify.pyz                           optional: a verifier, never run from here

Reading is strict and trusts nothing; `audit.verify` decides. Writing takes a ready-made
signature: no private key comes near this code.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from audit import cbor
from audit.archive import MAX_ARCHIVE, read_archive, write_archive
from audit.b64 import from_base64, to_base64
from audit.failures import ProofFailed
from audit.proof import Proof, format_proof
from audit.record import (
    ACCESS_KIND,
    ED25519,
    KINDS,
    MAX_BODY,
    SALT_SIZE,
    SHA_256,
    SHIELDED_KIND,
    leaf_hash,
    parse_instant,
    parse_json,
    parse_sign1,
    parse_uuid,
    sign1,
    signature_input,
    verify,
)

FORMAT: Final = "stafettlogg-bundle/1"
MANIFEST_TYPE: Final = "application/stafettlogg-manifest+cose"
_REQUIRED: Final = {  # name: largest size in bytes
    "manifest.json": 1 << 24,
    "manifest.cose": 1 << 12,
    "policy": 1 << 16,
    "checkpoint": 1 << 18,
    "README.txt": 1 << 16,
}
_OPTIONAL: Final = {"verify.pyz": 1 << 23}
_KINDS_OF_FILE: Final = {  # prefix and suffix: largest size in bytes
    ("events/", ".cose"): cbor.MAX_SIZE,
    ("preimages/", ""): SALT_SIZE + MAX_BODY,
    ("proofs/", ".tlog-proof"): 1 << 19,
}
_ENTRY_NAME: Final = re.compile(
    r"(events/|preimages/|proofs/)"
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"/([1-9][0-9]{0,8})(\.cose|\.tlog-proof|)",
    re.ASCII,
)
_TOP_KEYS: Final = {"format", "origin", "tenant", "case", "made_at", "size", "streams"}
_EXTRA_KEYS: Final = {"profile", "labels", "codes"}
_STREAM_KEYS: Final = {
    "stream",
    "kind",
    "shield",
    "access_to",
    "versions",
    "head",
    "erased",
    "withheld",
}


@dataclass(slots=True)
class EntryFiles:
    """The files of one entry, as far as the bundle has them."""

    envelope: bytes | None = None
    preimage: bytes | None = None
    proof: bytes | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What the manifest says of one stream, which is here in full: 1 to `versions`.

    `head` is the 32-byte leaf hash of the last one. The bodies of `erased` versions are
    gone for everyone, those of `withheld` ones are not for this reader. `access_to`
    names the stream whose readings an access stream records.
    """

    stream: UUID
    kind: str
    versions: int
    head: bytes
    shield: str | None = None
    access_to: UUID | None = None
    erased: tuple[int, ...] = ()
    withheld: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds; `size` is the checkpoint's, in leaves.

    `profile`, `labels` and `codes` are plain data that go along: the rules, words and
    code lists of the day, by which findings are judged and told.
    """

    origin: str
    tenant: str
    case: UUID | None
    made_at: datetime
    size: int
    streams: tuple[Listing, ...]
    profile: Mapping[str, Any] | None = None
    labels: Mapping[str, Any] | None = None
    codes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of a bundle, read but not believed; entries by stream and version."""

    manifest: Manifest
    manifest_json: bytes
    manifest_cose: bytes
    checkpoint: bytes
    policy: bytes
    entries: Mapping[UUID, Mapping[int, EntryFiles]]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry for the writer: `index` is its leaf, from 0, `path` its inclusion path.

    Without a `preimage` the entry is withheld, unless it `is_erased`.
    """

    envelope: bytes
    index: int
    path: tuple[bytes, ...]
    preimage: bytes | None = None
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """One stream for the writer: all its entries, from version 1 on."""

    stream: UUID
    kind: str
    items: Sequence[Item]
    shield: str | None = None
    access_to: UUID | None = None

    def listing(self) -> Listing:
        """What the manifest says of it."""
        numbered = list(enumerate(self.items, 1))
        erased = tuple(v for v, item in numbered if item.is_erased)
        sealed = {v for v, item in numbered if item.preimage is None}
        return Listing(
            stream=self.stream,
            kind=self.kind,
            versions=len(self.items),
            head=leaf_hash(self.items[-1].envelope),
            shield=self.shield,
            access_to=self.access_to,
            erased=erased,
            withheld=tuple(sorted(sealed - set(erased))),
        )


def format_manifest(manifest: Manifest) -> bytes:
    """The manifest as compact JSON: the bytes that are signed."""
    said: dict[str, Any] = {
        "format": FORMAT,
        "origin": manifest.origin,
        "tenant": manifest.tenant,
        "case": None if manifest.case is None else str(manifest.case),
        "made_at": manifest.made_at.isoformat(),
        "size": manifest.size,
        "streams": [_listing_json(listing) for listing in manifest.streams],
    }
    for name in sorted(_EXTRA_KEYS, reverse=True):
        extra = getattr(manifest, name)
        if extra is not None:
            said[name] = extra
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def _listing_json(listing: Listing) -> dict[str, Any]:
    return {
        "stream": str(listing.stream),
        "kind": listing.kind,
        "shield": listing.shield,
        "access_to": None if listing.access_to is None else str(listing.access_to),
        "versions": listing.versions,
        "head": to_base64(listing.head),
        "erased": list(listing.erased),
        "withheld": list(listing.withheld),
    }


def manifest_signature_input(manifest: bytes, kid: bytes) -> bytes:
    """What the service key named `kid` (32 bytes) signs for these manifest bytes."""
    return signature_input(_manifest_header(kid), sha256(manifest).digest())


def _manifest_header(kid: bytes) -> bytes:
    return cbor.encode(
        {1: ED25519, 4: kid, 16: MANIFEST_TYPE, 258: SHA_256, 259: "application/json"}
    )


def pack_bundle(
    *,
    manifest: bytes,
    kid: bytes,
    signature: bytes,
    checkpoint: bytes,
    policy: str,
    extracts: Sequence[Extract],
    readme: str,
    verifier: bytes | None = None,
) -> bytes:
    """The bundle as bytes; the same arguments give the same bytes.

    `manifest` are the bytes of `format_manifest`, `signature` the 64 bytes that the
    service key `kid` made over `manifest_signature_input`. Raises `ProofFailed`
    (`BUNDLE_COUNT`, `BUNDLE_SIZE`) for more than a reader accepts.
    """
    digest = sha256(manifest).digest()
    files = {
        "manifest.json": manifest,
        "manifest.cose": sign1(_manifest_header(kid), digest, signature),
        "policy": policy.encode(),
        "checkpoint": checkpoint,
        "README.txt": readme.encode(),
    }
    if verifier is not None:
        files["verify.pyz"] = verifier
    for extract in extracts:
        files.update(_extract_files(extract, checkpoint))
    return write_archive(files)


def _extract_files(extract: Extract, checkpoint: bytes) -> Iterator[tuple[str, bytes]]:
    for version, item in enumerate(extract.items, 1):
        name = f"{extract.stream}/{version}"
        yield f"events/{name}.cose", item.envelope
        if item.preimage is not None:
            yield f"preimages/{name}", item.preimage
        proof = Proof(item.index, item.path, checkpoint)
        yield f"proofs/{name}.tlog-proof", format_proof(proof)


def write_bundle(path: Path | str, packed: bytes) -> None:
    """Put a packed bundle in a file: whole and on disk, or not there at all.

    Raises `OSError`; the file at `path`, if there was one, is then as before.
    """
    target = Path(path)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # or a power cut may forget the name
    finally:
        os.close(directory)


def read_bundle(source: bytes | Path | str) -> Bundle:
    """The files of a bundle, given as bytes or as a path.

    Raises `ProofFailed` (`BUNDLE_…`, `MANIFEST_MALFORMED`), and `OSError` for a path
    that cannot be read.
    """
    files = read_archive(_bytes_of(source), _limit_of)
    for name in _REQUIRED:
        if name not in files:
            raise ProofFailed("BUNDLE_ABSENT", name)
    return Bundle(
        manifest=parse_manifest(files["manifest.json"]),
        manifest_json=files["manifest.json"],
        manifest_cose=files["manifest.cose"],
        checkpoint=files["checkpoint"],
        policy=files["policy"],
        entries=_entries(files),
    )


def _entries(files: Mapping[str, bytes]) -> dict[UUID, dict[int, EntryFiles]]:
    """The files of entries, put together by stream and version."""
    streams: dict[str, dict[int, EntryFiles]] = {}
    for name, content in files.items():
        folder, *place = name.split("/")
        if not place:
            continue
        versions = streams.setdefault(place[0], {})
        entry = versions.setdefault(int(place[1].partition(".")[0]), EntryFiles())
        if folder == "events":
            entry.envelope = content
        elif folder == "preimages":
            entry.preimage = content
        else:
            entry.proof = content
    return {UUID(stream): versions for stream, versions in streams.items()}


def _bytes_of(source: bytes | Path | str) -> bytes:
    if isinstance(source, bytes):
        return source
    with Path(source).open("rb") as file:
        return file.read(MAX_ARCHIVE + 1)


def _limit_of(name: str) -> int | None:
    if found := _ENTRY_NAME.fullmatch(name):
        return _KINDS_OF_FILE.get((found[1], found[4]))
    return _REQUIRED.get(name) or _OPTIONAL.get(name)


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest; nothing is verified yet. Raises (`MANIFEST_MALFORMED`)."""
    said = parse_json(data, "MANIFEST_MALFORMED")
    if type(said) is not dict or said.keys() - _EXTRA_KEYS != _TOP_KEYS:
        raise _malformed("keys missing or unknown")
    if said["format"] != FORMAT or type(said["streams"]) is not list:
        raise _malformed("format or streams")
    if not all(type(said.get(name, {})) is dict for name in _EXTRA_KEYS):
        raise _malformed("profile, labels or codes")
    streams = tuple(map(_parse_listing, said["streams"]))
    if len({listing.stream for listing in streams}) != len(streams):
        raise _malformed("a stream listed twice")
    return Manifest(
        origin=_text(said["origin"]),
        tenant=_text(said["tenant"]),
        case=_uuid(said["case"]),
        made_at=parse_instant(said["made_at"], "MANIFEST_MALFORMED"),
        size=_number(said["size"]),
        streams=streams,
        profile=said.get("profile"),
        labels=said.get("labels"),
        codes=said.get("codes"),
    )


def _parse_listing(said: Any) -> Listing:
    if type(said) is not dict or said.keys() != _STREAM_KEYS:
        raise _malformed("keys of a stream missing or unknown")
    stream, versions = _uuid(said["stream"]), _number(said["versions"])
    if stream is None or said["kind"] not in KINDS:
        raise _malformed("a stream or its kind")
    listing = Listing(
        stream=stream,
        kind=said["kind"],
        versions=versions,
        head=_hash(said["head"]),
        shield=None if said["shield"] is None else _text(said["shield"]),
        access_to=_uuid(said["access_to"]),
        erased=_versions(said["erased"], versions),
        withheld=_versions(said["withheld"], versions),
    )
    if set(listing.erased) & set(listing.withheld):
        raise _malformed("a version both erased and withheld")
    if listing.kind not in (SHIELDED_KIND, ACCESS_KIND) and listing.shield is not None:
        raise _malformed("a shield on a stream of another kind")
    if listing.kind == SHIELDED_KIND and listing.shield is None:
        raise _malformed("a shielded stream without its shield")
    if listing.kind != ACCESS_KIND and listing.access_to is not None:
        raise _malformed("access_to on a stream of another kind")
    return listing


def _versions(value: object, last: int) -> tuple[int, ...]:
    """Rising version numbers between 1 and `last`."""
    if type(value) is not list or not all(type(each) is int for each in value):
        raise _malformed("versions")
    if any(a >= b for a, b in zip([0, *value], [*value, last + 1], strict=True)):
        raise _malformed("versions out of order or range")
    return tuple(value)


def _text(value: object) -> str:
    if type(value) is not str or not 0 < len(value) <= 255 or not value.isprintable():
        raise _malformed("a text")
    return value


def _number(value: object) -> int:
    if type(value) is not int or not 0 < value < 1 << 53:
        raise _malformed("a number")
    return value


def _uuid(value: object) -> UUID | None:
    if value is None:
        return None
    return parse_uuid(_text(value), "MANIFEST_MALFORMED")


def _hash(value: object) -> bytes:
    try:
        digest = from_base64(_text(value))
    except ProofFailed:
        raise
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise _malformed("a head that is not 32 bytes in base64")
    return digest


def _malformed(what: str) -> ProofFailed:
    return ProofFailed("MANIFEST_MALFORMED", what)


def check_manifest(
    message: bytes, manifest: bytes, key_of: Callable[[bytes], bytes]
) -> None:
    """Check `manifest.cose` over the manifest's bytes.

    `key_of` gives the public key of a key id, or raises `ProofFailed` when that key
    may not sign. Raises `ProofFailed` (`MANIFEST_SIGNATURE`, `MANIFEST_SIGNER`).
    """
    try:
        protected, header, payload, signature = parse_sign1(message)
    except ProofFailed as malformed:
        raise ProofFailed("MANIFEST_SIGNATURE", malformed.code) from None
    kid = header.get(4)
    if type(kid) is not bytes or protected != _manifest_header(kid):
        raise ProofFailed("MANIFEST_SIGNATURE", "its header")
    if payload != sha256(manifest).digest():
        raise ProofFailed("MANIFEST_SIGNATURE", "it is over other bytes")
    try:
        public_key = key_of(kid)
    except ProofFailed as unknown:
        raise ProofFailed("MANIFEST_SIGNER", unknown.code) from None
    try:
        verify(public_key, signature, protected, payload)
    except ProofFailed as invalid:
        raise ProofFailed("MANIFEST_SIGNATURE", invalid.code) from None
