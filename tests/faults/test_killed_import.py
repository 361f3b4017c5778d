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
from tests.tenants import OpenTenant, open_tenant

LABELS = [f"{letter}{n}" for n in range(12) for letter in "acd"]
KILLS = 10


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


@pytest.mark.xdist_group("killed-import")
def test_an_import_killed_again_and_again_leaves_what_one_whole_import_leaves(
    opened: OpenTenant, file: Path, database: Databases, tmp_path: Path
) -> None:
    """Each try is killed when it has recorded a little more than the one before."""
    kills, at = 0, committed(opened)
    while kills < KILLS:
        at += 1 + 11 * (kills % 5)
        with programs(Program("import", opened, file=str(file))) as (program,):
            at_once(program)
            until(
                lambda goal=at: committed(opened) >= goal or program.has_ended(),
                "progress of the import",
            )
            program.kill()
        if program.all("recorded"):
            break
        kills += 1
        at = committed(opened)
        checked(opened)
    assert kills > 2, "the import was over before it could be killed"
    finish(opened, file)
    with open_tenant(database, tmp_path / "whole") as whole:
        Importer(whole.opened().ledger, on_file_clock=True).run(
            file.read_bytes().splitlines()
        )
        assert entries(opened) == entries(whole)
    opened.publisher().publish()
    checked(opened)


def finish(opened: OpenTenant, file: Path) -> None:
    """Import to the end, and once more, which records nothing."""
    lines = file.read_bytes().splitlines()
    for _ in range(2):
        with programs(Program("import", opened, file=str(file))) as (program,):
            at_once(program)
            end = program.hear("recorded")
            program.succeed()
    assert end == {"recorded": 0, "skipped": len(lines)}


@pytest.mark.xdist_group("killed-import")
def test_an_import_killed_while_it_decides_leaves_nothing(
    opened: OpenTenant, file: Path
) -> None:
    before = committed(opened)
    with programs(Program("import", opened, file=str(file))) as (program,):
        at_once(program)
        program.hear("decided")
        program.kill()
    assert committed(opened) in {before, *range(before, before + 5000)}
    finish(opened, file)
    checked(opened)


@pytest.mark.xdist_group("killed-import")
def test_two_imports_of_one_file_at_once_record_every_line_once(
    opened: OpenTenant, file: Path, database: Databases, tmp_path: Path
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
