"""Accepts the loss of entries that were signed, so that a ledger can go on.

What was signed stays signed, and others may hold it; so this is an act of the
registry's root, on record in the log itself, and the log goes on under another name.
Its files follow from that entry: what the former log published is moved aside, whole,
and remains proof of what it said. Killed half-way, the same acceptance given again
carries on; until then nothing is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from api.complaints import CommandFailed
from api.home import TenantFolder
from api.installation import Installation, OpenTenant
from api.rekeying import open_root
from audit.tree import EMPTY_ROOT
from ledger import durable
from ledger.application import utc_now
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.rollback import LastSigned, remember


@dataclass(frozen=True, slots=True)
class Accepted:
    """A loss that is on record: what was signed, what is left, what the log is called.

    `former` is where the former log's tiles and checkpoint are, if they were here.
    """

    lost: LastSigned
    size: int
    name: str
    former: Path


def accept(
    installation: Installation,
    name: str,
    *,
    reason: str,
    by: str,
    root_file: Path | None = None,
) -> Accepted:
    """Let the root declare what was lost, and open the tenant again.

    `by` is the person who decides, as an administrator; `reason` is read by everybody
    who ever checks the log. Raises `CommandFailed` (`NOT_ROLLED_BACK`, `IN_USE`,
    `WRONG_ROOT`), `KeyringError`.
    """
    folder = installation.home.known(name)
    with folder.alone(), folder.unpublished():
        tenant = installation.tenant(name, signs=False, even_rolled_back=True)
        lost = tenant.last_signed()
        if lost is None:
            raise CommandFailed("NOT_ROLLED_BACK", _NOT_ROLLED_BACK)
        if not _is_declared(tenant, lost):
            size = tenant.parts.recorder.max_notification_id() or 0
            if size >= lost.size:
                raise CommandFailed("NOT_ROLLED_BACK", _NOT_ROLLED_BACK)
            root = open_root(installation, tenant, root_file)
            actor = Actor(by, Role.ADMINISTRATOR, auth="console")
            tenant.parts.registry.accept_loss(
                root, lost, reason=reason, by=actor, now=utc_now()
            )
        return _follow(tenant, lost)


def _is_declared(tenant: OpenTenant, lost: LastSigned) -> bool:
    """Whether the registry's last word on restorations is about this loss."""
    declared = tenant.parts.registry.losses()
    if not declared:
        return False
    signed, _ = declared[-1]
    return (signed.size, signed.root) == (lost.size, lost.root)


def _follow(tenant: OpenTenant, lost: LastSigned) -> Accepted:
    """Bring the tenant's files to where the registry's last entry says they are."""
    _, restored = tenant.parts.registry.losses()[-1]
    name, folder = tenant.parts.registry.log_name(), tenant.folder
    former = _former(folder, lost)
    if folder.log.exists() and not former.exists():
        former_log = folder.log.rename(former)
        durable.sync_directory(former_log.parent)
    policy = tenant.parts.policy(name).encode()
    durable.write(folder.policy, policy, replace=True)
    # Last: from here on it can be opened, and the publisher signs under the new name.
    remember(folder.publisher_state, LastSigned(name, 0, EMPTY_ROOT))
    return Accepted(lost, restored.after, name, former)


def _former(folder: TenantFolder, lost: LastSigned) -> Path:
    named = f"{folder.name}.former-{lost.size}-{lost.root.hex()[:8]}"
    return folder.log.with_name(named)


_NOT_ROLLED_BACK = "nothing that was signed is missing; there is no loss to accept."
