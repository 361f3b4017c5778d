"""The bytes of every released event type, which are inside signatures for ever."""

from pathlib import Path
from typing import Any

import pytest

from ledger.events import all_types, from_json, to_json
from ledger.events.event import Part

GOLDEN = Path(__file__).parents[2] / "golden/events"
NAMES = sorted(path.name.removesuffix(".json") for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_of_a_released_type_never_change(name):
    golden = (GOLDEN / f"{name}.json").read_bytes()
    assert to_json(from_json(name, golden)) == golden


@pytest.mark.parametrize("name", NAMES)
def test_the_golden_example_fills_every_field(name):
    event = from_json(name, (GOLDEN / f"{name}.json").read_bytes())
    assert list(unfilled(event)) == []


def unfilled(value: Any, at: str = "") -> Any:
    """The places of an event that hold nothing."""
    if isinstance(value, Part):
        for name in type(value).model_fields:
            yield from unfilled(getattr(value, name), f"{at}.{name}")
    elif isinstance(value, tuple) and value:
        for number, inner in enumerate(value):
            yield from unfilled(inner, f"{at}[{number}]")
    elif value is None or value in ((), ""):
        yield at


def test_no_golden_example_is_of_a_type_that_is_gone():
    assert set(NAMES) <= set(all_types())
