"""A dispute is seen wherever the disputed entry is, and changes nothing of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from api.installation import OpenTenant
from api.sign_in import DEMO_TENANT
from ledger.entry import Actor
from ledger.events.correction import EntryDisputed, Target
from ledger.events.event import Role
from tests.api.pages.test_case_page import text_of

MOTHER = Actor("c-mor", Role.GUARDIAN, name="Testforelder Christine Charlie")
SAID = "Han sa ikke det."


@pytest.fixture
def tenant(service) -> OpenTenant:
    return service.tenants[DEMO_TENANT]


@pytest.fixture
def number(tenant, case_of) -> int:
    """The number of an entry that the mother disputes."""
    ledger, case = tenant.parts.ledger, UUID(case_of("c"))
    reader = Actor("c-miljo", Role.STAFETTHOLDER, "skole")
    entries = ledger.read(case, by=reader, view="test", purpose="test").entries
    found = next(
        n for n, e in enumerate(entries, 1) if type(e.event).__name__ == "MeetingHeld"
    )
    disputed = EntryDisputed(
        target=Target(entry=str(entries[found - 1].position)),
        disputed_by="c-mor",
        statement=SAID,
    )
    ledger.record(case, disputed, by=MOTHER, occurred_at=None, key="dispute")
    return found


def test_a_disputed_entry_says_so_in_the_timeline(browse, case_of, number):
    page = browse("cecilie").get(f"/saker/{case_of('c')}/tidslinje?vis=alt").text
    line = page.split(f'id="o{number}"')[1].split("</li>")[0]
    assert "Bestridt" in text_of(line)
    assert text_of(page).count("Bestridt") == 1


def test_a_disputed_entry_stands_with_the_words_of_the_dispute(browse, case_of, number):
    page = browse("cecilie").get(f"/saker/{case_of('c')}/oppforing/{number}").text
    said = text_of(page)
    assert "Bestridt" in said
    assert SAID in said


def test_entries_and_timeline_name_the_dispute(browse, case_of, number, tenant):
    case = case_of("c")
    asked = {"Authorization": "Bearer cecilie", "Accept": "application/json"}
    told = browse().get(
        f"/api/v1/cases/{case}/entries",
        params={"purpose": "test", "limit": 200},
        headers=asked,
    )
    entries = told.json()["items"]
    (disputed,) = [e for e in entries if e["disputed_by"]]
    (dispute,) = [e for e in entries if e["disputes"]]
    assert disputed["disputed_by"] == [dispute["position"]]
    assert dispute["disputes"] == disputed["position"]
    assert dispute["event"]["statement"] == SAID
