from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.failures import ProofFailed
from audit.tiles import (
    ENTRIES,
    Tile,
    Tiles,
    pack_entries,
    parse_tile_path,
    tile_path,
    tiles_to_write,
    unpack_entries,
    width_at,
)
from audit.tree import Frontier, check_consistency, check_inclusion, leaf_hash
from tests.audit import forging


def leaves(start, count):
    return [leaf_hash(b"leaf %d" % i) for i in range(start, start + count)]


def write(directory, old, hashes):
    """What a publisher does: put every tile of a growth on disk."""
    written = list(tiles_to_write(Tiles(directory), old, hashes))
    for tile, content in written:
        path = directory / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return written


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(5, 123_456_078, 2), "tile/5/x123/x456/078.p/2"),
        (Tile(0, 1), "tile/0/001"),
        (Tile(2, 1_234_067), "tile/2/x001/x234/067"),
        (Tile(63, 999_999, 255), "tile/63/x999/999.p/255"),
        (Tile(ENTRIES, 1000, 1), "tile/entries/x001/000.p/1"),
    ],
)
def test_a_path_says_level_number_and_width(tile, path):
    assert tile.path == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/3/5/123/456/078", "tile/3/-1/001", "tile/-1/000", "tile/64/000",
        "tile/00/000", "tile/01/000", "tile/0/00", "tile/0/0000", "tile/0/x000/000",
        "tile/0/x001", "tile/0/001/000", "tile/0/X001/000", "tile/0/000.p/0",
        "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p",
        "tile/0/000/", "/tile/0/000", "tile/0/000\n", "tile/data/000", "tile/0/٠٠٠",
        "tile//000", "tile/0/", "tile/entries/x000/001", "",
    ],
)  # fmt: skip
def test_every_other_spelling_of_a_path_is_refused(path):
    with pytest.raises(ProofFailed, match="INC_TILE_MALFORMED"):
        parse_tile_path(path)


@given(st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_path_is_read_back(level, number, width):
    path = tile_path(level, number, width)
    assert parse_tile_path(path) == (level, number, width)


def test_seventy_thousand_leaves_make_the_tiles_of_the_specification(tmp_path):
    written = {tile.path for tile, _ in write(tmp_path, 0, leaves(0, 70_000))}
    full = [Tile(0, number) for number in range(273)] + [Tile(1, 0)]
    partial = [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert written == {tile.path for tile in (*full, *partial)}
    assert width_at(0, 273, 70_000) == 112
    assert width_at(1, 1, 70_000) == 17


def test_a_full_tile_brings_a_partial_one_above_it(tmp_path):
    written = write(tmp_path, 0, leaves(0, 256))
    assert [tile for tile, _ in written] == [Tile(0, 0), Tile(1, 0, 1)]
    assert written[1][1] == forging.tree_root(leaves(0, 256))


def test_a_growth_writes_only_what_has_grown(tmp_path):
    write(tmp_path, 0, leaves(0, 256))
    assert [tile for tile, _ in write(tmp_path, 256, leaves(256, 2))] == [Tile(0, 1, 2)]
    assert write(tmp_path, 258, []) == []


def test_roots_and_proofs_come_from_the_tiles_whatever_the_steps(tmp_path):
    frontier, roots = Frontier(), {0: Frontier().root()}
    for more in (5, 250, 1, 1, 300, 65_000, 3):
        write(tmp_path, frontier.size, leaves(frontier.size, more))
        for leaf in leaves(frontier.size, more):
            frontier.append(leaf)
        roots[frontier.size] = frontier.root()
    tiles, size = Tiles(tmp_path), frontier.size
    for old, small in roots.items():
        assert tiles.root(old) == small
        for new, large in roots.items():
            if old <= new:
                path = tiles.consistency(old, new)
                check_consistency(old, new, path, small, large)
    for index in (0, 255, 256, 557, 65_535, 65_536, size - 1):
        leaf = leaf_hash(b"leaf %d" % index)
        assert tiles.leaf(index, size) == leaf
        check_inclusion(leaf, index, size, tiles.inclusion(index, size), roots[size])


def test_a_full_tile_stands_in_for_the_partial_ones_it_has_replaced(tmp_path):
    write(tmp_path, 0, leaves(0, 100))
    small = Tiles(tmp_path).root(100)
    write(tmp_path, 100, leaves(100, 200))
    (tmp_path / "tile/0/000.p/100").unlink()
    assert Tiles(tmp_path).root(100) == small
    assert Tiles(tmp_path).widths(0, 0) == [256]


def test_a_tile_that_is_gone_or_of_another_length_is_named(tmp_path):
    write(tmp_path, 0, leaves(0, 300))
    (tmp_path / "tile/0/001.p/44").write_bytes(b"\0" * 43)
    with pytest.raises(ProofFailed, match=r"INC_TILE_MALFORMED.*001\.p/44"):
        Tiles(tmp_path).root(300)
    (tmp_path / "tile/0/001.p/44").unlink()
    with pytest.raises(ProofFailed, match=r"INC_TILE_ABSENT"):
        Tiles(tmp_path).root(300)


def test_a_changed_tile_gives_another_root_or_a_proof_that_fails(tmp_path):
    write(tmp_path, 0, leaves(0, 300))
    root = Tiles(tmp_path).root(300)
    path = tmp_path / "tile/0/000"
    content = bytearray(path.read_bytes())
    content[32 * 7] ^= 1
    path.write_bytes(content)
    proof = Tiles(tmp_path).inclusion(6, 300)
    with pytest.raises(ProofFailed, match="INC_PATH"):
        check_inclusion(leaf_hash(b"leaf 6"), 6, 300, proof, root)


def test_drafts_beside_partial_tiles_are_passed_over(tmp_path):
    write(tmp_path, 0, leaves(0, 3))
    (tmp_path / "tile/0/000.p/3.partial").write_bytes(b"")
    assert Tiles(tmp_path).widths(0, 0) == [3]
    (tmp_path / "tile/0/000.p/003").write_bytes(b"")
    with pytest.raises(ProofFailed, match="INC_TILE_MALFORMED"):
        Tiles(tmp_path).widths(0, 0)


def test_entry_bundles_are_read_back(tmp_path):
    entries = [b"entry %d" % i for i in range(300)]
    (tmp_path / "tile/entries/001.p").mkdir(parents=True)
    (tmp_path / "tile/entries/000").write_bytes(forging.entry_bundle(entries[:256]))
    (tmp_path / "tile/entries/001.p/44").write_bytes(pack_entries(entries[256:]))
    assert list(Tiles(tmp_path).entries(300)) == entries


@pytest.mark.parametrize(
    ("bundle", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x05abc", 1),
        (pack_entries([b"a", b"b"]), 3),
        (pack_entries([b"a"] * 257), 256),
        (pack_entries([b"a"]) + b"\x00", 1),
    ],
)
def test_an_entry_bundle_with_bytes_over_or_lacking_is_refused(bundle, width):
    with pytest.raises(ProofFailed, match="INC_TILE_MALFORMED"):
        unpack_entries(bundle, width)
