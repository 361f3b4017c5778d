"""Many writers and readers in several processes, at once and at odds."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.record import parse_envelope
from ledger.entry import StreamKind
from ledger.events.access import CommandRefused
from ledger.index import CaseStream
from ledger.recorder import LedgerRecorder
from tests.clusters import Databases
from tests.faults.examining import (
    check_acknowledged,
    checked,
    observations,
    open_cases,
    positions,
    readings,
)
from tests.faults.patience import meanwhile, outcome
from tests.faults.processes import Program, at_once, programs
from tests.faults.programs import MORNING, TEACHER, danger
from tests.tenants import OpenTenant, open_tenant

pytestmark = pytest.mark.xdist_group("concurrency")


@pytest.fixture(params=["wheel_postgres", "debian_postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenTenant]:
    """A founded tenant of this test alone, on each server we know in turn."""
    databases: Databases = request.getfixturevalue(request.param)
    with open_tenant(databases, tmp_path) as tenant:
        yield tenant


# -- writers ---------------------------------------------------------------------------


def tail(recorder: LedgerRecorder, start: int, ended: threading.Event) -> list[int]:
    """Follow the log by position until the writers have ended and nothing is left."""
    seen: list[int] = []
    while True:
        was_ended = ended.is_set()
        after = seen[-1] if seen else start
        found = recorder.select_notifications(after, 50, inclusive_of_start=False)
        seen += [notification.id for notification in found]
        if was_ended and not found:
            return seen


@pytest.mark.parametrize(
    ("processes", "threads"), [(2, 4), (4, 4)], ids=["8 writers", "16 writers"]
)
def test_a_reader_that_follows_many_writers_at_odds_misses_no_position(
    opened: OpenTenant, processes: int, threads: int
) -> None:
    """More writers than cases: most of what they decide is decided again."""
    labels = ("w-1", "w-2", "w-3")
    open_cases(opened, *labels)
    start = positions(opened)[-1]
    writers = [
        Program("write", opened, name=f"p{n}", labels=labels, threads=threads, each=12)
        for n in range(processes)
    ]
    ended = threading.Event()
    recorder = opened.opened().recorder
    with programs(*writers):
        following = meanwhile(lambda: tail(recorder, start, ended))
        at_once(*writers)
        for writer in writers:
            writer.succeed()
        ended.set()
    seen, count = outcome(following), processes * threads * 12
    assert seen == list(range(start + 1, start + 1 + count))
    acks = [line for writer in writers for line in writer.said if "acked" in line]
    stored = check_acknowledged(opened, acks, *labels)
    assert len(acks) == len(stored) == count
    assert sorted(ack["position"] for ack in acks) == seen
    opened.publisher().publish()
    checked(opened)


def test_what_was_read_and_not_written_must_not_have_moved(
    opened: OpenTenant,
) -> None:
    """A decision on the shared stream rests on the shield it has seen, too."""
    open_cases(opened, "t")
    ledger = opened.opened().ledger
    case = ledger.index.case_id("t")

    def write_under_the_shield(flag: str) -> None:
        ledger.record(case, danger(flag), by=TEACHER, occurred_at=MORNING, key=flag)

    write_under_the_shield("t-r1")
    with programs(Program("decide", opened, label="t")) as (deciding,):
        deciding.hear("ready")
        write_under_the_shield("t-r2")
        deciding.tell("go")
        assert deciding.hear("answer")["answer"] == "CONFLICT"
    kinds = [entry.stream_kind for entry in ledger.load(case).entries]
    assert kinds == [StreamKind.SHARED, StreamKind.SHIELDED, StreamKind.SHIELDED]
    checked(opened)


def test_a_shield_opened_meanwhile_is_no_conflict_with_what_saw_none(
    opened: OpenTenant,
) -> None:
    """That there is one now must not show in a stream that others see."""
    open_cases(opened, "t")
    ledger = opened.opened().ledger
    case = ledger.index.case_id("t")
    with programs(Program("decide", opened, label="t")) as (deciding,):
        deciding.hear("ready")
        ledger.record(case, danger("r"), by=TEACHER, occurred_at=MORNING, key="r")
        deciding.tell("go")
        deciding.hear("answer")
    checked(opened)


# -- two who ask at the same moment ----------------------------------------------------

TIMES = 12


def opening_fields(number: str) -> dict[str, str]:
    return {
        "subject_ref": "t-barn",
        "subject_kind": "born",
        "name": "Testbarn Tuva",
        "national_id": number,
        "birth_date": "2016-08-14",
        "language": "nb",
        "profile": "fjordvik",
    }


def answers(program: Program) -> list[str]:
    return program.all("answer")


def asked_at_once(opened: OpenTenant, *requests: list[object]) -> list[Program]:
    asking = [Program("ask", opened, requests=each) for each in requests]
    with programs(*asking):
        at_once(*asking)
        for program in asking:
            program.succeed()
    return asking


def test_of_two_who_open_the_same_case_one_is_told_that_it_exists(
    opened: OpenTenant,
) -> None:
    """Each is accepted or refused on the case as it was by then, and nobody lied to."""
    mine, theirs = (
        [
            [f"c{n}", "CaseOpened", opening_fields(f"148821{n:05}"), f"{who} {n}"]
            for n in range(TIMES)
        ]
        for who in ("mine", "theirs")
    )
    both = asked_at_once(opened, mine, theirs)
    for pair in zip(*map(answers, both), strict=True):
        assert sorted(pair) == ["CASE_EXISTS", "RECORDED"]
    tenant = opened.opened()
    for n in range(TIMES):
        loaded = tenant.ledger.load(tenant.ledger.index.case_id(f"c{n}"))
        assert [entry.version for entry in loaded.entries] == [1]
        (refused,) = tenant.ledger.access_log(loaded.streams)
        assert isinstance(refused.event, CommandRefused)
        assert refused.event.code == "CASE_EXISTS"
    checked(opened)


def test_of_two_who_open_a_case_for_the_same_child_one_is_told_that_there_is_one(
    opened: OpenTenant,
) -> None:
    mine, theirs = (
        [
            [f"{who}{n}", "CaseOpened", opening_fields(f"148821{n:05}"), f"{who} {n}"]
            for n in range(TIMES)
        ]
        for who in ("mine", "theirs")
    )
    both = asked_at_once(opened, mine, theirs)
    for pair in zip(*map(answers, both), strict=True):
        assert sorted(pair) == ["CASE_EXISTS", "RECORDED"]
    ledger = opened.opened().ledger
    for n in range(TIMES):
        assert len(ledger.cases_of(f"148821{n:05}")) == 1
    checked(opened)


def test_one_request_sent_by_two_processes_at_once_is_one_event_with_one_receipt(
    opened: OpenTenant,
) -> None:
    open_cases(opened, "t")
    fields = {
        "concern_id": "t-1",
        "arena": "school",
        "period_from": "2026-01-05",
        "period_to": "2026-01-05",
    }
    requests = [
        ["t", "ObservationRecorded", {**fields, "facts": f"{n}"}, f"key {n}"]
        for n in range(TIMES)
    ]
    both = asked_at_once(opened, requests, requests)
    first, second = (
        [line for line in program.said if "answer" in line] for program in both
    )
    assert first == second
    assert {line["answer"] for line in first} == {"RECORDED"}
    stored = observations(opened.opened(), "t")
    assert stored == Counter({f"{n}": 1 for n in range(TIMES)})
    checked(opened)


def test_one_opening_sent_by_two_processes_at_once_is_one_case_with_one_receipt(
    opened: OpenTenant,
) -> None:
    """Both make streams and keys of their own; one pair of streams is the case's."""
    requests = [
        [f"c{n}", "CaseOpened", opening_fields(f"148821{n:05}"), f"key {n}"]
        for n in range(TIMES)
    ]
    both = asked_at_once(opened, requests, requests)
    first, second = (
        [line for line in program.said if "answer" in line] for program in both
    )
    assert first == second
    assert {line["answer"] for line in first} == {"RECORDED"}
    checked(opened)


