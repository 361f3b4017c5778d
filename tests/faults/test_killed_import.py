"""An import is killed at any moment and repeated: the same entries, nothing doubled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.entry import StreamKind
from ledger.importing import Importer
from tests.attacks.museum import history
from tests.clusters import Databases
from tests.faults.examining import checked
from tests.faults.patience import until
from tests.faults.processes import Program, at_once, programs
from tests.proxy import Moment, Proxy, proxy
from tests.tenants import OpenTenant, open_tenant

LABELS = [f"{letter}{n}" for n in range(5) for letter in "acd"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Many cases in one file, their lines mixed as a municipality's would be."""
    cases = [history(label, number) for number, label in enumerate(LABELS)]
    longest = max(map(len, cases))
    mixed = [case[n] for n in range(longest) for case in cases if n < len(case)]
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"\n".join(mixed) + b"\n")
    return path


def entries(opened: OpenTenant) -> list[tuple[Any, ...]]:
    """All on record in order, without what differs from one tenant to another."""
    tenant = opened.opened()
    index = tenant.ledger.index
    labels = {index.case_id(label): label for label in LABELS}
    found = []
    for label in LABELS:
        loaded = tenant.ledger.load(index.case_id(label))
        found += [*loaded.entries, *tenant.ledger.access_log(loaded.streams)]
    found.sort(key=lambda entry: entry.position or 0)
    return [
        (
            labels[e.case], e.position, e.stream_kind, e.version, e.shield, e.event,
            e.by, e.occurred_at, e.recorded_at, e.basis,
        )
        for e in found
    ]  # fmt: skip


def committed(opened: OpenTenant) -> int:
    query = f"SELECT position FROM {opened.schemas.schema}.head"
    with psycopg.connect(opened.schemas.databases.ledger) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


MOMENTS = [Moment.NEVER, Moment.SILENT]  # before a commit, and after it, unanswered


def import_and_kill(
    opened: OpenTenant, network: Proxy, file: Path, commits: int, moment: Moment
) -> None:
    """Kill an import when so many commits are done and one more is under way."""
    through = network.conninfo(opened.schemas.ledger())
    fault = network.strike(moment, "append", skip=commits)
    with programs(Program("import", opened, file=str(file), ledger=through)) as (
        program,
    ):
        at_once(program)
        until(lambda: fault.struck.is_set() or program.has_ended(), "a commit")
        program.kill()
        assert program.all("recorded") == [], "over before it could be killed"
    network.heal()


@pytest.mark.xdist_group("killed-import")
def test_an_import_killed_again_and_again_leaves_what_one_whole_import_leaves(
    opened: OpenTenant, file: Path, database: Databases, tmp_path: Path
) -> None:
    """Ten times over, each time a few cases further."""
    commits = [0, 1, 0, 0, 2, 1, 0, 1, 0, 2]
    with proxy(opened.schemas.databases.ledger) as network:
        for number, passing in enumerate(commits):
            before = committed(opened)
            import_and_kill(opened, network, file, passing, MOMENTS[number % 2])
            assert (committed(opened) > before) is bool(passing or number % 2)
            checked(opened)
    finish(opened, file)
    folder = tmp_path / "whole"
    folder.mkdir()
    with open_tenant(database, folder) as whole:
        Importer(whole.opened().ledger, on_file_clock=True).run(
            file.read_bytes().splitlines()
        )
        assert entries(opened) == entries(whole)
    opened.publisher().publish()
    checked(opened)


def finish(opened: OpenTenant, file: Path) -> None:
    """Import to the end, and once more, which records nothing."""
    lines = file.read_bytes().splitlines()
    importer = Importer(opened.opened().ledger, on_file_clock=True)
    importer.run(lines)
    again = importer.run(lines)
    assert sum(case.skipped for case in again) == len(lines)
    assert sum(case.recorded for case in again) == 0


@pytest.mark.xdist_group("killed-import")
@pytest.mark.parametrize("decided", [1, len(LABELS) // 2, len(LABELS)])
def test_an_import_killed_while_it_decides_is_made_good(
    opened: OpenTenant, file: Path, decided: int
) -> None:
    """Data keys are made before anything is sealed; a killed import's lie idle."""
    with programs(Program("import", opened, file=str(file))) as (program,):
        at_once(program)
        for _ in range(decided):
            program.hear("decided")
        program.kill()
    checked(opened)
    finish(opened, file)
    checked(opened)


@pytest.mark.xdist_group("killed-import")
def test_two_imports_of_one_file_at_once_record_every_line_once(
    opened: OpenTenant, file: Path
) -> None:
    both = [Program("import", opened, file=str(file)) for _ in range(2)]
    with programs(*both):
        at_once(*both)
        for program in both:
            program.succeed()
    finish(opened, file)
    tenant = opened.opened()
    for label in LABELS:
        loaded = tenant.ledger.load(tenant.ledger.index.case_id(label))
        shared = [e for e in loaded.entries if e.stream_kind is StreamKind.SHARED]
        assert [e.version for e in shared] == list(range(1, len(shared) + 1))
        lines = [json.loads(line) for line in history(label)]
        assert len(loaded.entries) == sum("refused" not in line for line in lines)
    checked(opened)


def test_a_file_that_begins_with_a_refusal_can_be_imported_again(
    opened: OpenTenant,
) -> None:
    """Before a case exists there is no stream to record the refusal in."""
    lines = history("a")
    early = {**json.loads(lines[3]), "refused": "NO_CASE"}
    file = [json.dumps(early).encode(), *lines]
    importer = Importer(opened.opened().ledger, on_file_clock=True)
    importer.run(file)
    before = committed(opened)
    importer.run(file)
    assert committed(opened) == before
