"""`stafettlogg demo`: the first thing anyone sees."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands.ending import command
from api.commands.typed import AsJson, installation, reader
from api.demo import Outcome, run
from api.installation import Installation
from api.logs import configure
from api.printing import indented, say, show, table
from api.serving import PORT, WORKERS, listening, serve, url_of
from api.settings import PREFIX
from api.sign_in import DEMO_TENANT, sample_people


@command
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End without serving. So does --json.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take three sample cases the whole way, as a check, and serve them.

    Import, sign, show, export, verify, forge a copy, and check all of it.
    """
    by = reader(None, None, None, None)
    with installation() as opened:
        outcome = run(opened, by=by, tell=_silent if as_json else typer.echo)
        show({"ok": outcome.ok, **outcome.said}, "", as_json=as_json)
        if not as_json:
            typer.echo(_end(outcome, once=once))
        if not outcome.ok:
            raise typer.Exit(1)
        if not (once or as_json):
            _serve(opened)


def _serve(opened: Installation) -> None:
    """Serve until told to stop; of requests, only those that failed are told."""
    os.environ.setdefault(f"{PREFIX}LOG_LEVEL", "WARNING")
    configure(os.environ[f"{PREFIX}LOG_LEVEL"], process="serve")
    with listening(PORT, or_next=True) as listener:
        typer.echo(_sample_people(url_of(listener)))
        serve(opened, listener, workers=WORKERS)
    say("Stopped; everything is kept.")


def _sample_people(url: str) -> str:
    """How to ask as one of the people of the histories."""
    actors = {one.id: one.actor for one in sample_people().values()}
    people = table(
        (name, actor.role, actor.service or "", actor.name or "")
        for name, actor in actors.items()
    )
    return (
        "\nNobody signs in to a demo: name one of these as the bearer token, as in"
        f"\n  curl -H 'Authorization: Bearer cecilie' {url}api/v1/…"
        f"\n\n{indented(people)}\n"
    )


def _silent(line: str) -> None:
    """Say nothing: the answer is JSON."""


def _end(outcome: Outcome, *, once: bool) -> str:
    home = outcome.home
    policy = home / "tenants" / DEMO_TENANT / "policy"
    lines = [
        "\nA supervisor checks a bundle so, with the policy they were handed before"
        " (no witness watches this log, hence the last word):",
        f"  {_python()} -m audit verify {shlex.quote(_near(outcome.bundles[-1]))}"
        f" --policy {shlex.quote(_near(policy))} --allow-unwitnessed",
    ]
    if not once:
        lines += ["", "Try next, in another terminal:", *map(_indent, _hints(home))]
    if not outcome.ok:
        lines.append("\nFAILED: not everything above is as it should be.")
    return "\n".join(lines)


def _hints(home: Path) -> list[str]:
    program = _program()
    return [
        f"export {PREFIX}HOME={shlex.quote(str(home))}",
        f"{program} show --tenant {DEMO_TENANT}",
        f"{program} show c --tenant {DEMO_TENANT} --view handovers --names",
        f"{program} show d --tenant {DEMO_TENANT} --view timeline --all",
        f"{program} record --tenant {DEMO_TENANT} --case d --event MeetingScheduled"
        f" --data {shlex.quote(_MEETING)} --by d-larer --role stafettholder"
        " --service skole",
        f"{program} show d --tenant {DEMO_TENANT} --view access",
    ]


_MEETING = (
    '{"meeting_id": "d-m1", "type": "samarbeidsmote", "on": "2027-01-15",'
    ' "invited": ["d-mor", "d-far"]}'
)


def _indent(line: str) -> str:
    return f"  {line}"


def _near(path: Path) -> str:
    """A path as short as it can be typed from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _python() -> str:
    return shlex.quote(_near(Path(sys.executable)))


def _program() -> str:
    typed = Path(sys.argv[0])
    is_ours = typed.name == "stafettlogg"
    return shlex.quote(_near(typed.absolute())) if is_ours else "stafettlogg"
