"""Recognising a header by its bytes says neither more nor less than reading it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.failures import ProofFailed
from audit.header import Place, parse_at, recognise, write_header
from audit.record import Envelope, parse_envelope, sign1

HASHES = st.binary(min_size=32, max_size=32)
PLACES = st.builds(
    Place,
    tenant=st.sampled_from(["4601", "testvik"]),
    origin=st.sampled_from(["testvik.example/log", "x" * 240]),
    stream=st.uuids(),
    kind=st.sampled_from(["stafettlogg.case.v1", "stafettlogg.access.v1"]),
    version=st.integers(1, 2**40),
    previous=st.none() | HASHES,
)
TIMES = st.integers(0, 2**53 - 1)


def envelope(place: Place, kid: bytes, iat_ms: int) -> bytes:
    return sign1(write_header(place, kid, iat_ms), bytes(32), bytes(64))


@given(PLACES, HASHES, TIMES)
def test_what_is_written_is_recognised_and_read_alike(
    place: Place, kid: bytes, iat_ms: int
) -> None:
    written = envelope(place, kid, iat_ms)
    assert parse_envelope(written) == parse_at(written, place)
    if iat_ms >= 2**32:  # any time since 1970-02-19
        assert recognise(written, place) is not None


@given(PLACES, HASHES, TIMES, st.data())
def test_no_changed_envelope_is_recognised_otherwise_than_it_reads(
    place: Place, kid: bytes, iat_ms: int, data: st.DataObject
) -> None:
    written = bytearray(envelope(place, kid, iat_ms))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    recognised = recognise(bytes(written), place)
    if recognised is not None:
        assert recognised == parse_envelope(bytes(written))


@given(PLACES, HASHES, TIMES, st.integers(0, 700))
def test_no_envelope_cut_short_is_recognised(
    place: Place, kid: bytes, iat_ms: int, length: int
) -> None:
    written = envelope(place, kid, iat_ms)
    if length < len(written):
        assert recognise(written[:length], place) is None


@pytest.mark.parametrize(
    "other",
    [
        {"tenant": "4602"},
        {"origin": "testvik.example/other"},
        {"stream": UUID(int=9)},
        {"kind": "stafettlogg.shielded.v1"},
        {"version": 8},
        {"previous": bytes(32)},
        {"previous": None},
    ],
)
def test_an_envelope_of_another_place_is_not_recognised(
    other: dict[str, object],
) -> None:
    here = Place(
        "4601",
        "testvik.example/log",
        UUID(int=1),
        7,
        "stafettlogg.case.v1",
        bytes(range(32)),
    )
    written = envelope(here, bytes(32), 1_770_110_460_123)
    assert isinstance(recognise(written, here), Envelope)
    assert recognise(written, replace(here, **other)) is None


@given(st.binary(max_size=400), PLACES)
def test_bytes_that_are_no_envelope_are_refused(junk: bytes, place: Place) -> None:
    with pytest.raises(ProofFailed):
        parse_at(junk, place)
