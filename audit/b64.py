"""Base64 with one spelling for every value. RFC 4648, section 4.

A decoder that accepts stray bits or missing padding lets the same signature be
written in two ways; both the note and the proof formats forbid it.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64


def to_base64(data: bytes) -> str:
    """Standard alphabet, with padding."""
    return b2a_base64(data, newline=False).decode("ascii")


def from_base64(text: str) -> bytes:
    """Raises `ValueError` unless `text` is exactly what `to_base64` would write."""
    encoded = text.encode("ascii")
    data = a2b_base64(encoded)
    if b2a_base64(data, newline=False) != encoded:
        raise ValueError("base64 that is not canonical")
    return data
