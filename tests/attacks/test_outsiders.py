"""What is damaged tells nobody outside of it anything, and hides nothing that is whole.

Only who sees a damaged stream is told so; the door is judged on what can be read.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from ledger.application import Receipt
from ledger.entry import Actor
from ledger.events.concern import CaseOpened, RiskFlagRaised
from ledger.events.event import Role
from ledger.recorder import Overloaded
from ledger.refusals import Refused
from ledger.sealing import IntegrityFailure
from tests.attacks.museum import COORDINATOR, Museum, flipped, history
from tests.faults.programs import MORNING, TEACHER, observation

STRANGER = Actor("t-fremmed", Role.EMPLOYEE, "ppt", "PPT Testvik")
AUTHOR = replace(TEACHER, ref="c-kontakt", unit="Nes barneskole")
CONSOLE = Actor("console", Role.SYSTEM)
Change = tuple[str, int]
CHANGES = [("body", 1), ("body", -1), ("envelope", 1), ("envelope", -1)]


@pytest.fixture(params=CHANGES, ids=lambda change: f"{change[0]} {change[1]}")
def change(request: pytest.FixtureRequest) -> Change:
    """What is changed of a stream: a part of its first or last entry."""
    found: Change = request.param
    return found


def damage(exhibit: Museum, stream: Any, change: Change) -> None:
    table, version = change
    entry = exhibit.entry_of(stream, version)
    column, content = {
        "body": ("ciphertext", entry.ciphertext),
        "envelope": ("state", entry.state),
    }[table]
    exhibit.tamper(
        f"UPDATE {table} SET {column} = %s WHERE position = %s",
        flipped(content, -1),
        entry.position,
    )


def answer(exhibit: Museum, by: Actor) -> str:
    """How a reading is answered: by the entries, a refusal's code, or as damage."""
    ledger = exhibit.ledger()
    try:
        ledger.read(ledger.index.case_id("c"), by=by, view="state", purpose="p")
    except Refused as refused:
        return refused.code
    except IntegrityFailure as failure:
        return type(failure).__name__
    return "read"


def shield_of(exhibit: Museum) -> Any:
    """The stream of a shield in case c that holds two flags of its author's."""
    ledger = exhibit.ledger()
    case = ledger.index.case_id("c")
    for number in "12":
        ledger.record(
            case,
            RiskFlagRaised(flag_id=f"t-{number}", kind="violence", reason="Merke."),
            by=AUTHOR,
            occurred_at=MORNING,
            key=f"flag {number}",
            shield="t-s1",
        )
    return ledger.load(case).streams[-1].stream


def test_a_damaged_shield_is_told_to_those_who_see_it_alone(exhibit: Museum) -> None:
    damage(exhibit, shield_of(exhibit), ("body", -1))
    assert answer(exhibit, AUTHOR) == "IntegrityFailure"
    assert answer(exhibit, CONSOLE) == "IntegrityFailure"


def test_a_damaged_shield_hides_nothing_from_who_does_not_see_it(
    exhibit: Museum, change: Change
) -> None:
    damage(exhibit, shield_of(exhibit), change)
    assert exhibit.refusal_to_load("c") != "LOADED"
    assert answer(exhibit, COORDINATOR) == "read"


def test_a_damaged_case_is_none_to_a_stranger(exhibit: Museum, change: Change) -> None:
    for stream in (shield_of(exhibit), exhibit.shared("c")):
        damage(exhibit, stream, change)
        assert answer(exhibit, STRANGER) == "NO_CASE"


def test_damage_in_the_shared_stream_is_told_to_who_reads_it(exhibit: Museum) -> None:
    damage(exhibit, exhibit.shared("c"), ("body", -1))
    assert answer(exhibit, COORDINATOR) == "IntegrityFailure"


def test_a_damaged_index_row_of_a_shield_tells_outsiders_nothing(
    exhibit: Museum,
) -> None:
    shield_of(exhibit)
    ledger = exhibit.ledger()
    (key,) = ledger.index.stream_keys(ledger.index.case_id("c"), 1, 1)
    exhibit.tamper("UPDATE keyed_index SET sealed = %s WHERE key = %s", b"x", key)
    assert answer(exhibit, STRANGER) == "NO_CASE"
    assert answer(exhibit, COORDINATOR) == "read"
    assert answer(exhibit, CONSOLE) == "IntegrityFailure"


def test_nothing_is_recorded_in_a_damaged_case_and_outsiders_are_not_told_why(
    exhibit: Museum,
) -> None:
    outside = teacher_outside(exhibit)
    damage(exhibit, shield_of(exhibit), ("body", -1))
    answers = []
    for by in (AUTHOR, outside, STRANGER):
        ledger = exhibit.ledger()
        with pytest.raises((IntegrityFailure, Overloaded)) as told:
            ledger.record(
                ledger.index.case_id("c"),
                observation("Noe nytt."),
                by=by,
                occurred_at=MORNING,
                key="new",
            )
        answers.append(told.type)
    assert answers == [IntegrityFailure, Overloaded, Overloaded]


def test_a_repeated_request_is_answered_to_who_does_not_see_the_damage(
    exhibit: Museum,
) -> None:
    """It is refused by now, so that what is on record is looked up."""
    case = uuid4()

    def opened() -> Receipt:
        event = CaseOpened(
            subject_ref="t-barn",
            subject_kind="born",
            name="Testbarn Tuva",
            language="nb",
            profile="fjordvik",
        )
        ledger = exhibit.ledger()
        return ledger.record(case, event, by=STRANGER, occurred_at=MORNING, key="open")

    first = opened()
    flag = RiskFlagRaised(flag_id="t-1", kind="violence", reason="Merke.")
    exhibit.ledger().record(case, flag, by=AUTHOR, occurred_at=MORNING, key="flag")
    damage(exhibit, exhibit.ledger().load(case).streams[-1].stream, ("body", -1))
    assert opened() == first


def teacher_outside(exhibit: Museum) -> Actor:
    """Someone else of staff who writes in case c."""
    staff = (e.by for e in exhibit.load("c").entries if e.by.role is Role.EMPLOYEE)
    return next(by for by in staff if by.ref != AUTHOR.ref)


def test_a_search_by_number_finds_damaged_cases_for_the_door_to_judge(
    exhibit: Museum,
) -> None:
    damage(exhibit, shield_of(exhibit), ("body", -1))
    opening = next(line for line in history("c", 1) if b"national_id" in line)
    number = json.loads(opening)["data"]["national_id"]
    ledger = exhibit.ledger()
    assert [c.case for c in ledger.cases_of(number)] == [ledger.index.case_id("c")]
