"""A museum of broken bundles: each is named after what is wrong with it.

Every exhibit starts from the same true case, breaks one thing as its name says, and is
marked with exactly the codes that the verifier must then give. Where the lie is told
with valid signatures and valid inclusion, one check alone stands between it and a
verdict of "proved".
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import cbor2
import pytest

from audit.failures import REASONS
from audit.note import Vkey
from audit.record import sign1
from audit.verify import verify_bundle
from tests.audit.forging import (
    ACCESS,
    PLACE,
    REGISTRY,
    SHARED,
    SHIELDED,
    Files,
    Forge,
    Stream,
    leaf,
    packed,
    repacked,
    unpacked,
)


@dataclass
class Case:
    """A true case: everything in it verifies until an exhibit breaks it."""

    forge: Forge
    shared: Stream
    shielded: Stream
    access: Stream

    @property
    def first(self) -> str:
        """The shared stream's files, without folder and ending, first version."""
        return f"{self.shared.id}/1"


Exhibit = Callable[[Case], bytes | tuple[bytes, str]]
EXHIBITS: dict[str, tuple[set[str], Exhibit]] = {}


def shows(*codes: str) -> Callable[[Exhibit], Exhibit]:
    """Hang an exhibit: a function that makes the bundle, and its policy if another."""

    def hang(exhibit: Exhibit) -> Exhibit:
        EXHIBITS[exhibit.__name__] = (set(codes), exhibit)
        return exhibit

    return hang


@pytest.fixture
def true_case(forge: Forge) -> Case:
    shared = forge.stream(SHARED)
    shielded = forge.stream(SHIELDED, shield="vern-1")
    access = forge.stream(ACCESS, access_to=shared.id)
    for _ in range(3):
        forge.record(shared)
        forge.record(shielded)
        forge.record(access, "access-recorded.v1")
    access.entries[1].is_withheld = True
    shielded.entries[1].is_erased = True
    forge.record(shared, "key-destroyed.v1", {"key_id": "k-1", "witness": "p-2"})
    return Case(forge, shared, shielded, access)


def test_the_true_case_is_proved(true_case):
    report = verify_bundle(true_case.forge.bundle(), true_case.forge.policy())
    assert (report.ok, report.code) == (True, "PROVED"), report.as_text()
    assert [entry.codes for entry in report.entries] == [()] * 12


# the file


