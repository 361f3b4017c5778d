"""National numbers: a family is told the child's and its own, staff all of them."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.entry import Actor
from ledger.events import to_json
from ledger.events.concern import CaseOpened
from ledger.events.correction import EntryCorrected, Target
from ledger.events.event import Role
from ledger.events.people import GuardianRegistered
from ledger.projections.corrections import corrected
from ledger.projections.others_numbers import told_to

DAYS = [f"2026-03-{day:02}T10:00:00+01:00" for day in range(1, 10)]
CHILD, MOTHER, FATHER, MISTYPED = (
    "23831254321", "14888011111", "15888022222", "15888022223",
)  # fmt: skip
READERS = [Actor("mor", Role.GUARDIAN), Actor("barn", Role.YOUTH)]


def opened(kind="born"):
    return CaseOpened(
        subject_ref="barn",
        subject_kind=kind,
        name="Testbarn Echo",
        national_id=CHILD,
        birth_date=date(2012, 3, 23),
        language="nb",
        profile="fjordvik",
    )


def guardian(ref, number):
    return GuardianRegistered(
        guardian_ref=ref,
        name=f"Testforelder {ref.capitalize()} Echo",
        national_id=number,
        authority="foreldreansvar",
        source="skole",
    )


def correction(entry, field, wrong, right):
    return EntryCorrected(
        target=Target.model_validate({"entry": str(entry)}),
        field=field,
        wrong=wrong,
        right=right,
        reason="Feil.",
        requested_by="larer",
    )


@pytest.fixture
def case(recorded):
    """A child, both its guardians and further events, as recorded."""

    def entries(*events, kind="born", father=FATHER):
        first = [opened(kind), guardian("mor", MOTHER), guardian("far", father)]
        return recorded(*zip(DAYS, [*first, *events], strict=False))

    return entries


def words(entries, reader):
    """All that the reader is told: as recorded, as corrected, and in marks."""
    told, _ = told_to(reader, entries)
    seen = corrected(told)
    said = [to_json(e.event) for e in (*told, *seen.entries)]
    return " ".join([*map(str, said), str(seen.corrections)])


def test_a_guardian_is_told_the_numbers_of_the_child_and_of_themselves_only(case):
    said = words(case(), READERS[0])
    assert [n in said for n in (CHILD, MOTHER, FATHER)] == [True, True, False]
    assert "Testforelder Far Echo" in said


def test_a_youth_is_told_their_own_number_only(case):
    said = words(case(), READERS[1])
    assert [n in said for n in (CHILD, MOTHER, FATHER)] == [True, False, False]


def test_before_the_birth_the_number_is_that_of_the_mother(case):
    assert CHILD not in words(case(kind="pregnant"), READERS[0])
    assert CHILD in words(case(kind="youth"), READERS[0])


@pytest.mark.parametrize("role", sorted(set(Role) - {r.role for r in READERS}))
def test_everyone_else_is_told_all_of_what_they_see(case, role):
    entries = case()
    assert told_to(Actor("x", role), entries) == (tuple(entries), frozenset())


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.ref)
@pytest.mark.parametrize("father", [MISTYPED, None])
def test_neither_number_stands_in_a_correction_or_in_a_correction_of_that(
    case, reader, father
):
    entries = case(
        correction(3, "national_id", father or "null", CHILD),
        correction(4, "right", CHILD, FATHER),
        correction(5, "right", FATHER, MISTYPED),
        father=father,
    )
    assert set(corrected(entries).corrections) == {3, 4, 5}
    said = words(entries, reader)
    assert (MISTYPED in said, FATHER in said, said.count(CHILD)) == (False, False, 2)


def test_a_correction_of_what_cannot_be_found_is_not_quoted(case):
    assert FATHER not in words(
        case(correction(77, "national_id", MISTYPED, FATHER)), READERS[0]
    )


def test_other_corrections_are_told_as_they_are(case):
    entries = case(
        correction(1, "national_id", CHILD, "23831254322"),
        correction(3, "name", "Testforelder Far Echo", "Testforelder Frode Echo"),
    )
    said = words(entries, READERS[0])
    assert "23831254322" in said
    assert "Testforelder Frode Echo" in said
    _, in_part = told_to(READERS[0], entries)
    assert in_part == {3}
