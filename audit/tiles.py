"""The log's tree, cut into files that never change. C2SP tlog-tiles.

    checkpoint                 the newest signed tree head
    tile/<level>/<n>           256 hashes of 32 bytes
    tile/<level>/<n>.p/<w>     the first w of them, while the tile is still growing
    tile/entries/<n>[.p/<w>]   the entries themselves, each after its 16-bit length

Hash i of tile n at level l is the root over the 256^l leaves from (256·n + i)·256^l. A
tile's number is written in groups of three digits, `x` before all but the last:
1234067 is `x001/x234/067`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from audit import tree
from audit.failures import ProofFailed
from audit.tree import HASH_SIZE, node_hash

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8  # 2^8 hashes
MAX_LEVEL: Final = 63
MAX_ENTRY: Final = 65_535
ENTRIES: Final = -1  # the "level" of entry bundles

_TILE_PATH: Final = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[0-9]{1,3}))?"
)


class Tile(NamedTuple):
    """Which tile: level 0 to 63 (or `ENTRIES`), number within it, how many hashes."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Its path below the log's prefix."""
        return tile_path(self.level, self.number, self.width)


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile, or of an entry bundle (`level` is `ENTRIES`)."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    name = "entries" if level == ENTRIES else str(level)
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{name}/{'/'.join(groups)}{partial}"


def parse_tile_path(path: str) -> Tile:
    """Read a path; refuses every spelling that `tile_path` would not write.

    Raises `ProofFailed` (`INC_TILE_MALFORMED`).
    """
    found = _TILE_PATH.fullmatch(path)
    if found is None:
        raise ProofFailed("INC_TILE_MALFORMED", "not a tile's path")
    level = ENTRIES if found["level"] == "entries" else int(found["level"])
    index = int(found["index"].replace("/", "").replace("x", ""))
    tile = Tile(level, index, int(found["width"] or TILE_WIDTH))
    if tile.path != path or level > MAX_LEVEL or not 0 < tile.width <= TILE_WIDTH:
        raise ProofFailed("INC_TILE_MALFORMED", "not a tile's path")
    return tile


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes a tile has in the tree of `size` leaves: 0 to 256."""
    hashes = size >> TILE_HEIGHT * max(level, 0)
    return max(0, min(TILE_WIDTH, hashes - index * TILE_WIDTH))


class Growth:
    """Tiles as they come to be, leaf by leaf: what a growing log has to write.

    Holds the unfinished tile of each level, at most 255 hashes a level.
    """

    def __init__(self) -> None:
        """Start with the empty log."""
        self.size = 0
        self._rows: list[list[bytes]] = [[]]

    @classmethod
    def resume(cls, tiles: Tiles, size: int) -> Growth:
        """Go on after the first `size` leaves of a log on disk."""
        growth = cls()
        growth.size = size
        level, hashes = 0, size
        while hashes:
            index, width = divmod(hashes, TILE_WIDTH)
            row = tiles.hashes(Tile(level, index, width)) if width else []
            growth._rows[level:] = [row, []]
            level, hashes = level + 1, index
        return growth

    def append(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Add a leaf hash; the tiles that it fills, lowest first (mostly none)."""
        self.size += 1
        filled: list[tuple[Tile, bytes]] = []
        level = 0
        while True:
            row = self._rows[level]
            row.append(leaf)
            if len(row) < TILE_WIDTH:
                return filled
            index = (self.size >> TILE_HEIGHT * (level + 1)) - 1
            filled.append((Tile(level, index), b"".join(row)))
            leaf = _tile_root(row)
            self._rows[level] = []
            level += 1
            if level == len(self._rows):
                self._rows.append([])

    def unfinished(self) -> list[tuple[Tile, bytes]]:
        """The partial tiles of the present size."""
        found = []
        for level, row in enumerate(self._rows):
            if row:
                number = self.size >> TILE_HEIGHT * (level + 1)
                found.append((Tile(level, number, len(row)), b"".join(row)))
        return found


def tiles_to_write(
    tiles: Tiles, old: int, leaves: Iterable[bytes]
) -> Iterator[tuple[Tile, bytes]]:
    """What to write when a log of `old` leaves on disk grows by `leaves` (hashes).

    Yields every tile that becomes full, then the partial tiles of the new size; a
    tile of the old size that has not grown is not among them.
    """
    grown = Growth.resume(tiles, old)
    for leaf in leaves:
        yield from grown.append(leaf)
    for tile, content in grown.unfinished():
        if tile.width != width_at(tile.level, tile.number, old):
            yield tile, content


def _tile_root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