@shows("BUNDLE_INCOMPLETE")
def half_a_file(case):
    bundle = case.forge.bundle()
    return bundle[: len(bundle) // 2]


@shows("BUNDLE_INCOMPLETE")
def an_empty_file(case):
    return b""


@shows("BUNDLE_ZIP")
def a_program_in_front(case):
    return b"#!/bin/sh\n" + case.forge.bundle()


@shows("BUNDLE_ZIP")
def a_comment_behind(case):
    return case.forge.bundle()[:-2] + b"\x05\x00hello"


@shows("BUNDLE_ZIP")
def a_file_that_local_header_and_directory_name_differently(case):
    name = b"README.txt"
    return case.forge.bundle().replace(name, b"readme.txt", 1)


@shows("BUNDLE_ZIP")
def a_symbolic_link(case):
    bundle = case.forge.bundle()
    entry = bundle.rindex(b"PK\x01\x02")
    return bundle[: entry + 41] + b"\xa1" + bundle[entry + 42 :]


def added(name: str, content: bytes = b"x") -> Exhibit:
    return lambda case: repacked(
        case.forge.bundle(), lambda files: files.update({name: content})
    )


for title, name in {
    "a_stranger": "evil.txt",
    "a_way_out_of_the_folder": "../policy",
    "a_way_out_further_down": "events/../../policy",
    "an_absolute_path": "/etc/passwd",
    "a_backslash": "events\\x.cose",
    "a_folder": "events/",
    "another_case_of_a_name": "Manifest.json",
    "a_version_zero": "events/00000000-0000-4000-8000-000000000000/0.cose",
    "a_version_with_a_leading_zero": (
        "events/00000000-0000-4000-8000-000000000000/01.cose"
    ),
    "a_stream_in_capitals": "events/AAAAAAAA-0000-4000-8000-000000000000/1.cose",
    "a_key_in_the_bundle": "keys/service.pem",
}.items():
    EXHIBITS[title] = ({"BUNDLE_NAME"}, added(name))


@shows("BUNDLE_REPEATED")
def two_files_of_one_name(case):
    files = unpacked(case.forge.bundle())
    bundle = packed({**files, "README.txX": b"another"}, 0)
    return bundle.replace(b"README.txX", b"README.txt")


@shows("BUNDLE_ENCRYPTED")
def an_encrypted_file(case):
    bundle = case.forge.bundle()
    entry = bundle.rindex(b"PK\x01\x02")
    return bundle[: entry + 8] + b"\x01" + bundle[entry + 9 :]


@shows("BUNDLE_METHOD")
def an_unusual_compression(case):
    return packed(unpacked(case.forge.bundle()), zipfile.ZIP_BZIP2)


@shows("BUNDLE_RATIO")
def a_bomb(case):
    name = f"preimages/{case.first}"
    return repacked(
        case.forge.bundle(), lambda files: files.update({name: bytes(1 << 20)})
    )


@shows("BUNDLE_SIZE")
def a_readme_that_does_not_end(case):
    return added("README.txt", b"read me " * 10_000)(case)


@shows("BUNDLE_SIZE")
def an_envelope_longer_than_a_log_holds(case):
    return added(f"events/{case.first}.cose", bytes(65_536))(case)


@shows("BUNDLE_COUNT")
def more_files_than_can_be_counted(case):
    bundle = case.forge.bundle()
    return bundle[:-14] + struct.pack("<2H", 0xFFFF, 0xFFFF) + bundle[-10:]


@shows("BUNDLE_CHECKSUM")
def a_damaged_file(case):
    return case.forge.bundle().replace(b"Evidence of an", b"Evidence of no")


def lacking(name: str) -> Exhibit:
    return lambda case: repacked(case.forge.bundle(), lambda files: files.pop(name))


for name in ("manifest.json", "manifest.cose", "checkpoint", "policy", "README.txt"):
    EXHIBITS[f"no_{name.replace('.', '_')}"] = ({"BUNDLE_ABSENT"}, lacking(name))


# the policy, which is the supervisor's


@shows("POLICY_UNWITNESSED")
def a_policy_without_witnesses(case):
    return case.forge.bundle(), case.forge.policy(quorum=False)


@shows("CP_SIGNATURE")
def an_impostor_with_a_bundle_and_a_policy_of_his_own(case):
    return Forge().bundle(), case.forge.policy()


@shows("KEY_UNKNOWN", "KEY_NOT_ROOT", "MANIFEST_SIGNER")
def a_registry_under_another_root(case):
    other = Vkey("root.example", 1, case.forge.public("intruder"))
    return case.forge.bundle(), case.forge.policy(registry=other)


@shows("CHAIN_TENANT", "MANIFEST_TENANT", "KEY_UNKNOWN", "MANIFEST_SIGNER")
def a_bundle_of_another_tenant(case):
    return case.forge.bundle(), case.forge.policy(tenant="annenvik")


# the checkpoint


@shows("CP_QUORUM")
def a_checkpoint_that_no_witness_has_seen(case):
    return case.forge.bundle(checkpoint=case.forge.checkpoint(witnesses=[]))


@shows("CP_QUORUM")
def a_witness_nobody_asked_for(case):
    checkpoint = case.forge.checkpoint(witnesses=["friend"])
    return case.forge.bundle(checkpoint=checkpoint)


@shows("CP_COSIGNATURE")
def a_cosignature_made_by_the_log_itself(case):
    forge = case.forge
    seen, alone = forge.checkpoint(), forge.checkpoint(witnesses=[])
    line = seen.decode().split("\n")[-2]
    name, signed = line.split(" ")[1:]
    own = alone.decode().split("\n")[-2].split(" ")[2]
    forged = signed[:16] + own[8:]
    checkpoint = alone + f"— {name} {forged[: len(signed)]}\n".encode()
    return forge.bundle(checkpoint=checkpoint[: len(seen)])


@shows("CP_SIGNATURE")
def a_checkpoint_signed_by_another_key(case):
    return case.forge.bundle(checkpoint=case.forge.checkpoint(by="intruder"))


@shows("CP_ORIGIN")
def a_checkpoint_of_another_log(case):
    forge = case.forge
    root = b64encode(forge.root()).decode()
    text = f"other.example/log\n{len(forge.leaves)}\n{root}\n"
    return forge.bundle(checkpoint=forge.checkpoint(text=text))


@shows("CP_MALFORMED")
def a_checkpoint_with_an_extension(case):
    forge = case.forge
    text = forge.checkpoint().decode().split("\n\n")[0] + "\nextension\n"
    return forge.bundle(checkpoint=forge.checkpoint(text=text))


@shows("CP_MALFORMED")
def a_checkpoint_that_is_not_text(case):
    return case.forge.bundle(checkpoint=b"\xff" * 99)


@shows("INC_PATH", "MANIFEST_SIGNER")
def a_checkpoint_over_another_tree(case):
    forge = case.forge
    text = f"{forge.origin}\n{len(forge.leaves)}\n{b64encode(bytes(32)).decode()}\n"
    return forge.bundle(checkpoint=forge.checkpoint(text=text))


@shows("INC_PATH", "INC_INDEX", "MANIFEST_SIZE", "MANIFEST_SIGNER")
def an_older_checkpoint_than_the_proofs(case):
    return case.forge.bundle(checkpoint=case.forge.checkpoint(4))


# the key registry


@shows("KEY_REGISTRY_ABSENT")
def no_registry(case):
    streams = [case.shared, case.shielded, case.access]
    return case.forge.bundle(streams=streams)


@shows("KEY_REGISTRY_SECOND")
def two_registries(case):
    second = case.forge.stream(REGISTRY)
    case.forge.introduce("second", to=second)
    return case.forge.bundle()


@shows("KEY_REGISTRY_SEALED", "KEY_UNKNOWN", "MANIFEST_SIGNER")
def a_registry_that_withholds_a_key(case):
    case.forge.registry.entries[0].is_withheld = True
    return case.forge.bundle()


@shows("KEY_UNKNOWN")
def an_entry_signed_by_a_key_nobody_introduced(case):
    case.forge.record(case.shared, by="intruder")
    return case.forge.bundle()


@shows("KEY_NOT_ROOT", "KEY_UNKNOWN")
def a_key_that_the_service_introduced_itself(case):
    case.forge.introduce("intruder", by="service")
    case.forge.record(case.shared, by="intruder")
    return case.forge.bundle()


@shows("KEY_OUTSIDE_REGISTRY", "KEY_UNKNOWN")
def a_key_introduced_in_the_middle_of_a_case(case):
    case.forge.introduce("intruder", by="service", to=case.shared)
    case.forge.record(case.shared, by="intruder")
    return case.forge.bundle()


@shows("KEY_ROOT_MISUSED", "KEY_OUTSIDE_REGISTRY")
def a_key_introduced_by_the_root_in_a_case(case):
    case.forge.introduce("intruder", by="root", to=case.shared)
    return case.forge.bundle()


@shows("KEY_ROOT_MISUSED")
def a_case_entry_signed_by_the_root(case):
    case.forge.record(case.shared, by="root")
    return case.forge.bundle()


@shows("KEY_ROOT_MISUSED")
def a_registry_entry_not_about_keys_signed_by_the_root(case):
    case.forge.record(case.forge.registry, "checkpoint-made.v1", by="root")
    return case.forge.bundle()


# a log that was restored from a backup


@shows("RESTORED_NAME")
def a_restored_log_that_goes_on_under_its_old_name(case):
    case.forge.declare_loss(200)
    case.forge.name = case.forge.origin
    return case.forge.bundle()


@shows("RESTORED_NAME")
def a_log_under_another_name_that_nobody_declared(case):
    case.forge.name = f"{case.forge.origin}~0123456789abcdef"
    return case.forge.bundle(), case.forge.policy()


@shows("KEY_NOT_ROOT", "RESTORED_NAME")
def a_loss_that_the_service_declared_by_itself(case):
    case.forge.declare_loss(200, by="service")
    return case.forge.bundle(), case.forge.policy()


@shows("KEY_ROOT_MISUSED", "KEY_OUTSIDE_REGISTRY", "RESTORED_NAME")
def a_loss_declared_in_a_case(case):
    case.forge.declare_loss(200, to=case.shared)
    return case.forge.bundle(), case.forge.policy()


@shows("RESTORED_FIELDS", "RESTORED_NAME")
def a_loss_of_nothing(case):
    case.forge.declare_loss(2)
    return case.forge.bundle(), case.forge.policy()


@shows("RESTORED_FIELDS", "RESTORED_NAME")
def a_loss_with_a_field_nobody_knows(case):
    case.forge.declare_loss(200, opened="yes")
    return case.forge.bundle(), case.forge.policy()


@shows("CP_SIGNATURE")
def a_bundle_of_the_former_log_under_the_new_policy(case):
    bundle = case.forge.bundle()
    case.forge.declare_loss(200)
    return bundle, case.forge.policy()


@shows("KEY_THUMBPRINT", "KEY_UNKNOWN")
def a_key_under_another_key_s_name(case):
    public = b64encode(case.forge.public("intruder")).decode()
    case.forge.introduce("second", public_key=public)
    case.forge.record(case.shared, by="second")
    return case.forge.bundle()


@shows("KEY_REPEATED")
def a_key_introduced_again(case):
    case.forge.introduce("service")
    return case.forge.bundle()


@shows("KEY_PURPOSE")
def an_entry_signed_by_the_checkpoint_key(case):
    case.forge.record(case.shared, by="log")
    return case.forge.bundle()


@shows("KEY_NOT_YET_VALID")
def an_entry_signed_before_its_key_was_introduced(case):
    case.forge.record(case.shared, by="second")
    case.forge.introduce("second")
    return case.forge.bundle()


@shows("KEY_ROTATED")
def an_entry_signed_by_a_key_that_had_been_replaced(case):
    case.forge.introduce("second")
    case.forge.rotate("service", "second")
    case.forge.record(case.shared, by="service")
    return case.forge.bundle(by="second")


@shows("KEY_RETIRED")
def an_entry_signed_by_a_retired_key(case):
    case.forge.introduce("second")
    case.forge.revoke("service")
    case.forge.record(case.shared, by="service")
    return case.forge.bundle(by="second")


@shows("KEY_COMPROMISED")
def entries_signed_by_a_thief_before_anyone_noticed(case):
    last_trusted = len(case.forge.leaves) - 1
    case.forge.introduce("second")
    case.forge.record(case.shared, by="service")
    case.forge.revoke("service", "compromised", last_trusted)
    return case.forge.bundle(by="second")


@shows("KEY_FIELDS")
def a_revocation_for_no_reason(case):
    case.forge.revoke("log", "because")
    return case.forge.bundle()


@shows("KEY_UNKNOWN")
def a_revocation_of_a_key_nobody_knows(case):
    case.forge.revoke("stranger")
    return case.forge.bundle()


# the manifest


@shows("MANIFEST_SIGNATURE")
def a_tail_cut_off_and_the_manifest_adjusted(case):
    def cut(files: Files) -> None:
        manifest = json.loads(files["manifest.json"])
        said = next(
            s for s in manifest["streams"] if s["stream"] == str(case.access.id)
        )
        said["versions"] -= 1
        said["head"] = b64encode(leaf(case.access.entries[1].envelope)).decode()
        files["manifest.json"] = json.dumps(manifest).encode()
        for name in [name for name in files if f"{case.access.id}/3" in name]:
            del files[name]

    return repacked(case.forge.bundle(), cut)


@shows("MANIFEST_SIGNATURE")
def a_stream_left_out_and_the_manifest_adjusted(case):
    def cut(files: Files) -> None:
        manifest = json.loads(files["manifest.json"])
        gone = str(case.access.id)
        streams = [s for s in manifest["streams"] if s["stream"] != gone]
        files["manifest.json"] = json.dumps(manifest | {"streams": streams}).encode()
        for name in [name for name in files if gone in name]:
            del files[name]

    return repacked(case.forge.bundle(), cut)


@shows("MISSING_ENTRY", "MANIFEST_HEAD")
def a_tail_cut_off(case):
    def cut(files: Files) -> None:
        for name in [name for name in files if f"{case.access.id}/3" in name]:
            del files[name]

    return repacked(case.forge.bundle(), cut)


@shows("MISSING_ENTRY", "CHAIN_PREVIOUS")
def an_entry_cut_out_of_the_middle(case):
    def cut(files: Files) -> None:
        for name in [name for name in files if f"{case.access.id}/2" in name]:
            del files[name]

    return repacked(case.forge.bundle(), cut)


def manifest(**changes: object) -> Exhibit:
    """Another manifest, truly signed by the service."""
    return lambda case: case.forge.bundle(manifest=lambda m: replace(m, **changes))


for title, (code, changes) in {
    "a_manifest_of_another_log": ("MANIFEST_ORIGIN", {"origin": "other.example/log"}),
    "a_manifest_of_another_tenant": ("MANIFEST_TENANT", {"tenant": "annenvik"}),
    "a_manifest_of_another_checkpoint": ("MANIFEST_SIZE", {"size": 5}),
}.items():
    EXHIBITS[title] = ({code}, manifest(**changes))

EXHIBITS["a_manifest_of_another_case"] = (
    {"BODY_CASE", "MISSING_ERASURE"},
    manifest(case=UUID(int=4 << 76 | 8 << 60)),
)


@shows("MANIFEST_SIGNER")
def a_manifest_signed_by_a_stranger(case):
    return case.forge.bundle(by="intruder")


@shows("MANIFEST_SIGNER")
def a_manifest_signed_by_the_checkpoint_key(case):
    return case.forge.bundle(by="log")


@shows("MANIFEST_SIGNER")
def a_manifest_signed_by_a_retired_key(case):
    case.forge.revoke("service")
    return case.forge.bundle()


@shows("MANIFEST_SIGNATURE")
def a_manifest_with_a_signature_by_another_key(case):
    return case.forge.bundle(signature=case.forge.key("intruder").sign(b"manifest"))


@shows("MANIFEST_SIGNATURE")
def a_manifest_signature_with_more_in_its_header(case):
    forge = case.forge

    def change(files: Files) -> None:
        parts = cbor2.loads(files["manifest.cose"]).value
        header = cbor2.dumps(cbor2.loads(parts[0]) | {3: "more"}, canonical=True)
        signature = forge.sign("service", header, parts[2])
        files["manifest.cose"] = sign1(header, parts[2], signature)

    return repacked(forge.bundle(), change)


@shows("MANIFEST_SIGNATURE")
def a_manifest_signature_with_something_unsigned(case):
    def change(files: Files) -> None:
        message = cbor2.loads(files["manifest.cose"])
        message.value[1][4] = b"note"
        files["manifest.cose"] = cbor2.dumps(message)

    return repacked(case.forge.bundle(), change)


def said_instead(change: Callable[[bytes], bytes]) -> Exhibit:
    """A manifest changed as bytes; its form is judged before its signature."""
    return lambda case: repacked(
        case.forge.bundle(),
        lambda files: files.update({"manifest.json": change(files["manifest.json"])}),
    )


for title, change in {
    "a_manifest_that_is_no_json": lambda said: said[:-1],
    "a_manifest_with_a_key_twice": lambda said: b'{"case":null,' + said[1:],
    "a_manifest_with_an_unknown_key": lambda said: b'{"note":"",' + said[1:],
    "a_manifest_of_another_format": lambda said: said.replace(b"bundle/1", b"bundle/2"),
    "a_manifest_with_an_unknown_kind": lambda said: said.replace(b"access.v1", b"x"),
    "a_manifest_with_versions_out_of_range": (
        lambda said: said.replace(b'"withheld":[2]', b'"withheld":[4]')
    ),
    "a_manifest_with_a_version_erased_and_withheld": (
        lambda said: said.replace(b'"withheld":[2]', b'"withheld":[2]').replace(
            b'"erased":[],"withheld":[2]', b'"erased":[2],"withheld":[2]'
        )
    ),
    "a_manifest_that_lists_a_stream_twice": (
        lambda said: re.sub(rb'"streams":\[(\{.*?\})', rb'"streams":[\1,\1', said)
    ),
    "a_manifest_with_a_shield_where_none_can_be": (
        lambda said: said.replace(b'"shield":null', b'"shield":"v"', 1)
    ),
    "a_manifest_without_the_shield_of_a_shielded_stream": (
        lambda said: said.replace(b'"shield":"vern-1"', b'"shield":null')
    ),
    "a_manifest_made_at_no_time": (
        lambda said: re.sub(rb'"made_at":"[^"]*"', b'"made_at":"today"', said)
    ),
    "a_manifest_with_half_a_surrogate_pair": (
        lambda said: said.replace(b'"testvik"', b'"\\ud800"')
    ),
}.items():
    EXHIBITS[title] = ({"MANIFEST_MALFORMED"}, said_instead(change))


@shows("MANIFEST_HEAD")
def a_manifest_that_names_another_last_entry(case):
    def other(made):
        streams = [replace(s, head=bytes(32)) for s in made.streams[:1]]
        return replace(made, streams=(*streams, *made.streams[1:]))

    return case.forge.bundle(manifest=other)


@shows("MANIFEST_UNLISTED")
def a_stream_that_the_manifest_does_not_list(case):
    return case.forge.bundle(manifest=lambda m: replace(m, streams=m.streams[:-1]))


@shows("MANIFEST_UNLISTED")
def an_entry_beyond_the_last_one_listed(case):
    def one_more(files: Files) -> None:
        for name in [name for name in files if f"{case.access.id}/3" in name]:
            files[name.replace("/3", "/4")] = files[name]

    return repacked(case.forge.bundle(), one_more)


@shows("MANIFEST_SHOWN")
def a_body_shown_that_was_withheld(case):
    preimage = case.access.entries[1].preimage
    return added(f"preimages/{case.access.id}/2", preimage)(case)


@shows("MANIFEST_SHOWN")
def a_body_shown_that_is_said_to_be_erased(case):
    preimage = case.shielded.entries[1].preimage
    return added(f"preimages/{case.shielded.id}/2", preimage)(case)


# encoding


def reencoded(change: Callable[[bytes], bytes]) -> Exhibit:
    """The last entry's header in other bytes, truly signed, logged and listed."""

    def exhibit(case: Case) -> bytes:
        header = cbor2.dumps(case.forge.header(case.shared, "service"), canonical=True)
        case.forge.record(case.shared, protected=change(header))
        return case.forge.bundle()

    return exhibit


for title, change in {
    "a_header_with_its_keys_out_of_order": (
        lambda header: b"\xa7\x04" + header[4:38] + b"\x01\x32" + header[38:]
    ),
    "a_header_with_a_key_twice": lambda header: b"\xa8\x01\x32" + header[1:],
    "a_header_of_indefinite_length": lambda header: b"\xbf" + header[1:] + b"\xff",
    "a_header_with_a_number_too_long": lambda h: h[:2] + b"\x38\x12" + h[3:],
    "a_header_with_bytes_after_it": lambda header: header + b"\x00",
    "a_header_cut_short": lambda header: header[:-1],
    "a_header_with_a_float": lambda h: h[:2] + b"\xf9\xcc\xc0" + h[3:],
}.items():
    EXHIBITS[title] = ({"ENC_CBOR"}, reencoded(change))

EXHIBITS["a_header_that_is_no_map"] = (
    {"ENC_HEADER"},
    reencoded(lambda header: b"\x80"),
)


def lying(
    change: Callable[[dict], object], *, of: str = "shared", then: int = 0
) -> Exhibit:
    """A header that lies, truly signed, logged and listed; true entries may follow."""

    def exhibit(case: Case) -> bytes:
        stream = getattr(case, of)
        case.forge.record(stream, lie=change)
        for _ in range(then):
            case.forge.record(stream)
        return case.forge.bundle()

    return exhibit


for title, (codes, change) in {
    "a_header_with_an_unknown_label": ("ENC_HEADER", lambda h: h.update({260: "x"})),
    "a_header_with_an_unknown_place": ("ENC_HEADER", lambda h: h[PLACE].update({7: 1})),
    "a_header_of_another_version": ("ENC_HEADER", lambda h: h[PLACE].update({3: 2})),
    "a_header_without_its_tenant": ("ENC_HEADER", lambda h: h[PLACE].pop(9)),
    "another_algorithm": ("SIG_ALGORITHM", lambda h: h.update({1: -8})),
    "another_content_type": ("SIG_ALGORITHM", lambda h: h.update({16: "text/plain"})),
    "another_hash": ("SIG_ALGORITHM", lambda h: h.update({258: -44})),
    "another_issuer": (
        "CHAIN_ISSUER",
        lambda h: h[15].update({1: "https://other.example/log"}),
    ),
    "two_times_that_disagree": ("TIME_DISAGREES", lambda h: h[15].update({6: 1})),
}.items():
    EXHIBITS[title] = ({codes}, lying(change))


@shows("SIG_UNPROTECTED")
def an_envelope_with_something_unsigned(case):
    case.forge.record(case.shared, unprotected={4: b"note"})
    return case.forge.bundle()


@shows("ENC_ENVELOPE")
def an_envelope_of_another_tag(case):
    envelope, preimage = case.forge.made(case.shared)
    case.forge.append(case.shared, b"\xd1" + envelope[1:], preimage)
    return case.forge.bundle()


# signatures


@shows("SIG_INVALID")
def a_logged_entry_with_a_bad_signature(case):
    envelope, preimage = case.forge.made(case.shared)
    spoilt = envelope[:-1] + bytes([envelope[-1] ^ 1])
    case.forge.append(case.shared, spoilt, preimage)
    return case.forge.bundle()


@shows("INC_PATH", "MANIFEST_HEAD")
def a_last_entry_changed_after_it_was_logged(case):
    def change(files: Files) -> None:
        name = f"events/{case.access.id}/3.cose"
        files[name] = files[name][:-1] + bytes([files[name][-1] ^ 1])

    return repacked(case.forge.bundle(), change)


# inclusion


@shows("INC_PATH")
def an_entry_that_was_never_logged(case):
    envelope, preimage = case.forge.made(case.shared)
    entry = case.forge.append(case.shared, envelope, preimage)
    case.forge.leaves[entry.index] = bytes(32)
    return case.forge.bundle()


def with_proof(change: Callable[[bytes], bytes]) -> Exhibit:
    """The proof of the case's first entry, changed."""

    def exhibit(case: Case) -> bytes:
        name = f"proofs/{case.first}.tlog-proof"
        return repacked(
            case.forge.bundle(), lambda files: files.update({name: change(files[name])})
        )

    return exhibit


def proof(code: str) -> Callable[[Callable[[bytes], bytes]], None]:
    def hang(change: Callable[[bytes], bytes]) -> None:
        EXHIBITS[change.__name__] = ({code}, with_proof(change))

    return hang


@proof("INC_PATH")
def a_proof_of_another_place(said):
    return said.replace(b"index 2\n", b"index 3\n")


@proof("INC_INDEX")
def a_proof_of_a_place_outside_the_tree(said):
    return said.replace(b"index 2\n", b"index 12\n")


@proof("INC_PATH")
def a_proof_with_a_hash_less(said):
    return re.sub(rb"(index 2\n)[^\n]*\n", rb"\1", said)


@proof("INC_PROOF")
def a_proof_with_a_hash_too_short(said):
    return re.sub(rb"(index 2\n)[^\n]*\n", rb"\1AAAA\n", said)


@proof("INC_PROOF")
def a_proof_of_another_format(said):
    return said.replace(b"@v1", b"@v2")


@proof("INC_CHECKPOINT")
def a_proof_with_a_checkpoint_of_its_own(said):
    return said + "— more.example AAAAAAAA\n".encode()


@proof("INC_EXTRA")
def a_proof_that_carries_another_envelope(said):
    return said.replace(b"index", b"extra AAAA\nindex")


@shows("MISSING_PROOF")
def an_entry_without_its_proof(case):
    return lacking(f"proofs/{case.first}.tlog-proof")(case)


# links


for title, (codes, change) in {
    "an_entry_of_another_log": (
        {"CHAIN_ORIGIN"},
        lambda h: (
            h[PLACE].update({10: "other.example/log"}),
            h[15].update({1: "https://other.example/log"}),
        ),
    ),
    "an_entry_of_another_tenant": (
        {"CHAIN_TENANT"},
        lambda h: h[PLACE].update({9: "annenvik"}),
    ),
    "an_entry_of_another_stream": (
        {"CHAIN_STREAM"},
        lambda h: h[15].update({2: f"urn:uuid:{UUID(int=4 << 76 | 8 << 60)}"}),
    ),
    "an_entry_of_another_kind": (
        {"CHAIN_KIND"},
        lambda h: h[PLACE].update({2: "stafettlogg.access.v1"}),
    ),
    "a_version_left_out": ({"CHAIN_VERSION"}, lambda h: h[PLACE].update({1: 6})),
    "a_version_given_twice": ({"CHAIN_VERSION"}, lambda h: h[PLACE].update({1: 4})),
    "an_entry_that_names_no_predecessor": (
        {"CHAIN_PREVIOUS"},
        lambda h: h[PLACE].update({4: None}),
    ),
    "an_entry_that_names_another_predecessor": (
        {"CHAIN_PREVIOUS"},
        lambda h: h[PLACE].update({4: bytes(32)}),
    ),
    "an_entry_timed_before_its_predecessor": (
        {"TIME_BACKWARDS"},
        lambda h: (h[PLACE].update({8: 1_000}), h[15].update({6: 1})),
    ),
    "an_entry_that_names_a_later_checkpoint": (
        {"TIME_BEACON"},
        lambda h: h[PLACE].update({5: [99, bytes(32)]}),
    ),
    "an_actor_key_without_a_statement": (
        {"ACTOR_UNPAIRED"},
        lambda h: h[PLACE].update({6: bytes(32)}),
    ),
    "a_statement_without_an_actor_key": (
        {"ACTOR_UNPAIRED"},
        lambda h: h.update({-65538: b"I did"}),
    ),
    "a_statement_that_nobody_can_check": (
        {"ACTOR_STATEMENT"},
        lambda h: (h[PLACE].update({6: bytes(32)}), h.update({-65538: b"I did"})),
    ),
}.items():
    EXHIBITS[title] = (codes, lying(change))


@shows("CHAIN_PREVIOUS")
def a_first_entry_with_a_predecessor(case):
    other = case.forge.stream(SHARED)
    case.forge.record(other, lie=lambda h: h[PLACE].update({4: bytes(32)}))
    return case.forge.bundle()


@shows("CHAIN_STREAM")
def an_entry_replayed_from_another_stream(case):
    again, stolen = case.shared.entries[0], case.forge.stream(SHARED)
    case.forge.append(stolen, again.envelope, again.preimage)
    return case.forge.bundle()


@shows("CHAIN_STREAM", "CHAIN_KIND", "BODY_SHIELD")
def an_entry_replayed_from_behind_a_shield(case):
    again, stolen = case.shielded.entries[0], case.forge.stream(SHARED)
    case.forge.append(stolen, again.envelope, again.preimage)
    return case.forge.bundle()


@shows("CHAIN_ORDER")
def an_entry_logged_before_its_predecessor(case):
    forge, stream = case.forge, case.shared
    first = forge.made(stream)
    draft = Stream(stream.id, stream.kind, entries=[*stream.entries])
    forge.append(draft, *first)
    forge.leaves.pop()
    second = forge.made(draft)
    later = forge.append(Stream(stream.id, stream.kind), *second)
    earlier = forge.append(stream, *first)
    stream.entries.append(later)
    assert later.index < earlier.index
    return forge.bundle()


@shows("CHAIN_VERSION", "CHAIN_PREVIOUS", "CHAIN_ORDER", "TIME_BACKWARDS")
def two_entries_that_have_changed_places(case):
    entries = case.access.entries
    entries[0], entries[2] = entries[2], entries[0]
    return case.forge.bundle()


# time


@shows("TIME_AFTER_WITNESS", "MISSING_ERASURE")
def an_entry_from_the_future(case):
    seen = case.forge.clock // 1000 - 301
    return case.forge.bundle(checkpoint=case.forge.checkpoint(at=seen))


# bodies


def saying(change: Callable[[dict], object], of: str = "shared") -> Exhibit:
    def exhibit(case: Case) -> bytes:
        case.forge.record(getattr(case, of), say=change)
        return case.forge.bundle()

    return exhibit


def body(content: bytes) -> Exhibit:
    def exhibit(case: Case) -> bytes:
        case.forge.record(case.shared, body=content)
        return case.forge.bundle()

    return exhibit


for title, (code, exhibit) in {
    "a_body_of_another_case": (
        "BODY_CASE",
        saying(lambda said: said.update(case=str(UUID(int=4 << 76 | 8 << 60)))),
    ),
    "a_registry_body_of_another_registry": (
        "BODY_CASE",
        lambda case: (
            case.forge.record(
                case.forge.registry,
                "checkpoint-made.v1",
                say=lambda said: said.update(case=str(case.forge.case)),
            )
            and case.forge.bundle()
        ),
    ),
    "a_shared_body_under_a_shield": (
        "BODY_SHIELD",
        saying(lambda said: said.update(shield="vern-1")),
    ),
    "a_shielded_body_without_its_shield": (
        "BODY_SHIELD",
        saying(lambda said: said.pop("shield"), "shielded"),
    ),
    "a_body_under_another_shield": (
        "BODY_SHIELD",
        saying(lambda said: said.update(shield="vern-2"), "shielded"),
    ),
    "a_body_with_an_unknown_key": (
        "BODY_FIELDS",
        saying(lambda said: said.update(note="")),
    ),
    "a_body_without_an_actor": ("BODY_FIELDS", saying(lambda said: said.pop("actor"))),
    "a_body_at_no_time": (
        "BODY_FIELDS",
        saying(lambda said: said.update(occurred_at="")),
    ),
    "a_body_with_a_key_twice": ("BODY_JSON", body(b'{"case":1,"case":2}')),
    "a_body_with_not_a_number": ("BODY_JSON", body(b'{"case":NaN}')),
    "a_body_that_is_not_utf_8": ("BODY_JSON", body(b'{"case":"\xff"}')),
    "a_body_nested_without_end": ("BODY_JSON", body(b"[" * 60_000)),
    "a_body_of_nothing": ("BODY_SIZE", body(b"")),
}.items():
    EXHIBITS[title] = ({code}, exhibit)


@shows("BODY_HASH")
def a_body_with_one_word_changed(case):
    def change(files: Files) -> None:
        name = f"preimages/{case.first}"
        files[name] = files[name].replace(b"skole", b"helse")

    return repacked(case.forge.bundle(), change)


@shows("BODY_HASH")
def a_body_under_another_salt(case):
    def change(files: Files) -> None:
        name = f"preimages/{case.first}"
        files[name] = bytes(32) + files[name][32:]

    return repacked(case.forge.bundle(), change)


@shows("BODY_HASH")
def two_bodies_that_have_changed_places(case):
    def change(files: Files) -> None:
        one, two = (f"preimages/{case.shared.id}/{version}" for version in (1, 2))
        files[one], files[two] = files[two], files[one]

    return repacked(case.forge.bundle(), change)


@shows("MISSING_BODY")
def a_body_that_is_quietly_gone(case):
    return lacking(f"preimages/{case.first}")(case)


# erasure


@shows("MISSING_ERASURE")
def a_body_said_to_be_erased_without_an_erasure(case):
    case.shared.entries[0].is_erased = True
    case.shared.entries.pop()
    case.shielded.entries[1].is_erased = False
    return case.forge.bundle()


@shows("MISSING_ERASURE")
def an_erasure_that_came_first(case):
    case.forge.record(case.shared).is_erased = True
    return case.forge.bundle()


@shows("MISSING_ERASURE")
def an_erasure_that_is_not_shown(case):
    case.shared.entries[-1].is_withheld = True
    return case.forge.bundle()


@shows("MISSING_ERASURE", "BODY_CASE")
def an_erasure_of_another_case(case):
    case.shared.entries[-1].is_withheld = True
    other = str(UUID(int=4 << 76 | 8 << 60))
    case.forge.record(
        case.shared, "key-destroyed.v1", say=lambda said: said.update(case=other)
    )
    return case.forge.bundle()


@shows("MISSING_ERASURE", "SIG_INVALID")
def an_erasure_that_is_not_signed(case):
    case.shared.entries[-1].is_withheld = True
    envelope, preimage = case.forge.made(case.shared, "sealing-executed.v1")
    case.forge.append(case.shared, envelope[:-1] + bytes([envelope[-1] ^ 1]), preimage)
    return case.forge.bundle()


@pytest.mark.parametrize("name", EXHIBITS)
def test_a_broken_bundle_is_refused_for_what_is_wrong_with_it(true_case, name):
    codes, exhibit = EXHIBITS[name]
    made = exhibit(true_case)
    bundle, policy = (
        made if isinstance(made, tuple) else (made, true_case.forge.policy())
    )
    report = verify_bundle(bundle, policy)
    assert not report.ok
    assert set(report.failed_by_code) == codes, report.as_text()
    assert "Testperson" not in report.as_text() + report.dumps()


def test_every_kind_of_failure_has_its_exhibit():
    shown = {code.split("_")[0] for codes, _ in EXHIBITS.values() for code in codes}
    beside_the_log = {"HEAD", "INDEX", "REQUEST"}  # no part of a bundle
    assert shown == {code.split("_")[0] for code in REASONS} - beside_the_log
    assert len(EXHIBITS) > 100
