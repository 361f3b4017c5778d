"""The access log: a reading stands with its reader, a list with all it showed too."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ledger.entry import Actor, Entry, Erased, StreamKind
from ledger.events.access import AccessDenied, AccessRecorded, CommandRefused
from ledger.events.event import Role
from ledger.projections.access_log import (
    AccessLine,
    of_person,
    of_shown,
    rows,
)
from ledger.projections.row import from_line

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
READ = AccessRecorded(reader="t-1", reader_role="leader", view="state", purpose="p")


def entry(event, position=1):
    stream = UUID(int=7)
    return Entry(
        event=event,
        case=UUID(int=8),
        by=Actor("system", Role.SYSTEM),
        occurred_at=NOW,
        recorded_at=NOW,
        stream=stream,
        stream_kind=StreamKind.ACCESS,
        version=1,
        previous=None,
        position=position,
    )


def test_a_reading_is_one_row_of_its_reader():
    (row,) = rows(entry(READ))
    line = from_line(AccessLine, row.line)
    assert row.owner == of_person("t-1")
    assert (line.at, line.view, line.purpose, line.denied) == (NOW, "state", "p", None)


def test_a_list_is_a_row_of_everything_it_showed_too():
    shown = READ.model_copy(update={"cases": ("a", "b")})
    owners = [row.owner for row in rows(entry(shown))]
    assert owners == [of_person("t-1"), of_shown("a"), of_shown("b")]


def test_a_reading_that_was_denied_says_so():
    denied = AccessDenied(
        reader="t-1", reader_role="leader", view="state", reason_code="NO_CASE"
    )
    (row,) = rows(entry(denied))
    assert from_line(AccessLine, row.line).denied == "NO_CASE"


def test_the_last_reading_stands_first():
    (early,), (late,) = rows(entry(READ, 9)), rows(entry(READ, 10))
    assert late.sort < early.sort


def test_a_refused_command_and_an_erased_reading_are_no_readings():
    refused = CommandRefused(
        actor="t-1", actor_role="leader", command="CaseClosed", code="GAP"
    )
    assert list(rows(entry(refused))) == []
    assert list(rows(entry(Erased()))) == []
