"""`stafettlogg backup | restore`: what survives the machine, and how it comes back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.accepting import accept
from api.backing_up import Taken, take_backup
from api.commands.ending import command
from api.commands.typed import AsJson, installation, label, tenant_name
from api.printing import progress, show, table
from api.restoring import Restored, backed_up
from api.restoring import restore as restore_tenant

OneTenant = Annotated[
    str | None,
    typer.Option("--tenant", metavar="NAME", parser=tenant_name, help="Only this."),
]


@command
def backup(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to; must not be there yet.")
    ],
    tenant: OneTenant = None,
    as_json: AsJson = False,
) -> None:
    """Copy entries and keys, each at one moment, while the service runs.

    Two folders: `ledger`, and `keys`, which is to be kept apart and 35 days at most.
    """
    with installation() as opened, progress("copying") as steps:
        home = opened.home
        folders = [home.known(tenant)] if tenant else home.tenants()
        complete = [folder for folder in folders if folder.is_complete]
        taken = take_backup(opened, directory, complete, progress=steps)
    answer = {"directory": str(directory), "tenants": [_taken(each) for each in taken]}
    rows = [(each.ledger.tenant, f"{each.ledger.size} entries") for each in taken]
    show(answer, f"Backup in {directory}:\n{table(rows)}", as_json=as_json)


def _taken(taken: Taken) -> dict[str, object]:
    ledger = taken.ledger
    return {"tenant": ledger.tenant, "size": ledger.size, "root": ledger.root}


@command
def restore(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", exists=True, file_okay=False)
    ] = None,
    tenant: OneTenant = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="The newest checkpoint that anybody, as a supervisor, has kept.",
        ),
    ] = None,
    newest: Annotated[
        bool,
        typer.Option("--newest", help="Nothing was signed after this backup."),
    ] = False,
    is_accepting: Annotated[
        bool,
        typer.Option("--accept", help="Go on without the entries that are missing."),
    ] = False,
    reason: Annotated[
        str | None,
        typer.Option(parser=label, metavar="TEXT", help="Why; is public in the log."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(parser=label, metavar="PERSON", help="Who accepts.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="The registry's root."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fill empty databases from a backup, check all of it, say what is missing.

    A tenant that has signed more than the backup holds stays closed, until the newest
    backup is restored, or the loss is accepted under the registry's root (--accept).
    """
    if is_accepting:
        if None in (tenant, reason, by) or directory is not None or newest:
            raise typer.BadParameter("--accept takes --tenant, --reason and --by")
        _accept(str(tenant), str(reason), str(by), root, as_json=as_json)
        return
    if directory is None or (reason, by, root) != (None, None, None):
        raise typer.BadParameter("give the backup's DIR, or --accept")
    note = None if checkpoint is None else checkpoint.read_bytes()
    with installation() as opened, progress("checking") as steps:
        names = [tenant] if tenant else backed_up(directory)
        restored = [
            restore_tenant(
                opened, directory, name,
                checkpoint=note, is_newest=newest, progress=steps,
            )
            for name in names
        ]  # fmt: skip
    answer = {"restored": [_restored(each) for each in restored]}
    show(answer, "\n".join(map(_restored_text, restored)), as_json=as_json)
    if any(each.first_missing for each in restored):
        raise typer.Exit(1)


def _accept(
    tenant: str, reason: str, by: str, root: Path | None, *, as_json: bool
) -> None:
    with installation() as opened:
        done = accept(opened, tenant, reason=reason, by=by, root_file=root)
    answer = {
        "tenant": tenant,
        "signed": done.lost.size,
        "size": done.size,
        "log": done.name,
        "former": str(done.former),
    }
    text = (
        f"{tenant}: entries {done.size + 1} to {done.lost.size} are given up."
        f"\nThe log goes on as {done.name}; hand out its policy anew."
        f"\nWhat was published before stays proof of what it said:\n  {done.former}"
    )
    show(answer, text, as_json=as_json)


def _restored(restored: Restored) -> dict[str, object]:
    return {**asdict(restored), "first_missing": restored.first_missing}


def _restored_text(restored: Restored) -> str:
    text = f"{restored.tenant}: {restored.size} entries restored and checked."
    if restored.first_missing is None:
        return text
    return (
        f"{text}\n  ROLLED BACK: entry {restored.first_missing} is the first missing of"
        f" {restored.signed} that were signed. The tenant stays closed."
    )
