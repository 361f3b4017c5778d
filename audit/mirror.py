"""A mirror of a log on disk: its entries, as somebody else keeps them.

    checkpoint   tile/<level>/…   tile/entries/…        as C2SP tlog-tiles has them
    preimages/<stream>/<version>                        as a bundle has them

A mirror holds envelopes and, as a rule, no bodies. Those of the key registry it needs,
since without them no service signature can be checked; they are in the `preimages`
folder of every bundle of the log, which may be copied here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

from audit.failures import ProofFailed
from audit.fsck import NotHeld, StoredEntry, fsck
from audit.policy import open_checkpoint, parse_policy
from audit.record import parse_envelope
from audit.report import Report
from audit.tiles import Tiles

_NOWHERE: Final = UUID(int=0)


def fsck_mirror(
    directory: Path | str,
    policy: str,
    *,
    known: bytes | None = None,
    allow_unwitnessed: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Check the whole log that a mirror holds, as `fsck` does.

    The bodies that are there are checked too. `known` is a checkpoint that the checker
    has kept: the mirror must still hold what it counts. Raises `OSError` when there is
    no `checkpoint` to read.
    """
    root = Path(directory)
    checkpoint = (root / "checkpoint").read_bytes()
    report = Report("log")
    try:
        rules = parse_policy(policy, allow_unwitnessed=allow_unwitnessed)
        size = open_checkpoint(checkpoint, rules).checkpoint.size
    except ProofFailed as failure:
        report.fail(failure)
        return report
    tiles = Tiles(root)
    return fsck(
        mirrored(tiles, size),
        policy=policy,
        checkpoint=checkpoint,
        tiles=tiles,
        known=known,
        allow_unwitnessed=allow_unwitnessed,
        progress=progress,
    )


def mirrored(tiles: Tiles, size: int) -> Iterator[StoredEntry]:
    """The entries of a mirror; stream, version and kind are what each header says."""
    for position, envelope in enumerate(tiles.entries(size), 1):
        try:
            header = parse_envelope(envelope).header
        except ProofFailed:  # the check itself will say why
            place = (_NOWHERE, 0, "")
        else:
            place = (header.stream, header.version, header.kind)
        body = _preimage(tiles.directory, *place[:2])
        yield StoredEntry(position, *place, envelope, None, body)


def _preimage(directory: Path, stream: UUID, version: int) -> bytes | NotHeld:
    try:
        return (directory / "preimages" / str(stream) / str(version)).read_bytes()
    except OSError:
        return NotHeld()
