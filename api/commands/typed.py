"""What several commands take: their options, and how what was typed is read.

A mistake here is wrong usage, exit status 2, and is told before anything is opened.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.home import is_tenant_name
from api.installation import Connections, Installation
from api.printing import say
from api.settings import read_settings, unknown_settings
from ledger.aggregates.guard import LOCAL
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.events.fields import LABEL_LENGTH, readable
from ledger.index import CaseIndex
from ledger.projections.moment import parse_time


def tenant_name(text: str) -> str:
    """A tenant's name."""
    if not is_tenant_name(text):
        raise typer.BadParameter(
            "a tenant's name is 2 to 41 of a-z, 0-9 and _, beginning with a letter"
        )
    return text


def label(text: str) -> str:
    """A ref, code or other short text, as an entry may hold it."""
    try:
        readable(text)
    except ValueError:
        raise typer.BadParameter("holds characters that no entry may hold") from None
    if not 0 < len(text) <= LABEL_LENGTH:
        raise typer.BadParameter(f"is 1 to {LABEL_LENGTH} characters")
    return text


def moment(text: str) -> datetime:
    """An ISO 8601 time; one without an offset is meant in Europe/Oslo."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("is no time, as 2026-03-11T09:40+01:00") from None
    if len(text) <= len("2026-03-11"):
        raise typer.BadParameter("needs a time of day, as 2026-03-11T09:40")
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def point(text: str) -> datetime:
    """A time with its offset, or the end of a day."""
    try:
        return parse_time(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def day(text: str) -> date:
    """An ISO 8601 day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("is no day, as 2026-03-11") from None


def given_file(text: str) -> Path:
    """A file to be read, or `-`. Its name is not repeated: it may be a child's."""
    path = Path(text)
    if text != "-" and (path.is_dir() or not path.exists()):
        raise typer.BadParameter("there is no such file")
    return path


TenantName = Annotated[
    str,
    typer.Option("--tenant", metavar="NAME", parser=tenant_name, help="Whose ledger."),
]
EveryTenant = Annotated[
    str | None,
    typer.Option(
        "--tenant",
        metavar="NAME",
        parser=tenant_name,
        help="Whose ledger; without it, every tenant's.",
    ),
]
NewTenantName = Annotated[str, typer.Argument(metavar="NAME", parser=tenant_name)]
Case = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        parser=label,
        help="A case: its id, or what its history file calls it.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with JSON.")]
By = Annotated[
    str | None,
    typer.Option(
        metavar="PERSON",
        parser=label,
        help="Who reads; without it, the console itself.",
    ),
]
AsRole = Annotated[Role | None, typer.Option(help="In which capacity they read.")]
Service = Annotated[
    str | None, typer.Option(parser=label, metavar="CODE", help="Their service.")
]
Unit = Annotated[
    str | None, typer.Option(parser=label, metavar="CODE", help="Their unit.")
]
Purpose = Annotated[
    str, typer.Option(parser=label, metavar="TEXT", help="What for; goes on record.")
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        exists=True,
        dir_okay=False,
        help="The policy to check against; without it, the tenant's own copy.",
    ),
]


def reader(
    by: str | None, role: Role | None, service: str | None, unit: str | None
) -> Actor:
    """Who reads: the person that is named, or the console on the service's behalf."""
    if (by is None) != (role is None):
        raise typer.BadParameter("--by and --role go together")
    if by is None or role is None:
        return Actor(ref=f"console:{_account()}", role=Role.SYSTEM, auth="console")
    return Actor(by, role, service, unit, auth="console")


def _account() -> str:
    """The operating system's name of whoever sits there."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def case_id(text: str, index: CaseIndex) -> UUID:
    """The id of a case that is given by its id or its label."""
    try:
        return UUID(text)
    except ValueError:
        return index.case_id(text)


@contextmanager
def installation(
    *, new_passphrase: bool = False, connections: Connections | None = None
) -> Iterator[Installation]:
    """This machine's ledger as the settings have it. Raises `SettingsRefused`."""
    settings = read_settings()
    for name in unknown_settings(os.environ):
        say(f"stafettlogg: warning: {name} is no setting; a slip?")
    ask = _ask_twice if new_passphrase else _ask
    with Installation(settings, ask=ask, connections=connections) as opened:
        yield opened


def _ask(what: str) -> str | None:
    """Ask for a secret, on a terminal only."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return str(typer.prompt(what, hide_input=True, err=True))


def _ask_twice(what: str) -> str | None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return str(typer.prompt(what, hide_input=True, confirmation_prompt=True, err=True))
