"""Bodies that mean two things, or nothing, or too much: refused, and never repeated.

Each is sent as bytes to a real server; the canary stands in every one of them.
"""

from __future__ import annotations

import gzip
import json
import socket
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from api.strict_json import MAX_BODY, MAX_DEPTH

CANARY = "Kanarifugl"
GOOD = {"form": "1.1", "about": "plan", "view": CANARY, "approved_by_child": True}
JSON = {"Content-Type": "application/json"}


def with_view(text: str) -> bytes:
    """A good body but for these JSON words as the value of `view`."""
    said = json.dumps({**GOOD, "view": "@"})
    return said.replace('"@"', text).encode("utf-8", "surrogatepass")


def with_word(word: str) -> bytes:
    return with_view(json.dumps(f"{CANARY}{word}", ensure_ascii=False))


def nested(depth: int) -> bytes:
    return with_view("[" * depth + f'"{CANARY}"' + "]" * depth)


NOT_JSON = {
    "empty": b"",
    "only spaces": b"  \n",
    "a word": CANARY.encode(),
    "a list": json.dumps([GOOD]).encode(),
    "a string": json.dumps(CANARY).encode(),
    "null": b"null",
    "cut short": json.dumps(GOOD).encode()[:-1],
    "two objects": json.dumps(GOOD).encode() * 2,
    "a comment": b"/* Kanarifugl */ {}",
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "UTF-16 without a mark": json.dumps(GOOD).encode("utf-16-le"),
    "UTF-32": json.dumps(GOOD).encode("utf-32"),
    "Latin-1": json.dumps({**GOOD, "view": "blåbær"}, ensure_ascii=False).encode(
        "latin1"
    ),
    "an overlong form": with_view('"@"').replace(b"@", b"\xc0\xaf"),
    "a zero byte": with_view('"@"').replace(b"@", b"\x00"),
    "NaN": with_view("NaN"),
    "Infinity": with_view("-Infinity"),
    "1e999": with_view("1e999"),
    "1e400 among others": with_view("[1, -1e400]"),
    "2^53": with_view(str(2**53)),
    "-2^53": with_view(str(-(2**53))),
    "2^53 as a fraction": with_view("9007199254740993.0"),
    "a number of 100 000 digits": with_view("9" * 100_000),
    "a key twice": with_view('"a", "view": "Kanarifugl"'),
    "a key twice, once escaped": with_view('"a", "vi\\u0065w": "Kanarifugl"'),
    "a key twice inside": with_view('{"a": 1, "a": 2}'),
    "half a character": with_view('"Kanarifugl \\ud800"'),
    "half a character in a key": with_view('{"\\udc00": 1}'),
    "half a character as bytes": with_view('"@"').replace(b"@", b"\xed\xa0\x80"),
    "too deep": nested(MAX_DEPTH),
    "far too deep": nested(100_000),
    "objects far too deep": with_view('{"a":' * 20_000 + "1" + "}" * 20_000),
    "never closed": b"[" * 200_000,
    "a control character": with_word("\x07"),
    "an escaped control character": with_view('"Kanarifugl\\u0000"'),
    "C1": with_word("\x85"),
    "a mark to the left": with_word("\u202e"),
    "an isolate": with_word("\u2066"),
    "an Arabic mark": with_word("\u061c"),
    "a noncharacter": with_word("\uffff"),
    "a hidden mark in a key": with_view('{"a\u202e": 1}'),
}

NOT_THE_EVENT = {
    "nothing": b"{}",
    "an unknown field": json.dumps({**GOOD, CANARY: 1}).encode(),
    "the type's name": json.dumps({**GOOD, "NAME": CANARY}).encode(),
    "a number for a text": with_view("1"),
    "a list for a text": nested(MAX_DEPTH - 1),
    "a word for yes": json.dumps({**GOOD, "approved_by_child": CANARY}).encode(),
    "1 for yes": json.dumps({**GOOD, "approved_by_child": 1}).encode(),
    "another choice": json.dumps({**GOOD, "form": CANARY}).encode(),
    "a long text": with_word("a" * 20_001),
}


@pytest.fixture
def client(as_):
    return as_("camilla")


def send(client, body, headers=JSON):
    return client.post(
        f"/api/v1/cases/{uuid4()}/child-view-recorded",
        content=body,
        headers={"Idempotency-Key": str(uuid4()), **headers},
    )


def refused(answer) -> tuple[int, str]:
    """Status and code, once it is seen that nothing of the body is in the answer."""
    assert CANARY not in answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_strict_json_is_refused(client, body):
    assert refused(send(client, body)) == (400, "BODY_JSON")


@pytest.mark.parametrize("body", NOT_THE_EVENT.values(), ids=NOT_THE_EVENT)
def test_what_is_not_the_event_is_refused(client, body):
    assert refused(send(client, body)) == (422, "INVALID")


def test_a_body_that_is_too_large_is_refused_by_its_length(client):
    assert refused(send(client, b"a" * (MAX_BODY + 1))) == (413, "BODY_TOO_LARGE")


def test_a_body_of_fifty_megabytes_is_not_read(client):
    assert refused(send(client, b"a" * 50_000_000)) == (413, "BODY_TOO_LARGE")


def test_a_body_without_a_length_is_answered_before_its_end(address):
    """It is sent by hand, and never ended."""
    where = urlsplit(address)
    head = (
        f"POST /api/v1/cases/{uuid4()}/child-view-recorded HTTP/1.1\r\n"
        f"Host: {where.netloc}\r\nAuthorization: Bearer camilla\r\n"
        "Idempotency-Key: k\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(head.encode() + piece * (MAX_BODY // 0x1000 + 1))
        answer = line.recv(0x1000)
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/jsonl"},
        {**JSON, "Content-Encoding": "gzip"},
        {**JSON, "Content-Encoding": "br"},
    ],
    ids=str,
)
def test_another_type_or_coding_of_the_body_is_refused(client, headers):
    body = json.dumps(GOOD).encode()
    packed = gzip.compress(body) if "Content-Encoding" in headers else body
    assert refused(send(client, packed, headers)) == (415, "MEDIA_TYPE")


@pytest.mark.parametrize(
    "text",
    [
        "Máret lea ilus, muhto Čáhppes beaivi. Ŧ ŋ đ ž š",
        "Jïh dellie. Åarjelsaemien: Göölij.",
        "👩‍👧 🎈",  # a family is joined by U+200D
        "a\u0301 e\u0308",
        "linje\n\tinnrykk",
        "שלום مرحبا",
    ],
)
def test_text_of_any_language_passes(client, text):
    answer = send(client, json.dumps({**GOOD, "view": text}).encode())
    assert answer.json()["code"] == "NO_CASE"  # the body was read, there is no case


def test_a_type_may_name_the_one_charset_there_is(client):
    body = json.dumps(GOOD).encode()
    kind = {"Content-Type": 'application/json; charset="UTF-8"'}
    assert send(client, body, kind).json()["code"] == "NO_CASE"
