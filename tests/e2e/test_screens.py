"""What the pages say is what the ledger says, and what a person does on them works."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.sign_in import DEMO_TENANT
from tests.e2e.conftest import Terminal
from tests.e2e.screens import path_of

READERS = {"a": "ane", "c": "cecilie", "d": "dag"}


def chronology(home: Path, label: str) -> dict[str, Any]:
    """Who held the baton when, by the console."""
    typed = ("show", label, "--tenant", DEMO_TENANT, "--view", "handovers", "--json")
    shown = Terminal(home).run(*typed)
    assert shown.returncode == 0, shown.stderr
    told: dict[str, Any] = json.loads(shown.stdout)["handovers"]
    return told


def day(said: str) -> date:
    return date(*map(int, reversed(said.split("."))))


def table(page) -> list[list[str]]:
    """The rows of the picture's table."""
    rows = page.locator("details table tbody tr")
    return [
        [cell.strip() for cell in row.locator("td").all_text_contents()]
        for row in rows.all()
    ]


@pytest.mark.parametrize("label", READERS)
def test_the_picture_holds_every_holder_and_gap_of_the_chronology(
    window, home, case_of, label
):
    told = chronology(home, label)
    here = window(READERS[label])
    here.visit(f"/saker/{case_of(label)}")
    bands = {
        (day(row[3]), row[5]) for row in table(here.page) if row[1] == "Stafettholder"
    }
    gaps = {(date.fromisoformat(g["from_date"]), str(g["days"])) for g in told["gaps"]}
    starts = {date.fromisoformat(p["from_date"]) for p in told["periods"]}
    assert gaps <= bands
    assert {start for start, _ in bands} == starts | {start for start, _ in gaps}


@pytest.mark.parametrize("label", READERS)
def test_bands_of_the_picture_are_as_long_as_their_days(window, case_of, label):
    here = window(READERS[label])
    here.visit(f"/saker/{case_of(label)}")
    days = [int(r[5]) for r in table(here.page) if r[1] == "Stafettholder"]
    drawn = here.page.eval_on_selector_all(
        ".picture-wide :is(.picture-held, .picture-interim, .picture-vacant)",
        "all => all.map((each) => each.getBBox().width)",
    )
    inset = 2  # units by which neighbours part
    day_width = max(
        ((w + inset) / d for w, d in zip(drawn, days, strict=True)), default=0
    )
    for width, length in zip(drawn, days, strict=True):
        assert abs(width + inset - day_width * length) <= day_width + inset


def test_the_gap_is_drawn_said_and_counted_alike(window, case_of):
    here = window("cecilie")
    here.visit(f"/saker/{case_of('c')}")
    titles = here.page.locator("svg.picture-wide title").all_text_contents()
    assert any("73 dager" in each and "17.06.2025" in each for each in titles)
    assert "Ingen, 73 dager" in here.page.locator("svg.picture-wide").text_content()
    here.visit(f"/saker/{case_of('c')}/tidslinje")
    gap = here.page.locator(".rail > .vacant").text_content()
    assert "Ingen stafettholder i 73 dager, 17.06.2025 til 28.08.2025" in gap
    here.visit(f"/saker/{case_of('c')}/kronologi")
    assert "73 dager" in here.page.locator(".vacancy").text_content()


def test_one_of_the_two_drawings_is_shown_by_the_width_of_the_window(window, case_of):
    for width, shown in ((1280, "wide"), (1000, "narrow"), (360, "narrow")):
        here = window("cecilie", width=width)
        here.visit(f"/saker/{case_of('c')}")
        visible = [
            kind
            for kind in ("wide", "narrow")
            if here.page.locator(f"svg.picture-{kind}").is_visible()
        ]
        assert visible == [shown]


