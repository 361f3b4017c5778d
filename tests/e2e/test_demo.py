"""The demo, from nothing: what it says holds, and it may be run again."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from itertools import takewhile
from uuid import uuid4

import httpx
import pytest

from ledger.database.embedded import EmbeddedPostgres
from tests.e2e.conftest import PATIENCE, Terminal
from tests.e2e.serving import Serving, serving


@pytest.fixture(scope="module")
def first(terminal: Terminal) -> subprocess.CompletedProcess[str]:
    """The first run in a fresh home."""
    return terminal.run("demo", "--once")


@pytest.fixture(scope="module")
def second(terminal: Terminal, first) -> Iterator[Serving]:
    """The second one, without `--once`, for as long as it serves."""
    with serving(terminal, "demo") as found:
        yield found


def test_from_nothing_the_demo_ends_well(first):
    assert first.returncode == 0, first.stderr
    assert "FAILED" not in first.stdout
    assert "Traceback" not in first.stderr


@pytest.mark.parametrize(
    "said",
    [
        "12 recorded\n",
        "43 recorded\n",
        "27 recorded, 1 refused as expected\n",
        "closed 2025-11-03 (superseded)",
        "2025-06-17 to 2025-08-28  73 days  after c-ppt (left_job)",
        "49 days late",
        "d-larer (skole) since 2026-08-20",
        "one byte of one signed entry is changed:\n    NOT PROVED",
        "/1: INC_PATH: the proof does not lead from the entry",
        "PROVED BY THE LOG ALONE, no independent witness vouches for it",
    ],
)
def test_it_shows_what_the_histories_add_up_to(first, said):
    assert said in first.stdout


def test_every_bundle_of_it_is_proved(first):
    assert len(re.findall(r"^  \w\.zip +PROVED_UNWITNESSED ", first.stdout, re.M)) == 3


def test_the_command_it_prints_proves_a_bundle_and_refuses_the_forgery(terminal, first):
    (printed,) = re.findall(r"^  (.* -m audit verify .*)$", first.stdout, re.M)
    python, *typed = shlex.split(printed)
    assert python.endswith(("python", "python3"))
    genuine = terminal.python(*typed)
    assert genuine.returncode == 0, genuine.stdout
    forged = [word.replace(".zip", "-changed.zip") for word in typed]
    assert forged != typed
    refused = terminal.python(*forged)
    assert refused.returncode == 1
    assert refused.stdout.startswith("NOT PROVED")


def test_without_witnesses_a_supervisor_has_to_say_that_this_is_enough(terminal, first):
    (printed,) = re.findall(r"^  (.* -m audit verify .*)$", first.stdout, re.M)
    typed = shlex.split(printed)[1:]
    typed.remove("--allow-unwitnessed")
    refused = terminal.python(*typed)
    assert refused.returncode == 1
    assert "POLICY_UNWITNESSED" in refused.stdout


def test_a_second_run_finds_the_cases_on_record(second):
    assert re.findall(r"(\d+) on record before", second.said) == ["12", "43", "28"]
    assert "recorded," not in second.said


def test_it_says_what_to_try_next_and_that_works_while_it_serves(terminal, second):
    hints = second.said.split("Try next, in another terminal:\n")[1].splitlines()
    hints = list(takewhile(str.strip, hints))
    assert hints[0] == f"  export STAFETTLOGG_HOME={terminal.home}"
    for hint in hints[1:]:
        program, *typed = shlex.split(hint)
        assert program == "stafettlogg"
        tried = terminal.run(*typed)
        assert tried.returncode == 0, tried.stderr
        assert tried.stdout


def test_it_answers_as_each_of_the_people_it_names(second):
    named = re.findall(r"^  (\w+) +\w+ ", second.said.split("bearer token")[1], re.M)
    assert "cecilie" in named
    view = f"/api/v1/cases/{uuid4()}/state?purpose=demo"
    for person in named:
        bearer = {"Authorization": f"Bearer {person}"}
        assert httpx.get(second.url + view, headers=bearer).status_code == 404


def test_told_to_stop_it_ends_well_and_leaves_no_server(terminal, second):
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(timeout=PATIENCE) == 0
    assert EmbeddedPostgres(terminal.home).postmaster_pid is None


def test_programs_are_told_the_same(terminal, first):
    told = json.loads(terminal.run("demo", "--once", "--json").stdout)
    assert told["ok"] is True
    assert {case["code"] for case in told["cases"].values()} == {"PROVED_UNWITNESSED"}
    assert told["forgery"]["code"] != "PROVED_UNWITNESSED"
    assert told["fsck"]["code"] == "PROVED_UNWITNESSED"
