"""What an event type needs beside its class. The failure names what is still missing.

A new type is declared in `ledger/events/` and ruled in `ledger/aggregates/`; here it is
asked for its golden bytes, for the line of the catalogue it was made from, and, when it
belongs to a case, for the fold that keeps a case's history whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ledger.aggregates.case import Case, UnknownEvent, evolve
from ledger.entry import Actor, Entry, StreamKind
from ledger.events import all_types, catalogue_name, recordable_types
from ledger.events.event import Event, Role

GOLDEN = Path(__file__).parent / "golden"
CATALOGUE = json.loads((GOLDEN / "catalogue-fields.json").read_text("utf-8"))
TYPES = sorted(all_types().values(), key=lambda event_type: event_type.NAME)


def missing(event_type: type[Event]) -> Iterator[str]:
    """Everything an event type still lacks, in words."""
    if catalogue_name(event_type) not in CATALOGUE:
        yield "its line in tests/golden/catalogue-fields.json"
    golden = GOLDEN / f"events/{event_type.NAME}.json"
    if not golden.exists():
        yield f"its golden bytes in {golden.relative_to(GOLDEN.parent.parent)}"
    elif event_type in recordable_types() and not can_be_folded(event_type, golden):
        yield "its fold in ledger/aggregates/"


def can_be_folded(event_type: type[Event], golden: Path) -> bool:
    """Whether a case can take the golden example in."""
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    entry = Entry(
        event=event_type.model_validate_json(golden.read_bytes()),
        case=UUID(int=1),
        by=Actor("p-1", Role.LEADER, "skole"),
        occurred_at=moment,
        recorded_at=moment,
        stream=UUID(int=2),
        stream_kind=StreamKind.SHARED,
        version=1,
        previous=None,
        position=1,
    )
    try:
        evolve(Case(), entry)
    except UnknownEvent:
        return False
    return True


@pytest.mark.parametrize("event_type", TYPES, ids=catalogue_name)
def test_nothing_is_missing_for_an_event_type(event_type):
    assert list(missing(event_type)) == []


class SomethingNewHappened(Event):
    """Nobody has written more of it than this."""

    NAME = "something-new-happened.v1"


def test_what_is_missing_for_a_new_event_type_is_named():
    assert list(missing(SomethingNewHappened)) == [
        "its line in tests/golden/catalogue-fields.json",
        "its golden bytes in tests/golden/events/something-new-happened.v1.json",
    ]


def test_a_type_without_a_fold_stops_the_replay(tmp_path):
    golden = tmp_path / "golden.json"
    golden.write_text("{}")
    assert not can_be_folded(SomethingNewHappened, golden)
