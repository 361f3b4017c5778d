"""The rows that make a repeated request safe are changed.

Nobody is ever told something untrue for it: neither that another entry is theirs, nor
that what they recorded is not on record.
"""

from __future__ import annotations

import pytest

from ledger.application import CaseLedger, KeyReused, Receipt
from ledger.sealing import IntegrityFailure
from tests.attacks.museum import Museum, flipped
from tests.faults.programs import MORNING, TEACHER, observation, opening

NUMBER = "14882154321"


def recorded(exhibit: Museum) -> Receipt:
    """A case of its own, and one request on record in it under the key `once`."""
    ledger = exhibit.ledger()
    case = ledger.index.case_id("r")
    ledger.record(case, opening(NUMBER), by=TEACHER, occurred_at=MORNING, key="first")
    return ask_again(exhibit)


def ask_again(exhibit: Museum) -> Receipt:
    ledger = exhibit.ledger()
    return ledger.record(
        ledger.index.case_id("r"),
        observation("Lekte med to barn."),
        by=TEACHER,
        occurred_at=MORNING,
        key="once",
    )


def key_of(ledger: CaseLedger) -> bytes:
    return ledger.index.request_key(TEACHER.ref, "once")


def change(exhibit: Museum, assignment: str) -> None:
    exhibit.tamper(
        f"UPDATE request SET {assignment} WHERE key = %s", key_of(exhibit.ledger())
    )


def test_a_request_nobody_touched_is_answered_as_the_first_time(
    exhibit: Museum,
) -> None:
    assert recorded(exhibit) == ask_again(exhibit)


@pytest.mark.parametrize(
    "assignment",
    [
        "first = 1, last = 1",
        "first = first - 1, last = last - 1",
        "first = first # 65536, last = last # 65536",
        "first = first # 65536",
    ],
    ids=["another stream's", "another entry of the case", "none", "none at all"],
)
def test_a_request_that_names_another_entry_gets_no_receipt_for_it(
    exhibit: Museum, assignment: str
) -> None:
    recorded(exhibit)
    change(exhibit, assignment)
    with pytest.raises(IntegrityFailure) as failure:
        ask_again(exhibit)
    assert failure.value.code == "REQUEST_DAMAGED"


@pytest.mark.parametrize(
    "assignment",
    [
        "content = set_byte(content, 0, get_byte(content, 0) # 1)",
        "content = set_byte(content, 31, get_byte(content, 31) # 1)",
    ],
)
def test_a_request_whose_content_was_changed_is_not_answered_as_the_same(
    exhibit: Museum, assignment: str
) -> None:
    recorded(exhibit)
    change(exhibit, assignment)
    with pytest.raises((KeyReused, IntegrityFailure)):
        ask_again(exhibit)


@pytest.mark.parametrize(
    "assignment",
    [
        "key = set_byte(key, 0, get_byte(key, 0) # 1)",
        "content = set_byte(content, 0, get_byte(content, 0) # 1)",
        "first = first - 1",
        "last = last + 1",
    ],
    ids=["key", "content", "first", "last"],
)
def test_a_changed_request_row_is_found(exhibit: Museum, assignment: str) -> None:
    recorded(exhibit)
    change(exhibit, assignment)
    assert "REQUEST_DAMAGED" in exhibit.codes()


def test_a_line_whose_key_was_changed_is_not_imported_a_second_time(
    exhibit: Museum,
) -> None:
    """The importer asks by key; a line without one would be decided on again."""
    from ledger.importing import Importer, ImportStopped
    from tests.attacks.museum import history

    index = exhibit.ledger().index
    line = index.request_key("import", f"{index.case_id('c')}/4")
    exhibit.tamper("UPDATE request SET key = %s WHERE key = %s", flipped(line, 0), line)
    before = exhibit.size()
    importer = Importer(exhibit.ledger(), on_file_clock=True)
    with pytest.raises((ImportStopped, IntegrityFailure)):
        importer.run(history("c", 1))
    assert exhibit.size() == before
