"""One byte of a stored envelope, or of a column beside it, is changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.record import parse_envelope
from ledger.exporting import export_bundle
from ledger.sealing import IntegrityFailure
from tests.attacks.museum import COORDINATOR, Museum, flipped

MIDDLE, LAST = 4, -1  # versions of the shared stream


def spot(state: bytes, name: str) -> int:
    """Where in an envelope something stands."""
    envelope = parse_envelope(state)
    return {
        "tag": lambda: 0,
        "length of the header": lambda: 3,
        "algorithm": lambda: state.index(b"\x01\x32\x04") + 1,
        "key id": lambda: state.index(envelope.header.kid),
        "issuer": lambda: state.index(b"https://"),
        "stream": lambda: _digit(state, state.index(b"urn:uuid:") + 9),
        "seconds": lambda: state.index(b"\x10\x78") - 1,
        "version": lambda: state.index(b"\xa8\x01") + 2,
        "kind": lambda: state.index(b"stafettlogg.case.v1"),
        "header version": lambda: state.index(b"\x03\x01\x04") + 1,
        "previous leaf": lambda: state.index(envelope.header.previous or b""),
        "milliseconds": lambda: state.index(b"\x06\xf6\x08") + 11,
        "tenant": lambda: state.index(envelope.header.tenant.encode()),
        "unprotected header": lambda: state.index(b"\xa0\x58\x20" + envelope.payload),
        "body's hash": lambda: state.index(envelope.payload),
        "signature": lambda: state.index(envelope.signature),
        "end": lambda: len(state) - 1,
    }[name]()


def _digit(state: bytes, at: int) -> int:
    """A hexadecimal digit, from `at` on, that stays one when its last bit changes."""
    return next(n for n in range(at, at + 8) if chr(state[n] ^ 1) in "0123456789bcde")


SPOTS = [
    ("tag", "ENC_ENVELOPE", "ENC_ENVELOPE"),
    ("length of the header", "ENC_CBOR", "ENC_CBOR"),
    ("algorithm", "SIG_ALGORITHM", "SIG_ALGORITHM"),
    ("key id", "KEY_UNKNOWN", "KEY_UNKNOWN"),
    ("issuer", "CHAIN_ISSUER", "CHAIN_ISSUER"),
    ("stream", "CHAIN_STREAM", "CHAIN_PLACE"),
    ("seconds", "TIME_DISAGREES", "TIME_DISAGREES"),
    ("version", "CHAIN_VERSION", "CHAIN_PLACE"),
    ("kind", "CHAIN_KIND", "CHAIN_PLACE"),
    ("header version", "ENC_HEADER", "ENC_HEADER"),
    ("previous leaf", "CHAIN_PREVIOUS", "CHAIN_PREVIOUS"),
    ("milliseconds", "SIG_INVALID", "SIG_INVALID"),
    ("tenant", "CHAIN_TENANT", "CHAIN_PLACE"),
    ("unprotected header", "ENC_CBOR", "ENC_CBOR"),
    ("body's hash", "SIG_INVALID", "BODY_DAMAGED"),
    ("signature", "SIG_INVALID", "SIG_INVALID"),
    ("end", "SIG_INVALID", "SIG_INVALID"),
]


@pytest.mark.parametrize(
    ("name", "found", "refused"), SPOTS, ids=[name for name, _, _ in SPOTS]
)
def test_a_flipped_byte_in_the_last_envelope_of_a_stream_is_found(
    exhibit: Museum, name: str, found: str, refused: str
) -> None:
    entry = exhibit.entry("d", LAST)
    change_byte(exhibit, entry.position, entry.state, name)
    assert {found, "INC_TILE_DIFFERS", "INC_ROOT"} <= exhibit.codes()
    assert exhibit.refusal_to_load("d") == refused
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"


@pytest.mark.parametrize(
    ("name", "found"),
    [(name, found) for name, found, _ in SPOTS],
    ids=[name for name, _, _ in SPOTS],
)
def test_a_flipped_byte_inside_a_stream_breaks_the_link_of_the_next_entry(
    exhibit: Museum, name: str, found: str
) -> None:
    entry = exhibit.entry("d", MIDDLE)
    change_byte(exhibit, entry.position, entry.state, name)
    assert {found, "CHAIN_PREVIOUS", "INC_ROOT"} <= exhibit.codes()
    assert exhibit.refusal_to_load("d") != "LOADED"


def change_byte(exhibit: Museum, position: int, state: bytes, name: str) -> None:
    exhibit.tamper(
        "UPDATE envelope SET state = %s WHERE position = %s",
        flipped(state, spot(state, name)),
        position,
    )


@pytest.mark.parametrize(
    ("change", "found", "refused"),
    [
        ("position = position # 65536", "CHAIN_POSITION_GAP", "CHAIN_VERSION"),
        ("version = version # 256", "CHAIN_VERSION", "CHAIN_PLACE"),
        ("topic = 'r' || substr(topic, 2)", "CHAIN_KIND", "CHAIN_PLACE"),
        ("stream = gen_random_uuid()", "CHAIN_STREAM", "CHAIN_VERSION"),
    ],
    ids=["position", "version", "topic", "stream"],
)
def test_a_changed_column_beside_an_envelope_is_found(
    exhibit: Museum, change: str, found: str, refused: str
) -> None:
    position = exhibit.entry("d", MIDDLE).position
    exhibit.tamper(f"UPDATE envelope SET {change} WHERE position = %s", position)
    assert found in exhibit.codes()
    assert exhibit.refusal_to_load("d") == refused


def test_an_entry_moved_to_another_position_is_not_taken_for_an_erased_one(
    exhibit: Museum,
) -> None:
    """Its body lies at the old position, so it would come back without one."""
    position = exhibit.entry("d", LAST).position
    exhibit.tamper(
        "UPDATE envelope SET position = position # 65536 WHERE position = %s", position
    )
    assert {"CHAIN_POSITION_GAP", "MISSING_BODY"} <= exhibit.codes()
    assert exhibit.refusal_to_load("d") == "MISSING_BODY"


def test_every_single_byte_of_an_envelope_counts(exhibit: Museum) -> None:
    """No byte, wherever it stands, can be changed without the envelope failing."""
    tenant = exhibit.tenant()
    entry = exhibit.entry("d", LAST)
    stream = tenant.recorder.sealed_after(entry.position - 1, 1)[0]
    tenant.mapper.to_domain_event(stream)
    for at in range(len(entry.state)):
        with pytest.raises(IntegrityFailure):
            tenant.mapper.to_domain_event(
                replace(stream, state=flipped(entry.state, at))
            )


def test_an_access_log_in_which_an_entry_was_changed_is_not_shown(
    exhibit: Museum,
) -> None:
    """Who has seen the case must not be read from what anybody may have written."""
    tenant = exhibit.tenant()
    streams = exhibit.streams("d")
    entry = exhibit.entry_of(streams[0].access, 1)
    change_byte(exhibit, entry.position, entry.state, "signature")
    with pytest.raises(IntegrityFailure):
        tenant.ledger.access_log(streams)
    assert "SIG_INVALID" in exhibit.codes()


@pytest.mark.parametrize("position", [1, 2])
@pytest.mark.parametrize("name", ["signature", "key id", "body's hash"])
def test_a_registry_in_which_an_entry_was_changed_is_not_trusted(
    exhibit: Museum, position: int, name: str
) -> None:
    state = exhibit.tenant().recorder.sealed_after(position - 1, 1)[0].state
    change_byte(exhibit, position, state, name)
    with pytest.raises(IntegrityFailure):
        exhibit.tenant().trust_registry()
    assert exhibit.codes() & {"SIG_INVALID", "KEY_UNKNOWN"}


def test_no_bundle_is_made_of_what_was_changed(exhibit: Museum) -> None:
    entry = exhibit.entry("c", MIDDLE)
    change_byte(exhibit, entry.position, entry.state, "signature")
    tenant = exhibit.tenant()
    with pytest.raises(IntegrityFailure):
        export_bundle(
            tenant,
            tenant.ledger.index.case_id("c"),
            log=exhibit.log,
            by=COORDINATOR,
            purpose="tilsyn",
        )
