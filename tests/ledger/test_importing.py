"""History files: all lines or none, each once, refusals as expected."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.importing import Importer, ImportStopped
from tests.tenants import OpenTenant

SAMPLES = Path(__file__).parents[2] / "api" / "samples"
HISTORIES = sorted(SAMPLES.glob("*.jsonl"))


def lines_of(letter: str) -> list[bytes]:
    (path,) = SAMPLES.glob(f"{letter}-*.jsonl")
    return path.read_bytes().splitlines()


def changed(line: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(line), **changes}).encode()


@pytest.fixture
def importer(opened: OpenTenant) -> Importer:
    return Importer(opened.opened().ledger, on_file_clock=True)


def recorded(opened: OpenTenant, label: str) -> list[tuple[Any, ...]]:
    """What a case has on record, without what differs from one tenant to another."""
    ledger = opened.opened().ledger
    loaded = ledger.load(ledger.index.case_id(label))
    return [
        (e.event, e.by, e.occurred_at, e.recorded_at, e.version, e.shield)
        for e in loaded.entries
    ]


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_every_line_of_a_history_is_accepted_or_refused_as_marked(
    importer: Importer, path: Path
) -> None:
    lines = path.read_bytes().splitlines()
    marked = sum(b'"refused"' in line for line in lines)
    (outcome,) = importer.run(lines)
    assert (outcome.recorded, outcome.refused) == (len(lines) - marked, marked)


def test_a_file_imported_again_records_nothing(
    opened: OpenTenant, importer: Importer
) -> None:
    importer.run(lines_of("d"))
    before = opened.opened().recorder.max_notification_id()
    (outcome,) = importer.run(lines_of("d"))
    assert (outcome.recorded, outcome.refused, outcome.skipped) == (0, 0, 28)
    assert opened.opened().recorder.max_notification_id() == before


def test_a_longer_file_of_the_same_case_continues_it(
    opened: OpenTenant, importer: Importer
) -> None:
    importer.run(lines_of("c")[:20])
    (outcome,) = importer.run(lines_of("c"))
    assert (outcome.skipped, outcome.recorded) == (20, 23)
    assert [entry[4] for entry in recorded(opened, "c")] == list(range(1, 44))


def test_a_line_that_says_something_else_than_before_stops_the_import(
    importer: Importer,
) -> None:
    importer.run(lines_of("a")[:4])
    lines = lines_of("a")
    lines[3] = changed(lines[3], at="2026-02-03T09:21:00+01:00")
    with pytest.raises(ImportStopped) as stopped:
        importer.run(lines)
    assert (stopped.value.line, stopped.value.code) == (4, "KEY_REUSED")


def test_a_bad_line_stops_with_its_number_and_nothing_is_recorded(
    opened: OpenTenant, importer: Importer
) -> None:
    before = opened.opened().recorder.max_notification_id()
    lines = [*lines_of("a"), *lines_of("c"), b'{"at": "now"}']
    with pytest.raises(ImportStopped) as stopped:
        importer.run(lines)
    assert (stopped.value.line, stopped.value.code) == (len(lines), "INVALID")
    assert opened.opened().recorder.max_notification_id() == before


def test_an_accepted_line_that_should_be_refused_stops_the_import(
    importer: Importer,
) -> None:
    lines = lines_of("a")
    lines[4] = changed(lines[4], refused="CLOSED")
    with pytest.raises(ImportStopped) as stopped:
        importer.run(lines)
    assert (stopped.value.line, stopped.value.code) == (5, "NOT_REFUSED")


def test_a_line_refused_with_another_code_stops_the_import(importer: Importer) -> None:
    lines = lines_of("d")
    lines[15] = changed(lines[15], refused="CLOSED")
    with pytest.raises(ImportStopped) as stopped:
        importer.run(lines)
    assert (stopped.value.line, stopped.value.code) == (16, "PARENTS_FIRST_FORBIDDEN")


def test_a_refused_line_without_its_mark_stops_the_import(importer: Importer) -> None:
    lines = lines_of("d")
    unmarked = json.loads(lines[15])
    del unmarked["refused"]
    lines[15] = json.dumps(unmarked).encode()
    with pytest.raises(ImportStopped) as stopped:
        importer.run(lines)
    assert stopped.value.code == "PARENTS_FIRST_FORBIDDEN"


def test_a_demo_runs_on_the_files_clock_and_never_backwards(
    opened: OpenTenant, importer: Importer
) -> None:
    importer.run(lines_of("d"))
    times = [entry[3] for entry in recorded(opened, "d")]
    assert times == sorted(times)
    assert times[0].isoformat() == "2026-03-11T08:38:00+00:00"


def test_a_real_import_is_recorded_now(opened: OpenTenant) -> None:
    Importer(opened.opened().ledger, on_file_clock=False).run(lines_of("a"))
    assert {entry[3] for entry in recorded(opened, "a")} == {opened.clock.now}


def test_a_real_import_refuses_what_is_dated_ahead(opened: OpenTenant) -> None:
    opened.clock.move(days=-365)
    importer = Importer(opened.opened().ledger, on_file_clock=False)
    with pytest.raises(ImportStopped) as stopped:
        importer.run(lines_of("a"))
    assert (stopped.value.line, stopped.value.code) == (1, "FUTURE_DATE")


def test_a_second_case_of_the_same_child_in_one_file_is_noticed(
    importer: Importer,
) -> None:
    first = lines_of("a")[:1]
    again = changed(first[0], case="a-again", refused="CASE_EXISTS")
    outcomes = importer.run([*first, again])
    assert [(o.label, o.recorded, o.refused) for o in outcomes] == [
        ("a", 1, 0),
        ("a-again", 0, 1),
    ]


def test_two_cases_of_one_child_opened_by_strangers_are_both_found(
    opened: OpenTenant, importer: Importer
) -> None:
    first = lines_of("a")[0]
    stranger = {"person": "x", "role": "employee", "service": "ppt"}
    importer.run([first, changed(first, case="a-again", by=stranger)])
    assert len(opened.opened().ledger.cases_of("14882112345")) == 2


def test_two_tenants_importing_one_file_hold_the_same_entries(
    opened: OpenTenant, importer: Importer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.tenants import open_tenant

    importer.run(lines_of("d"))
    folder = tmp_path_factory.mktemp("second")
    with open_tenant(opened.schemas.databases, folder) as second:
        Importer(second.opened().ledger, on_file_clock=True).run(lines_of("d"))
        assert recorded(second, "d") == recorded(opened, "d")


def test_progress_is_told_in_lines(importer: Importer) -> None:
    told: list[tuple[int, int]] = []
    importer.run(
        [*lines_of("a"), *lines_of("d")], lambda done, of: told.append((done, of))
    )
    assert told == [(12, 40), (40, 40)]


CANARY = "Testkanari Kvitfugl"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"[]",
        b'{"at": NaN}',
        b'{"at": 1, "at": 2}',
        "\ufeff{}".encode(),
        b"\xff\xfe",
        json.dumps({"at": "2026-01-01", CANARY: 1}).encode(),
        changed(lines_of("a")[3], data={CANARY: CANARY}),
        changed(lines_of("a")[3], event=CANARY),
        changed(lines_of("a")[3], by={"person": "p", "role": CANARY}),
        changed(lines_of("a")[3], at="2026-02-03T09:10:00"),
        changed(lines_of("a")[3], extra=CANARY),
    ],
)
def test_a_malformed_line_is_refused_without_echoing_it(
    importer: Importer, line: bytes
) -> None:
    with pytest.raises(ImportStopped) as stopped:
        importer.run([*lines_of("a")[:1], line])
    assert (stopped.value.line, stopped.value.code) == (2, "INVALID")
    assert CANARY not in str(stopped.value)


LABELS = count()


# The connection pool's own threads draw random numbers meanwhile.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_mangled_lines_are_accepted_or_refused_and_never_crash(
    importer: Importer, data: st.DataObject
) -> None:
    lines = lines_of("a")
    number = data.draw(st.integers(0, len(lines) - 1))
    line = bytearray(lines[number])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(line) - 1))
        line[place] = data.draw(st.integers(0, 255))
    label = f"mangled-{next(LABELS)}"
    mangled = [changed(each, case=label) for each in lines]
    mangled[number] = bytes(line)
    line_it_stopped_at = 1
    try:
        importer.run(mangled)
    except ImportStopped as stopped:
        line_it_stopped_at = stopped.line
    assert 1 <= line_it_stopped_at <= len(lines)


def test_a_history_tells_who_has_read_and_what_was_refused(
    opened: OpenTenant, importer: Importer
) -> None:
    opening, *_ = lines_of("a")
    read = {"reader": "a-annen", "reader_role": "employee", "view": "timeline"}
    denied = {**read, "reason_code": "NO_CASE"}
    refused = {"actor": "a-annen", "actor_role": "employee"}
    refused |= {"command": "CaseClosed", "code": "NO_CASE"}
    told = [
        ("AccessRecorded", {**read, "purpose": "follow_up"}),
        ("AccessDenied", denied),
        ("CommandRefused", refused),
    ]
    system = {"person": "system", "role": "system"}
    lines = [
        changed(opening, at="2026-02-04T09:00:00+01:00", by=system, event=name, data=of)
        for name, of in told
    ]
    (outcome,) = importer.run([opening, *lines])
    assert outcome.recorded == 4
    ledger = opened.opened().ledger
    loaded = ledger.load(ledger.index.case_id("a"))
    assert len(loaded.entries) == 1
    beside = ledger.access_log(loaded.streams)
    assert [type(entry.event).__name__ for entry in beside] == [
        name for name, _ in told
    ]
    (again,) = importer.run([opening, *lines])
    assert again.skipped == 4


def test_what_a_family_allows_takes_back_and_tells_is_imported(
    importer: Importer,
) -> None:
    lines = (Path(__file__).parent / "histories/family.jsonl").read_bytes().splitlines()
    marked = sum(b'"refused"' in line for line in lines)
    (outcome,) = importer.run(lines)
    assert (outcome.recorded, outcome.refused) == (len(lines) - marked, marked)
