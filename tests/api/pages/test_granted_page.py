"""A case that is granted on record is listed and shown, as far as the grant goes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from api.installation import OpenTenant
from api.sign_in import DEMO_TENANT
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.events.supervision import (
    AccessGranted,
    SupervisoryBasis,
    SupervisoryCaseOpened,
)
from tests.api.pages.test_case_page import text_of

OFFICER = Actor("personvern-1", Role.PRIVACY_OFFICER)
SUPERVISOR = Actor("tilsyn-1", Role.SUPERVISOR, "statsforvalter")


@pytest.fixture
def tenant(service) -> OpenTenant:
    return service.tenants[DEMO_TENANT]


def test_a_grant_on_record_says_which_sectors_it_shows(browse, tenant, case_of):
    """`tilsyn-1` has a demo's stand-in for case c alone; d is granted here."""
    ledger, case = tenant.parts.ledger, UUID(case_of("d"))
    basis = SupervisoryBasis(act="opplæringslova", section="tilsyn", sector="skole")
    today = ledger.clock().date()
    taken_up = SupervisoryCaseOpened(
        supervisory_case="ts-d",
        authority="statsforvalter",
        basis=(basis,),
        period_from=today,
        period_to=today,
    )
    granted = AccessGranted(
        grant_id="tg-d",
        supervisory_case="ts-d",
        persons=("tilsyn-1",),
        views=("all",),
        sectors=("skole",),
        until=today + timedelta(days=5),
        officers=("personvern-1", "arkiv-1"),
    )
    tor = browse("tor")
    assert tor.get(f"/tilsyn/{case}").status_code == 404
    ledger.record(case, taken_up, by=SUPERVISOR, occurred_at=None, key="ts-d")
    ledger.record(case, granted, by=OFFICER, occurred_at=None, key="tg-d")
    assert f"/tilsyn/{case}" in tor.get("/tilsyn").text
    page = tor.get(f"/tilsyn/{case}")
    assert page.status_code == 200
    assert "Innsynet gjelder disse sektorene: Skole." in text_of(page.text)
