"""Bounds of what is at work at once, over real connections, with work that waits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from anyio.to_thread import run_sync
from starlette.types import Receive, Scope, Send

from api.bounds import Bounds
from api.front_door import FrontDoor
from api.limits import Limits
from tests.api.http.conftest import served
from tests.faults.patience import PATIENCE, meanwhile, outcome, until

SOON = 0.05  # seconds; what is tested is that it ends, not when


class Work:
    """An application whose answers wait in a thread until they are let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.begun += 1
        await run_sync(self.go.wait)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


@contextmanager
def bounded(work: Work, **bounds: float) -> Iterator[httpx.Client]:
    app = FrontDoor(Limits(work, Bounds(**bounds)))
    try:
        with (
            served(app) as address,
            httpx.Client(base_url=address, timeout=PATIENCE) as client,
        ):
            yield client
            work.go.set()
    finally:
        work.go.set()


@pytest.mark.parametrize(
    ("method", "code"), [("GET", "OVERLOADED"), ("POST", "OUTCOME_UNKNOWN")]
)
def test_an_answer_that_is_late_says_whether_anything_may_have_happened(method, code):
    with bounded(Work(), answer_seconds=SOON) as client:
        answer = client.request(method, "/")
        assert (answer.status_code, answer.json()["code"]) == (503, code)
        assert answer.headers["Retry-After"]


def test_a_place_is_free_when_its_work_has_really_ended_and_not_before():
    work = Work()
    bounds = {"at_work": 1, "answer_seconds": SOON, "queue_seconds": SOON}
    with bounded(work, **bounds) as client:
        assert client.get("/").status_code == 503  # late; its thread goes on
        assert client.get("/").json()["code"] == "OVERLOADED"
        assert work.begun == 1
        work.go.set()
        until(lambda: client.get("/").status_code == 200, "a free place")


def test_who_finds_the_queue_full_is_refused_at_once():
    work = Work()
    with bounded(work, at_work=1, waiting=1, queue_seconds=PATIENCE) as client:
        first = meanwhile(lambda: client.get("/"))
        until(lambda: work.begun == 1, "work")
        others = [meanwhile(lambda: client.get("/")) for _ in range(5)]
        until(lambda: sum(other.done() for other in others) == 4, "four refusals")
        work.go.set()
        answers = [outcome(each).status_code for each in (first, *others)]
    assert sorted(answers) == [200, 200, 503, 503, 503, 503]


def test_health_is_told_when_all_places_are_taken():
    work = Work()
    with bounded(work, at_work=1, answer_seconds=SOON, queue_seconds=SOON) as client:
        assert client.get("/").status_code == 503
        asked = meanwhile(lambda: client.get("/livez"))
        until(lambda: work.begun == 2, "the question for health")
        work.go.set()
        assert outcome(asked).status_code == 200


def test_a_body_that_does_not_come_takes_no_place_and_is_told_so():
    work = Work()
    work.go.set()
    with bounded(work, at_work=1, body_seconds=SOON) as client:
        where = urlsplit(str(client.base_url))
        head = f"POST / HTTP/1.1\r\nHost: {where.hostname}\r\nContent-Length: 9\r\n\r\n"
        with socket.create_connection((where.hostname, where.port)) as slow:
            slow.sendall(head.encode() + b"a")
            assert client.get("/").status_code == 200
            slow.settimeout(PATIENCE)
            assert slow.recv(1 << 16).startswith(b"HTTP/1.1 408 ")
    assert work.begun == 1
