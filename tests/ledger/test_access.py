"""The access table: who may write in, read and see which part of a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger.access import (
    READING,
    WRITING,
    Audience,
    Parties,
    age_on,
    may_be_told,
    may_join,
    may_read,
    may_see,
    may_write,
)
from ledger.entry import Actor
from ledger.events.event import EVERYONE_OF_STAFF, Role


class Known:
    """A case, as far as access is concerned."""

    def __init__(self, **relations) -> None:
        self.parties = Parties(exists=True, **relations)


def person(role: Role, ref: str = "p-1", **more) -> Actor:
    return Actor(ref, role, **more)


STAFF = sorted(EVERYONE_OF_STAFF)
EVERY_ROLE = sorted(Role)
NOBODY = Known()
ASKED = Known(guardians=frozenset({"p-1"}), told=frozenset({"p-1"}))
HIDDEN = Audience(readers=frozenset({"p-1"}), barnevern=True)


def shielded(audience: Audience = HIDDEN, **relations) -> Known:
    return Known(shields={"sk-1": audience}, **relations)


# --- writing and reading --------------------------------------------------------------


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_a_case_that_does_not_exist_exists_for_nobody(role):
    nothing = Known()
    nothing.parties = Parties()
    assert not may_write(nothing, person(role))
    assert not may_read(nothing, person(role))
    assert not may_see(nothing, person(role), None)


@pytest.mark.parametrize("role", STAFF)
def test_who_has_a_part_in_the_case_writes_and_reads(role):
    case = Known(involved=frozenset({"p-1"}))
    assert may_write(case, person(role))
    assert may_read(case, person(role))


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.STAFETTHOLDER, Role.BARNEVERN])
def test_without_a_part_in_it_a_case_does_not_exist_for_staff(role):
    assert not may_write(NOBODY, person(role, service="skole"))
    assert not may_read(NOBODY, person(role, service="skole"))


def test_a_colleague_of_a_connected_service_writes_but_does_not_read():
    case = Known(services=frozenset({"skole"}))
    colleague = person(Role.EMPLOYEE, service="skole")
    assert may_write(case, colleague)
    assert not may_read(case, colleague)
    assert not may_write(case, person(Role.EMPLOYEE, service="nav"))


def test_a_leader_of_a_connected_service_reads_too():
    case = Known(services=frozenset({"skole"}))
    assert may_read(case, person(Role.LEADER, service="skole"))
    assert not may_read(case, person(Role.LEADER, service="nav"))


def test_who_only_wrote_or_was_named_does_not_read_what_others_write():
    case = Known(recorders=frozenset({"p-1"}), named=frozenset({"p-1"}))
    stranger = person(Role.EMPLOYEE, service="nav")
    assert may_write(case, stranger)
    assert not may_read(case, stranger)


@pytest.mark.parametrize("service", ["skole", "nav"])
def test_nobody_reads_because_they_wrote_not_even_for_a_connected_service(service):
    case = Known(recorders=frozenset({"p-1"}), services=frozenset({"skole"}))
    assert may_write(case, person(Role.EMPLOYEE, service=service))
    assert not may_read(case, person(Role.EMPLOYEE, service=service))


def test_a_leader_comes_in_where_the_child_starts():
    case = Known(new_units=frozenset({"Test ungdomsskole"}))
    assert may_read(case, person(Role.LEADER, unit="Test ungdomsskole"))
    assert may_write(case, person(Role.LEADER))
    assert not may_write(case, person(Role.LEADER, unit="Test barneskole"))
    assert not may_write(NOBODY, person(Role.LEADER))
    assert not may_write(case, person(Role.EMPLOYEE, unit="Test ungdomsskole"))


def test_any_leader_may_end_a_vacancy():
    case = Known(vacant=True)
    assert may_write(case, person(Role.LEADER, service="nav"))
    assert may_read(case, person(Role.LEADER, service="nav"))
    assert not may_write(case, person(Role.EMPLOYEE, service="nav"))


def test_barnevern_comes_in_when_it_was_asked_or_reported_to():
    case = Known(barnevern=True)
    assert may_write(case, person(Role.BARNEVERN))
    assert may_read(case, person(Role.BARNEVERN))
    assert not may_write(case, person(Role.EMPLOYEE))


def test_the_coordinating_unit_has_part_in_every_case():
    assert may_write(NOBODY, person(Role.KOORDINERENDE_ENHET))
    assert may_read(NOBODY, person(Role.KOORDINERENDE_ENHET))


@pytest.mark.parametrize(
    "role", [Role.PRIVACY_OFFICER, Role.ARCHIVE_OFFICER, Role.ADMINISTRATOR]
)
def test_officers_write_their_own_and_read_nothing(role):
    assert may_write(NOBODY, person(role))
    assert not may_read(NOBODY, person(role))


def test_the_service_itself_writes_and_reads():
    assert may_write(NOBODY, person(Role.SYSTEM))
    assert may_read(NOBODY, person(Role.SYSTEM))


def test_a_supervisor_writes_in_a_supervisory_case_and_reads_by_grant_only():
    supervisor = person(Role.SUPERVISOR)
    assert may_write(Known(supervised=True), supervisor)
    assert not may_read(Known(supervised=True), supervisor)
    assert may_read(Known(supervised=True), supervisor, granted=True)
    assert not may_read(Known(), supervisor, granted=True)
    assert not may_read(Known(supervised=True), person(Role.EMPLOYEE), granted=True)
    assert not may_write(NOBODY, supervisor)


# --- the family -----------------------------------------------------------------------


def test_a_guardian_comes_in_when_told():
    guardian = person(Role.GUARDIAN)
    registered = frozenset({"p-1"})
    assert may_read(ASKED, guardian)
    assert may_read(Known(guardians=registered, everyone_told=True), guardian)
    assert not may_read(Known(guardians=registered), guardian)
    assert not may_write(Known(guardians=registered), guardian)


def test_who_is_told_without_being_a_guardian_is_none():
    told = Known(told=frozenset({"p-1"}), everyone_told=True)
    assert not may_write(told, person(Role.GUARDIAN))
    assert not may_read(told, person(Role.GUARDIAN))


def test_a_parent_without_a_say_does_not_read():
    case = Known(
        guardians=frozenset({"p-1"}),
        without_say=frozenset({"p-1"}),
        everyone_told=True,
    )
    assert not may_read(case, person(Role.GUARDIAN))
    assert may_write(case, person(Role.GUARDIAN))


def test_the_child_has_a_case_from_when_it_was_told():
    child = person(Role.YOUTH)
    told = Known(subject="p-1", told=frozenset({"p-1"}))
    for may in (may_read, may_write):
        assert not may(Known(subject="p-1"), child)
        assert may(told, child)
        assert not may(Known(subject="p-2", everyone_told=True), child)
    assert may_be_told(Known(subject="p-1"), child)
    assert not may_be_told(Known(subject="p-2"), child)


def test_nobody_works_with_their_own_family():
    for case in (Known(subject="p-1"), Known(guardians=frozenset({"p-1"}))):
        case.parties = replace(case.parties, involved=frozenset({"p-1"}))
        for role in (*STAFF, Role.ADMINISTRATOR, Role.SUPERVISOR):
            assert not may_write(case, person(role))
            assert not may_read(case, person(role))
            assert not may_join(case, person(role))


def test_guardians_of_someone_of_age_do_not_read():
    born = date(2008, 3, 2)
    case = Known(guardians=frozenset({"p-1"}), everyone_told=True, birth_date=born)
    guardian = person(Role.GUARDIAN)
    assert may_read(case, guardian, on=date(2026, 3, 1))
    assert not may_read(case, guardian, on=date(2026, 3, 2))
    assert may_read(case, guardian)


def test_a_child_below_13_does_not_read_alone():
    born = date(2013, 3, 2)
    case = Known(subject="p-1", everyone_told=True, birth_date=born)
    assert not may_read(case, person(Role.YOUTH), on=date(2026, 3, 1))
    assert may_read(case, person(Role.YOUTH), on=date(2026, 3, 2))
    assert may_read(Known(subject="p-1", everyone_told=True), person(Role.YOUTH))


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2010, 3, 2), date(2026, 3, 2), 16),
        (date(2010, 3, 2), date(2026, 3, 1), 15),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
    ],
)
def test_age_counts_completed_years(born, day, age):
    assert age_on(born, day) == age


# --- coming in by an event ------------------------------------------------------------


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_only_staff_joins_by_bringing_a_worry(role):
    assert may_join(NOBODY, person(role)) == (role in EVERYONE_OF_STAFF)


def test_a_registered_guardian_is_told_by_being_asked_unless_kept_away():
    case = Known(guardians=frozenset({"p-1"}))
    assert may_be_told(case, person(Role.GUARDIAN))
    assert not may_be_told(case, person(Role.GUARDIAN, ref="p-2"))
    assert not may_be_told(case, person(Role.EMPLOYEE))
    away = Audience(hidden_from=frozenset({"p-1"}))
    kept = shielded(away, guardians=frozenset({"p-1"}))
    assert not may_be_told(kept, person(Role.GUARDIAN))
    over = shielded(replace(away, lifted=True), guardians=frozenset({"p-1"}))
    assert may_be_told(over, person(Role.GUARDIAN))


# --- shields --------------------------------------------------------------------------


@pytest.mark.parametrize("role", STAFF)
def test_the_audience_of_a_shield_sees_it(role):
    assert may_see(shielded(), person(role), "sk-1")


@pytest.mark.parametrize("role", [r for r in EVERY_ROLE if r not in EVERYONE_OF_STAFF])
def test_nobody_outside_staff_is_an_audience(role):
    seen = may_see(shielded(), person(role), "sk-1")
    assert seen == (role is Role.SYSTEM)


def test_a_part_in_the_case_does_not_open_a_shield():
    case = shielded(involved=frozenset({"p-2"}), services=frozenset({"skole"}))
    for role in (Role.EMPLOYEE, Role.LEADER, Role.STAFETTHOLDER):
        assert not may_see(case, person(role, "p-2", service="skole"), "sk-1")
        assert may_see(case, person(role, "p-2", service="skole"), None)


def test_barnevern_sees_what_concerns_its_own_matters():
    assert may_see(shielded(), person(Role.BARNEVERN, "p-2"), "sk-1")
    other = replace(HIDDEN, barnevern=False)
    assert not may_see(shielded(other), person(Role.BARNEVERN, "p-2"), "sk-1")


def test_whom_it_is_hidden_from_does_not_see_it_whatever_else_they_are():
    away = replace(HIDDEN, hidden_from=frozenset({"p-1"}))
    for role in STAFF:
        assert not may_see(shielded(away), person(role), "sk-1")


def test_a_lifted_shield_is_open_to_everyone_in_the_case():
    case = shielded(
        Audience(hidden_from=frozenset({"p-1"}), lifted=True),
        guardians=frozenset({"p-1"}),
        told=frozenset({"p-1"}),
        services=frozenset({"skole"}),
    )
    assert may_see(case, person(Role.GUARDIAN), "sk-1")
    assert may_see(case, person(Role.EMPLOYEE, "p-2", service="skole"), "sk-1")
    assert not may_see(case, person(Role.EMPLOYEE, "p-2", service="nav"), "sk-1")


def test_a_shield_that_is_not_there_is_seen_by_nobody():
    case = Known(involved=frozenset({"p-1"}))
    assert not may_see(case, person(Role.EMPLOYEE), "sk-9")


def test_a_family_member_in_a_service_sees_no_shield():
    case = shielded(guardians=frozenset({"p-1"}))
    assert not may_see(case, person(Role.EMPLOYEE), "sk-1")


# --- the table itself -----------------------------------------------------------------


@pytest.mark.parametrize("table", [WRITING, READING], ids=["writing", "reading"])
def test_every_row_says_whom_it_permits_and_why(table):
    assert all(row.roles and row.why for row in table)
    assert len({(row.roles, row.relation) for row in table}) == len(table)


def test_whoever_may_read_may_write_but_not_the_other_way_round():
    """Reading is the narrower right, so nobody reads by a row that writing lacks."""
    relations = {(role, row.relation) for row in WRITING for role in row.roles}
    narrower = {
        "_told_guardian_with_say",
        "_told_subject",
    }
    for row in READING:
        if row.relation.__name__ not in narrower:
            assert {(role, row.relation) for role in row.roles} <= relations
