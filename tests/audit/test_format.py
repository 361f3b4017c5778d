"""`FORMAT.md` tells the truth: every example and table in it is checked here."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

import audit
from audit.bundle import check_manifest, parse_manifest
from audit.failures import REASONS
from audit.note import Checkpoint
from audit.policy import open_checkpoint, parse_policy
from audit.proof import parse_proof
from audit.record import (
    check_preimage,
    check_signature,
    leaf_hash,
    parse_body,
    parse_envelope,
    signature_input,
    thumbprint,
)
from audit.report import NOTICES
from audit.tiles import ENTRIES, Tile, parse_tile_path
from audit.tree import Frontier, check_inclusion
from audit.verify import verify_bundle
from tests.audit.forging import SHARED, Forge, unpacked

TEXT = (Path(audit.__file__).parent / "FORMAT.md").read_text()
BLOCKS = {
    name: (kind, content)
    for kind, name, content in re.findall(
        r"^```(\w+) (\S+)\n(.*?)^```$", TEXT, re.M | re.S
    )
}


def hexed(name: str) -> bytes:
    kind, content = BLOCKS[name]
    assert kind == "hex"
    return bytes.fromhex(content)


def text(name: str) -> bytes:
    return BLOCKS[name][1].encode()


def line(name: str) -> bytes:
    return text(name).rstrip(b"\n")


@pytest.fixture(scope="module")
def example() -> Forge:
    """The case that the examples show."""
    forge = Forge(bytes(32))
    forge.record(forge.stream(SHARED), "case-opened.v1", {"language": "nb"})
    return forge


def test_the_body_belongs_to_the_envelope_by_way_of_its_salt():
    envelope = parse_envelope(hexed("envelope"))
    preimage = hexed("salt") + line("body")
    assert sha256(preimage).digest() == hexed("payload") == envelope.payload
    assert parse_body(check_preimage(envelope, preimage)).type == "case-opened.v1"


def test_the_envelope_holds_header_payload_and_signature():
    envelope = parse_envelope(hexed("envelope"))
    assert envelope.protected == hexed("protected")
    assert signature_input(envelope.protected, envelope.payload) == hexed("signed")
    assert thumbprint(hexed("public-key")) == hexed("key-id") == envelope.header.kid
    check_signature(envelope, hexed("public-key"))


def test_the_tree_is_that_of_the_leaves():
    lines = BLOCKS["leaves"][1].split()
    frontier = Frontier()
    for each in lines:
        frontier.append(bytes.fromhex(each))
    assert frontier.root() == hexed("root")
    assert leaf_hash(hexed("envelope")) == hexed("leaf") == bytes.fromhex(lines[2])


def test_the_checkpoint_meets_the_policy():
    policy = parse_policy(text("policy").decode())
    signed = open_checkpoint(text("checkpoint"), policy)
    assert signed.is_witnessed
    assert signed.checkpoint == Checkpoint(policy.origin, 3, hexed("root"))


def test_the_proof_leads_from_the_entry_to_the_checkpoint():
    proof = parse_proof(text("proof"))
    assert proof.checkpoint == text("checkpoint")
    check_inclusion(hexed("leaf"), proof.index, 3, proof.path, hexed("root"))


def test_the_manifest_is_signed_with_the_service_key():
    manifest = parse_manifest(line("manifest"))
    assert manifest.streams[1].head == hexed("leaf")
    keys = {hexed("key-id"): hexed("public-key")}
    check_manifest(hexed("manifest-cose"), line("manifest"), keys.__getitem__)


def test_the_paths_of_tiles_are_as_said():
    for each in text("tile-paths").decode().splitlines():
        level, number, width, path = each.split()
        coordinate = ENTRIES if level == "entries" else int(level)
        tile = Tile(coordinate, int(number), int(width))
        assert tile.path == path
        assert parse_tile_path(path) == tile


def test_the_examples_are_of_one_true_bundle(example):
    files = unpacked(example.bundle())
    stream = example.streams[1].id
    assert files["manifest.json"] == line("manifest")
    assert files["manifest.cose"] == hexed("manifest-cose")
    assert files[f"events/{stream}/1.cose"] == hexed("envelope")
    assert files[f"proofs/{stream}/1.tlog-proof"] == text("proof")
    assert example.policy().encode() == text("policy")
    assert verify_bundle(example.bundle(), text("policy").decode()).ok


def test_every_example_is_checked_here():
    source = Path(__file__).read_text()
    assert [
        name for name in BLOCKS if f'("{name}")' not in source and name != "leaves"
    ] == []


def test_the_failures_and_notices_are_those_of_the_code():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*) \|$", TEXT, re.M))
    assert rows == {**NOTICES, **REASONS}


def test_the_report_has_the_keys_that_are_said(example):
    said = TEXT.split("keys in this order:")[1].split("`code` is")[0]
    keys = [
        key for key in re.findall(r"`([a-z_]+)`", said) if key not in ("bundle", "log")
    ]
    report = verify_bundle(example.bundle(), example.policy())
    assert list(json.loads(report.dumps())) == keys


def test_the_labels_of_the_header_are_those_that_are_read():
    protected = TEXT.split("| label | value |")[1].split("\n\n")[0]
    labels = [
        int(each)
        for each in re.findall(r"^\| ([−-]?\d+) \|", protected.replace("−", "-"), re.M)
    ]
    assert labels == [1, 4, 15, 16, 258, 259, -65537, -65538]
