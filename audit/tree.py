"""The Merkle tree of the log: hashes, roots and proofs. RFC 6962 §2.1, RFC 9162 §2.1.

`node(level, index)` names the root of the full subtree over the 2^level leaves that
start at index·2^level; everything a proof needs is made of such nodes. `prove_…`
reads them and makes a proof; `check_…` raises unless a proof holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Protocol

from audit.failures import ProofFailed

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()


class Nodes(Protocol):
    """Where the hashes of full subtrees are read from."""

    def node(self, level: int, index: int) -> bytes:
        """The 32-byte root over leaves [index·2^level, (index + 1)·2^level)."""
        ...


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf: SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: all that is needed to append and know the root.

    Holds the roots of the full subtrees that the size's binary digits name, largest
    first: at most 64 hashes, whatever the size.
    """

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        """Take up where another left off; raises `ValueError` for a wrong `edge`."""
        self.size = size
        self._edge = list(edge)
        if size < 0 or len(self._edge) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has another number of edges")

    @classmethod
    def read(cls, nodes: Nodes, size: int) -> Frontier:
        """The right edge of the tree of `size` leaves that `nodes` holds."""
        return cls(size, [nodes.node(*part) for part in _parts(0, size)])

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The subtree roots, largest first; with `size`, all there is to store."""
        return tuple(self._edge)

    def append(self, leaf: bytes) -> None:
        """Add one leaf, given as its 32-byte leaf hash."""
        size, edge = self.size, self._edge
        while size & 1:
            leaf = node_hash(edge.pop(), leaf)
            size >>= 1
        edge.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The tree's root; SHA-256 of nothing for the empty tree."""
        if not self._edge:
            return EMPTY_ROOT
        root = self._edge[-1]
        for left in self._edge[-2::-1]:
            root = node_hash(left, root)
        return root


def root(nodes: Nodes, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return Frontier.read(nodes, size).root()


def prove_inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The path from leaf `index` (from 0) to the root at `size`, sibling first."""
    if not 0 <= index < size:
        raise ProofFailed("INC_INDEX", f"index {index}, size {size}")
    return _path(nodes, index, 0, size)


def _path(nodes: Nodes, index: int, low: int, high: int) -> list[bytes]:
    """PATH(m, D[low:high]) of RFC 6962 §2.1.1, the larger subtree on the left."""
    if high - low == 1:
        return []
    middle = low + _split(high - low)
    if index < middle:
        return [*_path(nodes, index, low, middle), _range_root(nodes, middle, high)]
    return [*_path(nodes, index, middle, high), _range_root(nodes, low, middle)]


def prove_consistency(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `old` leaves is a beginning of that of `new`."""
    if not 0 <= old <= new:
        raise ProofFailed("INC_CONSISTENCY", f"sizes {old} and {new}")
    return _subproof(nodes, old, 0, new, True) if old else []


def _subproof(nodes: Nodes, old: int, low: int, high: int, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[low:high], b) of RFC 6962 §2.1.2; `old` counts from leaf 0."""
    if old == high:
        return [] if whole else [_range_root(nodes, low, high)]
    middle = low + _split(high - low)
    if old <= middle:
        rest = _range_root(nodes, middle, high)
        return [*_subproof(nodes, old, low, middle, whole), rest]
    rest = _range_root(nodes, low, middle)
    return [*_subproof(nodes, old, middle, high, False), rest]


def check_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf stands in the log whose checkpoint says `size` and `root`.

    Shapes: `leaf` and `root` are 32-byte hashes; `path` holds the 32-byte sibling
    hashes from the leaf upwards. Units: `index` counts leaves from 0, `size` counts
    leaves. Raises `ProofFailed` (`INC_INDEX`, `INC_PATH`) and returns nothing, so that
    no caller can forget to look at the answer. Source: RFC 9162, section 2.1.3.2, with
    its loop cut in two: below the place where the leaf's way up meets the tree's right
    edge, the index says on which side the sibling lies; from there on, on the left.
    """
    if not 0 <= index < size:
        raise ProofFailed("INC_INDEX", f"index {index}, size {size}")
    _must_be_hashes("INC_PATH", leaf, root, *path)
    inner = (index ^ (size - 1)).bit_length()
    if len(path) != inner + (index >> inner).bit_count():
        raise ProofFailed("INC_PATH", f"{len(path)} hashes, size {size}")
    derived = leaf
    for height, sibling in enumerate(path):
        if height >= inner or index >> height & 1:
            derived = node_hash(sibling, derived)
        else:
            derived = node_hash(derived, sibling)
    if derived != root:
        raise ProofFailed("INC_PATH", f"index {index}, size {size}")


def check_consistency(
    old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Check that the tree of `old` leaves is a beginning of the tree of `new`.

    Sizes count leaves; roots and `path` are 32-byte hashes. From the empty tree there
    is nothing to prove and the path must be empty. Raises `ProofFailed`
    (`INC_CONSISTENCY`). Source: RFC 9162, section 2.1.4.2.
    """
    _must_be_hashes("INC_CONSISTENCY", old_root, new_root, *path)
    if not 0 <= old <= new:
        raise ProofFailed("INC_CONSISTENCY", f"sizes {old} and {new}")
    if not old or old == new:
        expected = EMPTY_ROOT if not old else new_root
        if path or old_root != expected:
            raise ProofFailed("INC_CONSISTENCY", f"sizes {old} and {new}")
        return
    if (old_root, new_root) != _roots_from_consistency(old, new, path, old_root):
        raise ProofFailed("INC_CONSISTENCY", f"sizes {old} and {new}")


def _roots_from_consistency(
    old: int, new: int, path: Sequence[bytes], old_root: bytes
) -> tuple[bytes, bytes]:
    """Both roots as the path gives them, for 0 < old < new."""
    siblings = list(path) if old & (old - 1) else [old_root, *path]
    if not path:
        raise ProofFailed("INC_CONSISTENCY", "empty path")
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    small = large = siblings[0]
    for sibling in siblings[1:]:
        if not last:
            raise ProofFailed("INC_CONSISTENCY", "longer than the tree is high")
        if first & 1 or first == last:
            small, large = node_hash(sibling, small), node_hash(sibling, large)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            large = node_hash(large, sibling)
        first, last = first >> 1, last >> 1
    if last:
        raise ProofFailed("INC_CONSISTENCY", "shorter than the tree is high")
    return small, large


def _must_be_hashes(code: str, *hashes: bytes) -> None:
    if set(map(len, hashes)) != {HASH_SIZE}:
        raise ProofFailed(code, "a hash that is not of 32 bytes")


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (2 or more)."""
    return 1 << (size - 1).bit_length() - 1


def _parts(low: int, high: int) -> list[tuple[int, int]]:
    """The full subtrees that leaves [low, high) are made of, largest first.

    `low` is a multiple of the largest power of two that is not above their number.
    """
    parts = []
    while low < high:
        level = (high - low).bit_length() - 1
        parts.append((level, low >> level))
        low += 1 << level
    return parts


def _range_root(nodes: Nodes, low: int, high: int) -> bytes:
    """MTH(D[low:high]) for a range that a split has produced."""
    parts = [nodes.node(*part) for part in _parts(low, high)]
    derived = parts.pop()
    while parts:
        derived = node_hash(parts.pop(), derived)
    return derived
