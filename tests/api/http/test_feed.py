"""The feed: that something was recorded, and no slow listener in the way."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from api import feed
from api.routes.feed import MAX_STREAMS
from tests.api.http.test_commands import CHILD_VIEW, key, opened

FEED = "/api/v1/feed"


def record(client) -> int:
    case = opened(client)
    path = f"/api/v1/cases/{case}/child-view-recorded"
    return client.post(path, json=CHILD_VIEW, headers=key()).json()["position"]


def test_the_feed_says_where_and_of_which_kind_and_no_more(as_):
    position = record(as_("camilla"))
    answer = as_("adam").get(FEED, params={"after": position - 1, "limit": 1})
    item = {"position": position, "kind": "stafettlogg.case.v1"}
    assert answer.json() == {"items": [item], "next": position}


def test_the_feed_does_not_tell_what_is_shielded(as_):
    client = as_("camilla")
    flag = {"flag_id": "f-1", "kind": "violence", "reason": "Merke."}
    path = f"/api/v1/cases/{opened(client)}/risk-flag-raised"
    position = client.post(path, json=flag, headers=key()).json()["position"]
    answer = as_("kim").get(FEED, params={"after": position - 1, "limit": 1})
    (item,) = answer.json()["items"]
    assert item == {"position": position, "kind": "stafettlogg.case.v1"}


def test_the_feed_has_every_position_once(as_):
    client, after, found = as_("kim"), 0, []
    while items := client.get(FEED, params={"after": after, "limit": 37}).json()[
        "items"
    ]:
        found += [item["position"] for item in items]
        after = found[-1]
    assert found == list(range(1, len(found) + 1))
    nothing = client.get(FEED, params={"after": after}).json()
    assert nothing == {"items": [], "next": after}


@pytest.mark.parametrize("path", [FEED, f"{FEED}/stream"])
@pytest.mark.parametrize("person", ["cato", "camilla", "cathrine", "petra", "tor"])
def test_only_who_runs_or_coordinates_follows(as_, path, person):
    answer = as_(person).get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "WRONG_ROLE")


def positions(lines, wanted: int) -> list[int]:
    """As many positions as wanted, as a stream tells them."""
    found: list[int] = []
    for line in lines:
        if line.startswith("data: "):
            found.append(json.loads(line[6:])["position"])
            if len(found) == wanted:
                break
    return found


def test_a_stream_tells_what_is_recorded_from_now_on(as_):
    with as_("kim").stream("GET", f"{FEED}/stream") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        lines = answer.iter_lines()
        assert next(lines).startswith(":")  # it listens
        position = record(as_("camilla"))
        assert positions(lines, 2) == [position - 1, position]


def test_a_stream_goes_on_after_the_last_event_and_misses_nothing(as_):
    headers = {"Last-Event-ID": "3"}
    with as_("kim").stream("GET", f"{FEED}/stream", headers=headers) as answer:
        assert positions(answer.iter_lines(), 40) == list(range(4, 44))


@pytest.mark.parametrize("last", ["x", "-1", "1e3", "9" * 17])
def test_a_last_event_that_is_none_is_refused(as_, last):
    answer = as_("kim").get(f"{FEED}/stream", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["code"]) == (400, "HEADER_INVALID")


def test_who_takes_nothing_is_let_go_and_hurts_nobody(
    as_, address, service, monkeypatch
):
    monkeypatch.setattr(feed, "SLOW_SECONDS", 0.2)
    monkeypatch.setattr(feed, "PIECE", 1)
    where = urlsplit(address)
    head = (
        f"GET {FEED}/stream?after=0 HTTP/1.1\r\nHost: {where.netloc}\r\n"
        "Authorization: Bearer kim\r\n\r\n"
    ).encode()
    monkeypatch.setattr(
        feed, "_event", lambda recorded: b": " + b"a" * 100_000 + b"\n\n"
    )
    lines = [socket.create_connection((where.hostname, where.port)) for _ in range(20)]
    try:
        for line in lines:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            line.sendall(head)
        assert record(as_("camilla"))  # while twenty listeners take nothing
        client = as_("kim")
        while service.streams:
            assert client.get(FEED).status_code == 200
    finally:
        for line in lines:
            line.close()


def test_there_are_only_so_many_streams(as_, service, monkeypatch):
    monkeypatch.setattr(service, "streams", MAX_STREAMS)
    answer = as_("kim").get(f"{FEED}/stream")
    assert (answer.status_code, answer.json()["code"]) == (503, "OVERLOADED")
    assert answer.headers["Retry-After"]


def test_a_stream_that_was_left_gives_its_place_back(as_, service):
    with as_("kim").stream("GET", f"{FEED}/stream") as answer:
        lines = answer.iter_lines()  # the stream is closed when nobody holds these
        next(lines)
        assert service.streams == 1
    client = as_("kim")
    while service.streams:
        assert client.get(FEED).status_code == 200


def test_the_head_of_a_stream_ends(address):
    headers = {"Authorization": "Bearer kim"}
    answer = httpx.head(f"{address}{FEED}/stream", headers=headers, verify=False)
    assert (answer.status_code, answer.content) == (200, b"")


def test_streams_end_when_the_process_does(as_, service, monkeypatch):
    with as_("kim").stream("GET", f"{FEED}/stream") as answer:
        lines = answer.iter_lines()
        next(lines)
        monkeypatch.setattr(service.feeds["fjordvik"], "is_closed", True)
        assert [line for line in lines if line] == []
