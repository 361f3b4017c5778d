"""Liveness and readiness."""

from __future__ import annotations

import httpx
import pytest

from api import health
from api.health import Standing, checks
from ledger.database.alone import Task, alone
from ledger.database.roles import DatabaseRole
from ledger.lag import Lag


def test_a_process_lives_whatever_its_database_does(address):
    answer = httpx.get(f"{address}/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_readiness_tells_each_check_in_a_word_and_who_is_missing(address, service):
    said = httpx.get(f"{address}/readyz").json()["checks"]
    assert {said[name] for name in ("database", "migrations", "keys")} == {"ok"}
    assert said["sweep"] == "absent"
    installation = service.installation
    pool = installation.pool(installation.ledger_conninfo(DatabaseRole.WRITER))
    (tenant,) = service.tenants.values()
    with alone(pool, Task.SWEEP, tenant.folder.schema):
        assert httpx.get(f"{address}/readyz").json()["checks"]["sweep"] == "ok"
    assert httpx.get(f"{address}/readyz").json()["checks"]["sweep"] == "absent"


def standing(**changes: object) -> Standing:
    lag = Lag("register", position=9, entries=0, seconds=0.0, aside=0)
    fields = {
        "tenant": "testby",
        "recorded": 9,
        "published": 9,
        "behind_seconds": 0.0,
        "lags": {"register": lag},
        "at_work": frozenset(Task),
        "migrated": True,
        "keys": True,
    }
    return Standing(**{**fields, **changes})


LATE = health.BEHIND_SECONDS + 1


@pytest.mark.parametrize(
    ("changes", "check", "state"),
    [
        ({"behind_seconds": LATE}, "publish", "behind"),
        (
            {"lags": {"register": Lag("register", 1, 8, LATE, 0)}},
            "follow",
            "behind",
        ),
        ({"migrated": False}, "migrations", "pending"),
        ({"keys": False}, "keys", "unreadable"),
    ],
)
def test_what_is_too_far_behind_or_missing_in_one_tenant_makes_all_unready(
    changes, check, state
):
    assert set(checks([standing()]).values()) == {"ok"}
    found = checks([standing(), standing(**changes)])
    assert found[check] == state
    assert not set(found.values()) <= health.READY


def test_a_process_that_is_missing_is_told_and_does_not_make_unready():
    found = checks([standing(at_work=frozenset({Task.FOLLOW}))])
    assert (found["publish"], found["follow"]) == ("absent", "ok")
    assert set(found.values()) <= health.READY
