"""Restores a tenant from a backup, checks all of it, and tells what is missing.

A restore begins with a mark in the tenant's folder and ends when that is taken away.
While it is there the tenant is not opened, and the same restore given again starts from
the beginning. What does not hold is taken out again, and the home is as it was. Files
and keys that are there already are newer than the backup's, and stay.

A backup cannot know how long the ledger became after it was taken. That is learnt from
what was signed last: the home's own memory, or a checkpoint that somebody else kept.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.backing_up import CHECKPOINT, POLICY, STATE, secret_files
from api.complaints import CommandFailed
from api.home import TenantFolder
from api.installation import Installation, OpenTenant
from audit.tiles import Growth, Tile
from audit.tree import Frontier, leaf_hash
from ledger import durable
from ledger.backup import (
    KEYS,
    LEDGER,
    BackupRefused,
    Manifest,
    Part,
    drop,
    fill,
    is_filled,
    read_copy,
    refuse_unfit_keys,
)
from ledger.checking import check_log
from ledger.database.migrate import migrate
from ledger.database.roles import DatabaseRole
from ledger.keyring import FileKeyring
from ledger.rollback import LastSigned, last_signed, remember, signed_by

_PAGE = 2000  # entries

Progress = Callable[[int, int], None]
"""Told how many entries are checked of how many."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A tenant as it is after a restore: how many entries it has, and has signed."""

    tenant: str
    size: int
    signed: int

    @property
    def first_missing(self) -> int | None:
        """The position of the first entry that was signed and is gone."""
        return self.size + 1 if self.signed > self.size else None


def backed_up(directory: Path) -> list[str]:
    """The tenants a backup holds. Raises `BackupRefused` (`BACKUP_ABSENT`)."""
    names = sorted(path.name for path in (directory / LEDGER.name).glob("*/"))
    if not names:
        raise BackupRefused("BACKUP_ABSENT", f"there is no backup in {directory}.")
    return names


def restore(
    installation: Installation,
    directory: Path,
    name: str,
    *,
    checkpoint: bytes | None = None,
    is_newest: bool = False,
    progress: Progress = lambda done, of: None,
) -> Restored:
    """Fill a tenant's empty schemas from a backup and check every byte of it.

    `checkpoint` is the newest that anybody has kept; `is_newest` says that nothing was
    signed after the backup. Without either, the home has to know what was signed last.
    Raises `BackupRefused`, `CommandFailed`, `KeyringError`.
    """
    folder = installation.home.tenant(name)
    copies = _Copies.read(directory, name)
    _refuse_unknown_end(folder, checkpoint, is_newest=is_newest)
    is_new = not folder.path.is_dir()
    folder.make()
    with folder.alone(), folder.unpublished():
        restoring = _Restoring(installation, folder, copies)
        try:
            restoring.undo()  # what an earlier try has left
            restoring.begin()
            return restoring.go(checkpoint, progress)
        except BaseException:
            restoring.undo()
            if is_new:
                shutil.rmtree(folder.path)
            raise


