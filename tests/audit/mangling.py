"""All the small ways in which bytes go wrong: bits flipped, bytes lost or gained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from audit.failures import ProofFailed


def flipped(data: bytes, step: int = 1) -> Iterator[bytes]:
    """Every bit flipped in turn; with `step`, every so many."""
    for bit in range(0, len(data) * 8, step):
        mangled = bytearray(data)
        mangled[bit // 8] ^= 1 << bit % 8
        yield bytes(mangled)


def shortened(data: bytes) -> Iterator[bytes]:
    """Cut off at every length, and with every single byte taken out."""
    for at in range(len(data)):
        yield data[:at]
        yield data[:at] + data[at + 1 :]


def lengthened(data: bytes) -> Iterator[bytes]:
    """A zero, a space, a newline, 0xFF, or its neighbour again, put in everywhere."""
    for at in range(len(data) + 1):
        for extra in {b"\x00", b" ", b"\n", b"\xff", data[at : at + 1] or b"="}:
            yield data[:at] + extra + data[at:]


def mangled(data: bytes) -> Iterator[bytes]:
    """All of these that are not, by chance, the data itself."""
    for ways in (flipped, shortened, lengthened):
        yield from (each for each in ways(data) if each != data)


def outcome(read: Callable[..., Any], *arguments: Any) -> Any:
    """What a reader answers, or the failure it raises."""
    try:
        return read(*arguments)
    except ProofFailed as failure:
        return failure


def code_of(found: Any, value: Any) -> str:
    """The code of a failure; where nothing failed, `value` must not have come out."""
    if isinstance(found, ProofFailed):
        return found.code
    assert found != value
    return "something else"
