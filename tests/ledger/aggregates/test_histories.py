"""The sample histories: every line is recorded, or refused as the line itself says."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from ledger.aggregates.case import fold
from ledger.entry import Actor
from ledger.events import from_json, type_called
from ledger.events.event import Role
from ledger.profiles import profile_named
from tests.ledger.aggregates.story import Past

SAMPLES = sorted((Path(__file__).parents[3] / "api/samples").glob("*.jsonl"))


def told(path: Path) -> tuple[Past, list[tuple[int, str]]]:
    """The case a history tells of, and the refused lines with their codes."""
    past, refused = Past(), []
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = json.loads(text)
        event = from_json(type_called(line["event"]).NAME, json.dumps(line["data"]))
        by = line["by"]
        outcome = past.when(
            event,
            by=Actor(by["person"], Role(by["role"]), by.get("service"), by.get("unit")),
            at=datetime.fromisoformat(line["at"]),
            rules=profile_named(getattr(event, "profile", past.case.profile)),
            under=line.get("shield"),
        )
        past = outcome.past
        if outcome.refused is not None:
            refused.append((number, outcome.refused.code))
        assert ("refused" in line) == (outcome.refused is not None), (number, outcome)
    return past, refused


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_history_is_refused_where_it_says_so_and_nowhere_else(path):
    past, refused = told(path)
    lines = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
    expected = [(n, x["refused"]) for n, x in enumerate(lines, 1) if "refused" in x]
    assert refused == expected
    assert fold(past.case.entries) == past.case


def test_three_histories_are_told():
    assert [path.name[0] for path in SAMPLES] == ["a", "c", "d"]


def test_history_c_ends_with_a_plan_after_three_holders_and_a_gap():
    past, _ = told(SAMPLES[1])
    assert past.case.is_closed
    assert past.case.level.number == 3
    holders = [(held.ref, held.interim) for held in past.case.baton.holdings]
    assert holders == [
        ("c-kontakt", False),
        ("c-ppt", False),
        ("c-uled", True),
        ("c-miljo", False),
    ]


def test_history_d_hides_everything_about_the_danger_from_the_guardians():
    past, _ = told(SAMPLES[2])
    kinds = {type(e.event).__name__ for e in past.case.entries if e.shield is None}
    assert not kinds & {"RiskFlagRaised", "MeldingTilBarnevernSent", "ConcernRaised"}
    assert {e.shield for e in past.case.entries} == {None, "d-sk1"}
