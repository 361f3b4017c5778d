"""The supervisor's pages: proof, past and evidence, for granted cases only."""

from __future__ import annotations

from uuid import UUID

import pytest

from api.installation import OpenTenant
from api.sign_in import DEMO_TENANT
from audit.verify import verify_bundle
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.events.people import GuardianRegistered
from tests.api.pages.test_case_page import readings, text_of

LEADER = Actor("c-uled", Role.LEADER, "skole", "Havnes ungdomsskole")
FATHER = GuardianRegistered(
    guardian_ref="c-far",
    name="Testforelder Christer Charlie",
    authority="foreldreansvar",
    source="skole",
)


@pytest.fixture
def tenant(service) -> OpenTenant:
    return service.tenants[DEMO_TENANT]


def test_what_is_proved_not_disclosed_and_failed_is_counted_apart(browse, case_of):
    said = text_of(browse("tor").get(f"/tilsyn/{case_of('c')}").text)
    assert "0 Ingen kontroll feilet." in said
    assert "mot kontrollpunktet på" in said


def test_what_no_witness_vouches_for_is_proved_by_the_log_alone(browse, case_of):
    page = browse("tor").get(f"/tilsyn/{case_of('c')}").text
    said = text_of(page)
    assert "Bevist av loggen alene." in said
    assert "Ingen uavhengige vitner følger loggen til demoen" in said
    assert "Alt som ble kontrollert, er bevist." not in said
    assert 'class="ds-alert" data-color="info"' in page
    assert 'class="ds-alert" data-color="success"' not in page


@pytest.mark.parametrize("query", ["", "?slik=14.03.2025"])
def test_what_is_shielded_is_said_to_be_no_part_of_any_case_here(
    browse, case_of, query
):
    said = text_of(browse("tor").get(f"/tilsyn/{case_of('c')}{query}").text)
    assert "Det som er skjermet i en sak, hører ikke til denne visningen" in said


def test_what_came_after_the_checkpoint_is_counted_as_not_checked(
    browse, case_of, tenant
):
    page = browse("tor").get(f"/tilsyn/{case_of('c')}").text
    assert "ikke i den signerte loggen ennå" not in page
    tenant.parts.ledger.record(
        UUID(case_of("c")), FATHER, by=LEADER, occurred_at=None, key="newer"
    )
    said = text_of(browse("tor").get(f"/tilsyn/{case_of('c')}").text)
    assert "1 oppføring på denne siden er ikke i den signerte loggen ennå" in said


def test_what_does_not_hold_is_an_alert_that_sums_up_nothing(browse, case_of, tenant):
    pinned = tenant.folder.policy.read_text(encoding="utf-8")
    tenant.folder.policy.write_text(pinned.replace("fjordvik", "nordvik"))
    try:
        page = browse("tor").get(f"/tilsyn/{case_of('c')}").text
    finally:
        tenant.folder.policy.write_text(pinned)
    assert 'data-color="danger" role="alert"' in page
    assert "1 kontroll feilet." in text_of(page)
    assert "Alt som ble kontrollert, er bevist." not in page


def test_a_day_in_the_past_shows_the_case_as_it_was(browse, case_of):
    said = text_of(browse("tor").get(f"/tilsyn/{case_of('c')}?slik=14.03.2025").text)
    assert "Slik så saken ut 14.03.2025 , slik den var kjent samme dag. 31" in said
    assert "Camilla Charlie siden 24.09.2024" in said
    assert "forrige hendelse 12.03.2025" in said
    assert "neste hendelse 01.04.2025" in said
    assert "Er loggen ekte og hel?" not in said


def test_the_evidence_can_be_checked_without_us(browse, case_of, tenant):
    answer = browse("tor").get(f"/tilsyn/{case_of('c')}/bevis")
    assert answer.headers["Content-Type"] == "application/zip"
    policy = tenant.folder.policy.read_text(encoding="utf-8")
    assert verify_bundle(answer.content, policy, allow_unwitnessed=True).ok


def test_proof_and_page_are_one_reading_on_record(browse, case_of, service):
    before = readings(service, case_of("c"))
    browse("tor").get(f"/tilsyn/{case_of('c')}")
    assert readings(service, case_of("c")) == before + 1


@pytest.mark.parametrize("path", ["", "/bevis"])
def test_only_a_supervisor_with_a_grant_sees_them(browse, case_of, path):
    answers = [
        browse(person).get(f"/tilsyn/{case_of(label)}{path}").status_code
        for person, label in (("tor", "c"), ("tor", "d"), ("cecilie", "c"))
    ]
    assert answers == [200, 404, 404]


def test_the_granted_cases_are_a_supervisors_first_page(browse, case_of):
    start = browse("tor").get("/")
    assert (start.status_code, start.headers["Location"]) == (303, "/tilsyn")
    page = browse("tor").get("/tilsyn").text
    assert f'href="/tilsyn/{case_of("c")}"' in page
    assert case_of("d") not in page
    assert browse("cecilie").get("/tilsyn").headers["Location"] == "/saker"


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_pages_are_drawn_in_every_language(browse, case_of, language):
    for path in ("", f"/{case_of('c')}", f"/{case_of('c')}?slik=14.03.2025"):
        answer = browse("tor", language).get(f"/tilsyn{path}")
        assert (answer.status_code, answer.text.count("<h1")) == (200, 1)
