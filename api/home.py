"""Where things lie below STAFETTLOGG_HOME, and who uses a tenant's files just now.

postgres/                 the embedded server, where no database is configured
tenants/<name>/keyring.json    signing keys, tenant keys, index key, sealed
tenants/<name>/root.json       the registry's root: to be moved offline
tenants/<name>/policy          what a supervisor pins; written last, so it says that
                               the tenant is complete
tenants/<name>/passphrase      of a demo that was given none
tenants/<name>/labels.json     of a demo: what its history files call their cases
tenants/<name>/notices/        of a demo: what its people would have been sent
tenants/<name>/restoring       while a backup is being restored: what to undo
log/<name>/               tiles and checkpoint (or below STAFETTLOGG_LOG_DIRECTORY)
publisher/<name>.json     what was signed last; must outlive the database
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.complaints import CommandFailed
from audit.policy import Policy, parse_policy
from ledger import durable
from ledger.database.migrate import BadTenantName, schema_of
from ledger.rollback import StateUnreadable, last_signed


def is_tenant_name(name: str) -> bool:
    """Whether a tenant may be called so."""
    try:
        schema_of(name)
    except BadTenantName:
        return False
    return True


@dataclass(frozen=True, slots=True)
class TenantFolder:
    """The files of one tenant."""

    name: str
    path: Path
    log: Path
    publisher_state: Path

    @property
    def schema(self) -> str:
        """The schema its tables lie in."""
        return schema_of(self.name)

    @property
    def keyring(self) -> Path:
        """The sealed keyring."""
        return self.path / "keyring.json"

    @property
    def root(self) -> Path:
        """The sealed root key of the registry, until somebody moves it away."""
        return self.path / "root.json"

    @property
    def policy(self) -> Path:
        """The policy for a supervisor to pin."""
        return self.path / "policy"

    @property
    def passphrase(self) -> Path:
        """The passphrase of a demo that was given none."""
        return self.path / "passphrase"

    @property
    def restoring(self) -> Path:
        """Says that a restore has begun; gone when all of it is checked."""
        return self.path / "restoring"

    @property
    def labels_file(self) -> Path:
        """Of a demo: what its history files call their cases."""
        return self.path / "labels.json"

    @property
    def notices(self) -> Path:
        """Of a demo: a file for each notice that somebody would have been sent."""
        return self.path / "notices"

    @property
    def checkpoint(self) -> Path:
        """The newest signed checkpoint."""
        return self.log / "checkpoint"

    def make(self) -> None:
        """Make the folder, and those above it, closed to others."""
        for folder in (self.path.parents[1], self.path.parent, self.path):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def is_complete(self) -> bool:
        """Whether its making came to an end."""
        return self.policy.exists()

    @property
    def has_published(self) -> bool:
        """Whether a log of this tenant was ever signed, beyond the empty one."""
        return self.checkpoint.exists() or self.signed_size > 0

    @property
    def signed_size(self) -> int:
        """How many entries the checkpoint signed last counts; 0 where nothing says."""
        try:
            signed = last_signed(self.publisher_state)
        except StateUnreadable:
            return 0
        return 0 if signed is None else signed.size

    def read_policy(self) -> Policy:
        """The tenant's own policy; it names no witnesses."""
        text = self.policy.read_text(encoding="utf-8")
        return parse_policy(text, allow_unwitnessed=True)

    def labels(self) -> list[str]:
        """What history files imported here call their cases; empty unless a demo."""
        try:
            return [str(label) for label in json.loads(self.labels_file.read_bytes())]
        except FileNotFoundError:
            return []

    def remember_labels(self, labels: Iterable[str]) -> None:
        """Keep the labels of a demo's cases. A real one's are kept nowhere in clear."""
        every = sorted({*self.labels(), *labels})
        content = json.dumps(every, ensure_ascii=False).encode()
        durable.write(self.labels_file, content, replace=True, mode=0o600)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Use the tenant's keys together with others. Refused while they change."""
        with self._locked(
            self._lock, fcntl.LOCK_SH, "its keys are being changed just now"
        ):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make or change the tenant's keys, while nobody signs with them."""
        said = "others use it just now, and would go on with the old keys; stop them"
        with self._locked(self._lock, fcntl.LOCK_EX, said):
            yield

    @contextmanager
    def unpublished(self) -> Iterator[None]:
        """Keep the publisher from signing meanwhile. Refused while one runs."""
        self.publisher_state.parent.mkdir(parents=True, exist_ok=True)
        lock = self.publisher_state.with_suffix(".lock")  # the publisher's own
        with self._locked(lock, fcntl.LOCK_EX, "it is being published; stop that"):
            yield

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    @contextmanager
    def _locked(self, path: Path, kind: int, said: str) -> Iterator[None]:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandFailed("IN_USE", f"tenant {self.name}: {said}.") from None
            yield
        finally:
            os.close(file)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that everything but a configured database lies in."""

    path: Path
    logs: Path

    def tenant(self, name: str) -> TenantFolder:
        """Where a tenant's files lie, or would. Raises `BadTenantName`."""
        schema_of(name)
        return TenantFolder(
            name=name,
            path=self.path / "tenants" / name,
            log=self.logs / name,
            publisher_state=self.path / "publisher" / f"{name}.json",
        )

    def tenants(self) -> list[TenantFolder]:
        """Every tenant that is here, complete or not, by name."""
        folder = self.path / "tenants"
        names = sorted(path.name for path in folder.glob("*/"))
        return [self.tenant(name) for name in names if is_tenant_name(name)]

    def complete_tenants(self) -> list[TenantFolder]:
        """Every tenant whose making came to an end, by name."""
        return [folder for folder in self.tenants() if folder.is_complete]

    def known(self, name: str) -> TenantFolder:
        """A complete tenant. Raises `CommandFailed` for any other."""
        folder = self.tenant(name)
        if not folder.path.is_dir():
            said = f"there is no tenant {name} in {self.path}; see `tenant list`."
            raise CommandFailed("TENANT_UNKNOWN", said)
        if not folder.is_complete:
            said = (
                f"tenant {name} was not made to the end;"
                " give the same `tenant create` again."
            )
            raise CommandFailed("TENANT_INCOMPLETE", said)
        return folder
