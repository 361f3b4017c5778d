"""A ledger to be tampered with by a superuser whom no trigger stops.

One tenant holds several cases, every kind of stream, more entries than fit in a tile,
and a published log. It is put back as it was after every attack.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from audit.report import Report
from ledger.application import CaseLedger
from ledger.checking import check_log
from ledger.database.roles import DatabaseRole
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.importing import Importer
from ledger.loaded import LoadedCase
from ledger.publisher import Publisher, PublishingRefused
from ledger.sealing import IntegrityFailure
from ledger.tenant import Tenant
from tests.clusters import Databases
from tests.tenants import OpenTenant, open_tenant

SAMPLES = Path(__file__).parents[2] / "api" / "samples"
COORDINATOR = Actor("console", Role.KOORDINERENDE_ENHET)
Superuser = psycopg.Connection[tuple[Any, ...]]
CASES = ("a", "c", "d", "a2", "c2", "d2", "c3", "c4", "c5")  # 300 entries and more
LEDGER_TABLES = (
    "head", "envelope", "body", "stream_head", "request", "keyed_index", "erasure",
)  # fmt: skip


@dataclass
class Place:
    """One entry of a case as it is stored."""

    position: int
    stream: Any
    version: int
    state: bytes
    key_id: Any
    nonce: bytes
    ciphertext: bytes


class Museum:
    """One published tenant, and what an attacker with all rights can do to it."""

    def __init__(self, opened: OpenTenant) -> None:
        self.opened = opened
        self.schema = opened.schemas.schema
        self._ledger_pool = opened.pool(opened.schemas.ledger())
        self._key_pool = opened.pool(opened.schemas.keys())
        self._publisher_pool = opened.pool(
            opened.schemas.ledger(DatabaseRole.PUBLISHER)
        )
        self.attacker = _superuser(opened.schemas.databases.ledger, self.schema)
        self.key_attacker = _superuser(opened.schemas.databases.keys, self.schema)
        self._saved = opened.folder.with_name(opened.folder.name + "-saved")

    # -- what stands there ---------------------------------------------------------

    def fill(self) -> None:
        """Record the sample histories several times over, read them, publish."""
        ledger = self.ledger()
        importer = Importer(ledger, on_file_clock=True)
        for number, label in enumerate(CASES):
            importer.run(history(label, number))
            case = ledger.index.case_id(label)
            ledger.read(case, by=COORDINATOR, view="state", purpose="kontroll")
        self.publisher().publish()

    def tenant(self) -> Tenant:
        """The tenant with empty caches, as a process opens it that starts now."""
        return Tenant.open(
            self.schema,
            self.opened.keyring,
            self._ledger_pool,
            self._key_pool,
            clock=self.opened.clock,
        )

    def ledger(self) -> CaseLedger:
        return self.tenant().ledger

    def publisher(
        self, *, log: Path | None = None, state: Path | None = None
    ) -> Publisher:
        """A publisher that starts now; on another disk if told so."""
        return self.tenant().publisher(
            self._publisher_pool, directory=log or self.log, state=state or self.state
        )

    @property
    def log(self) -> Path:
        return self.opened.log

    @property
    def state(self) -> Path:
        return self.opened.folder / "publisher" / "state.json"

    @property
    def checkpoint(self) -> Path:
        return self.log / "checkpoint"

    def size(self) -> int:
        return int(self.one("SELECT position FROM head")[0])

    def streams(self, label: str) -> list[Any]:
        """The case's streams, the shared one first; `access` is the one beside it."""
        ledger = self.ledger()
        return list(ledger.load(ledger.index.case_id(label)).streams)

    def shared(self, label: str) -> Any:
        """The id of the case's shared stream."""
        return self.streams(label)[0].stream

    def entry(self, label: str, version: int) -> Place:
        """An entry of the case's shared stream; -1 is the last."""
        return self.entry_of(self.shared(label), version)

    def entry_of(self, stream: Any, version: int) -> Place:
        """An entry of a stream; -1 is the last."""
        if version < 0:
            newest = "SELECT max(version) FROM envelope WHERE stream = %s"
            version += 1 + int(self.one(newest, stream)[0])
        query = (
            "SELECT position, stream, version, state, key_id, nonce, ciphertext"
            " FROM envelope JOIN body USING (position)"
            " WHERE stream = %s AND version = %s"
        )
        return Place(*self.one(query, stream, version))

    def one(self, query: str, *values: Any) -> tuple[Any, ...]:
        row = self.attacker.execute(query, values).fetchone()
        assert row is not None
        return row

    # -- what is done to it --------------------------------------------------------

    def tamper(self, statement: str, *values: Any) -> None:
        """Change rows of the ledger; a change that touches none is no attack."""
        assert self.attacker.execute(statement, values).rowcount > 0

    def tamper_keys(self, statement: str, *values: Any) -> None:
        """Change rows of the key database."""
        assert self.key_attacker.execute(statement, values).rowcount > 0

    # -- what shows ----------------------------------------------------------------

    def check(self) -> Report:
        """What `stafettlogg fsck` says of everything as it is now."""
        tenant = self.tenant()
        return check_log(
            tenant,
            self._ledger_pool,
            log=self.log,
            policy=tenant.policy(),
            allow_unwitnessed=True,
        )

    def codes(self) -> set[str]:
        """The codes of all that `fsck` finds."""
        report = self.check()
        assert report.is_finished
        return set(report.failed_by_code)

    def load(self, label: str) -> LoadedCase:
        ledger = self.ledger()
        return ledger.load(ledger.index.case_id(label))

    def refusal_to_load(self, label: str) -> str:
        """The code with which loading the case is refused; "LOADED" when it is not."""
        try:
            self.load(label)
        except IntegrityFailure as failure:
            return failure.code
        return "LOADED"

    def refusal_to_publish(self, publisher: Publisher | None = None) -> str:
        """The code with which publishing is refused; "PUBLISHED" when it is not."""
        try:
            (publisher or self.publisher()).publish()
        except PublishingRefused as refused:
            return refused.code
        return "PUBLISHED"

    # -- putting it back -----------------------------------------------------------

    def save(self) -> None:
        """Remember every table and file."""
        for attacker, tables in self._tables():
            attacker.execute(f"CREATE SCHEMA saved_{self.schema}")
            for table in tables:
                attacker.execute(
                    f"CREATE TABLE saved_{self.schema}.{table} AS TABLE {table}"
                )
        shutil.copytree(self.opened.folder, self._saved)

    def restore(self) -> None:
        """Put every table and file back."""
        self.restore_databases()
        shutil.rmtree(self.opened.folder)
        shutil.copytree(self._saved, self.opened.folder)

    def restore_databases(self) -> None:
        """Put every table back, as from a backup of that day; the files stay."""
        for attacker, tables in self._tables():
            attacker.execute(f"TRUNCATE {', '.join(tables)}")
            for table in tables:
                attacker.execute(
                    f"INSERT INTO {table} TABLE saved_{self.schema}.{table}"
                )

    def _tables(self) -> list[tuple[Superuser, tuple[str, ...]]]:
        return [
            (self.attacker, LEDGER_TABLES),
            (self.key_attacker, ("wrapped_key",)),
        ]

    def close(self) -> None:
        self.attacker.close()
        self.key_attacker.close()


@contextmanager
def museum(databases: Databases, folder: Path) -> Iterator[Museum]:
    """A museum that is filled and remembered."""
    with open_tenant(databases, folder) as opened:
        found = Museum(opened)
        try:
            found.fill()
            found.save()
            yield found
        finally:
            found.close()


def history(label: str, number: int = 0) -> list[bytes]:
    """The sample history whose letter the label begins with, about a child of its own.

    `number` changes the child's national number, whose month stays one of an invented
    person.
    """
    (path,) = SAMPLES.glob(f"{label[0]}-*.jsonl")
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in lines:
        line["case"] = label
        if "national_id" in line["data"]:
            first, last = line["data"]["national_id"][:6], line["data"]["national_id"]
            line["data"]["national_id"] = f"{first}{int(last[6:]) + number:05}"
    return [json.dumps(line).encode() for line in lines]


def flipped(content: bytes, at: int) -> bytes:
    """The bytes with one bit of the byte at `at` changed; -1 is the last."""
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def _superuser(conninfo: str, schema: str) -> Superuser:
    connection = psycopg.connect(conninfo, autocommit=True)
    connection.execute("SET session_replication_role = replica")  # no trigger fires
    connection.execute(f"SET search_path = {schema}")
    return connection
