"""The keyed rows that lead to a case's streams and a person's cases are changed.

Nothing of them is signed: what holds them is the index key, and that `fsck`, which has
it, finds every stream of the log by them and no row besides.
"""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from ledger.entry import StreamKind
from ledger.index import CaseStream
from tests.attacks.museum import Museum, flipped

SHARED, SHIELD = 0, 1  # ordinals of the streams of case d


def row_key(exhibit: Museum, label: str, ordinal: int) -> bytes:
    index = exhibit.ledger().index
    return index.stream_keys(index.case_id(label), ordinal, 1)[0]


def sealed_in(exhibit: Museum, key: bytes) -> bytes:
    return bytes(exhibit.one("SELECT sealed FROM keyed_index WHERE key = %s", key)[0])


def put(exhibit: Museum, key: bytes, sealed: bytes) -> None:
    exhibit.tamper("UPDATE keyed_index SET sealed = %s WHERE key = %s", sealed, key)


@pytest.mark.parametrize("ordinal", [SHARED, SHIELD], ids=["shared", "shield"])
@pytest.mark.parametrize("at", [0, 12, 200, -1])
def test_a_flipped_byte_in_a_row_that_leads_to_a_stream_is_found(
    exhibit: Museum, ordinal: int, at: int
) -> None:
    key = row_key(exhibit, "d", ordinal)
    put(exhibit, key, flipped(sealed_in(exhibit, key), at))
    assert exhibit.refusal_to_load("d") == "INDEX_DAMAGED"
    assert "INDEX_DAMAGED" in exhibit.codes()


def test_a_case_whose_first_row_is_gone_is_not_taken_for_none(exhibit: Museum) -> None:
    key = row_key(exhibit, "d", SHARED)
    exhibit.tamper(
        "UPDATE keyed_index SET key = %s WHERE key = %s", flipped(key, 0), key
    )
    assert exhibit.refusal_to_load("d") == "INDEX_ABSENT"
    assert "INDEX_ABSENT" in exhibit.codes()


def test_a_shield_whose_row_is_gone_is_found(exhibit: Museum) -> None:
    """The case would load without its shield: whoever looks must be told by `fsck`."""
    key = row_key(exhibit, "d", SHIELD)
    exhibit.tamper(
        "UPDATE keyed_index SET key = %s WHERE key = %s", flipped(key, 0), key
    )
    assert {"INDEX_ABSENT", "INDEX_UNKNOWN"} <= exhibit.codes()


def test_a_deleted_row_of_a_shield_is_found(exhibit: Museum) -> None:
    exhibit.tamper(
        "DELETE FROM keyed_index WHERE key = %s", row_key(exhibit, "d", SHIELD)
    )
    assert "INDEX_ABSENT" in exhibit.codes()


def test_rows_swapped_between_cases_are_found(exhibit: Museum) -> None:
    d, c = row_key(exhibit, "d", SHARED), row_key(exhibit, "c", SHARED)
    to_d, to_c = sealed_in(exhibit, d), sealed_in(exhibit, c)
    put(exhibit, d, to_c)
    put(exhibit, c, to_d)
    assert exhibit.refusal_to_load("d") == "INDEX_DAMAGED"
    assert exhibit.refusal_to_load("c") == "INDEX_DAMAGED"
    assert "INDEX_DAMAGED" in exhibit.codes()


def test_rows_of_one_case_swapped_with_each_other_are_found(exhibit: Museum) -> None:
    shared, shield = (row_key(exhibit, "d", n) for n in (SHARED, SHIELD))
    to_shared, to_shield = sealed_in(exhibit, shared), sealed_in(exhibit, shield)
    put(exhibit, shared, to_shield)
    put(exhibit, shield, to_shared)
    assert exhibit.refusal_to_load("d") == "INDEX_DAMAGED"


def test_a_row_sealed_anew_to_lead_to_another_case_is_refused(exhibit: Museum) -> None:
    """Whoever holds the index key can seal rows, but a body names its case."""
    index = exhibit.ledger().index
    stolen = exhibit.streams("c")[0]
    row = index.stream_row(index.case_id("d"), SHARED, stolen)
    put(exhibit, row.key, row.sealed)
    assert exhibit.refusal_to_load("d") == "BODY_CASE"


def test_a_row_sealed_anew_to_lead_to_a_stream_of_another_kind_is_refused(
    exhibit: Museum,
) -> None:
    """A shield called shared would be shown to everyone who sees the case."""
    index = exhibit.ledger().index
    _, shield = exhibit.streams("d")
    opened = CaseStream(shield.stream, shield.access, StreamKind.SHARED, None)
    row = index.stream_row(index.case_id("d"), SHIELD, opened)
    put(exhibit, row.key, row.sealed)
    assert exhibit.refusal_to_load("d") in {"CHAIN_KIND", "BODY_SHIELD"}


def test_a_row_sealed_anew_under_another_shield_is_refused(exhibit: Museum) -> None:
    """Else the entries would be shown to the audience of another matter."""
    index = exhibit.ledger().index
    _, shield = exhibit.streams("d")
    renamed = CaseStream(shield.stream, shield.access, shield.kind, "another")
    row = index.stream_row(index.case_id("d"), SHIELD, renamed)
    put(exhibit, row.key, row.sealed)
    assert exhibit.refusal_to_load("d") == "BODY_SHIELD"


def test_an_access_log_of_another_case_is_not_shown_as_this_ones(
    exhibit: Museum,
) -> None:
    ledger = exhibit.ledger()
    shared, _ = exhibit.streams("d")
    theirs = exhibit.streams("c")[0].access
    crossed = CaseStream(shared.stream, theirs, shared.kind, None)
    row = ledger.index.stream_row(ledger.index.case_id("d"), SHARED, crossed)
    put(exhibit, row.key, row.sealed)
    assert "INDEX_ABSENT" in exhibit.codes()


def subject_key(exhibit: Museum, label: str) -> bytes:
    ledger = exhibit.ledger()
    opening = ledger.load(ledger.index.case_id(label)).entries[0].event
    return ledger.index.subject_keys(opening.national_id, 0, 1)[0]


def test_a_person_whose_row_is_gone_is_found(exhibit: Museum) -> None:
    """Else a second case of the child would be opened as if there were none."""
    exhibit.tamper("DELETE FROM keyed_index WHERE key = %s", subject_key(exhibit, "d"))
    assert "INDEX_ABSENT" in exhibit.codes()


def test_a_flipped_byte_in_a_row_that_leads_to_a_person_is_found(
    exhibit: Museum,
) -> None:
    key = subject_key(exhibit, "d")
    put(exhibit, key, flipped(sealed_in(exhibit, key), 100))
    assert "INDEX_DAMAGED" in exhibit.codes()


def test_a_row_that_leads_nowhere_is_found(exhibit: Museum) -> None:
    exhibit.tamper("INSERT INTO keyed_index VALUES (%s, %s)", uuid4().bytes, b"x" * 412)
    assert "INDEX_UNKNOWN" in exhibit.codes()


def test_a_row_leads_only_where_it_stands(exhibit: Museum) -> None:
    """What is sealed in a row is bound to its key, and all rows are of one length."""
    rows = exhibit.attacker.execute("SELECT key, sealed FROM keyed_index").fetchall()
    assert len({len(bytes(sealed)) for _, sealed in rows}) == 1
    assert all(UUID(bytes=bytes(key)[:16]) for key, _ in rows)
    assert {len(bytes(key)) for key, _ in rows} == {32}
