"""What is told of requests: enough to run the service, and nothing of a case."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import httpx
import pytest

from api import logs
from api.logs import log
from api.routes.commands import path_of
from ledger.events import recordable_types
from tests.faults.patience import until

CANARIES = ("Testbarn Kanari", "14882112345", "kanarifugl", "kanari-verdi")


@pytest.fixture
def lines(monkeypatch) -> Iterator[io.StringIO]:
    """What this process logs, as a service does."""
    told = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr("sys.stderr", told)
    logs.configure("DEBUG", process="test")
    yield told
    logs.be_silent()
    root.handlers[:] = before
    root.setLevel(level)


def told(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_request_is_one_line_of_fields_that_are_allowed(as_, case_of, lines):
    case = case_of("d")
    as_("dina").get(f"/api/v1/cases/{case}/state", params={"purpose": "follow_up"})
    (line,) = until(lambda: told(lines), "a line")  # it follows the answer
    assert set(line) <= logs.FIELDS
    expected = {
        "event": "request",
        "method": "GET",
        "route": "/api/v1/cases/{case}/state",
        "status": 200,
        "tenant": "fjordvik",
        "process": "test",
    }
    assert expected.items() <= line.items()
    assert case not in lines.getvalue()


def test_nothing_that_is_sent_is_told(as_, case_of, lines, address):
    name, number, word, value = CANARIES
    client = as_("camilla")
    client.headers["X-Merke"] = value
    case = case_of("c")
    body = {"name": name, "national_id": number, "view": word, word: value}
    for path in ("case-opened", "child-view-recorded", word):
        url = f"/api/v1/cases/{case}/{path}"
        client.post(url, json=body, headers={"Idempotency-Key": value})
        client.post(url, content=f'{{"{word}": "{name}'.encode())
    client.get(f"/{word}/{number}", params={word: value, "purpose": name})
    client.get(f"/api/v1/cases/{number}/state", params={"purpose": word})
    client.request("KANARIFUGL", "/")
    client.get(
        "/", headers={"Host": f"{word}.example", "Authorization": f"Bearer {word}"}
    )
    metrics = httpx.get(f"{address}/metrics").text
    for canary in CANARIES:
        assert canary.lower() not in lines.getvalue().lower()
        assert canary.lower() not in metrics.lower()
    assert len(told(lines)) >= 10


def test_an_error_is_told_by_its_kind_and_place_and_a_library_by_its_place(lines):
    try:
        raise ValueError(CANARIES[0])
    except ValueError as error:
        log.error("work failed", person=CANARIES[0], **logs.about(error))
        logging.getLogger("asyncio").exception("about %s", CANARIES[1])
    # the line of a request that was answered before may come late
    failed, library = (line for line in told(lines) if line["event"] != "request")
    assert (failed["code"], failed["error"]) == ("UNEXPECTED", "ValueError")
    assert (library["logger"], library["error"]) == ("asyncio", "ValueError")
    assert not any(canary in lines.getvalue() for canary in CANARIES)


def test_metrics_count_requests_by_the_template_of_their_route(as_, case_of, address):
    view = f"/api/v1/cases/{case_of('d')}/state"
    as_("dina").get(view, params={"purpose": "follow_up"})
    as_("ane").get(view, params={"purpose": "follow_up"})
    text = httpx.get(f"{address}/metrics").text
    route = re.escape('route="/api/v1/cases/{case}/state"')
    assert re.search(rf'requests_total{{method="GET",{route},status="200"}}', text)
    assert re.search(r'stafettlogg_refusals_total{code="NO_CASE"} [1-9]', text)
    assert re.search(r"stafettlogg_reads_denied_total [1-9]", text)
    assert re.search(r'stafettlogg_published_entries{tenant="fjordvik"} [1-9]', text)
    assert re.search(r'stafettlogg_projection_lag_events{tenant="fjordvik",view=', text)


def test_no_line_and_no_count_says_which_command_of_a_case_it_was(
    as_, case_of, lines, address
):
    client, case = as_("camilla"), case_of("c")
    for path in map(path_of, recordable_types()):
        client.post(f"/api/v1/cases/{case}/{path}", json={})
    client.get(f"/api/v1/cases/{case}/{path}")
    until(lambda: len(told(lines)) > len(recordable_types()), "all lines")
    assert not any(path_of(kind) in lines.getvalue() for kind in recordable_types())
    metrics = httpx.get(f"{address}/metrics").text
    assert 'method="POST",route="/api/v1/cases/{case}/{command}"' in metrics
    assert not any(path_of(kind) in metrics for kind in recordable_types())
