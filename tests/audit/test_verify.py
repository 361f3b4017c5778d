from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import audit.verify
from audit.proof import Proof, format_proof, parse_proof
from audit.report import Standing
from audit.verify import verify_bundle
from tests.audit.forging import (
    ACCESS,
    PLACE,
    SHARED,
    SHIELDED,
    Forge,
    Stream,
    repacked,
    unpacked,
)

FORGE = Forge(bytes(32))
FILES = unpacked(FORGE.bundle())


def proved(forge: Forge, **how: object) -> object:
    report = verify_bundle(forge.bundle(**how), forge.policy())
    assert report.ok, report.as_text()
    return report


def test_a_true_bundle_is_proved_entry_by_entry(forge, case):
    case.entries[1].is_withheld = True
    report = proved(forge)
    assert report.code == "PROVED"
    assert [(each.stream, each.version) for each in report.entries] == [
        (stream.id, version)
        for stream in (forge.registry, case)
        for version in range(1, len(stream.entries) + 1)
    ]
    standings = [each.standing for each in report.entries]
    assert standings == [Standing.SHOWN] * 3 + [Standing.SEALED, Standing.SHOWN]
    assert [each.index for each in report.entries] == list(range(5))
    assert report.counts == {Standing.SHOWN: 4, Standing.SEALED: 1}


def test_the_checkpoint_and_its_witnesses_are_named(forge, case):
    report = proved(forge)
    assert report.checkpoint.origin == forge.origin
    assert report.checkpoint.size == len(forge.leaves)
    assert list(report.cosigned) == ["tilsyn"]
    assert report.witnessed_at == forge.clock // 1000 + 5


def test_what_a_bundle_cannot_prove_is_said(forge, case):
    assert proved(forge).notices == [
        "COMPLETENESS",
        "SERVICE_ATTESTED",
        "TIME_ATTESTED",
    ]


def test_without_witnesses_the_verdict_says_that_nobody_else_vouches(forge, case):
    bundle, policy = forge.bundle(), forge.policy(quorum=False)
    assert verify_bundle(bundle, policy).code == "POLICY_UNWITNESSED"
    report = verify_bundle(bundle, policy, allow_unwitnessed=True)
    assert report.ok
    assert report.code == "PROVED_UNWITNESSED"
    assert "no independent witness vouches" in report.verdict
    assert "UNWITNESSED" in report.notices


def test_a_case_with_every_kind_of_stream_is_proved(forge, case):
    shielded = forge.stream(SHIELDED, shield="vern-1")
    forge.record(shielded)
    forge.record(forge.stream(ACCESS, access_to=case.id), "access-recorded.v1")
    under_shield = forge.stream(ACCESS, access_to=shielded.id, shield="vern-1")
    forge.record(under_shield, "access-recorded.v1")
    assert proved(forge).counts[Standing.SHOWN] == 8


def test_a_bundle_of_no_single_case_may_hold_streams_of_several(forge, case):
    other = forge.stream(SHARED)
    elsewhere = forge.uuid("another case")
    for _ in range(2):
        forge.record(other, say=lambda said: said.update(case=str(elsewhere)))
    forge.record(other, "key-destroyed.v1", say=lambda s: s.update(case=str(elsewhere)))
    no_case = partial(replace, case=None)
    assert proved(forge, manifest=no_case).case is None
    other.entries[1].is_erased = True
    assert proved(forge, manifest=no_case).erased == 1
    case.entries[1].is_erased = True
    report = verify_bundle(forge.bundle(manifest=no_case), forge.policy())
    assert set(report.failed_by_code) == {"MISSING_ERASURE"}


@pytest.mark.parametrize("type", ["key-destroyed.v1", "sealing-executed.v1"])
def test_an_erased_body_under_a_proven_erasure_is_proved_and_not_disclosed(
    forge, case, type
):
    case.entries[0].is_erased = True
    erasure = forge.record(case, type)
    report = proved(forge)
    erased = report.entries[2]
    assert (erased.standing, erased.erased_by) == (Standing.SEALED, erasure.index)
    assert report.erased == 1
    assert "ERASED" in report.notices


def test_what_was_signed_well_stays_proved_when_the_key_is_gone(forge, case):
    forge.introduce("second")
    forge.rotate("service", "second")
    forge.record(case, by="second")
    forge.revoke("service", "compromised", case.entries[-2].index)
    proved(forge, by="second")


