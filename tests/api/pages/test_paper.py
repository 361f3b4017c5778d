"""The toolbox on paper: filled with what the case knows, and with nothing else."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from api.sign_in import DEMO_TENANT
from ledger.entry import Actor
from ledger.events.concern import CaseOpened
from ledger.events.correction import EntryCorrected, Target
from ledger.events.event import Role
from ledger.events.plan import GoalSet
from ledger.toolbox import documents

SAMPLES = Path(__file__).parents[3] / "api/samples"
DINA = Actor("d-larer", Role.EMPLOYEE, "skole", "Fjordvik skole")
OPENED = CaseOpened(
    subject_ref="paper-barn",
    subject_kind="born",
    name="Testbarn Papir",
    birth_date=date(2016, 8, 14),
    language="nb",
    profile="fjordvik",
)
GOAL = GoalSet(goal_id="tg-1", text="Har noen å være med.", area="1.2.03")
CORRECTED = EntryCorrected(
    target=Target.model_validate({"event": "GoalSet", "goal_id": "tg-1"}),
    field="text",
    wrong=GOAL.text,
    right="Er trygg for far.",
    reason="Sagt i fortrolighet.",
    requested_by="d-larer",
)
OPEN = [each.id for each in documents().values() if not each.shielded]


def paper(browse, case_of, person, case, document, language="nb"):
    page = browse(person, language).get(f"/saker/{case_of(case)}/papir/{document}")
    assert page.status_code == 200, page.text
    return page.text


def said_under_a_shield(label: str) -> set[str]:
    """Every text of a sample history that is recorded under a shield."""
    path = next(SAMPLES.glob(f"{label}-*.jsonl"))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {
        value
        for line in lines
        if "shield" in line
        for value in line["data"].values()
        if isinstance(value, str) and " " in value
    }


def test_all_documents_are_listed_for_a_case(browse, case_of):
    page = browse("cecilie").get(f"/saker/{case_of('c')}/papir").text
    assert all(f"/papir/{document}" in page for document in documents())


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
@pytest.mark.parametrize("document", list(documents()))
def test_every_document_is_drawn_in_every_language(browse, case_of, document, language):
    text = paper(browse, case_of, "cecilie", "c", document, language)
    assert getattr(documents()[document].name, language) in text


def test_minutes_hold_what_the_last_meeting_decided(browse, case_of):
    lines = (SAMPLES / "c-school-refusal.jsonl").read_text("utf-8").splitlines()
    come = map(json.loads, lines)
    held = [line for line in come if line["event"] == "MeetingHeld"][-1]
    text = paper(browse, case_of, "cecilie", "c", "mote")
    assert all(decision in text for decision in held["data"]["decisions"])


def test_what_the_case_does_not_know_is_left_blank(browse, case_of):
    text = paper(browse, case_of, "ane", "a", "overtakelse")
    assert 'class="blank"' in text


@pytest.mark.parametrize("document", OPEN)
@pytest.mark.parametrize("person", ["dina", "dag"])
def test_no_paper_holds_what_was_said_under_a_shield(browse, case_of, document, person):
    text = paper(browse, case_of, person, "d", document)
    assert not {each for each in said_under_a_shield("d") if each in text}


def test_an_open_paper_does_not_count_what_is_under_a_shield(browse, case_of, as_):
    path = f"/api/v1/cases/{case_of('d')}/entries"
    asked = {"purpose": "follow_up", "limit": "1000"}
    told = as_("dina").get(path, params=asked).json()["items"]
    shared = [entry for entry in told if not entry.get("shield")]
    assert len(shared) < len(told)
    counted = f"Saken har {len(shared)} førte hendelser."
    assert counted in paper(browse, case_of, "dina", "d", "tiltaksplan")


def test_an_open_paper_holds_no_correction_that_is_under_a_shield(browse, service):
    ledger = service.tenants[DEMO_TENANT].parts.ledger
    case = ledger.index.case_id("paper-corrected")
    for event in (OPENED, GOAL, CORRECTED):
        shield = "t-skjerm" if event is CORRECTED else None
        ledger.record(
            case, event, by=DINA, occurred_at=None, key=event.NAME, shield=shield
        )
    page = browse("dina").get(f"/saker/{case}/papir/tiltaksplan").text
    assert GOAL.text in page
    assert CORRECTED.right not in page


@pytest.mark.parametrize("document", list(documents()))
def test_no_paper_holds_a_national_number(browse, case_of, document):
    for person, case in (("cecilie", "c"), ("ane", "a"), ("dina", "d")):
        text = paper(browse, case_of, person, case, document)
        assert not re.search(r"\b\d{6} ?\d{5}\b", text)


def test_a_shielded_paper_says_how_to_keep_it(browse, case_of):
    shielded = paper(browse, case_of, "dina", "d", "melding")
    shared = paper(browse, case_of, "dina", "d", "mote")
    warning = "Ikke skriv det ut på en delt skriver"
    assert (warning in shielded, warning in shared) == (True, False)


@pytest.mark.parametrize("person", ["cathrine", "casper", "tor"])
def test_papers_are_for_those_who_follow_the_child_up(browse, case_of, person):
    page = browse(person).get(f"/saker/{case_of('c')}/papir/samtykke")
    assert page.status_code == 404


def test_an_unknown_document_is_not_there(browse, case_of):
    assert browse("cecilie").get(f"/saker/{case_of('c')}/papir/x").status_code == 404


def test_a_printed_paper_is_a_reading_on_record(browse, case_of, as_):
    case = case_of("c")
    paper(browse, case_of, "cecilie", "c", "tiltaksplan")
    log = as_("cecilie").get(
        f"/api/v1/cases/{case}/access", params={"purpose": "follow_up", "limit": "1000"}
    )
    assert any(row["subject"] == "paper_page" for row in log.json()["items"])
