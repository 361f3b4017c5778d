"""`stafettlogg import | record | export`: what goes into cases and out of them."""

from __future__ import annotations

import difflib
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from uuid import UUID, uuid4

import typer
from pydantic import ValidationError

from api.commands.ending import command
from api.commands.typed import (
    AsJson,
    AsRole,
    By,
    Case,
    Purpose,
    Service,
    TenantName,
    Unit,
    case_id,
    given_file,
    installation,
    label,
    moment,
    reader,
)
from api.complaints import CommandFailed, complaint_about, misfits
from api.importing import import_into
from api.installation import OpenTenant
from api.printing import progress, show, table
from api.words import label_table
from audit.build_pyz import build_pyz
from audit.bundle import write_bundle
from audit.failures import ProofFailed
from audit.policy import open_checkpoint
from audit.record import parse_json
from ledger.application import CaseLedger, Receipt, utc_now
from ledger.entry import Actor
from ledger.events import Event, catalogue_name, from_json, recordable_types
from ledger.events.event import Role
from ledger.exporting import export_bundle
from ledger.importing import ImportedCase
from ledger.recorder import OutcomeUnknown, Overloaded

# --- import ---------------------------------------------------------------------------


@command
def import_history(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", parser=given_file, help="Or - for stdin.")
    ],
    tenant: TenantName,
    as_json: AsJson = False,
) -> None:
    """Record a history file; what is on record is skipped."""
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    with installation() as opened:
        imported = import_showing(opened.tenant(tenant), content)
    show(
        {"cases": [{**asdict(case), "case": str(case.case)} for case in imported]},
        imported_text(imported),
        as_json=as_json,
    )


def import_showing(tenant: OpenTenant, content: bytes) -> list[ImportedCase]:
    """Import a file and show how far it is."""
    with progress("importing") as steps:
        return import_into(tenant, content, steps)


def imported_text(imported: list[ImportedCase]) -> str:
    """One line for each case of the file."""
    return table((case.label, str(case.case), _counts(case)) for case in imported)


def _counts(case: ImportedCase) -> str:
    counts = {
        "recorded": case.recorded,
        "refused as expected": case.refused,
        "on record before": case.skipped,
    }
    return ", ".join(f"{n} {what}" for what, n in counts.items() if n)


# --- record ---------------------------------------------------------------------------


CaseOption = Annotated[
    str, typer.Option("--case", metavar="CASE", parser=label, help="Id or label.")
]
EventName = Annotated[
    str,
    typer.Option(
        "--event", metavar="EVENT", help="What happened; see `stafettlogg events`."
    ),
]
Fields = Annotated[
    str,
    typer.Option(
        "--data",
        metavar="JSON|@FILE|-",
        help="Its fields. Better from a file or stdin (-): others on this machine can"
        " read what is typed here.",
    ),
]
Person = Annotated[
    str, typer.Option("--by", metavar="PERSON", parser=label, help="Who acts.")
]
Capacity = Annotated[Role, typer.Option("--role", help="In which capacity.")]
Name = Annotated[
    str | None, typer.Option(parser=label, metavar="TEXT", help="Their name.")
]
Title = Annotated[
    str | None, typer.Option(parser=label, metavar="TEXT", help="Their title.")
]
Time = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="TIME", help="When it happened; now."),
]
Shield = Annotated[
    str | None, typer.Option(parser=label, metavar="ID", help="Under this shield.")
]
Key = Annotated[
    str | None,
    typer.Option(
        parser=label,
        metavar="KEY",
        help="With --at: given again, nothing is recorded twice.",
    ),
]


