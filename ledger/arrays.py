"""PostgreSQL arrays in their binary form, packed here: a call sends two dozen of them.

The driver asks every element for its type; these know theirs, and cost a fraction.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format


class PackedArray:
    """An array in PostgreSQL's binary form: a call sends dozens of them."""

    __slots__ = ("packed",)
    element_oid = 0

    def __init__(self, elements: list[bytes | None]) -> None:
        pieces = [_ARRAY_HEAD.pack(1, 1, self.element_oid, len(elements), 1)]
        for element in elements:
            if element is None:
                pieces.append(_NULL)
            else:
                pieces.append(_LENGTH.pack(len(element)))
                pieces.append(element)
        empty = _EMPTY_ARRAY.pack(0, 0, self.element_oid)
        self.packed = b"".join(pieces) if elements else empty


_ARRAY_HEAD = struct.Struct("!iiiii")  # dimensions, has nulls, element type, size, from
_EMPTY_ARRAY = struct.Struct("!iii")
_LENGTH = struct.Struct("!i")
_BIGINT = struct.Struct("!q")
_NULL = _LENGTH.pack(-1)


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PackedArray) -> bytes:
        return obj.packed


def _packed_array(name: str, element_oid: int, array_oid: int) -> type[PackedArray]:
    array = type(name, (PackedArray,), {"__slots__": (), "element_oid": element_oid})
    dumper = type(name + "Dumper", (_PackedDumper,), {"oid": array_oid})
    psycopg.adapters.register_dumper(array, dumper)
    return array


_Ints = _packed_array("_Ints", 23, 1007)
_Bigints = _packed_array("_Bigints", 20, 1016)
_Uuids = _packed_array("_Uuids", 2950, 2951)
_Byteas = _packed_array("_Byteas", 17, 1001)
_Texts = _packed_array("_Texts", 25, 1009)


def ints(values: Iterable[int | None]) -> PackedArray:
    """An `integer[]`."""
    return _Ints([None if value is None else _LENGTH.pack(value) for value in values])


def bigints(values: Iterable[int]) -> PackedArray:
    """A `bigint[]`."""
    return _Bigints([_BIGINT.pack(value) for value in values])


def uuids(values: Iterable[UUID | None]) -> PackedArray:
    """A `uuid[]`."""
    return _Uuids([None if value is None else value.bytes for value in values])


def byteas(values: Iterable[bytes | None]) -> PackedArray:
    """A `bytea[]`."""
    return _Byteas(list(values))


def texts(values: Iterable[str]) -> PackedArray:
    """A `text[]`."""
    return _Texts([value.encode() for value in values])
