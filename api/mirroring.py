"""Writes a mirror of a log: what somebody else needs to check all of it by themselves.

    checkpoint   tile/<level>/…   tile/entries/…        as C2SP tlog-tiles has them
    preimages/<registry stream>/<version>               what is known about keys

Every other body stays here. The tiles are grown anew from the entries, and nothing is
called a mirror that does not come to the root that was signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from api.complaints import CommandFailed
from api.installation import OpenTenant
from audit.note import Checkpoint
from audit.policy import open_checkpoint, parse_policy
from audit.record import leaf_hash
from audit.tiles import ENTRIES, TILE_WIDTH, Growth, Tile, Tiles, pack_entries
from ledger import durable
from ledger.entry import StreamKind
from ledger.sealing import SealedEvent

Progress = Callable[[int, int], None]
"""Told how many entries are written of how many."""


def write_mirror(
    tenant: OpenTenant,
    directory: Path,
    *,
    progress: Progress = lambda done, of: None,
) -> Checkpoint:
    """Write the published part of the log, and answer its checkpoint.

    Raises `CommandFailed` (`NOT_PUBLISHED`, `LOG_INCONSISTENT`), `ProofFailed`.
    """
    note = _published(tenant)
    name = tenant.parts.registry.log_name()
    policy = parse_policy(tenant.parts.policy(name), allow_unwitnessed=True)
    checkpoint = open_checkpoint(note, policy).checkpoint
    growth = Growth()
    for number, entries in enumerate(_bundles(tenant, checkpoint.size)):
        if not entries:
            break  # they are gone; the root will say so
        envelopes = [entry.state for entry in entries]
        bundle = Tile(ENTRIES, number, len(entries))
        _write(directory / bundle.path, pack_entries(envelopes))
        for envelope in envelopes:
            for tile, content in growth.append(leaf_hash(envelope)):
                _write(directory / tile.path, content)
        _write_what_is_known_of_keys(tenant, entries, directory)
        progress(growth.size, checkpoint.size)
    for tile, content in growth.unfinished():
        _write(directory / tile.path, content)
    if Tiles(directory).root(growth.size) != checkpoint.root:
        said = "the entries do not give the root that was signed; run fsck."
        raise CommandFailed("LOG_INCONSISTENT", said)
    _write(directory / "checkpoint", note)
    return checkpoint


def _published(tenant: OpenTenant) -> bytes:
    try:
        return tenant.folder.checkpoint.read_bytes()
    except FileNotFoundError:
        said = "the log has no checkpoint yet; run publish."
        raise CommandFailed("NOT_PUBLISHED", said) from None


def _bundles(tenant: OpenTenant, size: int) -> Iterator[list[SealedEvent]]:
    """The first `size` entries, 256 at a time."""
    for position in range(0, size, TILE_WIDTH):
        wide = min(TILE_WIDTH, size - position)
        yield tenant.parts.recorder.sealed_after(position, wide)


def _write_what_is_known_of_keys(
    tenant: OpenTenant, entries: list[SealedEvent], directory: Path
) -> None:
    for entry in entries:
        if entry.topic == StreamKind.REGISTRY.value:
            preimage = tenant.parts.mapper.preimage(entry)
            place = f"preimages/{entry.stream}/{entry.originator_version}"
            if preimage is not None:
                _write(directory / place, preimage)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, content, replace=True)
