"""A case that another municipality has sent: opened here anew, and bound to the old.

The old history stays what it is, in a log of its own; a bundle of it is proved first
and then kept outside the ledger. What is recorded here is whom the case is about and
who their guardians are, that the bundle arrived, and where its log stood: origin, size
and root of the checkpoint that vouches for it. Consents are not carried along: they
were given to somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from audit.bundle import read_bundle
from audit.judging import history_in
from audit.report import Report
from audit.verify import verify_bundle
from ledger.events import from_json
from ledger.events.concern import CaseOpened
from ledger.events.event import Event
from ledger.events.moving import TransferReceived
from ledger.events.people import GuardianRegistered
from ledger.events.plan import DocumentReferenced

TITLE = "Saksmappe fra annen kommune"


class BundleUnproved(Exception):
    """The bundle does not prove what it shows; `report` says why."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.code)
        self.report = report


class NobodyNamed(Exception):
    """The bundle does not disclose whom the case is about."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What arrived: the bundle's bytes, under the sender's id of the transfer."""

    id: str
    bundle: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bundle, in hex: what the sender put on record."""
        return sha256(self.bundle).hexdigest()


def events_of(
    transfer: Transfer,
    policy_text: str,
    *,
    profile: str,
    municipality: str,
    allow_unwitnessed: bool = False,
) -> list[Event]:
    """What opens the case here, in order, once the bundle is proved.

    `policy_text` is the policy of the sender's log. Raises `BundleUnproved`,
    `NobodyNamed`.
    """
    report = verify_bundle(
        transfer.bundle, policy_text, allow_unwitnessed=allow_unwitnessed
    )
    if not report.ok or report.checkpoint is None:
        raise BundleUnproved(report)
    shown = history_in(read_bundle(transfer.bundle))
    opened = next((dict(entry.data) for entry in shown.of("CaseOpened")), None)
    if opened is None:
        raise NobodyNamed
    checkpoint = report.checkpoint
    stands = f"{checkpoint.origin} {checkpoint.size} {checkpoint.root.hex()}"
    guardians = {
        str(entry.data["guardian_ref"]): dict(entry.data)
        for entry in shown.of("GuardianRegistered")
    }
    here = {"profile": profile, "municipality": municipality, "opened_by": None}
    return [
        _event(CaseOpened, opened | here),
        *(_event(GuardianRegistered, each) for each in guardians.values()),
        *_arrival(transfer, opened.get("municipality"), stands),
    ]


def _arrival(transfer: Transfer, sender: str | None, stands: str) -> Iterator[Event]:
    yield TransferReceived(
        transfer_id=transfer.id,
        bundle_hash=transfer.digest,
        from_municipality=sender,
    )
    yield DocumentReferenced(
        document_id=f"transfer-{transfer.id}",
        title=TITLE,
        sha256=transfer.digest,
        archive_ref=stands,
        about=f"transfer {transfer.id}",
    )


def _event(kind: type[Event], data: dict[str, Any]) -> Event:
    return from_json(kind.NAME, json.dumps(data))
