"""Findings in the service and at the supervisor's desk: the same, to the byte."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from api.words import label_table
from audit.build_pyz import build_pyz
from audit.bundle import read_bundle
from audit.findings import judge
from audit.judging import history_in, judge_bundle
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.exporting import export_bundle
from ledger.importing import Importer
from ledger.judging import history_read
from tests.tenants import OpenTenant

SAMPLES = Path(__file__).parents[2] / "api" / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
COORDINATOR = Actor("t-koord", Role.KOORDINERENDE_ENHET)
CONSOLE = Actor("console:test", Role.SYSTEM, auth="console")
MOTHER = Actor("c-mor", Role.GUARDIAN)
SAID = ("rule", "about", "from", "to", "days")


@pytest.fixture
def published(opened: OpenTenant) -> OpenTenant:
    importer = Importer(opened.opened().ledger, on_file_clock=True)
    for path in sorted(SAMPLES.glob("*.jsonl")):
        importer.run(path.read_bytes().splitlines())
    opened.publisher().publish()
    return opened


def judged(opened, label, at, by=CONSOLE):
    tenant = opened.opened()
    case = tenant.ledger.index.case_id(label)
    reading = tenant.ledger.read(case, by=by, view="findings", purpose="test")
    return judge(history_read(tenant, reading, at, by=by))


def bundle(opened, label, by=CONSOLE):
    tenant = opened.opened()
    case = tenant.ledger.index.case_id(label)
    return export_bundle(
        tenant, case, log=opened.log, by=by, purpose="tilsyn", labels=label_table()
    )


def at_the_desk(opened, packed, at):
    policy = opened.opened().policy()
    return judge_bundle(packed, policy, at=at, allow_unwitnessed=True)


def test_a_sample_history_gives_its_findings_and_none_more(published):
    for label, expected in EXPECTED.items():
        said = judged(published, label, date.fromisoformat(expected["judged_at"]))
        assert told(said) == expected["findings"]
        assert said.not_judged == ()


def told(judgement):
    """The findings in the words of the expected ones."""
    found = judgement.as_json()["findings"]
    return [{key: each[key] for key in SAID if key in each} for each in found]


@pytest.mark.parametrize("label", EXPECTED)
def test_service_and_verifier_say_the_same_to_the_byte(published, label):
    packed = bundle(published, label)
    for on in (date(2025, 7, 1), date(2026, 8, 20)):
        there = at_the_desk(published, packed, on)
        assert there.judgement is not None, there.report.as_text()
        assert there.judgement.dumps() == judged(published, label, on).dumps()


def test_the_one_file_verifier_judges_alone(published, tmp_path):
    (tmp_path / "audit.pyz").write_bytes(build_pyz())
    (tmp_path / "policy").write_text(published.opened().policy())
    (tmp_path / "bundle.zip").write_bytes(bundle(published, "c"))
    command = [sys.executable, "-I", "audit.pyz", "findings", "bundle.zip"]
    command += ["--policy", "policy", "--allow-unwitnessed", "--at", "2026-01-16"]
    told = subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True)
    assert (told.returncode, told.stderr) == (0, b"")
    assert told.stdout.decode() == judged(published, "c", date(2026, 1, 16)).dumps()
    said = subprocess.run(
        [*command, "--language", "nn"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "F01 WARNING c-1 2024-09-02 – 2024-09-20 (18 d): Kvifor" in said.stdout


def test_a_bundle_that_is_not_proved_is_not_judged(published):
    there = judge_bundle(
        bundle(published, "c"), published.opened().policy(), allow_unwitnessed=False
    )
    assert (there.judgement, there.report.code) == (None, "POLICY_UNWITNESSED")


def test_without_a_day_the_clocks_stand_on_the_day_the_bundle_was_made(published):
    there = at_the_desk(published, bundle(published, "a"), None)
    assert there.judgement is not None
    assert there.judgement.history.at == published.clock.now.date()


def test_what_a_bundle_holds_back_is_a_place_in_the_history(published):
    shown = history_in(read_bundle(bundle(published, "c", MOTHER)))
    accesses = [entry for entry in shown.entries if entry.kind == "access"]
    assert shown.undisclosed("access") == tuple(accesses)
    assert shown.undisclosed("case") == ()


def test_a_family_is_judged_for_without_what_it_is_not_told(published):
    on = date(2026, 1, 16)
    here = judged(published, "c", on, by=MOTHER)
    published.publisher().publish()  # the reading, too
    there = at_the_desk(published, bundle(published, "c", MOTHER), on).judgement
    assert there is not None
    assert here.findings == there.findings
    unjudged = [each.rule.id for each in here.not_judged]
    assert unjudged == [each.rule.id for each in there.not_judged]
    assert "F31" in unjudged  # who read it, the family is told in general words only
