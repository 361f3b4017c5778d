"""What comes in on a connection before it is a request."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from api import web

WHOLE = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def connected(address: str) -> socket.socket:
    split = urlsplit(address)
    return socket.create_connection((split.hostname, split.port), timeout=30)


def answered(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass  # closed while we still sent
    return b"".join(parts)


def test_a_request_may_come_in_pieces(address):
    with connected(address) as connection:
        for byte in range(len(WHOLE)):
            connection.sendall(WHOLE[byte : byte + 1])
        assert answered(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"{}\r\n\r\n"]
)
def test_what_is_no_request_is_refused_with_the_headers_of_every_answer(address, said):
    with connected(address) as connection:
        connection.sendall(said)
        found = answered(connection)
    assert found.startswith(b"HTTP/1.1 400 ")
    assert b"Cache-Control: no-store\r\n" in found
    assert b"Content-Security-Policy: default-src 'none'" in found


def test_a_head_without_end_is_refused(address):
    with connected(address) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        try:
            for _ in range(64):
                connection.sendall(b"x" * 4096)
        except (BrokenPipeError, ConnectionResetError):
            return  # it was closed on us
        assert answered(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("begun", [b"", WHOLE[:20]])
def test_a_head_that_does_not_come_in_time_is_given_up(address, begun, monkeypatch):
    monkeypatch.setattr(web.Patient, "head_seconds", 0.1)
    with connected(address) as connection:
        connection.sendall(begun)
        assert answered(connection) == b""
