"""PostgreSQL values in their binary form, packed here: a call sends two dozen arrays.

The driver asks every element for its type; these know theirs, and cost a fraction.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

INTS, BIGINTS, UUIDS, BYTEAS, TEXTS = 1007, 1016, 2951, 1001, 1009
"""Type ids of the arrays."""
INTEGER: Final = 23

_HEAD = struct.Struct(
    "!iiiii"
)  # dimensions, has nulls, element type, size, first index
_EMPTY = struct.Struct("!iii")
_LENGTH = struct.Struct("!i")
_INT = struct.Struct("!ii")  # length 4, value
_BIGINT = struct.Struct("!iq")  # length 8, value
_NULL = _LENGTH.pack(-1)
_UUID = _LENGTH.pack(16)


def integer(value: int) -> bytes:
    """An `integer`."""
    return _LENGTH.pack(value)


def ints(values: Iterable[int | None]) -> bytes:
    """An `integer[]`."""
    return _array(23, [_NULL if v is None else _INT.pack(4, v) for v in values])


def bigints(values: Iterable[int]) -> bytes:
    """A `bigint[]`."""
    return _array(20, [_BIGINT.pack(8, value) for value in values])


def uuids(values: Iterable[UUID | None]) -> bytes:
    """A `uuid[]`."""
    return _array(2950, [_NULL if v is None else _UUID + v.bytes for v in values])


def byteas(values: Iterable[bytes | None]) -> bytes:
    """A `bytea[]`."""
    return _array(17, [_sized(value) for value in values])


def texts(values: Iterable[str]) -> bytes:
    """A `text[]`."""
    return _array(25, [_sized(value.encode()) for value in values])


def read_ints(packed: bytes) -> list[int]:
    """The elements of an `integer[]` without nulls."""
    elements = packed[_HEAD.size :]
    return [value for _, value in _INT.iter_unpack(elements)]


def _sized(value: bytes | None) -> bytes:
    return _NULL if value is None else _LENGTH.pack(len(value)) + value


def _array(element: int, elements: Sequence[bytes]) -> bytes:
    if not elements:
        return _EMPTY.pack(0, 0, element)
    return _HEAD.pack(1, 1, element, len(elements), 1) + b"".join(elements)