def test_a_proof_may_carry_the_envelope_itself(forge, case):
    name = f"{case.id}/1"

    def carry(files):
        proof = parse_proof(files[f"proofs/{name}.tlog-proof"])
        extra = files[f"events/{name}.cose"]
        carried = Proof(proof.index, proof.path, proof.checkpoint, extra)
        files[f"proofs/{name}.tlog-proof"] = format_proof(carried)

    assert verify_bundle(repacked(forge.bundle(), carry), forge.policy()).ok


def test_a_beacon_is_accepted_and_said_not_to_be_proven(forge, case):
    beacon = [len(forge.leaves), forge.root()]
    forge.record(case, lie=lambda header: header[PLACE].update({5: beacon}))
    assert "BEACONS" in proved(forge).notices


def test_a_clock_may_be_five_minutes_ahead_of_the_witnesses(forge, case):
    at = forge.clock // 1000
    proved(forge, checkpoint=forge.checkpoint(at=at - 300))
    late = forge.bundle(checkpoint=forge.checkpoint(at=at - 301))
    assert verify_bundle(late, forge.policy()).code == "TIME_AFTER_WITNESS"


def test_every_way_in_which_an_entry_fails_is_named(forge, case):
    def lie(header):
        header[PLACE] |= {1: 9, 4: bytes(32), 9: "annenvik"}

    forge.record(case, lie=lie, by="intruder", say=lambda said: said.update(shield="x"))
    report = verify_bundle(forge.bundle(), forge.policy())
    assert set(report.entries[-1].codes) == {
        "CHAIN_TENANT", "CHAIN_VERSION", "CHAIN_PREVIOUS", "KEY_UNKNOWN", "BODY_SHIELD",
    }  # fmt: skip


def test_a_broken_entry_does_not_bring_down_the_ones_after_it(forge, case):
    forge.record(case, lie=lambda header: header.update({1: -8}))
    forge.record(case)
    report = verify_bundle(forge.bundle(), forge.policy())
    assert [each.codes for each in report.entries[-2:]] == [("SIG_ALGORITHM",), ()]


def test_a_manifest_that_lists_a_billion_entries_is_answered(forge, case):
    def boast(manifest):
        streams = [replace(each, versions=10**9) for each in manifest.streams]
        return replace(manifest, streams=tuple(streams))

    report = verify_bundle(forge.bundle(manifest=boast), forge.policy())
    assert set(report.failed_by_code) == {"MISSING_ENTRY", "MANIFEST_HEAD"}
    assert report.failed_by_code["MISSING_ENTRY"] == audit.verify.MAX_GAPS


def test_a_bundle_is_read_from_a_path_too(forge, tmp_path):
    path = tmp_path / "bundle.zip"
    path.write_bytes(forge.bundle())
    assert verify_bundle(path, forge.policy()).ok
    assert verify_bundle(str(path), forge.policy()).ok
    with pytest.raises(FileNotFoundError):
        verify_bundle(tmp_path / "nowhere.zip", forge.policy())


def test_a_verifier_that_falls_over_does_not_look_like_one_that_proves(
    forge, monkeypatch
):
    def fall_over(*_):
        raise RuntimeError("a word said in a case")

    monkeypatch.setattr(audit.verify, "read_bundle", fall_over)
    report = verify_bundle(forge.bundle(), forge.policy())
    assert (report.ok, report.code) == (False, "BUNDLE_UNEXPECTED")
    assert "a word said" not in report.as_text() + report.dumps()


def test_the_verifier_is_short_enough_to_be_read():
    assert len(Path(audit.verify.__file__).read_text().splitlines()) <= 300


def test_a_fork_of_a_stream_shows_in_one_of_its_two_bundles(forge, case):
    fork = Stream(case.id, case.kind, entries=case.entries[:2])
    forge.record(fork)
    forge.streams.remove(case)
    for stream in (case, fork):
        streams = [forge.registry, stream]
        assert verify_bundle(forge.bundle(streams=streams), forge.policy()).ok
    both = repacked(
        forge.bundle(streams=[forge.registry, case]),
        lambda files: files.update(
            {
                name: content
                for name, content in unpacked(
                    forge.bundle(streams=[forge.registry, fork])
                ).items()
                if f"{case.id}/3" in name
            }
        ),
    )
    report = verify_bundle(both, forge.policy())
    assert set(report.failed_by_code) == {"MANIFEST_HEAD"}


@given(st.sampled_from(sorted(FILES)), st.binary(max_size=80))
def test_whatever_a_file_of_the_bundle_holds_the_answer_is_a_report(name, content):
    bundle = repacked(FORGE.bundle(), lambda files: files.update({name: content}))
    report = verify_bundle(bundle, FORGE.policy())
    assert report.code != "BUNDLE_UNEXPECTED"
    assert report.ok == (name in ("README.txt", "policy"))
