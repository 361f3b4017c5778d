"""Copies one tenant's rows out of a database, and back into an empty one.

    <part>/<tenant>/manifest.json    what the copy is of, and a SHA-256 of each file
    <part>/<tenant>/<table>.copy     the rows, as PostgreSQL's binary COPY writes them

A part is what one database holds and one folder carries away: `ledger`, or `keys` with
its own, short retention. All rows of a part are of one moment. What can be derived
from them, tables of readers, tiles and notices that wait, is not copied. Taking a copy
opens no body and no key, and a copy holds no more in clear than the database does.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, LiteralString

import psycopg
from psycopg import sql

from audit.b64 import to_base64
from audit.record import leaf_hash
from audit.tree import Frontier
from ledger import durable
from ledger.database.migrate import (
    KEY_MIGRATIONS,
    MIGRATIONS,
    Migration,
    read_migrations,
)
from ledger.keyring import Keyring, KeyringError

FORMAT = "stafettlogg-backup/1"
MANIFEST = "manifest.json"
_CHUNK = 1 << 20  # bytes
_PAGE = 2000  # entries

Progress = Callable[[int, int], None]
"""Told how many entries are done of how many."""


class BackupRefused(Exception):
    """The copy is not what it says, or does not fit. `code` is stable."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Part:
    """What one database holds of a tenant: its tables, and where they come from."""

    name: str
    tables: tuple[str, ...]
    migrations: Path
    first_filled: str
    """The table that has rows as soon as anything was ever recorded."""


LEDGER = Part(
    "ledger",
    (
        "head",
        "envelope",
        "body",
        "stream_head",
        "request",
        "keyed_index",
        "erasure",
    ),
    MIGRATIONS,
    "envelope",
)
KEYS = Part("keys", ("wrapped_key",), KEY_MIGRATIONS, "wrapped_key")


@dataclass(slots=True)
class Manifest:
    """What a folder holds of a tenant; `size` and `root` are the ledger's alone."""

    part: str
    tenant: str
    taken_at: str
    server: int
    migrations: list[dict[str, Any]]
    size: int | None = None
    root: str | None = None
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        names = ("part", "tenant", "taken_at", "server", "migrations", "size", "root")
        said = {name: getattr(self, name) for name in names}
        return {"format": FORMAT, **said, "files": self.files}


# -- taking a copy ---------------------------------------------------------------------


class Draft:
    """A folder of one part while it is being written."""

    def __init__(self, folder: Path, part: Part, tenant: str) -> None:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
        self.folder = folder
        self._part = part
        taken_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.manifest = Manifest(part.name, tenant, taken_at, 0, [])

    def add(self, name: str, content: bytes) -> None:
        """Put a small file beside the tables."""
        with self._file(name) as file:
            file.write(content)

    def copy_rows(
        self, conninfo: str, schema: str, progress: Progress = lambda done, of: None
    ) -> None:
        """Copy every table of the part as it is at one moment."""
        with psycopg.connect(conninfo) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            self.manifest.server = connection.info.server_version
            self.manifest.migrations = _applied(connection, schema)
            for table in self._part.tables:
                self._copy_table(connection, sql.Identifier(schema, table), table)
            if self._part is LEDGER:
                size, root = _tree(connection, schema, progress)
                self.manifest.size, self.manifest.root = size, to_base64(root)

    def _copy_table(
        self, connection: psycopg.Connection[Any], name: sql.Identifier, table: str
    ) -> None:
        out = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(name)
        with (
            self._file(f"{table}.copy") as file,
            connection.cursor() as cursor,
            cursor.copy(out) as rows,
        ):
            for chunk in rows:
                file.write(chunk)

    def _file(self, name: str) -> _Hashed:
        return _Hashed(self.folder / name, self.manifest.files)

    def finish(self) -> Manifest:
        """Write the manifest; without one, the folder is no copy of anything."""
        content = json.dumps(self.manifest.as_json(), indent=1).encode() + b"\n"
        durable.write(self.folder / MANIFEST, content, replace=False, mode=0o600)
        return self.manifest


