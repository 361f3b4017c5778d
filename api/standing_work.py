"""Work that is done for every tenant for as long as the service runs.

What stands in the way of one tenant's work is told in the log and waited for; the
others go on. Waits grow and are never the same twice, so that many that were thrown
back by one outage do not come again together.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event as Signal
from threading import Lock

import psycopg

from api.installation import Installation, OpenTenant
from api.logs import about, log
from api.stopping import work_until_told
from ledger.database.alone import AlreadyAtWork
from ledger.database.embedded import PostgresFailed

SHORTEST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds
STANDBY_SECONDS = 2.0

Work = Callable[[Signal], None]
"""Done until its signal is set."""


@dataclass
class Patience:
    """How long to wait after another failure in a row."""

    failures: int = 0

    def seconds(self) -> float:
        """Twice as long as the last time at most, and by chance up to half of it."""
        longest = min(LONGEST_WAIT, SHORTEST_WAIT * 2**self.failures)
        self.failures += 1
        return random.uniform(longest / 2, longest)  # noqa: S311 - no secret


def work_for_every_tenant(
    installation: Installation,
    wanted: Callable[[Installation, OpenTenant], Work],
    names: Sequence[str] | None = None,
    *,
    signs: bool = False,
) -> None:
    """Do a work for each tenant, or those named, until somebody says stop.

    Each has a thread of its own. Work that `signs` entries keeps the keys from being
    changed meanwhile.
    """
    every = (folder.name for folder in installation.home.complete_tenants())
    works = {
        name: partial(_keep_at, _Opening(installation, name, wanted, signs))
        for name in names or every
    }
    work_until_told(works)


@dataclass(frozen=True, slots=True)
class _Opening:
    """One tenant's work: the tenant is opened anew after each failure."""

    installation: Installation
    tenant: str
    wanted: Callable[[Installation, OpenTenant], Work]
    signs: bool

    def __call__(self, stop: Signal) -> None:
        with _opening:
            opened = self.installation.tenant(self.tenant, signs=self.signs)
            work = self.wanted(self.installation, opened)
        work(stop)


_opening = Lock()  # an installation is put together by one thread at a time


def _keep_at(work: _Opening, stop: Signal) -> None:
    patience = Patience()
    while not stop.is_set():
        try:
            work(stop)
        except AlreadyAtWork:
            log.info("standing by", tenant=work.tenant)
            stop.wait(STANDBY_SECONDS)
        except Exception as error:
            seconds = patience.seconds()
            told = {"tenant": work.tenant, "seconds": seconds, **about(error)}
            log.error("work failed", **told)
            stop.wait(seconds)
            revive(work.installation)


def revive(installation: Installation) -> None:
    """Start the embedded server again if it was killed; if it cannot be, say so."""
    try:
        with _opening:
            installation.revive()
    except (psycopg.OperationalError, PostgresFailed) as error:
        log.error("database away", **about(error))