@command
def record(
    tenant: TenantName,
    case: CaseOption,
    event: EventName,
    data: Fields,
    by: Person,
    role: Capacity,
    service: Service = None,
    unit: Unit = None,
    name: Name = None,
    title: Title = None,
    at: Time = None,
    shield: Shield = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Record one action in a case, if the rules allow it.

    A refused one is on record too, by its name and code.
    """
    event_type = type_called(event)
    said = _event(event_type, _data(data))
    actor = Actor(by, role, service, unit, name, title, auth="console")
    if key is not None and at is None:
        raise typer.BadParameter("--key needs --at: the same request has the same time")
    again = Again(key or str(uuid4()), at or utc_now())
    with installation() as opened:
        found = opened.tenant(tenant)
        receipt = _recorded(found.parts.ledger, case, said, actor, again, shield)
        if found.is_demo and str(receipt.case) != case:
            found.folder.remember_labels([case])
    answer = _receipt(receipt, again)
    facts = [(name.replace("_", " "), str(value)) for name, value in answer.items()]
    show(answer, f"Recorded.\n{table(facts)}", as_json=as_json)


def type_called(name: str) -> type[Event]:
    """A type that people record, by its catalogue or wire name."""
    known = {n: t for t in recordable_types() for n in (catalogue_name(t), t.NAME)}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; see `stafettlogg events`"
    raise typer.BadParameter(f"--event is no event that people record{hint}")


def _data(given: str) -> bytes:
    """The JSON that was given, from wherever it was said to be."""
    if given == "-":
        content = sys.stdin.buffer.read()
    elif given.startswith("@"):
        try:
            content = Path(given[1:]).read_bytes()
        except OSError as error:
            raise typer.BadParameter(f"--data: {error.strerror}") from None
    else:
        content = given.encode(errors="replace")
    try:
        parse_json(content, "BODY_JSON")
    except ProofFailed:
        raise typer.BadParameter("--data is not strict JSON") from None
    return content


class Again(NamedTuple):
    """What makes a request the same when it is given again."""

    key: str
    occurred_at: datetime


def _recorded(
    ledger: CaseLedger,
    case: str,
    event: Event,
    by: Actor,
    again: Again,
    shield: str | None,
) -> Receipt:
    """Record; where the outcome is open, say how to ask again and not do it twice."""
    try:
        return ledger.record(
            case_id(case, ledger.index),
            event,
            by=by,
            occurred_at=again.occurred_at,
            key=again.key,
            shield=shield,
        )
    except (OutcomeUnknown, Overloaded) as error:
        code = complaint_about(error).code
        options = f"--key {again.key} --at {again.occurred_at.isoformat()}"
        said = f"{error}. To ask again safely, add {options}."
        raise CommandFailed(code, said) from None


def _event(event_type: type[Event], content: bytes) -> Event:
    """The event itself. Raises `CommandFailed` (`INVALID`), which names fields only."""
    try:
        return from_json(event_type.NAME, content)
    except ValidationError as error:
        name = catalogue_name(event_type)
        help_ = f"See `stafettlogg events {name}`."
        said = f"the data does not fit: {misfits(error)}. {help_}"
        raise CommandFailed("INVALID", said) from None


def _receipt(receipt: Receipt, again: Again) -> dict[str, Any]:
    return {
        "case": str(receipt.case),
        "occurred_at": again.occurred_at.isoformat(),
        "version": receipt.version,
        "position": receipt.position,
        "leaf": receipt.leaf.hex(),
        "key_id": receipt.key_id.hex(),
        "request_key": again.key,
    }


# --- export ---------------------------------------------------------------------------


@command
def export(
    case: Case,
    tenant: TenantName,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Where; CASE-ID.zip here."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if it exists.")
    ] = False,
    with_verifier: Annotated[
        bool, typer.Option("--with-verifier", help="Put the one-file verifier in too.")
    ] = False,
    by: By = None,
    role: AsRole = None,
    service: Service = None,
    unit: Unit = None,
    purpose: Purpose = "console",
    as_json: AsJson = False,
) -> None:
    """Write the evidence bundle of a case.

    It holds what its reader may see, with proof of all of it.
    """
    actor = reader(by, role, service, unit)
    with installation() as opened:
        found = opened.tenant(tenant)
        case_ = case_id(case, found.parts.ledger.index)
        path = out or Path(f"{case_}.zip")
        if path.exists() and not force:
            raise CommandFailed("FILE_EXISTS", "the file exists; --force replaces it.")
        verifier = build_pyz() if with_verifier else None
        export_to(found, case_, path, by=actor, purpose=purpose, verifier=verifier)
        newer = _newer(found, case_, actor)
    answer = {"case": str(case_), "bundle": str(path), "newer_entries": newer}
    show(answer, _exported_text(path, found, newer), as_json=as_json)


def export_to(
    tenant: OpenTenant,
    case: UUID,
    path: Path,
    *,
    by: Actor,
    purpose: str,
    verifier: bytes | None = None,
) -> None:
    """Write the bundle of a case to a file that nobody else may read."""
    with progress("exporting") as steps:
        packed = export_bundle(
            tenant.parts,
            case,
            log=tenant.folder.log,
            by=by,
            purpose=purpose,
            verifier=verifier,
            labels=label_table(),
            progress=steps,
        )
    write_bundle(path, packed)


def _newer(tenant: OpenTenant, case: UUID, actor: Actor) -> int:
    """How many entries this reader sees that are not in the published log yet."""
    note = tenant.folder.checkpoint.read_bytes()
    size = open_checkpoint(note, tenant.folder.read_policy()).checkpoint.size
    loaded = tenant.parts.ledger.load(case)
    seen = loaded.of(loaded.seen_by(actor))
    return sum((entry.position or 0) > size for entry in seen)


def _exported_text(path: Path, tenant: OpenTenant, newer: int) -> str:
    lines = [f"Bundle written to {path}."]
    if newer:
        lines.append(
            f"{newer} newer entries are not in it: `publish` them and export again."
        )
    lines.append(
        "Whoever gets it checks it with a policy from elsewhere:\n"
        f"  python -m audit verify {path} --policy POLICY"
    )
    return "\n".join(lines)
