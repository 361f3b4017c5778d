"""Every tenant of an installation, opened; one that is closed keeps no other closed.

A municipality whose log was rolled back, whose keys are missing or whose tables are old
is refused by itself, and that is told; the others are served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.complaints import CommandFailed, complaint_about
from api.installation import Installation, OpenTenant
from api.logs import log
from ledger.keyring import KeyringError
from ledger.rollback import RolledBack, StateUnreadable
from ledger.sealing import IntegrityFailure

CLOSED_BY = (
    CommandFailed,
    IntegrityFailure,
    KeyringError,
    RolledBack,
    StateUnreadable,
)
"""What is wrong with one tenant, and says nothing of the others."""


@dataclass(frozen=True, slots=True)
class Tenants:
    """Those that are open, and why the others are not, as a code; by name."""

    opened: Mapping[str, OpenTenant]
    closed: Mapping[str, str]


def open_every(installation: Installation, *, signs: bool = True) -> Tenants:
    """Open each tenant that can be. When none can, raises what the first one raised."""
    opened: dict[str, OpenTenant] = {}
    closed: dict[str, Exception] = {}
    for folder in installation.home.complete_tenants():
        try:
            opened[folder.name] = installation.tenant(folder.name, signs=signs)
        except CLOSED_BY as error:
            closed[folder.name] = error
    if closed and not opened:
        raise next(iter(closed.values()))
    codes = {name: complaint_about(error).code for name, error in closed.items()}
    for name, code in codes.items():
        log.error("tenant closed", tenant=name, code=code)
    return Tenants(opened, codes)
