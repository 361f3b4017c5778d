from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.failures import ProofFailed
from audit.tree import (
    EMPTY_ROOT,
    Frontier,
    check_consistency,
    check_inclusion,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    root,
)
from tests.audit import forging

CLASSIC = [  # the leaves of RFC 6962's first test vectors
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
CLASSIC_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CLASSIC_PATHS = {
    0: [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    5: [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


class Memory:
    """Full subtrees, computed from the leaves by the definition."""

    def __init__(self, leaves):
        self.leaves = leaves

    def node(self, level, index):
        part = self.leaves[index << level : index + 1 << level]
        assert len(part) == 1 << level, "asked for a subtree that is not full"
        return forging.tree_root(part)


def leaves(count, kind=b"leaf %d"):
    return [leaf_hash(kind % i) for i in range(count)]


def frontier(hashes):
    grown = Frontier()
    for each in hashes:
        grown.append(each)
    return grown


def classic():
    return [leaf_hash(bytes.fromhex(leaf)) for leaf in CLASSIC]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_rfc_6962(size):
    assert frontier(classic()[:size]).root().hex() == CLASSIC_ROOTS[size]


@pytest.mark.parametrize("index", CLASSIC_PATHS)
def test_the_inclusion_paths_are_those_of_rfc_6962(index):
    path = prove_inclusion(Memory(classic()), index, 8)
    assert [each.hex() for each in path] == CLASSIC_PATHS[index]
    check_inclusion(classic()[index], index, 8, path, bytes.fromhex(CLASSIC_ROOTS[8]))


def test_the_consistency_proof_from_one_leaf_is_the_first_leaf_s_path():
    path = prove_consistency(Memory(classic()), 1, 8)
    assert [each.hex() for each in path] == CLASSIC_PATHS[0]


def test_the_hundred_leaves_of_the_go_checksum_database_give_its_root():
    hundred = leaves(100)
    found = b64decode("E/iJFcVg3JEaHaD7IJ2EoglxBR8pTr60KPs/wpOvJ0M=")
    assert frontier(hundred).root() == found == root(Memory(hundred), 100)
    thirty_seven = b64decode("/HtzXVSOrQ5/vpHJt/ZXDg114baS2ri7oGd7Hf6cNL0=")
    assert frontier(hundred[:37]).root() == thirty_seven


def test_its_inclusion_path_is_the_one_go_gives():
    said = (
        "nDdZ0iPWnGcUE2upWZYPgqOLVzyp35wUNtT1zb3RKlY="
        " ni3fcQtPW5qEj4nhpC1fsUmqUYF1cD1r7NKL2cntxfs="
        " U3A9+rI/wMUiV12V1nEqXjo3o/dJE7PAONsTmYkJzdQ="
        " 8mHiNpLZeP2sP9lJ21SVlApDeuZxuabd6aphGNADZS8="
    )
    assert prove_inclusion(Memory(leaves(100)), 99, 100) == [
        b64decode(each) for each in said.split()
    ]


@pytest.mark.parametrize("size", range(80))
def test_root_and_proofs_are_those_of_the_definition(size):
    hashes = leaves(size)
    memory, whole = Memory(hashes), forging.tree_root(hashes)
    assert frontier(hashes).root() == root(memory, size) == whole
    for index in range(size):
        path = prove_inclusion(memory, index, size)
        assert path == forging.inclusion(hashes, index)
        check_inclusion(hashes[index], index, size, path, whole)
    for old in range(1, size + 1):
        path = prove_consistency(memory, old, size)
        assert path == forging.consistency(hashes, old)
        check_consistency(old, size, path, forging.tree_root(hashes[:old]), whole)
    check_consistency(0, size, [], EMPTY_ROOT, whole)


def rfc_9162_root(index, size, leaf, path):
    """Section 2.1.3.2, step by step; `None` where it fails."""
    if index >= size:
        return None
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            if not fn & 1:
                while fn and not fn & 1:
                    fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 9))
def test_inclusion_is_decided_as_rfc_9162_decides_it(index, size, height):
    leaf, path = b"\x01" * 32, [bytes([i]) * 32 for i in range(height)]
    said = rfc_9162_root(index, size, leaf, path)
    if said is None:
        with pytest.raises(ProofFailed):
            check_inclusion(leaf, index, size, path, leaf)
    else:
        check_inclusion(leaf, index, size, path, said)


@given(st.integers(1, 70), st.data())
def test_a_changed_inclusion_proof_fails(size, data):
    hashes = leaves(size)
    whole, index = forging.tree_root(hashes), data.draw(st.integers(0, size - 1))
    path = forging.inclusion(hashes, index)
    other = data.draw(
        st.integers(0, size - 1).filter(lambda i: i != index or size == 1)
    )
    wrong = [
        (hashes[index], index, [*path, whole]),
        (whole[::-1], index, path),
        (hashes[index], size, path),
        (hashes[index], -1, path),
        (hashes[index], index, [*path, b""]),
    ]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        changed = bytes([path[at][0] ^ 1]) + path[at][1:]
        wrong += [
            (hashes[index], other, path),
            (hashes[index], index, path[:-1]),
            (hashes[index], index, path[1:]),
            (hashes[index], index, [*path[:at], changed, *path[at + 1 :]]),
            (hashes[index], index, [*path[:at], path[at][:31], *path[at + 1 :]]),
        ]
    for leaf, place, proof in wrong:
        with pytest.raises(ProofFailed, match="INC_"):
            check_inclusion(leaf, place, size, proof, whole)


@given(st.integers(0, 70), st.integers(0, 70), st.data())
def test_a_changed_consistency_proof_fails(old, new, data):
    old, new = min(old, new), max(old, new)
    hashes = leaves(new)
    small, large = forging.tree_root(hashes[:old]), forging.tree_root(hashes)
    path = forging.consistency(hashes, old) if old else []
    wrong = [
        (old, new, [*path, large], small, large),
        (new + 1, new, path, small, large),
        (old, new, path, small[::-1], large),
        (old, new, path, small, large[:31]),
    ]
    if 0 < old < new:
        at = data.draw(st.integers(0, len(path) - 1))
        changed = bytes([path[at][0] ^ 1]) + path[at][1:]
        wrong += [
            (old, new, [], small, large),
            (old, new, path[:-1], small, large),
            (old, new, [*path[:at], changed, *path[at + 1 :]], small, large),
            (old, new, path, small, sha256(large).digest()),
            (old, new, path, large, large),
            (old, new, path, large, small),
        ]
    for proof in wrong:
        with pytest.raises(ProofFailed, match="INC_CONSISTENCY"):
            check_consistency(*proof)


def test_a_tree_with_another_history_is_not_a_continuation():
    honest, forged = leaves(20), leaves(20, b"other %d")
    mixed = honest[:11] + forged[11:]
    path = forging.consistency(mixed, 12)
    with pytest.raises(ProofFailed):
        check_consistency(
            12, 20, path, forging.tree_root(honest[:12]), forging.tree_root(mixed)
        )


@given(st.integers(0, 300), st.integers(0, 60))
def test_a_frontier_goes_on_from_where_another_left_off(size, more):
    hashes = leaves(size + more)
    first = frontier(hashes[:size])
    again = Frontier(first.size, first.edge)
    assert Frontier.read(Memory(hashes), size).edge == first.edge
    for each in hashes[size:]:
        again.append(each)
    assert again.root() == forging.tree_root(hashes)
    assert len(again.edge) == (size + more).bit_count()


def test_a_frontier_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="edges"):
        Frontier(3, [b"\0" * 32])


def test_no_proof_is_made_outside_the_tree():
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ProofFailed, match="INC_INDEX"):
            prove_inclusion(Memory(leaves(5)), index, size)
    with pytest.raises(ProofFailed, match="INC_CONSISTENCY"):
        prove_consistency(Memory(leaves(5)), 6, 5)