def _refuse_unknown_end(
    folder: TenantFolder, checkpoint: bytes | None, *, is_newest: bool
) -> None:
    known = last_signed(folder.publisher_state)
    if known is None and checkpoint is None and not is_newest:
        raise CommandFailed("LAST_SIGNED_UNKNOWN", _LAST_SIGNED_UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Copies:
    """The folders of one tenant's backup; that of the keys may be gone already."""

    ledger: Path
    keys: Path
    manifest: Manifest
    key_manifest: Manifest | None

    @classmethod
    def read(cls, directory: Path, name: str) -> _Copies:
        """Check every file against the manifests. Raises `BackupRefused`."""
        ledger, keys = (directory / part.name / name for part in (LEDGER, KEYS))
        manifest = read_copy(ledger, LEDGER, name)
        held = read_copy(keys, KEYS, name) if keys.exists() else None
        return cls(ledger, keys, manifest, held)


class _Restoring:
    """One tenant while it is being restored."""

    def __init__(
        self, installation: Installation, folder: TenantFolder, copies: _Copies
    ) -> None:
        self._installation = installation
        self._folder = folder
        self._copies = copies
        self._staged = folder.path / "restored-log"

    # -- beginning, and going back ---------------------------------------------------

    def begin(self) -> None:
        """Refuse what would overwrite anything, then leave the mark."""
        self._installation.prepare_roles()
        schema = self._folder.schema
        if is_filled(self._owner(LEDGER), schema, LEDGER):
            raise CommandFailed("NOT_EMPTY", _NOT_EMPTY)
        parts = [LEDGER]
        if not is_filled(self._owner(KEYS), schema, KEYS):
            parts.append(KEYS)
            if self._copies.key_manifest is None:
                raise BackupRefused("BACKUP_ABSENT", _KEYS_ABSENT)
        mark = {"parts": [part.name for part in parts], "files": self._absent()}
        content = json.dumps(mark).encode()
        durable.write(self._folder.restoring, content, replace=False, mode=0o600)

    def _absent(self) -> list[str]:
        """The files to be put in place: none beside a keyring that is there."""
        if self._folder.keyring.exists():
            return []
        if self._copies.key_manifest is None:
            raise BackupRefused("BACKUP_ABSENT", _KEYS_ABSENT)
        names = self._copies.key_manifest.files
        ours = secret_files(self._folder).items()
        return [name for name, file in ours if name in names and not file.exists()]

    def undo(self) -> None:
        """Take out what was put in since the mark, and the mark."""
        if not self._folder.restoring.exists():
            return
        mark = self._mark()
        for part in self._parts(mark):
            drop(self._owner(part), self._folder.schema)
        for name in mark["files"]:
            secret_files(self._folder)[name].unlink(missing_ok=True)
        shutil.rmtree(self._staged, ignore_errors=True)
        self._folder.restoring.unlink()

    def _mark(self) -> dict[str, list[str]]:
        mark: dict[str, list[str]] = json.loads(self._folder.restoring.read_bytes())
        return mark

    def _parts(self, mark: Mapping[str, list[str]]) -> list[Part]:
        return [part for part in (KEYS, LEDGER) if part.name in mark["parts"]]

    # -- filling ---------------------------------------------------------------------

    def go(self, checkpoint: bytes | None, progress: Progress) -> Restored:
        """Fill, check, and only then let it be seen."""
        for part in self._parts(self._mark()):
            self._fill(part)
        self._put_files()
        tenant = self._opened()
        refuse_unfit_keys(
            self._owner(LEDGER),
            self._owner(KEYS),
            self._folder.schema,
            tenant.keyring,
        )
        heads = list(self._heads(tenant, checkpoint))
        roots = self._regrow(tenant, {head.size for head in heads})
        self._check(tenant, progress)
        signed = self._newest(heads, roots)
        self._show(tenant, signed)
        size = self._copies.manifest.size or 0
        return Restored(self._folder.name, size, signed.size if signed else 0)

    def _fill(self, part: Part) -> None:
        """Make the tables as old as the copy is, fill them, bring them up to date."""
        owner, schema = self._owner(part), self._folder.schema
        source = self._copies.ledger if part is LEDGER else self._copies.keys
        manifest = self._copies.manifest
        if part is KEYS and self._copies.key_manifest is not None:
            manifest = self._copies.key_manifest
        drop(owner, schema)
        migrate(owner, schema, part.migrations, until=len(manifest.migrations))
        fill(owner, schema, part, source)
        migrate(owner, schema, part.migrations)

    def _put_files(self) -> None:
        targets = secret_files(self._folder)
        for name in self._mark()["files"]:
            content = (self._copies.keys / name).read_bytes()
            durable.write(targets[name], content, replace=False, mode=0o600)

    def _opened(self) -> OpenTenant:
        """The tenant on what was filled in. Raises `BackupRefused`."""
        passphrase = self._installation.passphrase(self._folder)
        keyring = FileKeyring.open(self._folder.keyring, passphrase)
        return self._installation.put_together(self._folder, keyring)

    def _owner(self, part: Part) -> str:
        owner = DatabaseRole.OWNER
        if part is LEDGER:
            return self._installation.ledger_conninfo(owner)
        return self._installation.keys_conninfo(owner)

    # -- checking --------------------------------------------------------------------

    def _regrow(self, tenant: OpenTenant, sizes: Iterable[int]) -> dict[int, bytes]:
        """Grow the published tiles anew, aside; the roots at the sizes asked for."""
        published = self._published_size(tenant)
        growth, wanted, roots = Growth(), set(sizes), dict[int, bytes]()
        from_leaves = Frontier()
        for leaf in _leaves(tenant):
            from_leaves.append(leaf)
            if growth.size < published:
                self._write(growth.append(leaf))
                if growth.size == published:
                    self._write(growth.unfinished())
            if from_leaves.size in wanted:
                roots[from_leaves.size] = from_leaves.root()
        if published:
            self._stage(CHECKPOINT, (self._copies.ledger / CHECKPOINT).read_bytes())
        return roots

    def _published_size(self, tenant: OpenTenant) -> int:
        note = self._copied(CHECKPOINT)
        return 0 if note is None else signed_by(note, tenant.keyring).size

    def _copied(self, name: str) -> bytes | None:
        """A file of the ledger's copy, when the manifest has it."""
        if name not in self._copies.manifest.files:
            return None
        return (self._copies.ledger / name).read_bytes()

    def _write(self, tiles: Iterable[tuple[Tile, bytes]]) -> None:
        for tile, content in tiles:
            self._stage(tile.path, content)

    def _stage(self, place: str, content: bytes) -> None:
        path = self._staged / place
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(path, content, replace=True)

    def _check(self, tenant: OpenTenant, progress: Progress) -> None:
        """The whole ledger, from its entries to the root, as `fsck` does it."""
        report = check_log(
            tenant.parts,
            self._installation.pool(
                self._installation.ledger_conninfo(DatabaseRole.WRITER)
            ),
            log=self._staged,
            policy=tenant.parts.policy(tenant.parts.registry.log_name()),
            allow_unwitnessed=True,
            progress=progress,
        )
        if not report.ok:
            said = f"what was restored is not what was recorded: {report.failures[0]}"
            raise BackupRefused("BACKUP_DAMAGED", f"{said}. It was taken out again.")

    # -- what was signed last --------------------------------------------------------

    def _heads(
        self, tenant: OpenTenant, checkpoint: bytes | None
    ) -> Iterator[LastSigned]:
        """Every tree head that this log is known to have signed."""
        if (own := tenant.last_signed()) is not None:
            yield own
        if checkpoint is not None:
            yield signed_by(checkpoint, tenant.keyring)
        if STATE in self._copies.manifest.files:
            copied = last_signed(self._copies.ledger / STATE)
            if copied is not None:
                yield copied

    def _newest(
        self, heads: list[LastSigned], roots: Mapping[int, bytes]
    ) -> LastSigned | None:
        """The largest head, once all are seen to be of the history restored."""
        for head in heads:
            if head.size and roots.get(head.size, head.root) != head.root:
                raise BackupRefused("OTHER_HISTORY", _OTHER_HISTORY)
        newest = max(heads, key=lambda head: head.size, default=None)
        if newest and any(
            head.size == newest.size and head.root != newest.root for head in heads
        ):
            raise BackupRefused("OTHER_HISTORY", _OTHER_HISTORY)
        return newest

    def _show(self, tenant: OpenTenant, signed: LastSigned | None) -> None:
        """Remember what was signed, put tiles and policy in place, take the mark away.

        In this order: a tenant that can be opened knows what it has signed.
        """
        folder = self._folder
        if signed is not None and signed != last_signed(folder.publisher_state):
            remember(folder.publisher_state, signed)
        if self._staged.exists() and not folder.checkpoint.exists():
            shutil.rmtree(folder.log, ignore_errors=True)
            folder.log.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self._staged, folder.log)
        shutil.rmtree(self._staged, ignore_errors=True)
        if not folder.is_complete:
            name = tenant.parts.registry.log_name()
            policy = tenant.parts.policy(name).encode()
            durable.write(folder.policy, self._copied(POLICY) or policy, replace=True)
        folder.restoring.unlink()
        durable.sync_directory(folder.path)


def _leaves(tenant: OpenTenant) -> Iterator[bytes]:
    position = 0
    while page := tenant.parts.recorder.sealed_after(position, _PAGE):
        for event in page:
            yield leaf_hash(event.state)
        position += len(page)


_NOT_EMPTY = (
    "the database holds entries of this tenant; nothing is ever restored over entries."
)
_KEYS_ABSENT = (
    "the backup's keys are gone, and the key database or the home has none;"
    " without keys no body can be read."
)
_LAST_SIGNED_UNKNOWN = (
    "nothing here says how long the log was when it was signed last. Give the newest"
    " checkpoint that anybody has kept (--checkpoint FILE); only if nothing at all was"
    " signed after the backup, as when moving to another machine, give --newest."
)
_OTHER_HISTORY = (
    "what was signed by this log is not what the backup holds: it is of another"
    " history. Nothing was restored."
)
