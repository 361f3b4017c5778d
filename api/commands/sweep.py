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


@command
def sweep(
    tenant: EveryTenant = None,
    once: Annotated[bool, typer.Option("--once", help="Sweep once and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget the keys of requests when their time is over, until stopped.

    One sweeper a tenant; a second one stands by, and with `--once` is refused.
    """
    with installation() as opened:
        names = [tenant] if tenant else None
        if not once:
            configure(opened.settings.log_level, process=Task.SWEEP)
            work_for_every_tenant(opened, _sweeping, names)
            return
        names = names or [folder.name for folder in opened.home.complete_tenants()]
        swept = {
            name: opened.sweeper(opened.tenant(name, signs=False)).sweep()
            for name in names
        }
    text = "\n".join(f"{name}: {count} forgotten" for name, count in swept.items())
    show({"swept": swept}, text, as_json=as_json)


def _sweeping(opened: Installation, tenant: OpenTenant) -> Work:
    name = tenant.folder.name

    def tell(count: int) -> None:
        metrics.SWEPT.labels(name).inc(count)
        log.info("swept", tenant=name, count=count)

    sweeper = opened.sweeper(tenant)
    return lambda stop: sweeper.run(stop, tell)
