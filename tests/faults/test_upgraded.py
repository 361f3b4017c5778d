"""Tables are changed while people write, and an older program is still running."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ledger.database.migrate import MIGRATIONS, MigrationRefused, migrate, pending
from ledger.database.roles import DatabaseRole
from tests.faults.examining import checked, observations, open_cases
from tests.faults.patience import meanwhile, until
from tests.faults.programs import MORNING, TEACHER, observation
from tests.tenants import OpenTenant

CHANGE = """\
ALTER TABLE envelope ADD COLUMN noted text;
ALTER TABLE head ADD COLUMN noted bigint NOT NULL DEFAULT 0;
CREATE INDEX envelope_noted ON envelope (noted);
"""
WAITING = (
    "SELECT count(*) FROM pg_locks"
    " WHERE NOT granted AND relation = to_regclass(%s) AND mode = 'AccessExclusiveLock'"
)


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The migrations of the next version: ours, and one that touches every write."""
    folder = Path(shutil.copytree(MIGRATIONS, tmp_path / "newer"))
    number = len(list(folder.glob("*.sql"))) + 1
    (folder / f"{number:04d}_from_tomorrow.sql").write_text(CHANGE)
    return folder


class Writers:
    """People who record one thing after the other until they are told to stop."""

    def __init__(self, opened: OpenTenant, labels: tuple[str, ...]) -> None:
        self.acknowledged: list[str] = []
        self._stop = threading.Event()
        self._ledger = opened.opened().ledger
        self._threads = [
            threading.Thread(target=self._write, args=(label,)) for label in labels
        ]

    def _write(self, label: str) -> None:
        case, number = self._ledger.index.case_id(label), 0
        while not self._stop.is_set():
            number += 1
            facts = f"{label} {number}"
            said = observation(facts)
            self._ledger.record(
                case, said, by=TEACHER, occurred_at=MORNING, key=f"key {facts}"
            )
            self.acknowledged.append(facts)

    def have_written(self, more: int) -> None:
        """Wait until so many more entries are acknowledged."""
        goal = len(self.acknowledged) + more
        until(lambda: len(self.acknowledged) >= goal, f"{more} more entries")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()


def test_people_go_on_writing_while_tables_are_changed_under_them(
    opened: OpenTenant, newer: Path
) -> None:
    """A long reading keeps the change waiting; it gives way to those who write."""
    open_cases(opened, "a", "b", "c")
    schema, owner = opened.schemas.schema, opened.schemas.ledger(DatabaseRole.OWNER)
    writers = Writers(opened, ("a", "b", "c"))
    reading = psycopg.connect(opened.schemas.databases.ledger)
    watching = psycopg.connect(opened.schemas.databases.ledger, autocommit=True)
    with reading, watching, writers.at_work():
        reading.execute(f"SELECT count(*) FROM {schema}.envelope").fetchone()
        change = meanwhile(lambda: migrate(owner, schema, newer))
        table = (f"{schema}.envelope",)
        until(
            lambda: watching.execute(WAITING, table).fetchone() != (0,),
            "the change waiting for the reading",
        )
        writers.have_written(20)  # it has given way, for they stood behind it
        assert not change.done()
        reading.rollback()
        (applied,) = change.result(timeout=120)
        assert applied.name == "from_tomorrow"
        writers.have_written(20)
    assert pending(owner, schema, newer) == []
    on_record = observations(opened.opened(), "a", "b", "c")
    assert on_record.total() == len(writers.acknowledged)
    assert set(on_record) == set(writers.acknowledged)
    checked(opened)


def test_an_older_program_that_runs_reads_and_writes_beside_the_newer_one(
    opened: OpenTenant, newer: Path
) -> None:
    open_cases(opened, "a")
    older = Writers(opened, ("a",))
    with older.at_work():
        older.have_written(3)
        schema = opened.schemas.schema
        migrate(opened.schemas.ledger(DatabaseRole.OWNER), schema, newer)
        beside = opened.opened()
        older.have_written(3)
        seen = observations(beside, "a").total()
        assert seen >= 6
    again = observations(opened.opened(), "a")
    assert again == observations(beside, "a")
    checked(opened)


def test_an_older_program_that_starts_on_newer_tables_is_refused_in_clear_words(
    opened: OpenTenant, newer: Path
) -> None:
    schema = opened.schemas.schema
    migrate(opened.schemas.ledger(DatabaseRole.OWNER), schema, newer)
    with pytest.raises(MigrationRefused, match="database is newer than the program"):
        pending(opened.schemas.ledger(), schema, MIGRATIONS)