def test_somebody_is_chosen_and_reads_a_case_without_any_script(window, case_of):
    page = (here := window(None, script=False)).page
    here.visit(f"/saker/{case_of('c')}")
    assert page.url.split("?")[0].endswith("/prov")
    page.get_by_role("button", name="Testansatt Cecilie Charlie").click()
    assert page.locator("h1").text_content() == "Testbarn Casper Charlie"
    page.get_by_role("link", name="Tidslinje", exact=True).click()
    page.get_by_role("link", name="Samarbeidsmøte").click()
    assert "Felles forståelse" in page.locator("article").text_content()
    page.get_by_role("link", name="Nynorsk").click()
    assert page.locator("html").get_attribute("lang") == "nn"
    assert page.locator("h1").text_content() == "Tidslinje"
    page.get_by_role("link", name="Byt person").click()
    page.get_by_role("button", name="Avslutt").click()
    assert page.get_by_role("link", name="Byt person").count() == 0


def test_the_past_is_gone_to_by_typing_a_day(window, case_of):
    page = (here := window("tor")).page
    here.visit(f"/tilsyn/{case_of('c')}")
    page.get_by_label("Slik saken var").fill("14.3.25")
    page.keyboard.press("Enter")
    assert "Slik så saken ut 14.03.2025" in page.locator(".band").text_content()
    facts = " ".join(page.locator(".facts").text_content().split())
    assert "3 av 3 siden 12.03.2025" in facts
    assert "Camilla Charlie siden 24.09.2024" in facts
    assert "14.03.2025" in page.locator("svg.picture-wide").text_content()
    assert "Ingen, 73 dager" not in page.content()
    page.get_by_role("link", name="forrige hendelse 12.03.2025").click()
    assert "Slik så saken ut 12.03.2025" in page.locator(".band").text_content()
    page.get_by_role("link", name="Tilbake til i dag").click()
    assert page.locator(".band").count() == 0


def test_what_was_known_is_another_question_than_how_it_was(window, case_of):
    entry = f"/saker/{case_of('c')}/oppforing/23"
    here = window("cecilie")
    for kjent, shown in (("15.01.2026", "10.03.2025"), ("16.01.2026", "11.03.2025")):
        here.visit(f"{entry}?slik=15.01.2026&kjent={kjent}")
        row = here.page.locator(".pairs > div", has_text="Neste møte").first
        assert row.locator("dd").text_content().strip().startswith(shown)
        assert "15.01.2026" in here.page.locator(".band").text_content()


def test_the_evidence_is_downloaded_and_holds(window, case_of, home, tmp_path):
    page = (here := window("tor")).page
    here.visit(f"/tilsyn/{case_of('c')}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Last ned bevispakke").click()
    bundle = tmp_path / "c.zip"
    download.value.save_as(bundle)
    policy = home / "tenants" / DEMO_TENANT / "policy"
    checked = Terminal(home).python(
        "-m", "audit", "verify", str(bundle), "--policy", str(policy),
        "--allow-unwitnessed",
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_the_chronology_prints_on_a4_without_cutting_a_row(window, case_of, tmp_path):
    page = (here := window("cecilie")).page
    here.visit(path_of("chronology", case_of))
    paper = tmp_path / "sheet.pdf"
    page.pdf(path=paper, prefer_css_page_size=True)
    drawn = paper.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", drawn)) == 2
    width, height = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", drawn).groups()
    assert (round(float(width)), round(float(height))) == (595, 842)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1032})
    assert here.overhang <= 0
    cut = page.eval_on_selector_all(
        ".sheet tr, .sheet svg",
        "all => all.map((e) => getComputedStyle(e).breakInside)",
    )
    assert set(cut) == {"avoid"}
    heads = page.eval_on_selector_all(
        ".sheet thead", "all => all.map((each) => getComputedStyle(each).display)"
    )
    assert set(heads) == {"table-header-group"}
    for hidden in (".top", ".demo", ".foot", "form"):
        assert not page.locator(hidden).first.is_visible()
    assert page.locator(".band").is_visible()
