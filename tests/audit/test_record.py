from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import cbor2
import cwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.failures import ProofFailed
from audit.record import (
    MAX_BODY,
    Beacon,
    check_preimage,
    check_signature,
    parse_body,
    parse_envelope,
    parse_instant,
    parse_json,
    sign1,
    signature_input,
    split_preimage,
    thumbprint,
    verify,
)
from tests.audit.forging import PLACE, SHARED, Forge
from tests.audit.mangling import code_of, flipped, mangled, outcome


def refused(code, check, *arguments):
    with pytest.raises(ProofFailed) as found:
        check(*arguments)
    assert found.value.code == code


# the published example of COSE with Ed25519, eddsa-sig-01


EXAMPLE_SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
EXAMPLE_SIGNED = (
    "846a5369676e61747572653145a2012703004054546869732069732074686520636f6e74656e742e"
)
EXAMPLE_SIGNATURE = (
    "7142fd2ff96d56db85bee905a76ba1d0b7321a95c8c4d3607c5781932b7afb87"
    "11497dfa751bf40b58b3bcc32300b1487f3db34085eef013bf08f4a44d6fef0d"
)


def test_the_sig_structure_is_that_of_the_published_example():
    protected, payload = bytes.fromhex("a201270300"), b"This is the content."
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(EXAMPLE_SEED))
    signed = signature_input(protected, payload)
    assert signed.hex() == EXAMPLE_SIGNED
    assert key.sign(signed).hex() == EXAMPLE_SIGNATURE
    public = key.public_key().public_bytes_raw()
    verify(public, bytes.fromhex(EXAMPLE_SIGNATURE), protected, payload)


@given(st.binary(max_size=70_000), st.binary(max_size=300))
def test_the_sig_structure_is_what_cbor_makes_of_it(protected, payload):
    structure = ["Signature1", protected, b"", payload]
    assert signature_input(protected, payload) == cbor2.dumps(structure)
    message = cbor2.CBORTag(18, [protected, {}, payload, b"s" * 64])
    assert sign1(protected, payload, b"s" * 64) == cbor2.dumps(message)


def test_a_thumbprint_is_the_hash_of_the_cose_key():
    public = bytes(range(32))
    cose_key = cbor2.dumps({1: 1, -1: 6, -2: public}, canonical=True)
    assert thumbprint(public) == sha256(cose_key).digest()


# envelopes


