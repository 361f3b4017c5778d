"""Follows recorded entries into the transparency log: tiles and a signed checkpoint.

What was signed last, size and root, lies in a file outside PostgreSQL and outside the
published directory. Order of every step: tiles, then that file, then the checkpoint; so
a checkpoint is never out that the file does not know, and after a crash the same code
goes on. A tree that is smaller than, or not a continuation of, the last one signed is
refused, whoever asks.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Signal
from typing import Any

from psycopg import sql
from psycopg_pool import ConnectionPool

from audit.failures import ProofFailed
from audit.note import Checkpoint, Vkey, format_note, open_note, parse_vkey
from audit.tiles import TILE_WIDTH, Tile, Tiles, tiles_to_write
from audit.tree import EMPTY_ROOT, check_consistency, leaf_hash
from ledger import durable
from ledger.database.alone import AlreadyAtWork, Task, alone
from ledger.keyring import Signer, note_signature, verifier_key
from ledger.rollback import LastSigned, StateUnreadable, last_signed, remember

READ_AT_ONCE = 2000
POLL_SECONDS = 0.2
_TAKEN = "another process publishes this log"


class PublishingRefused(Exception):
    """The log must not be signed as it stands. `code` is stable; nothing was signed."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}")
        self.code = code


class AlreadyPublishing(AlreadyAtWork):
    """Another process publishes this log."""


class Envelopes:
    """The recorded envelopes of one tenant, with no more than the right to read."""

    def __init__(self, pool: ConnectionPool[Any], schema: str) -> None:
        self._pool = pool
        self._schema = schema

    def size(self) -> int:
        """How many entries are recorded."""
        query = sql.SQL("SELECT position FROM {}").format(self._table("head"))
        with self._pool.connection() as connection:
            row = connection.execute(query).fetchone()
        assert row is not None, "the head row is made with the schema"
        return int(row[0])

    def leaves(self, first: int, last: int) -> Iterator[bytes]:
        """Leaf hashes of positions `first` to `last`. A missing one is refused."""
        query = sql.SQL(
            "SELECT position, state FROM {} WHERE position BETWEEN %s AND %s"
            " ORDER BY position"
        ).format(self._table("envelope"))
        for start in range(first, last + 1, READ_AT_ONCE):
            stop = min(last, start + READ_AT_ONCE - 1)
            with self._pool.connection() as connection:
                rows = connection.execute(query, (start, stop), binary=True).fetchall()
            found = [position for position, _ in rows]
            if found != list(range(start, stop + 1)):
                raise PublishingRefused(
                    "LOG_GAP", f"an entry between {start} and {stop} is missing"
                )
            yield from (leaf_hash(state) for _, state in rows)

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Hold the tenant's publisher lock. Raises `AlreadyPublishing`."""
        try:
            with alone(self._pool, Task.PUBLISH, self._schema):
                yield
        except AlreadyAtWork:
            raise AlreadyPublishing(_TAKEN) from None

    def _table(self, name: str) -> sql.Identifier:
        return sql.Identifier(self._schema, name)


