"""Takes a backup of tenants: what a machine that has lost everything is rebuilt from.

    <directory>/ledger/<tenant>/   the entries, what was signed of them, the policy
    <directory>/keys/<tenant>/     the wrapped data keys and the sealed keyring

The second folder is kept apart and not for long, or keys that were destroyed live on in
it. Entries are copied before keys: a key is committed before the first entry that is
sealed with it, so no entry of a backup lacks its key. What was signed is read before
the entries: it never counts more than the backup has. No passphrase is needed.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.complaints import CommandFailed
from api.home import TenantFolder
from api.installation import Installation
from ledger import durable
from ledger.backup import KEYS, LEDGER, Draft, Manifest, Progress
from ledger.database.roles import DatabaseRole

CHECKPOINT, STATE, POLICY = "checkpoint", "publisher.json", "policy"
KEYRING, ROOT, PASSPHRASE, LABELS = (
    "keyring.json",
    "root.json",
    "passphrase",
    "labels.json",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was copied of one tenant."""

    ledger: Manifest
    keys: Manifest


def take_backup(
    installation: Installation,
    directory: Path,
    tenants: Sequence[TenantFolder],
    *,
    progress: Progress = lambda done, of: None,
) -> list[Taken]:
    """Copy the tenants into a new folder, which appears when it is whole.

    Raises `CommandFailed` (`TENANT_UNKNOWN`, `BACKUP_EXISTS`, `MIGRATIONS_PENDING`).
    """
    if not tenants:
        raise CommandFailed("TENANT_UNKNOWN", "there is no tenant to be backed up.")
    directory = directory.absolute()
    if directory.exists():
        said = "there is something of that name already; nothing was written."
        raise CommandFailed("BACKUP_EXISTS", said)
    draft = directory.with_name(f".{directory.name}.{secrets.token_hex(4)}.partial")
    try:
        draft.mkdir(mode=0o700, parents=True)
        taken = [_copy(installation, draft, each, progress) for each in tenants]
        for folder, _, _ in os.walk(draft):
            durable.sync_directory(Path(folder))
        draft.rename(directory)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    durable.sync_directory(directory.parent)
    return taken


def _copy(
    installation: Installation, draft: Path, folder: TenantFolder, progress: Progress
) -> Taken:
    if folder.restoring.exists():
        said = f"tenant {folder.name} is being restored."
        raise CommandFailed("RESTORE_UNFINISHED", said)
    with folder.in_use():  # its keys stay as they are meanwhile
        if installation.pending(folder):
            said = "the tables are older than this program; run `stafettlogg migrate`."
            raise CommandFailed("MIGRATIONS_PENDING", said)
        return Taken(
            _copy_ledger(installation, draft, folder, progress),
            _copy_keys(installation, draft, folder),
        )


def _copy_ledger(
    installation: Installation, draft: Path, folder: TenantFolder, progress: Progress
) -> Manifest:
    part = Draft(draft / LEDGER.name / folder.name, LEDGER, folder.name)
    # The publisher writes its state first: read last, it is not behind the checkpoint.
    _add(part, CHECKPOINT, folder.checkpoint)
    _add(part, STATE, folder.publisher_state)
    _add(part, POLICY, folder.policy)
    conninfo = installation.ledger_conninfo(DatabaseRole.WRITER)
    part.copy_rows(conninfo, folder.schema, progress)
    return part.finish()


def _copy_keys(
    installation: Installation, draft: Path, folder: TenantFolder
) -> Manifest:
    part = Draft(draft / KEYS.name / folder.name, KEYS, folder.name)
    part.copy_rows(installation.keys_conninfo(DatabaseRole.WRITER), folder.schema)
    for name, file in secret_files(folder).items():
        _add(part, name, file)
    return part.finish()


def secret_files(folder: TenantFolder) -> dict[str, Path]:
    """A tenant's files that go with its keys, the keyring last."""
    return {
        ROOT: folder.root,
        PASSPHRASE: folder.passphrase,
        LABELS: folder.labels_file,
        KEYRING: folder.keyring,
    }


def _add(part: Draft, name: str, file: Path) -> None:
    """Add a file if the tenant has it: a root may be offline, a log unpublished."""
    try:
        part.add(name, file.read_bytes())
    except FileNotFoundError:
        return
