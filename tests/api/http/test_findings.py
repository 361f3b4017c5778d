"""Findings over HTTP: a view like others, of what the reader sees, on record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXPECTED = json.loads(
    (Path(__file__).parents[3] / "api/samples/expected.json").read_text("utf-8")
)
SAID = ("rule", "about", "from", "to", "days")


def asked(as_, who, case, **more):
    params = {"purpose": "follow_up", **more}
    return as_(who).get(f"/api/v1/cases/{case}/findings", params=params)


def test_a_case_is_judged_on_the_day_that_is_given(as_, case_of):
    told = asked(as_, "cato", case_of("c"), at="2026-01-16").json()
    found = [{k: each[k] for k in SAID if k in each} for each in told["findings"]]
    recorded_late = [each for each in found if each["rule"] == "F29"]
    assert told["judged_at"] == "2026-01-16"
    assert [e for e in found if e not in recorded_late] == EXPECTED["c"]["findings"]


@pytest.mark.parametrize("at", ["2026-02-30", "yesterday", "2026-01-16T10:00"])
def test_a_day_that_is_none_is_refused(as_, case_of, at):
    answer = asked(as_, "cato", case_of("c"), at=at)
    assert (answer.status_code, answer.json()["code"]) == (422, "PARAMETER_INVALID")


def test_who_may_not_see_a_case_gets_no_findings_of_it(as_, case_of):
    assert asked(as_, "ane", case_of("d")).status_code == 404


def test_judging_is_on_record_as_a_reading(as_, case_of):
    asked(as_, "cato", case_of("c"))
    read = as_("cato").get(
        f"/api/v1/cases/{case_of('c')}/access",
        params={"purpose": "follow_up", "limit": "500"},
    )
    assert "findings" in {each["subject"] for each in read.json()["items"]}
