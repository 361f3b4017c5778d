"""`stafettlogg sweep`: what is due by the clock."""

from __future__ import annotations

from typing import Annotated

import typer

from api import metrics
from api.commands.ending import command
from api.commands.typed import AsJson, EveryTenant, installation
from api.installation import Installation, OpenTenant
from api.logs import configure, log
from api.printing import show
from api.standing_work import Work, work_for_every_tenant
from ledger.database.alone import Task
from ledger.following import AlreadyFollowing
from ledger.projections.plain import as_json as plain
from ledger.sweeping import Swept

FOLLOWED_WITHIN = 30.0  # seconds, by another process that follows


@command
def sweep(
    tenant: EveryTenant = None,
    once: Annotated[bool, typer.Option("--once", help="Sweep once and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Record what each day brings, tell people, forget old keys, until stopped.

    Consents that end, proposals that lapse, birthdays: each once, dated when it came to
    hold. Notices say only that something waits. One sweeper a tenant; a second one
    stands by, and with `--once` is refused. Exit status 1 when a case failed.
    """
    with installation() as opened:
        names = [tenant] if tenant else None
        if not once:
            configure(opened.settings.log_level, process=Task.SWEEP)
            work_for_every_tenant(opened, _sweeping, names, signs=True)
            return
        names = names or [folder.name for folder in opened.home.complete_tenants()]
        swept = {name: _sweep_once(opened, opened.tenant(name)) for name in names}
    text = "\n".join(f"{name}: {_told(each)}" for name, each in swept.items())
    show({"swept": {n: plain(s) for n, s in swept.items()}}, text, as_json=as_json)
    if any(each.turned.failed for each in swept.values()):
        raise typer.Exit(1)


def _sweep_once(opened: Installation, tenant: OpenTenant) -> Swept:
    """Sweep by tables that tell of all that is on record now."""
    follower = opened.follower(tenant)
    try:
        follower.catch_up()
    except AlreadyFollowing:
        follower.wait_for(follower.head(), FOLLOWED_WITHIN)
    return opened.sweeper(tenant).sweep()


def _told(swept: Swept) -> str:
    turned = swept.turned
    failed = f", {turned.failed} cases failed" if turned.failed else ""
    told = f"{swept.notified.sent} told"
    return f"{turned.recorded} recorded{failed}, {told}, {swept.forgotten} forgotten"


def _sweeping(opened: Installation, tenant: OpenTenant) -> Work:
    name = tenant.folder.name

    def tell(swept: Swept) -> None:
        metrics.SWEPT.labels(name).inc(swept.forgotten)
        metrics.TURNED.labels(name).inc(swept.turned.recorded)
        metrics.TURNS_FAILED.labels(name).inc(swept.turned.failed)
        for end in ("sent", "dropped", "failed"):
            metrics.NOTICES.labels(name, end).inc(getattr(swept.notified, end))
        log.info("swept", tenant=name, **_counts(swept))

    sweeper = opened.sweeper(tenant)
    return lambda stop: sweeper.run(stop, tell)


def _counts(swept: Swept) -> dict[str, int]:
    return {
        "forgotten": swept.forgotten,
        "recorded": swept.turned.recorded,
        "failed": swept.turned.failed,
        "told": swept.notified.sent,
        "not_told": swept.notified.failed,
    }
