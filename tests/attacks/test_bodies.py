"""A sealed body is changed, moved, swapped or taken away."""

from __future__ import annotations

import psycopg
import pytest

from ledger.database.roles import DatabaseRole
from tests.attacks.museum import Museum, Place, flipped

FIRST, OTHER = 3, 5  # versions of the shared stream


@pytest.mark.parametrize("at", [0, 300, -17, -1])
def test_a_flipped_byte_in_a_ciphertext_is_found(exhibit: Museum, at: int) -> None:
    entry = exhibit.entry("d", FIRST)
    exhibit.tamper(
        "UPDATE body SET ciphertext = %s WHERE position = %s",
        flipped(entry.ciphertext, at),
        entry.position,
    )
    assert exhibit.codes() == {"BODY_DAMAGED"}
    assert exhibit.refusal_to_load("d") == "BODY_DAMAGED"


@pytest.mark.parametrize("at", [0, -1])
def test_a_flipped_byte_in_a_nonce_is_found(exhibit: Museum, at: int) -> None:
    entry = exhibit.entry("d", FIRST)
    exhibit.tamper(
        "UPDATE body SET nonce = %s WHERE position = %s",
        flipped(entry.nonce, at),
        entry.position,
    )
    assert exhibit.codes() == {"BODY_DAMAGED"}
    assert exhibit.refusal_to_load("d") == "BODY_DAMAGED"


@pytest.mark.parametrize("length", [0, 11, 13])
def test_a_nonce_of_another_length_is_found(exhibit: Museum, length: int) -> None:
    entry = exhibit.entry("d", FIRST)
    exhibit.tamper(
        "UPDATE body SET nonce = %s WHERE position = %s",
        (entry.nonce + b"\0")[:length],
        entry.position,
    )
    assert exhibit.codes() == {"BODY_DAMAGED"}
    assert exhibit.refusal_to_load("d") == "BODY_DAMAGED"


def test_a_body_said_to_be_sealed_under_an_unknown_key_is_not_taken_for_erased(
    exhibit: Museum,
) -> None:
    position = exhibit.entry("d", FIRST).position
    exhibit.tamper(
        "UPDATE body SET key_id = gen_random_uuid() WHERE position = %s", position
    )
    assert exhibit.codes() == {"MISSING_BODY"}
    assert exhibit.refusal_to_load("d") == "MISSING_BODY"


def test_a_body_sealed_under_another_streams_key_id_is_found(exhibit: Museum) -> None:
    theirs = exhibit.entry("c", FIRST).key_id
    exhibit.tamper(
        "UPDATE body SET key_id = %s WHERE position = %s",
        theirs,
        exhibit.entry("d", FIRST).position,
    )
    assert exhibit.codes() == {"BODY_DAMAGED"}
    assert exhibit.refusal_to_load("d") == "BODY_DAMAGED"


def test_a_body_moved_to_another_position_is_not_taken_for_erased(
    exhibit: Museum,
) -> None:
    position = exhibit.entry("d", FIRST).position
    exhibit.tamper(
        "UPDATE body SET position = position # 65536 WHERE position = %s", position
    )
    assert exhibit.codes() == {"MISSING_BODY"}
    assert exhibit.refusal_to_load("d") == "MISSING_BODY"


def swap_bodies(exhibit: Museum, one: Place, two: Place) -> None:
    move = "UPDATE body SET position = %s WHERE position = %s"
    exhibit.tamper(move, -1, one.position)
    exhibit.tamper(move, one.position, two.position)
    exhibit.tamper(move, two.position, -1)


def test_bodies_swapped_within_a_stream_are_found(exhibit: Museum) -> None:
    swap_bodies(exhibit, exhibit.entry("d", FIRST), exhibit.entry("d", OTHER))
    assert exhibit.codes() == {"BODY_DAMAGED"}
    assert exhibit.refusal_to_load("d") == "BODY_DAMAGED"


def test_bodies_swapped_between_cases_are_found(exhibit: Museum) -> None:
    swap_bodies(exhibit, exhibit.entry("d", FIRST), exhibit.entry("c", FIRST))
    assert exhibit.codes() == {"BODY_DAMAGED"}
    assert exhibit.refusal_to_load("d") == "BODY_DAMAGED"
    assert exhibit.refusal_to_load("c") == "BODY_DAMAGED"


def test_a_body_deleted_without_a_recorded_erasure_is_found(exhibit: Museum) -> None:
    position = exhibit.entry("d", FIRST).position
    exhibit.tamper("DELETE FROM body WHERE position = %s", position)
    assert exhibit.codes() == {"MISSING_BODY"}
    assert exhibit.refusal_to_load("d") == "MISSING_BODY"


def test_a_body_whose_erasure_names_an_entry_that_is_none_is_found(
    exhibit: Museum,
) -> None:
    """An erasure that only the database knows of, and no signed entry decides."""
    position = exhibit.entry("d", FIRST).position
    exhibit.tamper("DELETE FROM body WHERE position = %s", position)
    exhibit.tamper(
        "INSERT INTO erasure (position, decided_at) VALUES (%s, %s)",
        position,
        exhibit.size(),
    )
    exhibit.tamper("UPDATE head SET erasures = erasures + 1")
    assert exhibit.codes() == {"MISSING_ERASURE"}


def test_a_body_erased_by_the_eraser_itself_without_a_decision_is_found(
    exhibit: Museum,
) -> None:
    """The eraser's function cannot read what the entry it is given decides."""
    position = exhibit.entry("d", FIRST).position
    eraser = exhibit.opened.schemas.ledger(DatabaseRole.ERASER)
    with psycopg.connect(eraser, autocommit=True) as connection:
        connection.execute(
            f"SELECT {exhibit.schema}.erase_bodies(%s, %s)", ([position], position + 1)
        )
    assert exhibit.codes() == {"MISSING_ERASURE"}


def test_every_body_of_a_shield_deleted_is_found(exhibit: Museum) -> None:
    shield = exhibit.streams("d")[1].stream
    exhibit.tamper(
        "DELETE FROM body USING envelope"
        " WHERE body.position = envelope.position AND stream = %s",
        shield,
    )
    assert exhibit.codes() == {"MISSING_BODY"}
    assert exhibit.refusal_to_load("d") == "MISSING_BODY"
