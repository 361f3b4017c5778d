"""`stafettlogg profile check | adopt | list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.ending import command
from api.commands.typed import AsJson, TenantName, installation, label
from api.printing import show, table
from ledger.aggregates.trust import adoption_of
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.profiles import Profile, profile_from_file

RulesFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A TOML file."),
]


@command
def check(file: RulesFile, as_json: AsJson = False) -> None:
    """Read the process rules in a file; what is wrong is named with key and line."""
    profile = _read(file)
    text = f"{profile.name}, version {profile.version}, holds from {_begins(profile)}."
    show(_listed(profile), text, as_json=as_json)


@command
def adopt(
    file: RulesFile,
    tenant: TenantName,
    by: Annotated[
        str,
        typer.Option(metavar="REF", parser=label, help="Who decided it, as a label."),
    ],
    as_json: AsJson = False,
) -> None:
    """Let the process rules in a file hold, from the day they name.

    What happened before that day goes on being judged by the version before.
    """
    profile = _read(file)
    actor = Actor(by, Role.ADMINISTRATOR, auth="console")
    with installation() as opened:
        parts = opened.tenant(tenant).parts
        event = adoption_of(profile, parts.keyring.tenant)
        is_new = parts.registry.adopt(event, by=actor, now=parts.ledger.clock())
    said = "is adopted" if is_new else "was adopted before"
    text = f"{profile.id} version {profile.version} {said}: from {_begins(profile)}."
    show({**_listed(profile), "new": is_new}, text, as_json=as_json)


@command
def list_profiles(tenant: TenantName, as_json: AsJson = False) -> None:
    """List the process rules there are: those shipped, and those adopted."""
    with installation() as opened:
        book = opened.tenant(tenant, signs=False).parts.registry.book()
    found = [_listed(profile) for profile in book.versions]
    head = ("id", "name", "version", "from")
    rows = [tuple(map(str, row.values())) for row in found]
    show({"profiles": found}, table(rows, head), as_json=as_json)


def _read(file: Path) -> Profile:
    return profile_from_file(file.read_bytes())


def _begins(profile: Profile) -> str:
    return profile.valid_from.isoformat()


def _listed(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "name": profile.name,
        "version": profile.version,
        "valid_from": _begins(profile),
    }
