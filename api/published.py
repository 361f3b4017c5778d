"""A tenant's published log, as anybody may read it: checkpoint, hash tiles, proofs.

A position says nothing of whose entry stands there, so a proof needs no right.
"""

from __future__ import annotations

from functools import lru_cache

from api.installation import OpenTenant
from audit.failures import ProofFailed
from audit.note import Checkpoint, Vkey, open_note, parse_vkey
from audit.proof import Proof, format_proof
from audit.tiles import ENTRIES, Tiles, parse_tile_path
from ledger.exporting import NotPublished
from ledger.keyring import verifier_key


class Absent(Exception):
    """There is no such tile."""


class PublishedLog:
    """One tenant's log as it lies on disk."""

    def __init__(self, tenant: OpenTenant) -> None:
        name = tenant.parts.registry.log_name()
        self._path = tenant.folder.checkpoint
        self._tiles = Tiles(tenant.folder.log)
        self._key: Vkey = parse_vkey(verifier_key(name, tenant.keyring.checkpoint))

    def note(self) -> bytes:
        """The newest checkpoint, as it was signed. Raises `NotPublished`."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            raise NotPublished("the log has no checkpoint yet") from None

    def tile(self, path: str) -> bytes:
        """The hashes of a tile, by its path. Raises `Absent`, for entries too."""
        try:
            tile = parse_tile_path(path)
            if tile.level == ENTRIES:
                raise Absent
            return b"".join(self._tiles.hashes(tile))
        except ProofFailed:
            raise Absent from None

    def proof(self, position: int) -> bytes:
        """The proof that an entry stands in the newest tree. Raises `NotPublished`."""
        note = self.note()
        size = Checkpoint.parse(open_note(note, [self._key]).text).size
        if position > size:
            raise NotPublished("the entry is not in the published log yet")
        path = self._tiles.inclusion(position - 1, size)
        return format_proof(Proof(position - 1, tuple(path), note))

    def proof_so_far(self, position: int) -> bytes | None:
        """The same, or `None` when there is none yet."""
        try:
            return self.proof(position)
        except NotPublished:
            return None


@lru_cache(maxsize=64)
def published_log(tenant: OpenTenant) -> PublishedLog:
    """The tenant's log, with the tiles it has read."""
    return PublishedLog(tenant)
