"""Makes a tenant: keys, tables, the first entries of its log, the policy to hand out.

Every step is whole or not there, and finds out by itself whether it was done; so the
same making given again after a kill goes on where it stopped. The policy is written
last and says that the tenant is complete.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from api.complaints import CommandFailed
from api.home import TenantFolder
from api.installation import Installation, OpenTenant
from ledger import durable
from ledger.keyring import FileKeyring, KeyringError, RootKey
from ledger.sealing import IntegrityFailure
from ledger.tenant import is_demo, origin_of

_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9._-]+)+", re.ASCII)
_LONGEST_ORIGIN = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """The tenant that is asked for.

    `organisation` is the municipality's number of nine digits, which every signed
    header then bears; without it, the name.
    """

    name: str
    demo: bool
    origin: str
    organisation: str | None = None

    @property
    def title(self) -> str:
        """What signed headers call the tenant."""
        return self.organisation or self.name


def wanted(
    name: str, *, demo: bool, origin: str | None = None, organisation: str | None = None
) -> Wanted:
    """Check what is asked for. Raises `ValueError` with a sentence about what is wrong.

    A log bears its origin for ever, so a demo's must say that it is one.
    """
    origin = origin or origin_of(name.replace("_", "-"), demo=demo)
    if not _ORIGIN.fullmatch(origin) or len(origin) > _LONGEST_ORIGIN:
        raise ValueError("an origin is a host name and a path, in small letters")
    if demo and not is_demo(origin):
        raise ValueError("a demo's origin ends in .demo.example/stafettlogg")
    if is_demo(origin) and not demo:
        raise ValueError("only a demo's origin ends in .demo.example/stafettlogg")
    if organisation is not None and not re.fullmatch(r"[0-9]{9}", organisation):
        raise ValueError("an organisation number is nine digits")
    return Wanted(name, demo, origin, organisation)


def found(installation: Installation, asked: Wanted) -> OpenTenant:
    """Make the tenant, or finish making it.

    A demo that is given no passphrase gets one of its own. Raises `CommandFailed`
    (`TENANT_EXISTS`, `ORIGIN_TAKEN`, `NOT_THE_SAME`, `ROOT_MISSING`, `SCHEMA_TAKEN`,
    `LOG_LOST`, `IN_USE`), `KeyringError`.
    """
    folder = installation.home.tenant(asked.name)
    _refuse_existing(folder)
    _refuse_taken_origin(installation, asked)
    makes_up = asked.demo and not installation.has_passphrase
    passphrase = None if makes_up else installation.passphrase(folder)
    folder.make()
    with folder.alone():
        _refuse_existing(folder)  # somebody else may have made it meanwhile
        installation.prepare_roles()
        passphrase = passphrase or _made_up_passphrase(folder)
        keyring, root = _keys(folder, asked, passphrase)
        installation.migrate(folder)
        tenant = installation.put_together(folder, keyring)
        _begin_log(tenant, root)
        policy = tenant.parts.policy().encode()
        durable.write(folder.policy, policy, replace=True)
    return tenant


def _made_up_passphrase(folder: TenantFolder) -> str:
    """A demo's own passphrase, kept beside what it opens."""
    if not folder.passphrase.exists():
        content = f"{secrets.token_urlsafe(24)}\n".encode()
        durable.write(folder.passphrase, content, replace=False, mode=0o600)
    return folder.passphrase.read_text(encoding="utf-8").rstrip("\n")


def _refuse_existing(folder: TenantFolder) -> None:
    if folder.is_complete:
        raise CommandFailed("TENANT_EXISTS", f"tenant {folder.name} exists already.")


def _refuse_taken_origin(installation: Installation, asked: Wanted) -> None:
    """Two logs of one name would be taken for one that forks."""
    for other in installation.home.tenants():
        if other.name == asked.name or not other.is_complete:
            continue
        if other.read_policy().origin == asked.origin:
            said = f"tenant {other.name} has this origin."
            raise CommandFailed("ORIGIN_TAKEN", said)


def _keys(
    folder: TenantFolder, asked: Wanted, passphrase: str
) -> tuple[FileKeyring, RootKey]:
    """The keys made before, or fresh ones; the root first, for the keyring names it."""
    if folder.root.exists():
        root = RootKey.open(folder.root, passphrase)
    elif folder.keyring.exists():
        raise CommandFailed("ROOT_MISSING", _ROOT_MISSING)
    else:
        root = RootKey.create(folder.root, passphrase)
    asked_for = (asked.title, asked.origin, root.signer.public_key)
    if not folder.keyring.exists():
        return _fresh_keyring(folder, passphrase, *asked_for), root
    keyring = FileKeyring.open(folder.keyring, passphrase)
    if (keyring.tenant, keyring.origin, keyring.root) != asked_for:
        raise CommandFailed("NOT_THE_SAME", _NOT_THE_SAME)
    return keyring, root


def _fresh_keyring(
    folder: TenantFolder, passphrase: str, title: str, origin: str, root: bytes
) -> FileKeyring:
    return FileKeyring.create(
        folder.keyring, passphrase, tenant=title, origin=origin, root=root
    )


def _begin_log(tenant: OpenTenant, root: RootKey) -> None:
    """Introduce the keys, unless what is in the database is not this tenant's."""
    is_empty = tenant.parts.recorder.max_notification_id() is None
    if is_empty and tenant.folder.has_published:
        raise CommandFailed("LOG_LOST", _LOG_LOST)
    if not is_empty:
        try:
            tenant.parts.trust_registry()
            if not tenant.parts.registry.trusted_keys():
                raise CommandFailed("SCHEMA_TAKEN", _SCHEMA_TAKEN)
        except (IntegrityFailure, KeyringError):
            raise CommandFailed("SCHEMA_TAKEN", _SCHEMA_TAKEN) from None
    tenant.parts.found(root)


_ROOT_MISSING = (
    "the making was interrupted and its root key is gone; put root.json back beside"
    " keyring.json."
)
_NOT_THE_SAME = (
    "the making was interrupted, and was for another origin or organisation number;"
    " give the same ones again."
)
_LOG_LOST = (
    "a log of this tenant was published and its entries are not in the database;"
    " restore them. A second log of this origin would contradict the first."
)
_SCHEMA_TAKEN = (
    "the database holds a tenant of this name under other keys; nothing was written."
)
