"""`stafettlogg tenant create | list`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.commands.ending import command
from api.commands.typed import AsJson, NewTenantName, installation
from api.founding import found, wanted
from api.home import TenantFolder
from api.installation import OpenTenant
from api.printing import show, table
from ledger.tenant import is_demo


@command
def create(
    name: NewTenantName,
    demo: Annotated[
        bool, typer.Option("--demo", help="For invented cases, on their files' clock.")
    ] = False,
    origin: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Name of the log, for ever.")
    ] = None,
    organisation: Annotated[
        str | None,
        typer.Option(
            metavar="9DIGITS", help="The municipality's number, signed along."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a municipality's ledger.

    Keys, tables, log and policy. Interrupted, it goes on when it is given again.
    """
    try:
        asked = wanted(name, demo=demo, origin=origin, organisation=organisation)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with installation(new_passphrase=True) as opened:
        tenant = found(opened, asked)
    show(_created(tenant), _created_text(tenant), as_json=as_json)


def _created(tenant: OpenTenant) -> dict[str, Any]:
    folder = tenant.folder
    passphrase = folder.passphrase if folder.passphrase.exists() else None
    return {
        "tenant": folder.name,
        "origin": tenant.keyring.origin,
        "signed_as": tenant.keyring.tenant,
        "demo": tenant.is_demo,
        "policy": str(folder.policy),
        "root": str(folder.root),
        "passphrase_file": None if passphrase is None else str(passphrase),
    }


def _created_text(tenant: OpenTenant) -> str:
    folder = tenant.folder
    lines = [
        f"Tenant {folder.name} is made: log {tenant.keyring.origin}.",
        f"Hand this policy to whoever is to check it:\n  {folder.policy}",
        "Move the key registry's root offline; only `keys rotate` needs it:\n"
        f"  {folder.root}",
    ]
    if folder.passphrase.exists():
        lines.append(
            f"No passphrase was set, so one was made up:\n  {folder.passphrase}"
        )
    return "\n".join(lines)


@command
def list_tenants(as_json: AsJson = False) -> None:
    """List the tenants that are here."""
    with installation() as opened:
        tenants = [_listed(folder) for folder in opened.home.tenants()]
    head = ("tenant", "log", "signed as", "kind", "entries signed")
    rows = [tuple(map(str, row.values())) for row in tenants]
    text = (
        table(rows, head) if rows else "There is no tenant yet: `tenant create NAME`."
    )
    show({"tenants": tenants}, text, as_json=as_json)


def _listed(folder: TenantFolder) -> dict[str, Any]:
    if not folder.is_complete:
        row = (folder.name, "", "", "incomplete", 0)
    else:
        policy = folder.read_policy()
        kind = "demo" if is_demo(policy.origin) else "real"
        row = (folder.name, policy.origin, policy.tenant, kind, folder.signed_size)
    names = ("tenant", "origin", "signed_as", "kind", "signed_entries")
    return dict(zip(names, row, strict=True))
