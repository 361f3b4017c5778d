"""Deterministic CBOR, the part of it that the ledger writes. RFC 8949, section 4.2.

There is one encoding of every value: definite lengths, the shortest form of every
number, map keys in the bytewise order of their encodings, nothing twice, nothing
after the end. So equal bytes and equal values are the same thing, and a reader that
accepts a second spelling of a value would accept an entry nobody signed.

Values are Python's own: `int` (64 bits and a sign), `bytes`, `str`, `list`, `dict`
(keys `int`, `bytes` or `str`), `bool`, `None`, and `Tag`. Floats and all else are
refused.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, NoReturn

from audit.failures import ProofFailed

MAX_DEPTH: Final = 8
MAX_SIZE: Final = 65_535  # bytes: what an entry bundle's 16-bit length can hold


class Tag(NamedTuple):
    """A tagged value, section 3.4."""

    number: int
    value: Any


def decode(data: bytes) -> Any:
    """The one value that `data` encodes.

    Raises `ProofFailed`: `ENC_SIZE` beyond `MAX_SIZE` bytes, `ENC_CBOR` for bytes
    that are not the deterministic encoding of exactly one value.
    """
    if len(data) > MAX_SIZE:
        raise ProofFailed("ENC_SIZE", f"{len(data)} bytes")
    try:
        value, end = _item(data, 0, MAX_DEPTH)
    except IndexError:
        _refuse("cut short", len(data))
    if end != len(data):
        _refuse("bytes after the end", end)
    return value


def encode(value: Any) -> bytes:
    """The deterministic encoding of `value`. Raises `TypeError` for other types."""
    match value:
        case bool() | None:
            return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return byte_string(value)
        case str():
            text = value.encode()
            return _head(3, len(text)) + text
        case Tag(number, inner):
            return _head(6, number) + encode(inner)
        case list() | tuple():
            return _head(4, len(value)) + b"".join(map(encode, value))
        case dict():
            pairs = sorted((_encode_key(k), encode(v)) for k, v in value.items())
            return _head(5, len(pairs)) + b"".join(k + v for k, v in pairs)
        case _:
            raise TypeError(f"no CBOR form for {type(value).__name__}")


def byte_string(data: bytes) -> bytes:
    """The encoding of a byte string: what signatures and envelopes are made of."""
    return _head(2, len(data)) + data


def _encode_key(key: object) -> bytes:
    if type(key) not in (int, bytes, str):
        raise TypeError(f"no map key of type {type(key).__name__}")
    return encode(key)


def _head(major: int, argument: int) -> bytes:
    """Initial byte and argument in the shortest form, section 3."""
    if argument < 24:
        return bytes((major << 5 | argument,))
    if argument < 256:
        return bytes((major << 5 | 24, argument))
    for code, width in ((25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * width:
            return bytes((major << 5 | code,)) + argument.to_bytes(width, "big")
    raise TypeError("no CBOR form for an integer of more than 64 bits")


def _item(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """The value that starts at `at`, and where the next one starts."""
    initial = data[at]
    at += 1
    if initial >= 0xE0:
        return _simple(initial, at), at
    argument = initial & 31
    if argument > 23:
        argument, at = _argument(data, at, argument)
    major = initial >> 5
    if major == 2 or major == 3:
        end = at + argument
        if end > len(data):
            _refuse("cut short", at)
        return data[at:end] if major == 2 else _text(data, at, end), end
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if not depth:
        _refuse("nested too deep", at)
    if major == 5:
        return _map(data, at, argument, depth - 1)
    if major == 4:
        return _array(data, at, argument, depth - 1)
    value, at = _item(data, at, depth - 1)
    return Tag(argument, value), at


def _argument(data: bytes, at: int, code: int) -> tuple[int, int]:
    """An argument of 1, 2, 4 or 8 bytes that would not have fitted in fewer."""
    if code == 24:
        if data[at] < 24:
            _refuse("not the shortest form", at)
        return data[at], at + 1
    if code > 27:
        _refuse("indefinite or reserved length", at)
    width = 1 << code - 24
    end = at + width
    if end > len(data):
        _refuse("cut short", at)
    argument = int.from_bytes(data[at:end], "big")
    if not argument >> 4 * width:  # it would fit in half the bytes
        _refuse("not the shortest form", at)
    return argument, end


def _text(data: bytes, at: int, end: int) -> str:
    try:
        return data[at:end].decode()
    except UnicodeDecodeError:
        _refuse("text that is not UTF-8", at)


def _array(data: bytes, at: int, length: int, depth: int) -> tuple[list[Any], int]:
    values = []
    for _ in range(length):  # ends at the first missing byte, however long it claims
        value, at = _item(data, at, depth)
        values.append(value)
    return values, at


def _map(data: bytes, at: int, length: int, depth: int) -> tuple[dict[Any, Any], int]:
    values: dict[Any, Any] = {}
    last = b""
    for _ in range(length):
        start = at
        key: Any = data[at]
        if key < 24:  # a small number is its own encoding
            at += 1
        elif key > 0x7F:
            _refuse("a map key that is no number, bytes or text", at)
        else:
            key, at = _item(data, at, depth)
        encoded = data[start:at]
        if encoded <= last:
            _refuse("map keys repeated or out of order", start)
        last = encoded
        values[key], at = _item(data, at, depth)
    return values, at


def _simple(initial: int, at: int) -> bool | None:
    if initial == 0xF6:
        return None
    if initial not in (0xF4, 0xF5):
        _refuse("a float or an unknown simple value", at)
    return initial == 0xF5


def _refuse(what: str, at: int) -> NoReturn:
    raise ProofFailed("ENC_CBOR", f"{what}, at byte {at}")
