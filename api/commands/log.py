"""`stafettlogg publish | fsck | mirror`: the log that outsiders check."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Event as Signal
from typing import Annotated, Any

import psycopg
import typer
from psycopg_pool import PoolTimeout

from api.commands.ending import command
from api.commands.typed import (
    AsJson,
    EveryTenant,
    PolicyFile,
    TenantName,
    installation,
)
from api.installation import Installation, OpenTenant
from api.logs import configure
from api.mirroring import write_mirror
from api.printing import progress, say, show, waiting
from api.standing_work import Work, revive, work_for_every_tenant
from api.stopping import work_until_told
from audit.b64 import to_base64
from audit.note import Checkpoint
from ledger.checking import check_log
from ledger.database.alone import Task
from ledger.database.roles import DatabaseRole
from ledger.publisher import Publisher

RETRY_SECONDS = 2.0

# --- publish --------------------------------------------------------------------------


@command
def publish(
    tenant: EveryTenant = None,
    once: Annotated[
        bool, typer.Option("--once", help="Bring the log up to date and end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign what is recorded into the log, until stopped.

    One publisher a tenant. Asked for one tenant, a second publisher is refused; without
    a tenant it stands by for those that have one.
    """
    with installation() as opened:
        if tenant is not None:
            checkpoint = _publish(opened, tenant, once=once)
            text = f"Published: {_signed(checkpoint)}."
            show(checkpoint_json(checkpoint), text, as_json=as_json)
        elif once:
            names = opened.home.complete_tenants()
            found = [_publish(opened, folder.name, once=True) for folder in names]
            text = "\n".join(f"Published: {_signed(each)}." for each in found)
            show([checkpoint_json(each) for each in found], text, as_json=as_json)
        else:
            configure(opened.settings.log_level, process=Task.PUBLISH)
            work_for_every_tenant(opened, _publishing)


def _publish(opened: Installation, tenant: str, *, once: bool) -> Checkpoint:
    publisher = opened.publisher(opened.tenant(tenant, signs=False))
    with waiting("publishing"):
        checkpoint = publisher.publish()
    if not once:
        say(f"Following; {_signed(checkpoint)}. Stop with Ctrl-C.")
        with waiting("following the ledger"):
            work_until_told({tenant: partial(_follow, opened, publisher)})
        checkpoint = publisher.publish()
    return checkpoint


def _publishing(opened: Installation, tenant: OpenTenant) -> Work:
    publisher = opened.publisher(tenant)

    def work(stop: Signal) -> None:
        publisher.run(stop)
        publisher.publish()  # what came while we were told

    return work


def checkpoint_json(checkpoint: Checkpoint) -> dict[str, Any]:
    """A signed tree head as plain data."""
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": to_base64(checkpoint.root),
    }


def _signed(checkpoint: Checkpoint) -> str:
    root = to_base64(checkpoint.root)
    return f"{checkpoint.size} entries of {checkpoint.origin}, root {root}"


def _follow(opened: Installation, publisher: Publisher, stop: Signal) -> None:
    """Publish until told to stop; a database that is away is waited for."""
    while not stop.is_set():
        try:
            publisher.run(stop)
        except (psycopg.OperationalError, PoolTimeout):
            say("stafettlogg: the database is away; trying again")
            stop.wait(RETRY_SECONDS)
            revive(opened)


# --- fsck -----------------------------------------------------------------------------


@command
def fsck(
    tenant: TenantName,
    policy: PolicyFile = None,
    require_witnesses: Annotated[
        bool,
        typer.Option("--require-witnesses", help="Refuse a policy without witnesses."),
    ] = False,
    known: Annotated[
        Path | None,
        typer.Option(
            metavar="CHECKPOINT",
            exists=True,
            dir_okay=False,
            help="One that somebody has kept: what it counts must still be there.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the whole ledger, from its entries to the root.

    Every envelope, signature, chain, body, stream head and tile, and what was signed.
    """
    with installation() as opened:
        found = opened.tenant(tenant, signs=False, even_rolled_back=True)
        text = (policy or found.folder.policy).read_text(encoding="utf-8")
        with progress("checking") as steps:
            report = check_log(
                found.parts,
                opened.pool(opened.ledger_conninfo(DatabaseRole.WRITER)),
                log=found.folder.log,
                policy=text,
                known=None if known is None else known.read_bytes(),
                allow_unwitnessed=not require_witnesses,
                progress=steps,
            )
    own = "" if policy else f"\n{_own_policy(found)}"
    show(report.as_json(), report.as_text().rstrip("\n") + own, as_json=as_json)
    if not report.ok:
        raise typer.Exit(1)


def _own_policy(tenant: OpenTenant) -> str:
    return (
        f"Checked against the tenant's own policy, {tenant.folder.policy};"
        " whoever supervises it uses theirs (--policy)."
    )


# --- mirror ---------------------------------------------------------------------------


@command
def mirror(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", file_okay=False, help="New, or a mirror.")
    ],
    tenant: TenantName,
    as_json: AsJson = False,
) -> None:
    """Write the published log for somebody else to check.

    With envelopes only: no body but those about keys leaves the ledger.
    """
    with installation() as opened:
        found = opened.tenant(tenant, signs=False)
        with progress("mirroring") as steps:
            checkpoint = write_mirror(found, directory, progress=steps)
    text = (
        f"Mirror in {directory}: {_signed(checkpoint)}.\n"
        f"  python -m audit fsck {directory} --policy POLICY"
    )
    answer = {"directory": str(directory), **checkpoint_json(checkpoint)}
    show(answer, text, as_json=as_json)