class Tiles:
    """A log's tiles in a directory: hashes, roots and proofs.

    Nothing read here is believed: a root or proof made of wrong tiles fails when it is
    checked against the signed checkpoint. Raises `ProofFailed` (`INC_TILE_ABSENT`,
    `INC_TILE_MALFORMED`).
    """

    def __init__(self, directory: Path | str) -> None:
        """Take the directory that holds `tile/`; nothing is read yet."""
        self.directory = Path(directory)
        self._node = lru_cache(maxsize=1 << 16)(self._inner_node)
        self._hashes = lru_cache(maxsize=64)(self._read_hashes)

    def root(self, size: int) -> bytes:
        """The root of the first `size` leaves."""
        return tree.root(_Sized(self, size), size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The path from leaf `index` (from 0) to the root at `size`."""
        return tree.prove_inclusion(_Sized(self, size), index, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that `old` leaves are a beginning of `new` leaves."""
        return tree.prove_consistency(_Sized(self, new), old, new)

    def leaf(self, index: int, size: int) -> bytes:
        """The leaf hash at `index` (from 0) in the tree of `size` leaves."""
        return _Sized(self, size).node(0, index)

    def hashes(self, tile: Tile) -> list[bytes]:
        """The hashes of a tile, from its own file or from the full tile's."""
        return list(self._hashes(tile))

    def widths(self, level: int, index: int) -> list[int]:
        """The widths in which a tile is on disk, smallest first."""
        full = self.directory / tile_path(level, index)
        try:
            names = os.listdir(f"{full}.p")
        except FileNotFoundError:
            names = []
        widths = [  # other names are drafts of whoever writes here
            parse_tile_path(f"tile/0/000.p/{name}").width
            for name in names
            if name.isascii() and name.isdigit()
        ]
        return sorted(widths) + ([TILE_WIDTH] if full.is_file() else [])

    def content(self, tile: Tile) -> bytes:
        """The bytes of one tile file. Raises `ProofFailed` (`INC_TILE_…`)."""
        try:
            content = (self.directory / tile.path).read_bytes()
        except OSError:
            raise ProofFailed("INC_TILE_ABSENT", tile.path) from None
        if tile.level != ENTRIES and len(content) != tile.width * HASH_SIZE:
            raise ProofFailed("INC_TILE_MALFORMED", tile.path)
        return content

    def entries(self, size: int) -> Iterator[bytes]:
        """The first `size` entries of a mirror, in order, from its entry bundles."""
        for start in range(0, size, TILE_WIDTH):
            width = min(TILE_WIDTH, size - start)
            bundle = self._whole_or(Tile(ENTRIES, start // TILE_WIDTH, width))
            yield from unpack_entries(bundle, width)

    def _whole_or(self, tile: Tile) -> bytes:
        """A tile's content; the full one stands in for a partial one that is gone."""
        try:
            return self.content(tile)
        except ProofFailed as absent:
            if tile.width == TILE_WIDTH or absent.code != "INC_TILE_ABSENT":
                raise
            return self.content(Tile(tile.level, tile.number))

    def _read_hashes(self, tile: Tile) -> tuple[bytes, ...]:
        content = self._whole_or(tile)[: tile.width * HASH_SIZE]
        return tuple(
            content[at : at + HASH_SIZE] for at in range(0, len(content), HASH_SIZE)
        )

    def _inner_node(self, tile: Tile, height: int, offset: int) -> bytes:
        """The root over the 2^height hashes of a tile that start at `offset`."""
        return _tile_root(list(self._hashes(tile)[offset : offset + (1 << height)]))


class _Sized:
    """The tiles as they stand for one tree size, which says how wide each is."""

    def __init__(self, tiles: Tiles, size: int) -> None:
        self._tiles = tiles
        self._size = size

    def node(self, level: int, index: int) -> bytes:
        """The root over leaves [index·2^level, (index + 1)·2^level)."""
        row, height = divmod(level, TILE_HEIGHT)
        number, offset = divmod(index << height, TILE_WIDTH)
        tile = Tile(row, number, width_at(row, number, self._size))
        return self._tiles._node(tile, height, offset)


def pack_entries(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry after its length, 16 bits, big-endian."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack_entries(bundle: bytes, width: int) -> list[bytes]:
    """The first `width` entries of a bundle that holds 1 to 256 of them.

    Raises `ProofFailed` (`INC_TILE_MALFORMED`) for bytes that are left over or lacking.
    """
    entries, at = [], 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        entries.append(bundle[start:at])
    if at != len(bundle) or not width <= len(entries) <= TILE_WIDTH:
        raise ProofFailed("INC_TILE_MALFORMED", "an entry bundle")
    return entries[:width]
