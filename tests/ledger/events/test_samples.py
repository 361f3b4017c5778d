"""The sample histories, which say what a real case looks like."""

import json
from pathlib import Path

import pytest

from ledger.events import from_json, to_json, type_called

SAMPLES = sorted((Path(__file__).parents[3] / "api/samples").glob("*.jsonl"))
LINES = [
    pytest.param(json.loads(line), id=f"{path.stem}:{number}")
    for path in SAMPLES
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
]


def test_there_are_three_samples():
    assert [path.name[0] for path in SAMPLES] == ["a", "c", "d"]


@pytest.mark.parametrize("line", LINES)
def test_every_line_of_a_sample_holds_an_event(line):
    event_type = type_called(line["event"])
    event = from_json(event_type.NAME, json.dumps(line["data"]))
    assert json.loads(to_json(event)) == line["data"]
    assert line["by"]["role"] in event_type.RECORDED_BY