class _Hashed:
    """A file that is hashed while it is written, and on the disk when it is closed."""

    def __init__(self, path: Path, files: dict[str, dict[str, Any]]) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: IO[bytes] = os.fdopen(descriptor, "wb")
        self._sha256 = hashlib.sha256()
        self._bytes = 0
        self._name, self._files = path.name, files

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Add some bytes."""
        self._file.write(chunk)
        self._sha256.update(chunk)
        self._bytes += len(chunk)

    def __enter__(self) -> _Hashed:
        return self

    def __exit__(self, *error: object) -> None:
        with self._file as file:
            file.flush()
            os.fsync(file.fileno())
        known = {"bytes": self._bytes, "sha256": self._sha256.hexdigest()}
        self._files[self._name] = known


def _applied(connection: psycopg.Connection[Any], schema: str) -> list[dict[str, Any]]:
    table = sql.Identifier(schema, "migration")
    query = sql.SQL("SELECT number, name, sha256 FROM {} ORDER BY number").format(table)
    names = ("number", "name", "sha256")
    return [
        dict(zip(names, row, strict=True))
        for row in connection.execute(query).fetchall()
    ]


def _tree(
    connection: psycopg.Connection[Any], schema: str, progress: Progress
) -> tuple[int, bytes]:
    """Size and root of the tree over all entries."""
    head = sql.SQL("SELECT position FROM {}").format(sql.Identifier(schema, "head"))
    ((of,),) = connection.execute(head).fetchall()
    query = sql.SQL("SELECT state FROM {} ORDER BY position")
    frontier = Frontier()
    with connection.cursor(name="states") as cursor:
        cursor.execute(query.format(sql.Identifier(schema, "envelope")), binary=True)
        while rows := cursor.fetchmany(_PAGE):
            for (state,) in rows:
                frontier.append(leaf_hash(state))
            progress(frontier.size, of)
    return frontier.size, frontier.root()


# -- reading one -----------------------------------------------------------------------


def read_copy(folder: Path, part: Part, tenant: str) -> Manifest:
    """Read a copy's manifest, and check every file against it.

    Raises `BackupRefused` (`BACKUP_ABSENT`, `BACKUP_CHANGED`, `BACKUP_OF_ANOTHER`,
    `BACKUP_NEWER`).
    """
    manifest = _read_manifest(folder)
    if (manifest.part, manifest.tenant) != (part.name, tenant):
        said = "it is a backup of another tenant, or of the other database."
        raise BackupRefused("BACKUP_OF_ANOTHER", said)
    _refuse_unknown_migrations(manifest, read_migrations(part.migrations))
    if not {f"{table}.copy" for table in part.tables} <= manifest.files.keys():
        raise BackupRefused("BACKUP_CHANGED", "the manifest lacks a table.")
    for name, known in manifest.files.items():
        _refuse_changed(folder, name, known)
    return manifest


def _read_manifest(folder: Path) -> Manifest:
    try:
        said = json.loads((folder / MANIFEST).read_bytes())
        if said.pop("format") != FORMAT:
            raise BackupRefused("BACKUP_CHANGED", "the manifest is of another format.")
        return Manifest(**said)
    except (FileNotFoundError, NotADirectoryError):
        said_ = f"there is no backup of this tenant in {folder.parent}."
        raise BackupRefused("BACKUP_ABSENT", said_) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BackupRefused("BACKUP_CHANGED", "the manifest cannot be read.") from None


def _refuse_unknown_migrations(manifest: Manifest, known: Sequence[Migration]) -> None:
    ours = [(each.number, each.name, each.sha256) for each in known]
    theirs = [tuple(each.values()) for each in manifest.migrations]
    if theirs != ours[: len(theirs)] or not theirs:
        said = (
            "its tables are not this program's: it was taken by a newer one, or one"
            " that was changed."
        )
        raise BackupRefused("BACKUP_NEWER", said)


def _refuse_changed(folder: Path, name: str, known: dict[str, Any]) -> None:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise BackupRefused("BACKUP_CHANGED", "a file of the backup is gone.")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if (path.stat().st_size, sha256) != (known.get("bytes"), known.get("sha256")):
        said = f"{name} is not as long as it was, or holds other bytes."
        raise BackupRefused("BACKUP_CHANGED", said)


# -- filling empty schemas -------------------------------------------------------------


def is_filled(conninfo: str, schema: str, part: Part) -> bool:
    """Whether anything was ever recorded in this schema."""
    table = sql.Identifier(schema, part.first_filled)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        there = connection.execute("SELECT to_regclass(%s)", (table.as_string(),))
        if there.fetchone() == (None,):
            return False
        query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)
        return connection.execute(query).fetchone() == (True,)


def drop(conninfo: str, schema: str) -> None:
    """Take a schema away, with all that is in it."""
    name = sql.Identifier(schema)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))


def fill(conninfo: str, schema: str, part: Part, folder: Path) -> None:
    """Load a copy into tables that have just been made: all rows, or none.

    `conninfo` acts in the role that owns the tables.
    """
    with psycopg.connect(conninfo) as connection, connection.transaction():
        if part is LEDGER:  # it was made with its first row
            head = sql.Identifier(schema, "head")
            connection.execute(sql.SQL("DELETE FROM {}").format(head))
        for table in part.tables:
            into = sql.Identifier(schema, table)
            query = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(into)
            with (
                (folder / f"{table}.copy").open("rb") as file,
                connection.cursor() as cursor,
                cursor.copy(query) as rows,
            ):
                while chunk := file.read(_CHUNK):
                    rows.write(chunk)


def refuse_unfit_keys(ledger: str, keys: str, schema: str, keyring: Keyring) -> None:
    """Refuse keys of another day than the entries. Raises `BackupRefused`.

    Every body's data key must be there, be its stream's, and open with a tenant key of
    the keyring.
    """
    found = "SELECT key_id, stream, epoch, wrapped FROM {wrapped_key}"
    wrapped = _all(keys, schema, found)
    needed = _all(
        ledger,
        schema,
        "SELECT DISTINCT b.key_id, e.stream FROM {body} b JOIN {envelope} e"
        " USING (position)",
    )
    absent = set(needed) - {(key_id, stream) for key_id, stream, *_ in wrapped}
    if absent:
        said = (
            f"the keys are of another day than the entries: {len(absent)} streams have"
            " no data key. Take both from one backup, or newer keys."
        )
        raise BackupRefused("KEYS_DO_NOT_FIT", said)
    _refuse_unopened(wrapped, keyring)


def _refuse_unopened(wrapped: Iterable[Sequence[Any]], keyring: Keyring) -> None:
    for key_id, stream, epoch, content in wrapped:
        try:
            keyring.unwrap(stream, key_id, epoch, content)
        except KeyringError as error:
            said = f"the keys do not open with this keyring: {error}."
            raise BackupRefused("KEYS_DO_NOT_FIT", said) from None


def _all(conninfo: str, schema: str, query: LiteralString) -> list[tuple[Any, ...]]:
    names = ("wrapped_key", "body", "envelope")
    tables = {name: sql.Identifier(schema, name) for name in names}
    with psycopg.connect(conninfo, autocommit=True) as connection:
        composed = sql.SQL(query).format(**tables)
        return connection.execute(composed, binary=True).fetchall()
