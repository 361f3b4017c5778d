"""Makes the evidence bundle of a case: what its reader may see, and proof of it.

The bundle holds the published part of every stream the reader sees, whole, the access
stream of each, and the registry. Making one is a reading, and is on record like any
other.

A family is told of readings in general words only, and no national numbers of others.
An entry cannot be disclosed in part, so in a family's bundle those entries stand as
places: proved to be in the log, their content not disclosed. That are all entries of
access streams, and those that hold or quote such a number. Staff and supervisors are
given all of what they see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from audit.bundle import (
    Extract,
    Item,
    Manifest,
    format_manifest,
    manifest_signature_input,
    pack_bundle,
)
from audit.note import Checkpoint, open_note, parse_vkey
from audit.tiles import Tiles
from ledger.application import Reading
from ledger.disclosing import Disclosed, disclosed_to
from ledger.entry import Actor, StreamKind
from ledger.index import CaseStream
from ledger.judging import codes_of_rules, versions_of
from ledger.keyring import verifier_key
from ledger.recorder import Head
from ledger.sealing import IntegrityFailure, SealedEvent
from ledger.tenant import Tenant

Progress = Callable[[int, int], None]
"""Told how many entries are done of how many."""

README = """\
This is an evidence bundle of a stafettlogg: entries of one case, with proof.

To check it, use a verifier and a policy file that you have from elsewhere than here:

    python -m audit verify BUNDLE --policy POLICY

or `python audit.pyz verify ...` with the one-file verifier (needs the Python package
`cryptography`). The copies of policy and verifier in this bundle are for information;
a check that rests on them proves nothing.

Dette er en bevispakke fra en stafettlogg. Kontroller den med egen verifikator og egen
policyfil, ikke med kopiene i pakken.
"""


class NotPublished(Exception):
    """Nothing of the case is in the published log yet; publish first."""


def export_bundle(
    tenant: Tenant,
    case: UUID,
    *,
    log: Path,
    by: Actor,
    purpose: str,
    grant: str | None = None,
    verifier: bytes | None = None,
    labels: Mapping[str, Any] | None = None,
    progress: Progress = lambda done, of: None,
) -> bytes:
    """The bundle of a case as bytes, for the reader `by`.

    `log` is the directory of tiles and checkpoint; `grant` as for `CaseLedger.read`;
    `labels` are the words of the day, by table, key and language.
    Raises `Refused` (`NO_CASE`),
    `NotPublished`, `IntegrityFailure`.
    """
    reading = tenant.ledger.read(
        case, by=by, view="bundle", purpose=purpose, grant=grant
    )
    return bundle_of(
        tenant,
        reading,
        log=log,
        by=by,
        verifier=verifier,
        labels=labels,
        progress=progress,
    )


def bundle_of(
    tenant: Tenant,
    reading: Reading,
    *,
    log: Path,
    by: Actor,
    verifier: bytes | None = None,
    labels: Mapping[str, Any] | None = None,
    progress: Progress = lambda done, of: None,
) -> bytes:
    """The bundle of what a reading showed `by`, which is on record already.

    Raises `NotPublished`, `IntegrityFailure`.
    """
    note = _checkpoint_note(log)
    checkpoint = _opened(tenant, note)
    tiles, disclosed = Tiles(log), disclosed_to(tenant, reading, by)
    extracts = _extracts(
        tenant, reading.streams, tiles, checkpoint.size, disclosed, progress
    )
    if not any(extract.kind == StreamKind.SHARED.value for extract in extracts):
        raise NotPublished("the case is not in the published log yet")
    manifest = format_manifest(
        Manifest(
            origin=checkpoint.origin,
            tenant=tenant.keyring.tenant,
            case=reading.case,
            made_at=tenant.ledger.clock(),
            size=checkpoint.size,
            streams=tuple(extract.listing() for extract in extracts),
            profile=versions_of(reading.book, reading.state.profile),
            labels=labels,
            codes=codes_of_rules(),
        )
    )
    signer = tenant.keyring.service
    return pack_bundle(
        manifest=manifest,
        kid=signer.key_id,
        signature=signer.sign(manifest_signature_input(manifest, signer.key_id)),
        checkpoint=note,
        policy=tenant.policy(checkpoint.origin),
        extracts=extracts,
        readme=README,
        verifier=verifier,
    )


def _checkpoint_note(log: Path) -> bytes:
    try:
        return (log / "checkpoint").read_bytes()
    except FileNotFoundError:
        raise NotPublished("the log has no checkpoint yet") from None


def _opened(tenant: Tenant, note: bytes) -> Checkpoint:
    key = verifier_key(tenant.registry.log_name(), tenant.keyring.checkpoint)
    return Checkpoint.parse(open_note(note, [parse_vkey(key)]).text)


def _extracts(
    tenant: Tenant,
    streams: Sequence[CaseStream],
    tiles: Tiles,
    size: int,
    disclosed: Disclosed,
    progress: Progress,
) -> list[Extract]:
    """Every stream the reader sees, its access stream, and the registry."""
    wanted: dict[UUID, dict[str, Any]] = {
        tenant.registry.stream: {"kind": StreamKind.REGISTRY.value}
    }
    for stream in streams:
        shield = {"shield": stream.shield}
        wanted[stream.stream] = {"kind": stream.kind.value, **shield}
        access = {"kind": StreamKind.ACCESS.value, "access_to": stream.stream}
        wanted[stream.access] = {**access, **shield}
    heads = [Head(stream) for stream in wanted]
    _, sealed, _ = tenant.recorder.advance(heads, [])
    published = [event for event in sealed if (event.position or 0) <= size]
    items: dict[UUID, list[Item]] = {stream: [] for stream in wanted}
    for done, event in enumerate(published, start=1):
        items[event.stream].append(_item(tenant, event, tiles, size, disclosed))
        progress(done, len(published))
    return [
        Extract(stream=stream, items=items[stream], **about)
        for stream, about in wanted.items()
        if items[stream]
    ]


def _item(
    tenant: Tenant, event: SealedEvent, tiles: Tiles, size: int, disclosed: Disclosed
) -> Item:
    assert event.position is not None, "it was read from the ledger"
    index = event.position - 1
    preimage = tenant.mapper.preimage(event)
    if preimage is None and not event.is_erased:
        raise IntegrityFailure("MISSING_BODY", event.stream, event.originator_version)
    return Item(
        envelope=event.state,
        index=index,
        path=tuple(tiles.inclusion(index, size)),
        preimage=preimage if disclosed(event) else None,
        is_erased=preimage is None,
    )
