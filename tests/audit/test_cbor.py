from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.cbor import MAX_DEPTH, MAX_SIZE, Tag, decode, encode
from audit.failures import ProofFailed
from tests.audit.mangling import code_of, mangled, outcome

integers = st.integers(-(1 << 64), (1 << 64) - 1)
scalars = st.none() | st.booleans() | integers | st.binary() | st.text()
keys = integers | st.binary() | st.text()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(keys, inner, max_size=5)
        | st.builds(Tag, st.just(18), inner)
    ),
    max_leaves=12,
)


def same(ours: object, theirs: object) -> bool:
    """Equal also in type: 1 is not True, and a tag is a tag."""
    match ours, theirs:
        case Tag(number, inner), cbor2.CBORTag():
            return number == theirs.tag and same(inner, theirs.value)
        case list(), list():
            pairs = zip(ours, theirs, strict=False)
            return len(ours) == len(theirs) and all(same(a, b) for a, b in pairs)
        case dict(), dict():
            return ours.keys() == theirs.keys() and all(
                same(ours[key], theirs[key]) for key in ours
            )
        case _:
            return type(ours) is type(theirs) and ours == theirs


@given(values)
def test_what_is_encoded_is_read_back_and_another_reader_agrees(value):
    data = encode(value)
    read = outcome(decode, data)
    if isinstance(read, ProofFailed):
        assert "deep" in read.detail
        return
    assert encode(read) == data
    assert same(read, cbor2.loads(data))


@given(st.binary(max_size=40))
def test_bytes_are_read_only_when_they_are_the_one_encoding_of_a_value(data):
    value = outcome(decode, data)
    assert isinstance(value, ProofFailed) or encode(value) == data


@given(st.binary(max_size=24))
def test_nothing_deterministic_that_another_reader_accepts_is_refused(data):
    try:
        value = cbor2.loads(data)
        again = encode(value)
    except (cbor2.CBORDecodeError, TypeError, ValueError, OverflowError):
        return
    if again == data:
        assert same(decode(data), value)


def test_every_mangled_encoding_is_refused_or_means_something_else():
    value = {
        1: -19,
        4: b"\x01" * 32,
        15: {1: "a", 6: 1_767_258_000},
        -65537: [None, 24],
    }
    for data in mangled(encode(value)):
        assert code_of(outcome(decode, data), value) in ("ENC_CBOR", "something else")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("", "nothing at all"),
        ("1800", "one byte where none is needed"),
        ("1817", "23 in two bytes"),
        ("190017", "23 in three bytes"),
        ("1900ff", "255 in three bytes"),
        ("1a0000ffff", "65535 in five bytes"),
        ("1b00000000ffffffff", "32 bits in nine bytes"),
        ("3817", "-24 in two bytes"),
        ("5f4100ff", "bytes of indefinite length"),
        ("9fff", "an array of indefinite length"),
        ("bfff", "a map of indefinite length"),
        ("1c", "a reserved length"),
        ("1c" + "01" * 16, "a number of sixteen bytes"),
        ("ff", "an end without a beginning"),
        ("0000", "a second value"),
        ("a201000100", "a key twice"),
        ("a202000100", "keys out of order"),
        ("a24101000100", "bytes before a number as keys"),
        ("a1f600", "null as a key"),
        ("a1820000", "an array as a key"),
        ("f7", "undefined"),
        ("f820", "a simple value"),
        ("f93c00", "a half float"),
        ("fb3ff0000000000000", "a float"),
        ("62c328", "text that is not UTF-8"),
        ("63eda080", "half a surrogate pair as text"),
        ("4200", "bytes cut short"),
        ("9bffffffffffffffff", "an array longer than the file"),
    ],
)
def test_a_second_spelling_is_refused(data, what):
    with pytest.raises(ProofFailed, match="ENC_CBOR"):
        decode(bytes.fromhex(data))


def test_nesting_has_a_floor():
    assert decode(b"\x81" * (MAX_DEPTH - 1) + b"\x80") is not None
    with pytest.raises(ProofFailed, match="too deep"):
        decode(b"\x81" * (MAX_DEPTH + 1) + b"\x80")
    with pytest.raises(ProofFailed, match="too deep"):
        decode(b"\x81" * 60_000)


def test_size_has_a_ceiling():
    decode(encode(bytes(MAX_SIZE - 3)))
    with pytest.raises(ProofFailed, match="ENC_SIZE"):
        decode(encode(bytes(MAX_SIZE - 2)))


@pytest.mark.parametrize("value", [1.0, {None: 1}, {True: 1}, object(), 1 << 64])
def test_what_has_no_form_is_not_encoded(value):
    with pytest.raises(TypeError):
        encode(value)
