"""`stafettlogg publish | fsck | mirror`: the log that outsiders check."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Signal
from typing import Annotated, Any

import psycopg
import typer
from psycopg_pool import PoolTimeout

from api.commands.ending import command
from api.commands.typed import AsJson, PolicyFile, TenantName, installation
from api.installation import Installation, OpenTenant
from api.mirroring import write_mirror
from api.printing import progress, say, show, waiting
from audit.b64 import to_base64
from audit.note import Checkpoint
from ledger.checking import check_log
from ledger.database.embedded import PostgresFailed
from ledger.database.roles import DatabaseRole
from ledger.publisher import Publisher

RETRY_SECONDS = 2.0

# --- publish --------------------------------------------------------------------------


@command
def publish(
    tenant: TenantName,
    once: Annotated[
        bool, typer.Option("--once", help="Bring the log up to date and end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign what is recorded into the log, until stopped.

    One publisher a tenant; a second one is refused.
    """
    with installation() as opened:
        found = opened.tenant(tenant, signs=False)
        publisher = opened.publisher(found)
        with waiting("publishing"):
            checkpoint = publisher.publish()
        if not once:
            say(f"Following; {_signed(checkpoint)}. Stop with Ctrl-C.")
            with until_told_to_stop() as stop, waiting("following the ledger"):
                _follow(opened, publisher, stop)
            checkpoint = publisher.publish()
    answer = checkpoint_json(checkpoint)
    show(answer, f"Published: {_signed(checkpoint)}.", as_json=as_json)


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


def revive(opened: Installation) -> None:
    """Start the embedded server again, if it can be; else the next turn tries."""
    try:
        opened.revive()
    except (psycopg.OperationalError, PostgresFailed):
        return  # the next turn tries again


@contextmanager
def until_told_to_stop() -> Iterator[Signal]:
    """A signal that Ctrl-C and SIGTERM set, so that what is begun is ended well."""
    stop = Signal()
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda *_: stop.set()) for kind in kinds]
    try:
        yield stop
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


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
