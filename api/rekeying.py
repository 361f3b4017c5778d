"""Changes a tenant's keys, while nobody signs with them, and tells what they are.

A new signing key is in the keyring before the registry knows it: killed in between, no
entry can have been signed with it, for a tenant is not opened in that state; and the
same change given again introduces it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from api.complaints import CommandFailed
from api.installation import Installation, OpenTenant
from audit.b64 import from_base64
from ledger.application import utc_now
from ledger.database.roles import DatabaseRole
from ledger.events.trust import SigningKeyIntroduced
from ledger.keyring import DataKeys, KeyringError, RootKey


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A signing key as the registry has it; one that is replaced can no longer sign."""

    public_key: bytes
    key_id: bytes
    purpose: str = "service"
    position: int = 0

    def sign(self, message: bytes) -> bytes:
        """Refuse."""
        raise KeyringError("a key that is replaced does not sign")


def known_keys(tenant: OpenTenant) -> list[KnownKey]:
    """Every key the registry has introduced, the oldest first."""
    return [
        KnownKey(
            from_base64(event.public_key),
            bytes.fromhex(event.key_id),
            event.purpose,
            entry.position or 0,
        )
        for entry in tenant.parts.registry.entries()
        if isinstance(event := entry.event, SigningKeyIntroduced)
    ]


def rotate(
    installation: Installation, name: str, root_file: Path | None = None
) -> tuple[bytes, bytes]:
    """Replace the service's signing key; answers the old and the new key's id.

    `root_file` is the registry's root, if it is not where it was made. Raises
    `CommandFailed` (`IN_USE`, `WRONG_ROOT`), `KeyringError`.
    """
    folder = installation.home.known(name)
    with folder.alone():
        tenant = installation.tenant(name, signs=False)
        keyring = tenant.keyring
        root = open_root(installation, tenant, root_file)
        old = [key for key in known_keys(tenant) if key.purpose == "service"][-1]
        if keyring.service.key_id == old.key_id:
            keyring.new_service_key()
        tenant.parts.registry.rotate(root, old, now=utc_now())
    return old.key_id, keyring.service.key_id


def open_root(
    installation: Installation, tenant: OpenTenant, file: Path | None
) -> RootKey:
    """The registry's root, from where it was made unless a file is given.

    Raises `CommandFailed` (`WRONG_ROOT`), `KeyringError`.
    """
    passphrase = installation.passphrase(tenant.folder)
    root = RootKey.open(file or tenant.folder.root, passphrase)
    if root.signer.public_key != tenant.keyring.root:
        said = "the root key is not the one this log's registry rests on."
        raise CommandFailed("WRONG_ROOT", said)
    return root


def renew_epoch(
    installation: Installation, name: str, *, destroy_old: bool = False
) -> tuple[int, int]:
    """Make a new tenant key and wrap every data key under it; epoch and how many.

    With `destroy_old`, older tenant keys are destroyed, and with them every older copy
    of a data key, such as those in backups of the key database.
    """
    folder = installation.home.known(name)
    with folder.alone():
        tenant = installation.tenant(name, signs=False)
        epoch = tenant.keyring.new_epoch()
        owner = installation.pool(installation.keys_conninfo(DatabaseRole.OWNER))
        wrapped = DataKeys(tenant.keyring, owner, folder.schema).rewrap()
        if destroy_old:
            if min(data_keys_by_epoch(installation, tenant), default=epoch) < epoch:
                said = "data keys of an older epoch are left; nothing was destroyed."
                raise CommandFailed("EPOCH_IN_USE", said)
            tenant.keyring.drop_epochs_before(epoch)
    return epoch, wrapped


def data_keys_by_epoch(
    installation: Installation, tenant: OpenTenant
) -> dict[int, int]:
    """How many data keys are wrapped under each tenant key."""
    query = sql.SQL("SELECT epoch, count(*) FROM {} GROUP BY epoch ORDER BY epoch")
    table = sql.Identifier(tenant.folder.schema, "wrapped_key")
    pool = installation.pool(installation.keys_conninfo(DatabaseRole.WRITER))
    with pool.connection() as connection:
        return dict(connection.execute(query.format(table)).fetchall())
