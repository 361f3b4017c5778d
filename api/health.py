"""Whether the process lives, and whether the service can do its work.

Liveness asks nothing of anybody. Readiness asks the databases, with a short deadline
and one question at a time, and says of each check in one word how it is; nothing of how
the service is made stands there. A process beside us that is missing does not make us
unready, for requests can be answered; what it leaves undone does, when it is too much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from psycopg import sql
from starlette.concurrency import run_in_threadpool

from api import metrics
from api.installation import OpenTenant
from api.service import Service
from audit.record import parse_envelope
from ledger.database.alone import Task, is_done_by_somebody
from ledger.database.migrate import KEY_MIGRATIONS, MIGRATIONS, read_migrations
from ledger.database.roles import DatabaseRole
from ledger.lag import Lag
from ledger.sealing import moment

router = APIRouter(include_in_schema=False)

ANSWER_SECONDS: Final = 2.0
BEHIND_SECONDS: Final = 60.0  # that the log or a table may be behind the entries

OK, UNREACHABLE, PENDING = "ok", "unreachable", "pending"
BEHIND, ABSENT, UNREADABLE = "behind", "absent", "unreadable"
CLOSED = "closed"  # a tenant, while others are served
READY: Final = frozenset({OK, ABSENT, CLOSED})


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one tenant's log and tables have come, and who works on them."""

    tenant: str
    recorded: int  # entries
    published: int
    behind_seconds: float  # age of the first entry that is not published
    lags: dict[str, Lag]
    at_work: frozenset[Task]
    migrated: bool
    keys: bool


@dataclass(slots=True)
class Health:
    """Looks at the tenants of a service, one look at a time."""

    service: Service
    _look: asyncio.Future[list[Standing]] | None = field(default=None)

    async def standings(self) -> list[Standing]:
        """How every tenant stands. Raises `TimeoutError` and what a database raises."""
        if self._look is None or self._look.done():
            self._look = asyncio.ensure_future(run_in_threadpool(self._all))
            self._look.add_done_callback(lambda look: look.exception())
        return await asyncio.wait_for(asyncio.shield(self._look), ANSWER_SECONDS)

    def _all(self) -> list[Standing]:
        return [_standing(self.service, t) for t in self.service.tenants.values()]


def _standing(service: Service, tenant: OpenTenant) -> Standing:
    installation = service.installation
    schema, recorder = tenant.folder.schema, tenant.parts.recorder
    writer = DatabaseRole.WRITER
    pool = installation.pool(installation.ledger_conninfo(writer))
    with pool.connection() as connection:
        tables_done = _is_migrated(connection, schema, len(read_migrations(MIGRATIONS)))
        at_work = {t for t in Task if is_done_by_somebody(connection, t, schema)}
    keys = installation.pool(installation.keys_conninfo(writer))
    with keys.connection() as connection:
        keys_done = _is_migrated(
            connection, schema, len(read_migrations(KEY_MIGRATIONS))
        )
    published = tenant.folder.signed_size
    return Standing(
        tenant=tenant.folder.name,
        recorded=recorder.state_of_log()[0],
        published=published,
        behind_seconds=_age_of(tenant, published + 1),
        lags=service.followed[tenant.folder.name].lag(),
        at_work=frozenset(at_work),
        migrated=tables_done and keys_done,
        keys=tenant.folder.keyring.is_file(),
    )


def _is_migrated(connection: psycopg.Connection[Any], schema: str, last: int) -> bool:
    query = sql.SQL("SELECT max(number) FROM {}").format(
        sql.Identifier(schema, "migration")
    )
    row = connection.execute(query).fetchone()
    return row is not None and row[0] == last


def _age_of(tenant: OpenTenant, position: int) -> float:
    """Seconds since the entry at a position was recorded, 0 when there is none."""
    found = tenant.parts.recorder.select_notifications(position, 1)
    if not found:
        return 0.0
    recorded_at = moment(parse_envelope(bytes(found[0].state)).header.iat_ms)
    return max(0.0, (datetime.now(UTC) - recorded_at).total_seconds())


# -- what is answered ------------------------------------------------------------------


def checks(standings: list[Standing]) -> dict[str, str]:
    """Each check and how it is, over all tenants."""
    lags = [lag for standing in standings for lag in standing.lags.values()]
    at_work = frozenset(Task).intersection(*(s.at_work for s in standings))
    published = max((s.behind_seconds for s in standings), default=0.0)
    followed = max((lag.seconds for lag in lags), default=0.0)
    return {
        "database": OK,
        "migrations": OK if all(s.migrated for s in standings) else PENDING,
        "keys": OK if all(s.keys for s in standings) else UNREADABLE,
        Task.PUBLISH: _worker(Task.PUBLISH, published, at_work),
        Task.FOLLOW: _worker(Task.FOLLOW, followed, at_work),
        Task.SWEEP: OK if Task.SWEEP in at_work else ABSENT,
    }


def _worker(task: Task, behind: float, at_work: frozenset[Task]) -> str:
    if behind > BEHIND_SECONDS:
        return BEHIND
    return OK if task in at_work else ABSENT


@router.get("/livez")
async def get_livez() -> Response:
    """The process is there."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz")
async def get_readyz(request: Request) -> Response:
    """Whether requests can be answered, and every check by its name."""
    health: Health = request.app.state.health
    try:
        found = checks(await health.standings())
        found["tenants"] = CLOSED if health.service.closed else OK
    except Exception:  # whatever it is, we cannot work without a database
        found = {"database": UNREACHABLE}
    is_ready = set(found.values()) <= READY
    status = "ready" if is_ready else "not ready"
    said = {"status": status, "checks": found}
    return JSONResponse(said, 200 if is_ready else 503)


@router.get("/metrics")
async def get_metrics(request: Request) -> Response:
    """What was counted, and how far logs and tables have come, if that can be seen."""
    health: Health = request.app.state.health
    try:
        standings = await health.standings()
    except Exception:  # the counts are told all the same
        standings = []
    told = (*_gauges(standings), *_closed(health.service))
    lines = "".join(f"{line}\n" for line in told)
    body = metrics.as_text() + lines.encode()
    return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")


def _closed(service: Service) -> Iterator[str]:
    for tenant, code in service.closed.items():
        yield f'stafettlogg_tenant_closed{{tenant="{tenant}",code="{code}"}} 1'


def _gauges(standings: list[Standing]) -> Iterator[str]:
    """How tenants stand, in the text format: they are read, not counted, by us."""
    for s in standings:
        of = f'tenant="{s.tenant}"'
        yield f"stafettlogg_entries{{{of}}} {s.recorded}"
        yield f"stafettlogg_published_entries{{{of}}} {s.published}"
        yield f"stafettlogg_publisher_lag_seconds{{{of}}} {s.behind_seconds}"
        for task in Task:
            is_at_work = int(task in s.at_work)
            yield f'stafettlogg_process_up{{{of},task="{task}"}} {is_at_work}'
        for lag in s.lags.values():
            view = f'{of},view="{lag.view}"'
            yield f"stafettlogg_projection_lag_events{{{view}}} {lag.entries}"
            yield f"stafettlogg_projection_lag_seconds{{{view}}} {lag.seconds}"
            yield f"stafettlogg_projection_quarantined{{{view}}} {lag.aside}"
