"""`findings`: what stands out in a case, on record as a reading first."""

from __future__ import annotations

from audit.__main__ import main
from audit.findings import RULES
from tests.api.conftest import DEMO

D = ("findings", "d", "--tenant", DEMO)


def test_a_case_is_judged_by_its_label_on_the_day_that_is_given(demo):
    said = demo.told(*D, "--at", "2026-08-20")
    assert said["judged_at"] == "2026-08-20"
    assert {each["rule"] for each in said["findings"]} <= set(RULES)
    assert said["profiles"][0]["id"] == "fjordvik"


def test_as_text_each_finding_is_a_question(demo):
    assert demo.run(*D, "--at", "2026-08-20").stdout.startswith("2026-08-20\n")
    assert demo.run(*D, "--language", "sv", exits=2).stdout == ""


def test_judging_is_a_reading_on_record(demo):
    demo.run(*D, "--purpose", "tilsyn")
    accesses = demo.told("show", "d", "--tenant", DEMO, "--view", "access")["access"]
    assert any(
        (each["subject"], each["purpose"]) == ("findings", "tilsyn")
        for each in accesses
    )


def test_the_verifier_says_the_same_of_the_exported_bundle(demo, tmp_path, capsys):
    bundle = tmp_path / "d.zip"
    demo.run("export", "d", "--tenant", DEMO, "--out", str(bundle))
    policy = demo.home / "tenants" / DEMO / "policy"
    asked = ["findings", str(bundle), "--policy", str(policy), "--allow-unwitnessed"]
    capsys.readouterr()
    assert main([*asked, "--at", "2026-08-20", "--json"]) == 0
    at_the_desk = capsys.readouterr().out
    assert at_the_desk == demo.run(*D, "--at", "2026-08-20", "--json").stdout
    assert main([*asked, "--at", "2026-08-20", "--language", "nb"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("PROVED")
    assert "F39" in told
    assert "?" in told
