"""Every event in one line of its reader's language."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from api.pages.people import People
from api.pages.telling import Teller
from api.pages.texts import LANGUAGES, texts_in
from ledger.aggregates.case import fold
from ledger.application import Reading
from ledger.entry import Actor, Entry, StreamKind
from ledger.events import all_types, catalogue_name, from_json
from ledger.events.event import Event, Role, Stream
from ledger.profiles.rulebook import shipped

GOLDEN = Path(__file__).parents[2] / "golden/events"
TYPES = [kind for kind in all_types().values() if kind.STREAM is Stream.CASE]
MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry_of(kind: type[Event]) -> Entry[Event]:
    """The golden example of a type, on record."""
    return Entry(
        event=from_json(kind.NAME, (GOLDEN / f"{kind.NAME}.json").read_bytes()),
        case=UUID(int=1),
        by=Actor("g-larer", Role.EMPLOYEE, "skole"),
        occurred_at=MOMENT,
        recorded_at=MOMENT,
        stream=UUID(int=2),
        stream_kind=StreamKind.SHARED,
        version=1,
        previous=None,
        position=1,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TYPES, ids=catalogue_name)
def test_every_type_of_event_is_told_in_one_line(kind, language):
    entry = entry_of(kind)
    state = fold([entry])
    reading = Reading(entry.case, (entry,), state, (), bytes(32), shipped())
    told = Teller(reading, People({}), texts_in(language)).tell(entry)
    assert told.title
    assert "\n" not in told.title + told.line
    assert not [name for _, name, *_ in string.Formatter().parse(told.title) if name]
