"""`stafettlogg follow | rebuild`: the tables that lists across cases are read from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import typer

from api.commands.ending import command
from api.commands.typed import AsJson, EveryTenant, installation
from api.installation import Installation
from api.logs import configure
from api.opening import Tenants, open_every
from api.printing import progress, say, show, table, waiting
from api.standing_work import revive
from api.stopping import work_until_told
from ledger.database.alone import Task
from ledger.following import Follower, follow
from ledger.lag import Lag
from ledger.projections.plain import as_json as plain
from ledger.rebuilding import rebuild
from ledger.views import VIEWS


def view_name(text: str) -> str:
    """The name of a view."""
    if text not in VIEWS:
        raise typer.BadParameter(f"a view is one of {', '.join(VIEWS)}")
    return text


# --- follow ---------------------------------------------------------------------------


@command
def follow_log(
    tenant: EveryTenant = None,
    once: Annotated[
        bool, typer.Option("--once", help="Bring the tables up to date and end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring what is recorded into the tables of lists, until stopped.

    One follower a tenant. Exit status 1 when an entry had to be set aside, or
    a tenant is closed.
    """
    with installation() as opened:
        tenants = _tenants(opened, tenant)
        followers = _followers(opened, tenants)
        if once:
            with waiting("following"):
                for follower in followers.values():
                    follower.catch_up()
        else:
            if tenant is None:
                configure(opened.settings.log_level, process=Task.FOLLOW)
            else:
                say("Following. Stop with Ctrl-C.")
            _follow(opened, list(followers.values()))
        lags = {name: follower.lag() for name, follower in followers.items()}
    show(_as_json(lags), _as_text(lags), as_json=as_json)
    aside = any(lag.aside for views in lags.values() for lag in views.values())
    if aside or tenants.closed:
        raise typer.Exit(1)


def _tenants(opened: Installation, tenant: str | None) -> Tenants:
    if tenant is None:
        return open_every(opened, signs=False)
    return Tenants({tenant: opened.tenant(tenant, signs=False)}, {})


def _followers(opened: Installation, tenants: Tenants) -> dict[str, Follower]:
    return {name: opened.follower(each) for name, each in tenants.opened.items()}


def _follow(opened: Installation, followers: Sequence[Follower]) -> None:
    """Follow until told to stop; a database that is away is waited for."""
    work = partial(follow, followers, on_loss=lambda: revive(opened))
    with waiting("following the ledger"):
        work_until_told({Task.FOLLOW: work})


def _as_json(lags: dict[str, dict[str, Lag]]) -> dict[str, Any]:
    return {
        "tenants": {
            name: [plain(lag) for lag in views.values()] for name, views in lags.items()
        }
    }


def _as_text(lags: dict[str, dict[str, Lag]]) -> str:
    rows = [
        (name, lag.view, str(lag.position), str(lag.entries), str(lag.aside))
        for name, views in lags.items()
        for lag in views.values()
    ]
    return table(rows, ("tenant", "view", "position", "behind", "set aside"))


# --- rebuild --------------------------------------------------------------------------


@command
def rebuild_views(
    view: Annotated[
        str | None,
        typer.Argument(metavar="VIEW", parser=view_name, help="One view; else all."),
    ] = None,
    tenant: EveryTenant = None,
    as_json: AsJson = False,
) -> None:
    """Make the tables of lists anew from the log, beside those that are read.

    May run while the ledger is used; interrupted, it goes on where it was.
    """
    views = VIEWS if view is None else (view,)
    with installation() as opened:
        tenants = _tenants(opened, tenant)
        followers = _followers(opened, tenants)
        for name, follower in followers.items():
            for each in views:
                with progress(f"{name}: {each}") as steps:
                    rebuild(follower, each, steps)
        lags = {name: follower.lag() for name, follower in followers.items()}
    show(_as_json(lags), _as_text(lags), as_json=as_json)
    aside = any(lags[name][each].aside for name in lags for each in views)
    if aside or tenants.closed:
        raise typer.Exit(1)
