"""The golden examples as raw material: a good event of each type, to be changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.events import from_json
from ledger.events.event import Event

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture(scope="session")
def golden_bytes() -> Callable[[type[Event]], bytes]:
    """The golden bytes of an event type."""
    return lambda event_type: (GOLDEN / f"events/{event_type.NAME}.json").read_bytes()


@pytest.fixture(scope="session")
def made(golden_bytes) -> Callable[..., Any]:
    """Read a type's golden example with some fields changed; `None` is absent."""

    def make(event_type: type[Event], **changes: Any) -> Event:
        example = json.loads(golden_bytes(event_type)) | changes
        return from_json(event_type.NAME, json.dumps(example))

    return make
