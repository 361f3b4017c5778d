"""`stafettlogg findings`: what stands out in a case, as questions."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

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
    day,
    installation,
    reader,
)
from api.words import label_table
from audit.findings import judge
from audit.findings.telling import LANGUAGES, as_text
from ledger.aggregates.guard import local_day
from ledger.judging import history_read


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise typer.BadParameter(f"is one of {', '.join(LANGUAGES)}")
    return text


@command
def findings(
    case: Case,
    tenant: TenantName,
    at: Annotated[
        date | None,
        typer.Option(parser=day, metavar="DATE", help="Judge open clocks then; today."),
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="nb|nn|en", parser=_language, help="Of the text.")
    ] = "en",
    by: By = None,
    role: AsRole = None,
    service: Service = None,
    unit: Unit = None,
    purpose: Purpose = "console",
    as_json: AsJson = False,
) -> None:
    """Say what a supervisor would ask about in a case.

    The reading is put on record before anything is printed. The verifier says the same
    of the case's bundle, to the byte.
    """
    actor = reader(by, role, service, unit)
    with installation() as opened:
        found = opened.tenant(tenant).parts
        reading = found.ledger.read(
            case_id(case, found.ledger.index),
            by=actor,
            view="findings",
            purpose=purpose,
        )
        on = at or local_day(found.ledger.clock())
        judgement = judge(history_read(found, reading, on, by=actor))
    text = judgement.dumps() if as_json else as_text(judgement, label_table(), language)
    typer.echo(text, nl=False)
