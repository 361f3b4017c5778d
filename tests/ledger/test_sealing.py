"""Sealing and opening: the bytes, and every way they can have been changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from audit.record import parse_body, parse_envelope, signature_input, split_preimage
from ledger.entry import Actor, Entry, Erased, StreamKind
from ledger.events.concern import ConcernRaised
from ledger.events.event import Role
from ledger.sealing import (
    IntegrityFailure,
    SealedEvent,
    SealingMapper,
    body_of,
    milliseconds,
    moment,
    pad,
    unpad,
)
from tests.clusters import Databases
from tests.tenants import OpenTenant, open_tenant

STREAM = UUID("11111111-2222-4333-8444-555555555555")
OTHER = UUID("99999999-2222-4333-8444-555555555555")
CASE = UUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
GOLDEN = Path(__file__).parents[1] / "golden" / "envelopes"


@pytest.fixture(scope="module")
def opened(
    wheel_postgres: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenTenant]:
    with open_tenant(wheel_postgres, tmp_path_factory.mktemp("tenant")) as tenant:
        tenant.opened().data_keys.create([STREAM, OTHER])
        yield tenant


@pytest.fixture(scope="module")
def mapper(opened: OpenTenant) -> SealingMapper:
    return opened.opened().mapper


def entry(version: int = 1, previous: bytes | None = None, text: str = "Gråter ofte."):
    raised = {"concern_id": "t-1", "area": "1.3.01", "observed_from": "2026-01-26"}
    raised |= {"source": "employee", "text": text}
    return Entry(
        event=ConcernRaised.model_validate_json(json.dumps(raised)),
        case=CASE,
        by=Actor("t-ped", Role.EMPLOYEE, "barnehage", name="Testansatt Tone"),
        occurred_at=datetime(2026, 2, 3, 9, 20, tzinfo=UTC),
        recorded_at=datetime(2026, 2, 3, 9, 21, 0, 123000, tzinfo=UTC),
        stream=STREAM,
        stream_kind=StreamKind.SHARED,
        version=version,
        previous=previous,
        basis="aktsomhets- og oppmerksomhetsplikt",
    )


def three(mapper: SealingMapper) -> list[SealedEvent]:
    sealed: list[SealedEvent] = []
    for version in (1, 2, 3):
        previous = sealed[-1].leaf if sealed else None
        sealed.append(mapper.to_stored_event(entry(version, previous)))
    return sealed


def test_what_was_sealed_comes_back(mapper: SealingMapper) -> None:
    sealed = mapper.to_stored_event(entry())
    assert mapper.to_domain_event(sealed) == replace(entry(), leaf=sealed.leaf)


def test_a_stream_comes_back_in_order(mapper: SealingMapper) -> None:
    opened = mapper.open_stream(three(mapper))
    assert [each.version for each in opened] == [1, 2, 3]
    assert all(each.event == entry().event for each in opened)


def test_the_verifier_reads_the_same_header(mapper: SealingMapper) -> None:
    header = parse_envelope(mapper.to_stored_event(entry(2, bytes(32))).state).header
    assert (header.stream, header.version, header.kind) == (
        STREAM,
        2,
        "stafettlogg.case.v1",
    )
    assert (header.previous, header.actor_key) == (bytes(32), None)
    assert header.iat_ms == 1770110460123


def test_the_rules_that_judged_an_entry_come_back_with_it(
    mapper: SealingMapper,
) -> None:
    judged = replace(entry(), profile="fjordvik/1")
    sealed = mapper.to_stored_event(judged)
    assert mapper.to_domain_event(sealed).profile == "fjordvik/1"
    preimage = mapper.preimage(sealed)
    assert preimage is not None
    body = split_preimage(preimage)[1]
    assert parse_body(body).profile == "fjordvik/1"
    without = body.replace(b',"profile":"fjordvik/1"', b"")
    assert without == body_of(entry())  # what names no rules keeps its bytes


def test_the_verifier_reads_the_same_body(mapper: SealingMapper) -> None:
    sealed = mapper.to_stored_event(entry())
    preimage = mapper.preimage(sealed)
    assert preimage is not None
    body = parse_body(split_preimage(preimage)[1])
    assert (body.type, body.case) == ("concern-raised.v1", CASE)
    assert body.actor["name"] == "Testansatt Tone"


def test_equal_entries_have_different_envelopes(mapper: SealingMapper) -> None:
    one, two = mapper.to_stored_event(entry()), mapper.to_stored_event(entry())
    assert one.state != two.state
    assert one.ciphertext != two.ciphertext


def test_length_tells_little(mapper: SealingMapper) -> None:
    short = mapper.to_stored_event(entry(text="Ja."))
    longer = mapper.to_stored_event(entry(text="Ja, det er riktig."))
    assert short.ciphertext is not None
    assert longer.ciphertext is not None
    assert len(short.ciphertext) == len(longer.ciphertext)
    assert (len(short.ciphertext) - 16) % 256 == 0


@given(st.binary(max_size=1100))
def test_padding_is_undone(preimage: bytes) -> None:
    assert unpad(pad(preimage)) == preimage


@given(st.binary(min_size=0, max_size=600))
def test_bytes_that_were_not_padded_are_refused_or_pad_back(padded: bytes) -> None:
    try:
        preimage = unpad(padded)
    except ValueError:
        return
    assert pad(preimage) == padded


@given(st.integers(0, 2**42))
def test_a_moment_is_its_milliseconds(iat_ms: int) -> None:
    assert milliseconds(moment(iat_ms)) == iat_ms


CHANGES = {
    "another version": ({"originator_version": 2}, "CHAIN_PLACE"),
    "another stream": ({"originator_id": OTHER}, "CHAIN_PLACE"),
    "another kind": ({"topic": "stafettlogg.shielded.v1"}, "CHAIN_PLACE"),
    "another leaf": ({"leaf": bytes(32)}, "CHAIN_LEAF"),
    "another nonce": ({"nonce": bytes(12)}, "BODY_DAMAGED"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_entry_stored_otherwise_than_signed_is_refused(
    mapper: SealingMapper, change: str
) -> None:
    fields, code = CHANGES[change]
    moved = replace(mapper.to_stored_event(entry()), **fields)
    with pytest.raises(IntegrityFailure) as failure:
        mapper.to_domain_event(moved)
    assert failure.value.code == code


def test_every_flipped_byte_of_an_envelope_is_refused(mapper: SealingMapper) -> None:
    from audit.record import leaf_hash

    sealed = mapper.to_stored_event(entry())
    for place in range(len(sealed.state)):
        state = bytearray(sealed.state)
        state[place] ^= 1
        changed = replace(sealed, state=bytes(state), leaf=leaf_hash(bytes(state)))
        with pytest.raises(IntegrityFailure):
            mapper.to_domain_event(changed)


def test_every_flipped_byte_of_a_body_is_refused(mapper: SealingMapper) -> None:
    sealed = mapper.to_stored_event(entry())
    assert sealed.ciphertext is not None
    for place in range(len(sealed.ciphertext)):
        ciphertext = bytearray(sealed.ciphertext)
        ciphertext[place] ^= 1
        with pytest.raises(IntegrityFailure) as failure:
            mapper.to_domain_event(replace(sealed, ciphertext=bytes(ciphertext)))
        assert failure.value.code == "BODY_DAMAGED"


def test_bodies_of_two_entries_cannot_change_places(mapper: SealingMapper) -> None:
    one, two, _ = three(mapper)
    swapped = replace(
        one, key_id=two.key_id, nonce=two.nonce, ciphertext=two.ciphertext
    )
    with pytest.raises(IntegrityFailure) as failure:
        mapper.to_domain_event(swapped)
    assert failure.value.code == "BODY_DAMAGED"


def test_a_link_to_another_entry_is_refused(mapper: SealingMapper) -> None:
    one, _, three_ = three(mapper)
    stray = mapper.to_stored_event(entry(2, bytes(32)))
    with pytest.raises(IntegrityFailure) as failure:
        mapper.open_stream([one, stray, three_])
    assert failure.value.code == "CHAIN_PREVIOUS"


def test_a_gap_in_a_stream_is_refused(mapper: SealingMapper) -> None:
    one, _, last = three(mapper)
    with pytest.raises(IntegrityFailure) as failure:
        mapper.open_stream([one, last])
    assert failure.value.code == "CHAIN_VERSION"


def test_an_earlier_signature_is_covered_by_the_last_one(mapper: SealingMapper) -> None:
    """The cheap check: a changed signature changes the leaf that is linked to."""
    from audit.record import leaf_hash

    one, two, last = three(mapper)
    state = bytearray(one.state)
    state[-1] ^= 1
    forged = replace(one, state=bytes(state), leaf=leaf_hash(bytes(state)))
    with pytest.raises(IntegrityFailure) as failure:
        mapper.open_stream([forged, two, last])
    assert failure.value.code == "CHAIN_PREVIOUS"


def test_a_key_nobody_introduced_is_refused(
    mapper: SealingMapper, opened: OpenTenant, tmp_path: Path
) -> None:
    from ledger.keyring import SoftwareSigner

    stranger = SoftwareSigner.from_seed(bytes(range(32)))
    sealed = mapper.to_stored_event(entry(), signer=stranger)
    with pytest.raises(IntegrityFailure) as failure:
        mapper.to_domain_event(sealed)
    assert failure.value.code == "KEY_UNKNOWN"


def test_an_erased_body_opens_as_a_place(mapper: SealingMapper) -> None:
    sealed = mapper.to_stored_event(entry())
    gone = replace(sealed, key_id=None, nonce=None, ciphertext=None)
    opened = mapper.to_domain_event(replace(gone, is_erased=True))
    assert isinstance(opened.event, Erased)
    assert (opened.stream, opened.version, opened.leaf) == (STREAM, 1, sealed.leaf)


def test_a_body_that_is_gone_without_an_erasure_is_refused(
    mapper: SealingMapper,
) -> None:
    sealed = mapper.to_stored_event(entry())
    with pytest.raises(IntegrityFailure) as failure:
        mapper.to_domain_event(
            replace(sealed, key_id=None, nonce=None, ciphertext=None)
        )
    assert failure.value.code == "MISSING_BODY"


def test_no_word_of_a_case_shows_when_an_entry_is_printed(
    mapper: SealingMapper,
) -> None:
    printed = repr(entry())
    assert "Gråter" not in printed
    assert "Testansatt" not in printed


def test_a_body_keeps_its_bytes() -> None:
    assert body_of(entry()) == (GOLDEN / "concern-raised.body.json").read_bytes()


def test_an_envelope_keeps_its_bytes() -> None:
    """Header and signature for a fixed key (RFC 8032, test 1), salt and time."""
    from ledger.keyring import SoftwareSigner

    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    signer = SoftwareSigner.from_seed(bytes.fromhex(seed))
    mapper = SealingMapper(_FixedKeys(signer), _FixedDataKeys(), random=bytes)
    sealed = mapper.to_stored_event(entry())
    golden = json.loads((GOLDEN / "concern-raised.json").read_text())
    assert sealed.state.hex() == golden["envelope"]
    assert sealed.leaf.hex() == golden["leaf"]
    assert sealed.ciphertext is not None
    assert sealed.ciphertext.hex() == golden["ciphertext"]
    envelope = parse_envelope(sealed.state)
    public = Ed25519PublicKey.from_public_bytes(signer.public_key)
    public.verify(
        envelope.signature, signature_input(envelope.protected, envelope.payload)
    )


class _FixedKeys:
    """The part of a keyring that sealing uses, with published test keys."""

    tenant = "4601"
    origin = "testvik.demo.example/stafettlogg"
    root = bytes(32)

    def __init__(self, signer) -> None:
        self.service = signer


class _FixedDataKeys:
    def of_stream(self, stream: UUID) -> tuple[UUID, bytes]:
        return UUID(int=7), bytes(range(32))
