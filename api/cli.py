"""The command line: which commands there are. `api.commands` has what each does.

Exit status of every command: 0 done, 1 refused or failed, 2 wrong usage.
"""

from __future__ import annotations

import logging
import signal
import sys

import typer

from api.commands import (
    backup,
    case,
    demo,
    events,
    findings,
    follow,
    keys,
    log,
    profile,
    receive,
    serve,
    show,
    sweep,
    tenant,
    upkeep,
)

app = typer.Typer(
    name="stafettlogg",
    help="The case history of a child followed up across services, as signed entries"
    " that anyone may check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would show what is in memory
    rich_markup_mode=None,
)
of_tenants = typer.Typer(no_args_is_help=True, help="Municipalities and their ledgers.")
of_keys = typer.Typer(no_args_is_help=True, help="What signs, and what seals.")
of_profiles = typer.Typer(no_args_is_help=True, help="The process rules cases follow.")
of_settings = typer.Typer(no_args_is_help=True, help="Settings and start-up checks.")

app.command("demo")(demo.demo)
app.add_typer(of_tenants, name="tenant")
of_tenants.command("create")(tenant.create)
of_tenants.command("list")(tenant.list_tenants)
app.command("serve")(serve.serve)
app.command("sweep")(sweep.sweep)
app.command("web")(serve.answer_requests)
app.command("events")(events.events)
app.command("import")(case.import_history)
app.command("record")(case.record)
app.command("show")(show.show_case)
app.command("export")(case.export)
app.command("receive")(receive.receive)
app.command("findings")(findings.findings)
app.command("publish")(log.publish)
app.command("follow")(follow.follow_log)
app.command("rebuild")(follow.rebuild_views)
app.command("fsck")(log.fsck)
app.command("mirror")(log.mirror)
app.add_typer(of_keys, name="keys")
of_keys.command("show")(keys.show_keys)
of_keys.command("rotate")(keys.rotate_key)
of_keys.command("epoch")(keys.new_epoch)
app.add_typer(of_profiles, name="profile")
of_profiles.command("check")(profile.check)
of_profiles.command("adopt")(profile.adopt)
of_profiles.command("list")(profile.list_profiles)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("migrate")(upkeep.migrate)
app.add_typer(of_settings, name="config")
of_settings.command("check")(upkeep.check_config)


def main() -> None:
    """Run the command that was typed and exit with its status."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s"
    )
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # commands say it once
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as well as Ctrl-C
    app()


if __name__ == "__main__":
    main()
