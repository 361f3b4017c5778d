from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.b64 import from_base64, to_base64


@given(st.binary(max_size=80))
def test_it_is_the_standard_alphabet_with_padding(data):
    assert to_base64(data) == b64encode(data).decode()
    assert from_base64(to_base64(data)) == data


@given(st.text("AQgw+/= \n-_é", max_size=12))
def test_a_text_is_read_only_when_it_is_the_one_spelling(text):
    try:
        data = from_base64(text)
    except ValueError:
        return
    assert to_base64(data) == text


@pytest.mark.parametrize(
    "text", ["AB==", "AAB=", "A", "AA", "AA=", "AAAA====", "A A A A "]
)
def test_stray_bits_and_wrong_padding_are_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        from_base64(text)


def test_the_standard_decoder_alone_would_accept_two_spellings():
    assert b64decode("AA==") == b64decode("AB==")
