"""What a backup copies, and that it is of one moment while others write."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest

from ledger.backup import (
    KEYS,
    LEDGER,
    BackupRefused,
    Draft,
    fill,
    is_filled,
    read_copy,
    refuse_unfit_keys,
)
from ledger.database.migrate import KEY_MIGRATIONS, MIGRATIONS, migrate
from ledger.database.roles import DatabaseRole, acting
from ledger.importing import Importer
from tests.clusters import Databases, Tenant
from tests.ledger.test_importing import lines_of
from tests.tenants import OpenTenant

TABLES = (
    "SELECT relname, has_table_privilege(%s, oid, 'INSERT') FROM pg_class"
    " WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')"
)


def copied(opened: OpenTenant, folder: Path) -> None:
    """Back up both databases as the command does: entries first."""
    for part, conninfo in (
        (LEDGER, opened.schemas.ledger()),
        (KEYS, opened.schemas.keys()),
    ):
        draft = Draft(folder / part.name, part, "t")
        draft.copy_rows(conninfo, opened.schemas.schema)
        draft.finish()


@pytest.mark.parametrize("part", [LEDGER, KEYS], ids=lambda part: part.name)
def test_every_table_is_copied_that_is_not_written_by_whoever_follows(
    tenant: Tenant, part
) -> None:
    """A table that is neither would be lost with the machine, without a word."""
    databases = tenant.databases
    conninfo = databases.ledger if part is LEDGER else databases.keys
    with psycopg.connect(conninfo) as connection:
        names = (str(DatabaseRole.FOLLOWER), tenant.schema)
        tables = dict(connection.execute(TABLES, names).fetchall())
    recorded = {table for table, is_derived in tables.items() if not is_derived}
    recorded.discard("outbox")  # made again, and what was sent may come twice
    assert recorded == {*part.tables, "migration"}


def test_a_copy_taken_while_others_write_is_of_one_moment(
    opened: OpenTenant, database: Databases, tmp_path: Path
) -> None:
    opened_ledger = opened.opened().ledger
    importer = Importer(opened_ledger, on_file_clock=True)
    importer.run(lines_of("a"))
    writing = threading.Thread(target=lambda: importer.run(lines_of("d")))
    writing.start()
    copied(opened, tmp_path)
    writing.join()
    manifest = read_copy(tmp_path / "ledger", LEDGER, "t")
    schema = "t_kopi_av_et_ogeblikk"
    owners = [
        (acting(database.ledger, DatabaseRole.OWNER), LEDGER, MIGRATIONS),
        (acting(database.keys, DatabaseRole.OWNER), KEYS, KEY_MIGRATIONS),
    ]
    for owner, part, migrations in owners:
        migrate(owner, schema, migrations)
        assert not is_filled(owner, schema, part)
        fill(owner, schema, part, tmp_path / part.name)
        assert is_filled(owner, schema, part)
    refuse_unfit_keys(owners[0][0], owners[1][0], schema, opened.keyring)
    with psycopg.connect(owners[0][0]) as connection:
        heads = connection.execute(
            f"SELECT position, (SELECT count(*) FROM {schema}.envelope),"
            f" (SELECT sum(version) FROM {schema}.stream_head) FROM {schema}.head"
        ).fetchone()
    assert heads == (manifest.size, manifest.size, manifest.size)


def test_a_folder_that_was_not_finished_is_no_backup(
    opened: OpenTenant, tmp_path: Path
) -> None:
    draft = Draft(tmp_path / "ledger", LEDGER, "t")
    draft.copy_rows(opened.schemas.ledger(), opened.schemas.schema)
    with pytest.raises(BackupRefused) as refused:
        read_copy(tmp_path / "ledger", LEDGER, "t")
    assert refused.value.code == "BACKUP_ABSENT"