def test_an_envelope_says_where_it_belongs(forge, case):
    entry = forge.record(case)
    envelope = parse_envelope(entry.envelope)
    header = envelope.header
    assert header.kid == forge.kid("service")
    assert header.issuer == f"https://{forge.origin}"
    assert (header.stream, header.version, header.kind) == (case.id, 4, SHARED)
    assert header.previous == forge.leaves[entry.index - 1]
    assert (header.iat_ms, header.iat_seconds) == (forge.clock, forge.clock // 1000)
    assert (header.tenant, header.origin) == (forge.tenant, forge.origin)
    assert header.beacon is header.actor_key is header.statement is None
    assert envelope.payload == sha256(entry.preimage).digest()
    check_signature(envelope, forge.public("service"))


def test_a_beacon_and_an_actor_are_read(forge, case):
    def lie(header):
        header[PLACE] |= {5: [3, b"r" * 32], 6: b"k" * 32}
        header[-65538] = b"statement"

    header = parse_envelope(forge.record(case, lie=lie).envelope).header
    assert header.beacon == Beacon(3, b"r" * 32)
    assert (header.actor_key, header.statement) == (b"k" * 32, b"statement")


def test_another_library_verifies_the_envelope_too(forge, case):
    entry = forge.record(case)
    key = cwt.COSEKey.new(
        {1: 1, 3: -8, -1: 6, -2: forge.public("service"), 2: forge.kid("service")}
    )
    protected = cbor2.dumps({1: -8, 4: forge.kid("service")}, canonical=True)
    payload = parse_envelope(entry.envelope).payload
    # it knows the algorithm by its older number only, so that is what is signed here
    message = sign1(protected, payload, forge.sign("service", protected, payload))
    assert cwt.COSE.new().decode(message, key) == payload


def test_every_mangled_envelope_is_refused_or_its_signature_fails(forge, case):
    entry = forge.record(case)
    public, original = forge.public("service"), parse_envelope(entry.envelope)
    for data in mangled(entry.envelope):
        found = outcome(parse_envelope, data)
        if code_of(found, original) == "something else":
            refused("SIG_INVALID", check_signature, found, public)


@pytest.mark.parametrize(
    ("code", "lie"),
    [
        ("SIG_ALGORITHM", lambda h: h.update({1: -8})),
        ("SIG_ALGORITHM", lambda h: h.update({16: "application/cose"})),
        ("SIG_ALGORITHM", lambda h: h.update({258: -43})),
        ("SIG_ALGORITHM", lambda h: h.update({259: "text/plain"})),
        ("ENC_HEADER", lambda h: h.update({3: "text/plain"})),
        ("ENC_HEADER", lambda h: h.update({260: "elsewhere"})),
        ("ENC_HEADER", lambda h: h.pop(4)),
        ("ENC_HEADER", lambda h: h.update({4: b"short"})),
        ("ENC_HEADER", lambda h: h.update({-65538: b""})),
        ("ENC_HEADER", lambda h: h.update({-65538: "text"})),
        ("ENC_HEADER", lambda h: h[15].update({3: "audience"})),
        ("ENC_HEADER", lambda h: h[15].update({2: "urn:uuid:not-a-uuid"})),
        ("ENC_HEADER", lambda h: h[15].update({2: h[15][2].upper()})),
        ("ENC_HEADER", lambda h: h[15].update({2: h[15][2][9:]})),
        ("ENC_HEADER", lambda h: h[15].update({6: -1})),
        ("ENC_HEADER", lambda h: h[15].update({6: True})),
        ("ENC_HEADER", lambda h: h.update({15: [1]})),
        ("ENC_HEADER", lambda h: h[PLACE].update({1: 0})),
        ("ENC_HEADER", lambda h: h[PLACE].update({1: 1 << 53})),
        ("ENC_HEADER", lambda h: h[PLACE].update({2: ""})),
        ("ENC_HEADER", lambda h: h[PLACE].update({2: "x" * 256})),
        ("ENC_HEADER", lambda h: h[PLACE].update({3: 2})),
        ("ENC_HEADER", lambda h: h[PLACE].update({3: True})),
        ("ENC_HEADER", lambda h: h[PLACE].update({4: b"short"})),
        ("ENC_HEADER", lambda h: h[PLACE].update({5: [0, b"r" * 32]})),
        ("ENC_HEADER", lambda h: h[PLACE].update({5: [1]})),
        ("ENC_HEADER", lambda h: h[PLACE].update({6: 7})),
        ("ENC_HEADER", lambda h: h[PLACE].update({7: 7})),
        ("ENC_HEADER", lambda h: h[PLACE].pop(10)),
        ("ENC_HEADER", lambda h: h.update({PLACE: None})),
        ("ENC_HEADER", lambda h: h[PLACE].update({10: "x" * 256})),
        ("CHAIN_ISSUER", lambda h: h[15].update({1: "https://other.example"})),
        ("TIME_DISAGREES", lambda h: h[15].update({6: h[15][6] + 1})),
    ],
)
def test_a_header_of_another_form_is_refused_however_well_signed(
    forge, case, code, lie
):
    refused(code, parse_envelope, forge.record(case, lie=lie).envelope)


def tagged(parts, tag=18):
    return cbor2.dumps(cbor2.CBORTag(tag, parts))


def test_a_message_of_another_shape_is_refused(forge, case):
    whole = cbor2.loads(forge.record(case).envelope).value
    refused("ENC_ENVELOPE", parse_envelope, tagged(whole, 17))
    refused("ENC_ENVELOPE", parse_envelope, tagged(whole[:3]))
    refused("ENC_ENVELOPE", parse_envelope, cbor2.dumps(whole))
    refused("ENC_ENVELOPE", parse_envelope, tagged([whole[0], {}, None, whole[3]]))
    refused("ENC_ENVELOPE", parse_envelope, tagged([whole[0], {}, b"x" * 31, whole[3]]))
    refused("ENC_ENVELOPE", parse_envelope, tagged([whole[0], {}, whole[2], b"x" * 65]))
    refused("ENC_ENVELOPE", parse_envelope, tagged([whole[0], [], whole[2], whole[3]]))
    refused("ENC_ENVELOPE", parse_envelope, tagged([[], {}, whole[2], whole[3]]))
    refused(
        "SIG_UNPROTECTED", parse_envelope, tagged([whole[0], {4: b"k"}, *whole[2:]])
    )
    refused("ENC_HEADER", parse_envelope, tagged([b"\x80", {}, *whole[2:]]))
    refused("ENC_CBOR", parse_envelope, tagged([b"", {}, *whole[2:]]))
    refused("ENC_CBOR", parse_envelope, tagged(whole) + b"\0")
    refused("ENC_SIZE", parse_envelope, b"\xd2\x84" + bytes(65_534))


def test_a_signature_by_another_key_or_by_no_key_fails(forge, case):
    envelope = parse_envelope(forge.record(case).envelope)
    refused("SIG_INVALID", check_signature, envelope, forge.public("intruder"))
    refused("SIG_INVALID", check_signature, envelope, b"\0" * 31)


# preimages and bodies


def test_only_the_very_preimage_passes(forge, case):
    entry = forge.record(case)
    envelope = parse_envelope(entry.envelope)
    assert check_preimage(envelope, entry.preimage) == entry.preimage[32:]
    for data in mangled(entry.preimage):
        code = "BODY_HASH" if len(data) > 32 else "BODY_SIZE"
        refused(code, check_preimage, envelope, data)


def test_a_preimage_is_salt_and_body():
    assert split_preimage(bytes(32) + b"{}") == (bytes(32), b"{}")
    split_preimage(bytes(32 + MAX_BODY))
    refused("BODY_SIZE", split_preimage, bytes(32))
    refused("BODY_SIZE", split_preimage, bytes(33 + MAX_BODY))


def said(**changes):
    body = {
        "type": "case-opened.v1",
        "case": "3f8a5f0e-6f43-4d35-9d6c-2f6a3a1b9c11",
        "occurred_at": "2026-03-11T09:40:00+01:00",
        "actor": {"ref": "p-1", "role": "employee", "auth": "service"},
        "event": {"language": "nb"},
    } | changes
    return {key: value for key, value in body.items() if value is not ...}


def body(**changes):
    return json.dumps(said(**changes)).encode()


def test_a_body_says_what_happened_who_and_when():
    shown = parse_body(body(shield="vern-1", basis="barnehageloven § 46"))
    assert shown.type == "case-opened.v1"
    assert shown.case == UUID("3f8a5f0e-6f43-4d35-9d6c-2f6a3a1b9c11")
    assert shown.occurred_at == datetime(2026, 3, 11, 8, 40, tzinfo=UTC)
    assert (shown.shield, shown.basis) == ("vern-1", "barnehageloven § 46")
    assert shown.actor["role"] == "employee"
    assert shown.event == {"language": "nb"}
    assert parse_body(body()).shield is parse_body(body()).basis is None


def test_a_body_may_say_which_rules_judged_it():
    assert parse_body(body(profile="fjordvik/1")).profile == "fjordvik/1"
    assert parse_body(body()).profile is None
    refused("BODY_FIELDS", parse_body, body(profile=1))


@pytest.mark.parametrize(
    "changes",
    [
        {"type": ...}, {"case": ...}, {"occurred_at": ...}, {"actor": ...},
        {"event": ...}, {"extra": 1}, {"type": "CaseOpened"}, {"type": "case-opened"},
        {"type": "case-opened.v0"}, {"type": "case-opened.v1\n"}, {"type": 1},
        {"case": "c-1"}, {"case": "3F8A5F0E-6F43-4D35-9D6C-2F6A3A1B9C11"},
        {"case": "{3f8a5f0e-6f43-4d35-9d6c-2f6a3a1b9c11}"}, {"case": 1},
        {"case": None}, {"occurred_at": "2026-03-11"}, {"occurred_at": 1},
        {"occurred_at": "2026-03-11T09:40:00"}, {"occurred_at": "2026-W11-3T09:40:00Z"},
        {"occurred_at": "2026-02-30T09:40:00Z"},
        {"occurred_at": "2026-03-11 09:40:00Z"},
        {"occurred_at": "2026-03-11T09:40:00+25:00"}, {"event": []}, {"event": None},
        {"shield": None}, {"shield": 1}, {"basis": None}, {"basis": ["a"]},
        {"actor": "p-1"}, {"actor": {}}, {"actor": {"ref": "p", "role": "r"}},
        {"actor": {"ref": "p", "role": "r", "auth": None}},
        {"actor": {"ref": "p", "role": "r", "auth": "s", "unit": 1}},
        {"actor": {"ref": "p", "role": "r", "auth": "s", "age": "9"}},
    ],
)  # fmt: skip
def test_a_body_with_a_key_too_many_too_few_or_wrong_is_refused(changes):
    refused("BODY_FIELDS", parse_body, body(**changes))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"nul", b"{}{}", b"[1,]", b"{'a':1}", b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}', b"NaN", b"[Infinity]", b"[-Infinity]", b"1e999",
        b"-1e999", b"9007199254740992", b"-9007199254740992", b"1" * 5000,
        b'"\\ud800"', b'"\\ude00\\ud83d"', b'{"\\ud800":1}', b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"), b'"\xc3\x28"', b'"\xed\xa0\x80"', b'"\x01"',
        b"[" * 100_000, b'{"a":' * 100_000, b"01", b"+1", b"0x1", b"// no\n1",
    ],
    ids=lambda data: ascii(data[:16]),
)  # fmt: skip
def test_json_that_could_be_read_in_two_ways_is_refused(data):
    refused("BODY_JSON", parse_json, data, "BODY_JSON")


