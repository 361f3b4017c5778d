"""One municipality that is closed keeps no other closed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from api.app import create_app
from api.installation import Installation
from api.opening import open_every
from api.service import Service
from api.settings import Settings
from ledger.rollback import RolledBack
from tests.api.consoles import Console, console
from tests.api.http.conftest import served

GOOD, BAD = "nes", "sund"


@pytest.fixture(scope="module")
def here() -> Iterator[Console]:
    """Two demos, one of which has signed more than its database holds."""
    with console() as fresh:
        for name in (GOOD, BAD):
            fresh.run("tenant", "create", name, "--demo")
            fresh.run("publish", "--tenant", name, "--once")
        _sign_more_than_there_is(fresh, BAD)
        yield fresh


def _sign_more_than_there_is(here: Console, name: str) -> None:
    state = here.home / "publisher" / f"{name}.json"
    held = json.loads(state.read_bytes())
    state.write_text(json.dumps({**held, "size": held["size"] + 5}))


@pytest.fixture
def installation(here: Console) -> Iterator[Installation]:
    with Installation(Settings(home=here.home)) as opened:
        yield opened


def test_a_tenant_that_is_closed_is_named_and_the_others_are_open(installation):
    every = open_every(installation)
    assert set(every.opened) == {GOOD}
    assert every.closed == {BAD: "ROLLED_BACK"}


def test_readiness_and_metrics_tell_of_a_tenant_that_is_closed(installation):
    with served(create_app(Service(installation))) as address:
        ready = httpx.get(f"{address}/readyz")
        metrics = httpx.get(f"{address}/metrics").text
    assert (ready.status_code, ready.json()["checks"]["tenants"]) == (200, "closed")
    closed = f'stafettlogg_tenant_closed{{tenant="{BAD}",code="ROLLED_BACK"}} 1'
    assert closed in metrics


def test_those_that_are_open_are_followed_and_it_is_told_that_not_all_are(here):
    assert set(here.told("follow", "--once", exits=1)["tenants"]) == {GOOD}


def test_where_every_tenant_is_closed_nothing_starts(here, installation):
    _sign_more_than_there_is(here, GOOD)
    with pytest.raises(RolledBack):
        open_every(installation)
