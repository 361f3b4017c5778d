"""`stafettlogg receive`: a case that another municipality has sent is opened here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.ending import command
from api.commands.typed import (
    AsJson,
    Service,
    TenantName,
    Unit,
    case_id,
    installation,
    label,
)
from api.complaints import CommandFailed
from api.printing import show, table
from ledger.entry import Actor
from ledger.events import catalogue_name
from ledger.events.event import Role
from ledger.receiving import BundleUnproved, NobodyNamed, Transfer, events_of


@command
def receive(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", exists=True, dir_okay=False)
    ],
    tenant: TenantName,
    policy: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Of the sender's log, from elsewhere than the bundle.",
        ),
    ],
    transfer: Annotated[
        str,
        typer.Option(parser=label, metavar="ID", help="The sender's transfer_id."),
    ],
    by: Annotated[
        str, typer.Option(metavar="PERSON", parser=label, help="Who receives it.")
    ],
    role: Annotated[Role, typer.Option(help="In which capacity.")] = Role.LEADER,
    service: Service = None,
    unit: Unit = None,
    profile: Annotated[
        str, typer.Option(metavar="ID", help="Process rules it follows here.")
    ] = "standard",
    allow_unwitnessed: Annotated[
        bool, typer.Option(help="Take a policy that names no witness.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Open a case here that cites the one it comes from.

    The bundle is proved by the policy of the sender's log before anything is recorded.
    Given again, the same transfer records nothing twice. Keep the bundle: the ledger
    keeps its hash.
    """
    sent = Transfer(transfer, bundle.read_bytes())
    actor = Actor(by, role, service, unit, auth="console")
    with installation() as opened:
        ledger = opened.tenant(tenant).parts.ledger
        try:
            events = events_of(
                sent,
                policy.read_text(encoding="utf-8"),
                profile=profile,
                municipality=tenant,
                allow_unwitnessed=allow_unwitnessed,
            )
        except BundleUnproved as unproved:
            raise CommandFailed(
                unproved.report.code, unproved.report.as_text()
            ) from None
        except NobodyNamed:
            said = "the bundle does not disclose whom the case is about."
            raise CommandFailed("NOT_DISCLOSED", said) from None
        case = case_id(f"transfer/{sent.id}", ledger.index)
        for place, event in enumerate(events):
            key = f"transfer/{sent.id}/{place}"
            ledger.record(case, event, by=actor, occurred_at=None, key=key)
    answer = {
        "case": str(case),
        "transfer": sent.id,
        "bundle_hash": sent.digest,
        "recorded": [catalogue_name(type(event)) for event in events],
    }
    rows = [(name, str(value)) for name, value in answer.items()]
    show(answer, f"Received.\n{table(rows)}", as_json=as_json)