# -- readers ---------------------------------------------------------------------------


def test_32_readers_in_two_processes_are_all_answered_and_all_on_record(
    opened: OpenTenant,
) -> None:
    open_cases(opened, "t")
    readers = [
        Program("read", opened, name=f"r{n}", label="t", threads=16, each=5)
        for n in range(2)
    ]
    with programs(*readers):
        at_once(*readers)
        for reader in readers:
            reader.succeed()
    assert [reader.all("unanswered") for reader in readers] == [[], []]
    answered = [said for reader in readers for said in reader.all("answered")]
    assert len(answered) == 32 * 5
    assert {n for reader in readers for n in reader.all("entries")} == {1}
    tenant = opened.opened()
    loaded = tenant.ledger.load(tenant.ledger.index.case_id("t"))
    assert Counter(readings(tenant, loaded.streams)) == Counter(answered)
    check_versions(opened, loaded.streams[0])
    assert loaded.heads[0].version == 1  # reading never moves the case
    checked(opened)


def check_versions(opened: OpenTenant, stream: CaseStream) -> None:
    """The access stream is whole: versions dense, each entry linked to the last."""
    previous = None
    stored = [
        sealed
        for sealed in opened.opened().recorder.sealed_after(0, 10_000)
        if sealed.stream == stream.access
    ]
    for version, sealed in enumerate(stored, start=1):
        assert sealed.originator_version == version
        assert parse_envelope(sealed.state).header.previous == previous
        previous = sealed.leaf
