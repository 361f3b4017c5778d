"""What the database remembers of where streams and log stand is changed."""

from __future__ import annotations

import pytest

from ledger.events.access import AccessRecorded
from ledger.recorder import Draft, Overloaded
from ledger.sealing import IntegrityFailure
from ledger.writing import access_entry
from tests.attacks.museum import COORDINATOR, Museum


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("stream = gen_random_uuid()", {"CHAIN_HEAD_UNKNOWN", "CHAIN_HEAD_ABSENT"}),
        ("version = version # 256", {"CHAIN_HEAD_DIFFERS"}),
        ("leaf = set_byte(leaf, 0, get_byte(leaf, 0) # 1)", {"CHAIN_HEAD_DIFFERS"}),
        ("leaf = set_byte(leaf, 31, get_byte(leaf, 31) # 1)", {"CHAIN_HEAD_DIFFERS"}),
    ],
    ids=["stream", "version", "first byte of the leaf", "last byte of the leaf"],
)
def test_a_changed_stream_head_is_found(
    exhibit: Museum, change: str, found: set[str]
) -> None:
    exhibit.tamper(
        f"UPDATE stream_head SET {change} WHERE stream = %s", exhibit.shared("d")
    )
    assert exhibit.codes() == found


def test_a_deleted_stream_head_is_found(exhibit: Museum) -> None:
    exhibit.tamper("DELETE FROM stream_head WHERE stream = %s", exhibit.shared("d"))
    assert exhibit.codes() == {"CHAIN_HEAD_ABSENT"}


def test_a_stream_head_of_nothing_is_found(exhibit: Museum) -> None:
    exhibit.tamper("INSERT INTO stream_head VALUES (gen_random_uuid(), 1, '')")
    assert exhibit.codes() == {"CHAIN_HEAD_UNKNOWN"}


def test_no_entry_is_signed_onto_a_changed_head_of_an_access_stream(
    exhibit: Museum,
) -> None:
    """Else the service itself would sign a broken link and break the stream."""
    access = exhibit.streams("d")[0].access
    exhibit.tamper(
        "UPDATE stream_head SET leaf = set_byte(leaf, 0, get_byte(leaf, 0) # 1)"
        " WHERE stream = %s",
        access,
    )
    ledger = exhibit.ledger()
    with pytest.raises((IntegrityFailure, Overloaded)):
        ledger.read(
            ledger.index.case_id("d"), by=COORDINATOR, view="state", purpose="kontroll"
        )
    assert "CHAIN_PREVIOUS" not in exhibit.codes()


def test_no_entry_is_signed_onto_a_changed_last_entry_of_an_access_stream(
    exhibit: Museum,
) -> None:
    """The head and the envelope it is of are both read; they have to agree."""
    access = exhibit.streams("d")[0].access
    last = exhibit.entry_of(access, -1)
    theirs = exhibit.entry_of(exhibit.streams("c")[0].access, -1)
    exhibit.tamper(
        "UPDATE envelope SET state = %s WHERE position = %s",
        theirs.state,
        last.position,
    )
    ledger = exhibit.ledger()
    with pytest.raises((IntegrityFailure, Overloaded)):
        ledger.read(
            ledger.index.case_id("d"), by=COORDINATOR, view="state", purpose="kontroll"
        )


@pytest.mark.parametrize("by", [1, -1, 65536])
def test_a_changed_position_of_the_log_is_found(exhibit: Museum, by: int) -> None:
    exhibit.tamper("UPDATE head SET position = position + %s", by)
    refused = "LOG_SMALLER" if by < 0 else "LOG_GAP"
    assert exhibit.refusal_to_publish() == refused
    assert exhibit.codes() == {"HEAD_POSITION"}


def test_a_lowered_position_lets_nothing_be_written_over(exhibit: Museum) -> None:
    exhibit.tamper("UPDATE head SET position = position - 1")
    tenant = exhibit.tenant()
    case = tenant.ledger.index.case_id("d")
    stream = tenant.ledger.load(case).streams[0]
    record = AccessRecorded(
        reader="x", reader_role="leader", view="v", purpose="p",
        entries_from=1, entries_to=1,
    )  # fmt: skip
    before = exhibit.one("SELECT md5(string_agg(state::text, ',')) FROM envelope")
    now = tenant.ledger.clock()
    draft = Draft(
        stream.access,
        lambda head, earliest: tenant.mapper.to_stored_event(
            access_entry(case, stream, record, now=now, earliest=earliest, head=head)
        ),
    )
    with pytest.raises(Overloaded):
        tenant.recorder.append(draft)
    after = exhibit.one("SELECT md5(string_agg(state::text, ',')) FROM envelope")
    assert after == before


@pytest.mark.parametrize("column", ["erasures", "grants"])
def test_a_changed_counter_is_found(exhibit: Museum, column: str) -> None:
    exhibit.tamper(f"UPDATE head SET {column} = {column} + 1")
    assert exhibit.codes() == {"HEAD_COUNTER"}