class Publisher:
    """Publishes one log. `directory` may be served as it is; `state` must not be."""

    def __init__(
        self,
        envelopes: Envelopes,
        signer: Signer,
        origin: str,
        *,
        directory: Path,
        state: Path,
    ) -> None:
        self._envelopes = envelopes
        self._signer = signer
        self._origin = origin
        self._directory = directory
        self._state = state
        self._key: Vkey = parse_vkey(verifier_key(origin, signer))
        self._signed: LastSigned | None = None

    def publish(self) -> Checkpoint:
        """Bring the log up to what is recorded now; returns the signed tree head.

        Raises `PublishingRefused` and `AlreadyPublishing`.
        """
        with self._alone():
            return self._publish()

    def run(self, stop: Signal, *, seconds: float = POLL_SECONDS) -> None:
        """Publish whatever is recorded until `stop` is set."""
        with self._alone():
            self._publish()
            while not stop.wait(seconds):
                assert self._signed is not None
                if self._envelopes.size() != self._signed.size:
                    self._publish()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No second signer: neither on this database nor with this state file."""
        self._state.parent.mkdir(parents=True, exist_ok=True)
        self._directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._state.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with self._envelopes.publishing():
                yield
        except BlockingIOError:
            raise AlreadyPublishing(_TAKEN) from None
        finally:
            os.close(lock)

    def _publish(self) -> Checkpoint:
        before = self._signed or self._resume()
        size = self._envelopes.size()
        if size < before.size:
            raise PublishingRefused(
                "LOG_SMALLER", f"entry {size + 1} was signed and is no longer there"
            )
        self._check_published(before)
        self._check_continues(before)
        root = self._grow(before, size)
        if size != before.size:
            self._remember(LastSigned(self._origin, size, root))
        return self._sign(Checkpoint(self._origin, size, root))

    def _resume(self) -> LastSigned:
        """What was signed last, checked against the tiles and checkpoint on disk."""
        published = self._published()
        signed = self._read_state()
        if signed is None:
            if published is not None:
                raise PublishingRefused(
                    "STATE_LOST", "a checkpoint is out, but not what was signed last"
                )
            signed = LastSigned(self._origin, 0, EMPTY_ROOT)
            self._remember(signed)
        if published is not None and published.size > signed.size:
            raise PublishingRefused(
                "STATE_BEHIND", "a larger checkpoint is out than was signed last"
            )
        try:
            root = Tiles(self._directory).root(signed.size)
        except ProofFailed as failed:
            raise PublishingRefused("TILES_DAMAGED", failed.code) from None
        if root != signed.root:
            raise PublishingRefused(
                "LOG_INCONSISTENT",
                "the tiles do not give the root that was signed last",
            )
        self._signed = signed
        return signed

    def _check_published(self, before: LastSigned) -> None:
        """What is out must be a beginning of what was signed last, not a fork of it."""
        published = self._published()
        if published is None:
            return
        if published.size > before.size:
            raise PublishingRefused(
                "STATE_BEHIND", "a larger checkpoint came out since"
            )
        try:
            root = Tiles(self._directory).root(published.size)
        except ProofFailed:  # no tree of this size was ever published
            root = None
        if root != published.root:
            raise PublishingRefused(
                "CHECKPOINT_CHANGED", "a checkpoint of another history is out"
            )

    def _check_continues(self, before: LastSigned) -> None:
        """The newest signed entries must still be recorded as they were signed.

        Entries further back are `fsck`'s to check, and the root's.
        """
        first = max(1, before.size - TILE_WIDTH + 1)
        if before.size == 0:
            return
        tiles = Tiles(self._directory)
        for index, leaf in enumerate(
            self._envelopes.leaves(first, before.size), start=first - 1
        ):
            if tiles.leaf(index, before.size) != leaf:
                raise PublishingRefused(
                    "LOG_INCONSISTENT",
                    f"entry {index + 1} is not the one that was signed",
                )

    def _grow(self, before: LastSigned, size: int) -> bytes:
        """Write the tiles up to `size`; returns the root, proved to continue."""
        leaves = self._envelopes.leaves(before.size + 1, size)
        for tile, content in tiles_to_write(
            Tiles(self._directory), before.size, leaves
        ):
            self._write_tile(tile, content)
        tiles = Tiles(self._directory)
        try:
            root = tiles.root(size)
            if before.size:
                proof = tiles.consistency(before.size, size)
                check_consistency(before.size, size, proof, before.root, root)
        except ProofFailed as failed:
            raise PublishingRefused("LOG_INCONSISTENT", failed.code) from None
        return root

    def _write_tile(self, tile: Tile, content: bytes) -> None:
        path = self._directory / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(path, content, replace=True)
        if tile.width == TILE_WIDTH:  # its beginnings are not needed any more
            partial = path.with_name(path.name + ".p")
            for beginning in partial.glob("*"):
                beginning.unlink()
            if partial.is_dir():
                partial.rmdir()

    def _sign(self, checkpoint: Checkpoint) -> Checkpoint:
        path = self._directory / "checkpoint"
        published = self._published()
        if published != checkpoint:
            text = checkpoint.text()
            signature = note_signature(self._origin, self._signer, text)
            durable.write(path, format_note(text, [signature]), replace=True)
        return checkpoint

    def _published(self) -> Checkpoint | None:
        """The checkpoint that is out, when it is one of ours."""
        try:
            note = (self._directory / "checkpoint").read_bytes()
        except FileNotFoundError:
            return None
        try:
            checkpoint = Checkpoint.parse(open_note(note, [self._key]).text)
        except ProofFailed as failed:
            raise PublishingRefused("CHECKPOINT_CHANGED", failed.code) from None
        if checkpoint.origin != self._origin:
            raise PublishingRefused("CHECKPOINT_CHANGED", "it is of another log")
        return checkpoint

    def _read_state(self) -> LastSigned | None:
        try:
            signed = last_signed(self._state)
        except StateUnreadable as unreadable:
            raise PublishingRefused("STATE_CHANGED", str(unreadable)) from None
        if signed is not None and signed.origin != self._origin:
            raise PublishingRefused("STATE_CHANGED", "it is of another log")
        return signed

    def _remember(self, signed: LastSigned) -> None:
        remember(self._state, signed)
        self._signed = signed
