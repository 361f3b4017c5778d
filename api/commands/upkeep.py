"""`stafettlogg migrate | config check`: what an operator does before and in between."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.ending import command
from api.commands.typed import AsJson, installation, tenant_name
from api.inspecting import Finding, inspect
from api.printing import indented, show, table


@command
def migrate(
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", metavar="NAME", parser=tenant_name, help="Only this."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring database roles and all tables up to date."""
    with installation() as opened:
        home = opened.home
        folders = [home.known(tenant)] if tenant else home.tenants()
        opened.prepare_roles()
        applied = {
            folder.name: [str(migration) for migration in opened.migrate(folder)]
            for folder in folders
            if folder.is_complete
        }
    rows = [(name, ", ".join(new) or "up to date") for name, new in applied.items()]
    text = table(rows) if rows else "The roles are there; there is no tenant yet."
    show({"applied": applied}, text, as_json=as_json)


@command
def check_config(as_json: AsJson = False) -> None:
    """Say what is set, what the database is like, what is unsafe."""
    with installation() as opened:
        found = inspect(opened)
    parts = [
        f"Settings\n{indented(table(found.settings.items()))}",
        f"Database\n{indented(table(found.database.items()))}",
    ]
    if found.tenants:
        rows = [tuple(tenant.values()) for tenant in found.tenants]
        parts.append(f"Tenants\n{indented(table(rows, ('name', 'keys', 'tables')))}")
    parts += [_line(finding) for finding in found.findings]
    parts.append("Safe to start." if found.is_safe else "NOT safe to start.")
    show(found.as_json(), "\n".join(parts), as_json=as_json)
    if not found.is_safe:
        raise typer.Exit(1)


def _line(finding: Finding) -> str:
    kind = "UNSAFE" if finding.unsafe else "caution"
    return f"{kind}: {finding.about}: {finding.said}"