def test_json_that_has_one_meaning_is_read():
    assert parse_json(b'{"a":[1,-0.5,true,null,"\\ud83d\\ude00"]}', "BODY_JSON") == {
        "a": [1, -0.5, True, None, "\U0001f600"]
    }
    assert parse_json(b"9007199254740991", "BODY_JSON") == 2**53 - 1
    assert math.isfinite(parse_json(b"1e308", "BODY_JSON"))


@given(st.binary(max_size=64) | st.text(max_size=32).map(str.encode))
def test_whatever_bytes_a_body_is_the_answer_is_a_body_or_a_code(data):
    with pytest.raises(ProofFailed, match="BODY_"):
        parse_body(data)


def test_every_flipped_bit_of_a_body_says_something_else_or_is_refused():
    original = parse_body(body())
    for data in flipped(body()):
        code = code_of(outcome(parse_body, data), original)
        assert code in ("BODY_JSON", "BODY_FIELDS", "something else")


def test_instants_are_those_of_rfc_3339():
    for text in ("2026-03-11T09:40:00Z", "2026-03-11T09:40:00.123456+00:00"):
        assert parse_instant(text, "BODY_FIELDS").tzinfo is not None


def test_the_same_seed_gives_the_same_bytes():
    first, second = Forge(bytes(32)), Forge(bytes(32))
    assert first.envelopes == second.envelopes
    assert Forge().envelopes != first.envelopes
