"""Findings over a bundle, made by hand: what is judged, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from audit.__main__ import main
from audit.judging import judge_bundle
from tests.audit.findings.plain import CODES, Story
from tests.audit.forging import SHARED, Forge

RULES = {"id": "standard", "versions": [Story().profiles[0]]}
RAISED = {"concern_id": "c-1", "area": "1.2.03", "observed_from": "2026-01-01"}


@pytest.fixture
def raised(forge: Forge) -> Forge:
    """A case with a concern that nobody clarified."""
    stream = forge.stream(SHARED)
    forge.record(stream, "case-opened.v1", {"subject_kind": "born"})
    forge.record(stream, "concern-raised.v1", RAISED)
    return forge


def bundle(forge, **changes):
    told = {"profile": RULES, "codes": CODES, **changes}
    return forge.bundle(manifest=lambda same: replace(same, **told))


def judged(forge, at=date(2026, 3, 1), **changes):
    return judge_bundle(bundle(forge, **changes), forge.policy(), at=at)


def test_a_proved_bundle_is_judged_by_the_rules_it_carries(raised):
    for days, found in ((14, ["F01"]), (365, [])):
        rules = {
            "id": "x",
            "versions": [{**RULES["versions"][0], "clarify_days": days}],
        }
        judgement = judged(raised, profile=rules).judgement
        assert [f.rule.id for f in judgement.findings if f.rule.id == "F01"] == found


def test_entries_are_named_by_their_positions_in_the_log(raised):
    (found,) = (
        each
        for each in judged(raised).judgement.as_json()["findings"]
        if each["rule"] == "F01"
    )
    assert found["entries"] == [len(raised.leaves)]


def test_what_is_withheld_cannot_be_judged(forge):
    stream = forge.stream(SHARED)
    forge.record(stream, "concern-raised.v1", RAISED)
    forge.record(stream, "concern-clarified.v1", {"concern_id": "c-1"})
    stream.entries[1].is_withheld = True
    judgement = judged(forge).judgement
    assert [f for f in judgement.findings if f.rule.id == "F01"] == []
    (why,) = (each.why for each in judgement.not_judged if each.rule.id == "F01")
    assert (why.about, why.entries) == ("c-1", (len(forge.leaves),))


@pytest.mark.parametrize("without", ["case", "profile", "codes"])
def test_a_bundle_without_a_case_rules_or_codes_is_not_judged(raised, without):
    there = judged(raised, **{without: None})
    assert there.judgement is None
    assert not there.report.ok


@pytest.mark.parametrize("rules", [{}, {"id": "x", "versions": [{"id": "x"}]}])
def test_rules_that_are_none_are_no_result(raised, rules):
    there = judged(raised, profile=rules)
    assert (there.judgement, there.report.code) == (None, "BUNDLE_UNEXPECTED")


def test_a_tampered_bundle_is_not_judged(raised):
    raised.record(raised.streams[-1], "concern-raised.v1", RAISED, body=b"{}")
    there = judged(raised)
    assert there.judgement is None
    assert there.report.code == "BODY_FIELDS"


def test_the_exit_status_says_whether_there_is_a_judgement(raised, tmp_path, capsys):
    (tmp_path / "bundle.zip").write_bytes(bundle(raised))
    (tmp_path / "policy").write_text(raised.policy())
    (tmp_path / "other").write_text(Forge().policy())

    def run(policy, *more):
        typed = ["findings", str(tmp_path / "bundle.zip"), "--policy"]
        return main([*typed, str(tmp_path / policy), *more])

    assert run("policy", "--at", "2026-03-01", "--json") == 0
    assert json.loads(capsys.readouterr().out)["format"] == "stafettlogg-findings/1"
    assert run("other", "--json") == 1
    assert json.loads(capsys.readouterr().out)["format"] == "stafettlogg-report/1"
    assert run("other", "--language", "nn") == 1
    assert capsys.readouterr().out.startswith("NOT PROVED")
    with pytest.raises(SystemExit) as stopped:
        run("policy", "--at", "tomorrow")
    assert stopped.value.code == 2
