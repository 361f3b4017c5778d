from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from audit.bundle import (
    Listing,
    Manifest,
    format_manifest,
    parse_manifest,
    read_bundle,
    write_bundle,
)
from audit.verify import verify_bundle
from tests.audit.forging import ACCESS, SHIELDED, Forge, unpacked
from tests.audit.mangling import code_of, flipped, outcome, shortened

STREAM = UUID("3f8a5f0e-6f43-4d35-9d6c-2f6a3a1b9c11")
MANIFEST = Manifest(
    origin="testvik.demo.example/stafettlogg",
    tenant="testvik",
    case=UUID("8d3e6c1a-0f5b-4b62-8c7b-0d9be0a3a7d2"),
    made_at=datetime(2026, 3, 11, 9, 40, tzinfo=UTC),
    size=9,
    streams=(
        Listing(STREAM, SHIELDED, 4, b"h" * 32, "vern-1", None, (1, 3), (2,)),
        Listing(UUID(int=STREAM.int + 1), ACCESS, 1, b"h" * 32, None, STREAM),
    ),
    profile={"name": "testvik", "levels": [0, 1]},
    labels={"nb": {"case-opened.v1": "Sak åpnet"}},
    codes={"guardian-authorities": []},
)


def test_a_manifest_is_read_as_it_was_written():
    assert parse_manifest(format_manifest(MANIFEST)) == MANIFEST
    plain = replace(MANIFEST, case=None, profile=None, labels=None, codes=None)
    assert parse_manifest(format_manifest(plain)) == plain


def test_every_flipped_bit_of_a_manifest_says_something_else_or_is_refused():
    for data in flipped(format_manifest(MANIFEST)):
        code = code_of(outcome(parse_manifest, data), MANIFEST)
        assert code in ("MANIFEST_MALFORMED", "something else")


def test_the_same_case_makes_the_same_bundle():
    bundles = []
    for _ in range(2):
        forge = Forge(bytes(32))
        forge.record(forge.stream("stafettlogg.case.v1"))
        bundles.append(forge.bundle())
    assert bundles[0] == bundles[1]


def test_a_bundle_has_these_files_and_no_others(forge, case):
    case.entries[1].is_withheld = True
    names = ["manifest.json", "manifest.cose", "policy", "checkpoint", "README.txt"]
    for stream in (forge.registry, case):
        for version, entry in enumerate(stream.entries, 1):
            names.append(f"events/{stream.id}/{version}.cose")
            if not entry.is_withheld:
                names.append(f"preimages/{stream.id}/{version}")
            names.append(f"proofs/{stream.id}/{version}.tlog-proof")
    assert list(unpacked(forge.bundle())) == names


def test_the_writer_says_what_is_withheld_and_what_erased(forge, case):
    case.entries[0].is_erased = True
    case.entries[2].is_withheld = True
    listing = read_bundle(forge.bundle()).manifest.streams[1]
    assert (listing.erased, listing.withheld) == ((1,), (3,))
    assert listing.head == forge.leaves[case.entries[2].index]


def test_a_bundle_is_in_its_file_whole_or_not_at_all(tmp_path, forge, monkeypatch):
    path = tmp_path / "case.zip"
    write_bundle(path, forge.bundle())
    assert verify_bundle(path, forge.policy()).ok
    before = path.read_bytes()

    def power_cut(handle):
        raise OSError("no power")

    monkeypatch.setattr(os, "fsync", power_cut)
    with pytest.raises(OSError, match="no power"):
        write_bundle(path, b"another")
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["case.zip"]


def test_a_bundle_cut_off_at_any_length_is_refused(forge):
    bundle, policy = forge.bundle(), forge.policy()
    for length in range(len(bundle)):
        report = verify_bundle(bundle[:length], policy)
        assert report.code in ("BUNDLE_INCOMPLETE", "BUNDLE_ZIP")


def test_no_flipped_bit_or_lost_byte_changes_what_is_proved(forge, case):
    bundle, policy = forge.bundle(), forge.policy()
    files = unpacked(bundle)
    for ways in (list(flipped(bundle, 97)), list(shortened(bundle))[1::151]):
        for data in ways:
            report = verify_bundle(data, policy)
            assert report.code != "BUNDLE_UNEXPECTED"
            if report.ok:  # a date in the zip, the README, the copy of the policy
                kept = unpacked(data)
                assert {name for name in files if files[name] != kept[name]} == set()
