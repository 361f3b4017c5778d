"""Commands that are told to stop end well, and what they began can be gone on with."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from ledger.database.embedded import EmbeddedPostgres
from tests.e2e.conftest import PATIENCE, PROJECT, Terminal


@pytest.fixture(scope="module", autouse=True)
def _nes(terminal: Terminal) -> None:
    assert terminal.run("tenant", "create", "nes", "--demo").returncode == 0


@pytest.fixture
def server(terminal: Terminal) -> Iterator[EmbeddedPostgres]:
    """The home's server, which we use too, so that it runs on."""
    with EmbeddedPostgres(terminal.home) as running:
        yield running


def checkpoint_size(terminal: Terminal) -> int:
    checkpoint = terminal.home / "log" / "nes" / "checkpoint"
    return int(checkpoint.read_text().splitlines()[1])


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_publisher_told_to_stop_signs_what_is_recorded_and_ends_well(
    terminal, server, told
):
    following = terminal.start("publish", "--tenant", "nes")
    assert "Following" in following.stderr.readline()
    sample = str(PROJECT / "api/samples/a-closed-at-level-0.jsonl")
    assert terminal.run("import", sample, "--tenant", "nes").returncode == 0
    assert terminal.run("show", "a", "--tenant", "nes").returncode == 0
    second = terminal.run("publish", "--tenant", "nes", "--once")
    assert (second.returncode, second.stderr) == (
        1,
        "stafettlogg: ALREADY_PUBLISHING: another process publishes this log.\n",
    )
    following.send_signal(told)
    answer, complaint = following.communicate(timeout=PATIENCE)
    assert (following.returncode, complaint) == (0, "")
    size = checkpoint_size(terminal)
    assert answer.startswith(f"Published: {size} entries of nes.demo.example")
    assert size >= 2 + 12 + 1


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_interrupted_says_so_and_nothing_else(
    terminal, told, tmp_path
):
    history = tmp_path / "history.jsonl"
    os.mkfifo(history)
    importing = terminal.start("import", str(history), "--tenant", "nes")
    with history.open("w"):  # which waits until the command reads
        importing.send_signal(told)
    # The end of the file wakes a reader whom the signal reached just before it waited.
    answer, complaint = importing.communicate(timeout=PATIENCE)
    assert importing.returncode == 130
    assert (answer, complaint) == ("", "stafettlogg: stopped\n")


def test_a_reader_that_goes_away_is_no_fault(terminal):
    showing = terminal.start("events")
    showing.stdout.close()
    assert showing.wait(timeout=PATIENCE) == 1
    assert showing.stderr.read() == ""
    showing.stderr.close()
