"""The tree, grown again from the entries and compared with what is on disk."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from audit.failures import ProofFailed
from audit.report import Report
from audit.tiles import TILE_WIDTH, Growth, Tile, Tiles
from audit.tree import HASH_SIZE, Frontier

_BRIDGED: Final = 1 << 16  # missing entries whose leaves are taken from the tiles


class Regrowth:
    """The tree as it grows leaf by leaf; `size` is the checkpoint's, 0 for none.

    Failures go to `report`. Root and tiles are derived by separate code. A leaf of a
    missing entry is taken from its tile, so that its neighbours can still be compared;
    where there is none, what comes after cannot be derived.
    """

    def __init__(self, report: Report, tiles: Tiles | None, size: int) -> None:
        self.report = report
        self.tiles = tiles
        self.size = size
        self.growth = Growth()
        self.frontier = Frontier()
        self.root = self.frontier.root() if not size else None
        self.is_broken = False
        self._root_at = lru_cache(maxsize=1 << 12)(self._read_root)

    def put(self, index: int, leaf: bytes) -> None:
        """The leaf hash of the entry at `index`, from 0."""
        while not self.is_broken and self.growth.size < index:
            bridge = self._leaf_on_disk(self.growth.size, index)
            if bridge is None:
                self.is_broken = True
            else:
                self._append(bridge)
        if self.growth.size == index:
            self._append(leaf)

    def _leaf_on_disk(self, index: int, until: int) -> bytes | None:
        if self.tiles is None or until > self.size or until - index > _BRIDGED:
            return None
        try:
            return self.tiles.leaf(index, self.size)
        except ProofFailed:
            return None

    def _append(self, leaf: bytes) -> None:
        self.frontier.append(leaf)
        for tile, content in self.growth.append(leaf):
            self._compare(tile, content)
            if self.growth.size <= self.size:
                self._must_have(tile)
        if self.growth.size == self.size:
            self.root = self.frontier.root()
            for tile, _ in self.growth.unfinished():
                self._must_have(tile)

    def _must_have(self, tile: Tile) -> None:
        """A tile that the checkpoint's tree needs, or the full one in its place."""
        if self.tiles is None:
            return
        if not {tile.width, TILE_WIDTH} & set(self._widths(tile)):
            self.report.fail(ProofFailed("INC_TILE_ABSENT", tile.path))

    def _compare(self, tile: Tile, content: bytes) -> None:
        """Every width in which the tile is on disk begins as the derived one."""
        for width in self._widths(tile):
            if width <= tile.width:
                self._compare_file(tile._replace(width=width), content)

    def _compare_file(self, tile: Tile, content: bytes) -> None:
        assert self.tiles is not None
        try:
            on_disk = self.tiles.content(tile)
        except ProofFailed as failure:
            if failure.code != "INC_TILE_ABSENT":  # a partial tile may go at any time
                self.report.fail(failure)
            return
        if content.startswith(on_disk):
            return
        for at in range(0, len(on_disk), HASH_SIZE):
            if on_disk[at : at + HASH_SIZE] != content[at : at + HASH_SIZE]:
                position = tile.number * TILE_WIDTH + at // HASH_SIZE + 1
                place = position if tile.level == 0 else None
                differs = ProofFailed("INC_TILE_DIFFERS", tile.path)
                self.report.fail(differs, position=place)

    def _widths(self, tile: Tile) -> list[int]:
        """The widths in which a tile is on disk."""
        if self.tiles is None:
            return []
        try:
            return self.tiles.widths(tile.level, tile.number)
        except ProofFailed as failure:
            self.report.fail(failure)
            return []

    def contradicts(self, size: int, root: bytes) -> Iterator[ProofFailed]:
        """Whether an earlier checkpoint that an entry names was another one."""
        derived = self._root_at(size)
        if derived is None:
            self.report.notice("BEACONS")
        elif derived != root:
            yield ProofFailed("TIME_BEACON", f"size {size}")

    def _read_root(self, size: int) -> bytes | None:
        if self.tiles is None or size > self.size:
            return None
        try:
            return self.tiles.root(size)
        except ProofFailed:
            return None  # said where the tiles are compared

    def check_root(self, root: bytes) -> None:
        """The entries that the checkpoint counts give its root."""
        if self.root is not None and self.root != root:
            self.report.fail(ProofFailed("INC_ROOT", f"size {self.size}"))

    def check_end(self, newest: int) -> None:
        """The unfinished tiles, and that no tile goes on beyond the entries.

        Unless the log has grown since: `newest` is the size it has signed by now.
        """
        if self.is_broken:
            return
        for tile, content in self.growth.unfinished():
            self._compare(tile, content)
        number, width = divmod(self.growth.size, TILE_WIDTH)
        for tile, last in ((Tile(0, number), width), (Tile(0, number + 1), 0)):
            start = tile.number * TILE_WIDTH
            for on_disk in self._widths(tile):
                if on_disk > last and start + on_disk > newest:
                    path = tile._replace(width=on_disk).path
                    self.report.fail(ProofFailed("INC_TILE_BEYOND", path))
