"""`stafettlogg keys show | rotate | epoch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.ending import command
from api.commands.typed import AsJson, TenantName, installation
from api.printing import show, table
from api.rekeying import data_keys_by_epoch, known_keys, renew_epoch, rotate
from audit.note import vkey
from audit.record import thumbprint
from ledger.keyring import verifier_key


@command
def show_keys(tenant: TenantName, as_json: AsJson = False) -> None:
    """Show the tenant's keys, their public halves only, and since where they sign."""
    with installation() as opened:
        found = opened.tenant(tenant, signs=False)
        keyring = found.keyring
        epochs = data_keys_by_epoch(opened, found)
        known = known_keys(found)
        name = found.parts.registry.log_name()
    origin = keyring.origin
    answer: dict[str, Any] = {
        "tenant": keyring.tenant,
        "origin": origin,
        "log": verifier_key(name, keyring.checkpoint),
        "registry": vkey(f"{origin}/registry", 1, keyring.root),
        "root": thumbprint(keyring.root).hex(),
        "service": keyring.service.key_id.hex(),
        "epoch": keyring.epoch,
        "data_keys": {str(epoch): count for epoch, count in epochs.items()},
        "introduced": [
            {"key_id": k.key_id.hex(), "purpose": k.purpose, "position": k.position}
            for k in known
        ],
    }
    show(answer, _text(answer), as_json=as_json)


def _text(answer: dict[str, Any]) -> str:
    wrapped = ", ".join(f"{n} of epoch {e}" for e, n in answer["data_keys"].items())
    facts = [
        ("signed as", answer["tenant"]),
        ("log", answer["log"]),
        ("registry", answer["registry"]),
        ("signs now", answer["service"]),
        ("tenant key", f"epoch {answer['epoch']}"),
        ("data keys", wrapped or "none"),
    ]
    facts += [
        ("introduced", f"{key['key_id']} {key['purpose']}, entry {key['position']}")
        for key in answer["introduced"]
    ]
    return table(facts)


@command
def rotate_key(
    tenant: TenantName,
    root: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="The registry's root."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign with a new key from now on; the registry's root introduces it."""
    with installation() as opened:
        old, new = rotate(opened, tenant, root)
    text = f"Entries are signed by {new.hex()} from now on.\nRetired: {old.hex()}"
    show({"service": new.hex(), "replaces": old.hex()}, text, as_json=as_json)


@command
def new_epoch(
    tenant: TenantName,
    destroy_old: Annotated[
        bool,
        typer.Option(
            "--destroy-old",
            help="Destroy older tenant keys, and with them what old backups hold.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new tenant key and wrap every data key anew; entries stay as they are."""
    with installation() as opened:
        epoch, wrapped = renew_epoch(opened, tenant, destroy_old=destroy_old)
    text = f"Epoch {epoch}: {wrapped} data keys are wrapped anew."
    text += " Older tenant keys are destroyed." if destroy_old else ""
    answer = {"epoch": epoch, "rewrapped": wrapped, "old_destroyed": destroy_old}
    show(answer, text, as_json=as_json)
