"""Whether the child was heard since the last decision, and where it is going."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.aggregates.child import is_unheard
from ledger.events.child import ChildInformed, ChildStrengthNoted, TransitionNoted
from ledger.events.log import StafettloggSupersededByIndividuellPlan
from ledger.refusals import ChildUnheard, NoReason, NotInScope
from tests.ledger.aggregates.story import (
    CASE,
    CHILD,
    FATHER,
    LEADER,
    MONDAY,
    MOTHER,
    TEACHER,
    TODAY,
    changed_guardian,
    closed,
    escalated,
    family_entry,
    given,
    guardian,
    heard,
    not_heard,
    opened,
    talked,
)

STARTS = TransitionNoted(
    kind="school",
    from_unit="Test barneskole",
    to_unit="Test ungdomsskole",
    starts=date(2026, 8, 17),
)
SUPERSEDED = StafettloggSupersededByIndividuellPlan(
    system="individuell plan", on=TODAY, coordinator_ref="koord", notified=("mor",)
)


def test_a_view_since_the_opening_is_enough_for_the_first_decision():
    assert is_unheard(given(*CASE).case)
    assert not is_unheard(given(*CASE, heard()).case)


def test_a_view_from_before_the_case_does_not_count():
    past = given(*CASE).and_(heard(), at=MONDAY - timedelta(days=1))
    assert is_unheard(past.case)


@pytest.mark.parametrize(
    "decision",
    [escalated(1, 2), closed(), SUPERSEDED],
    ids=lambda event: event.NAME,
)
def test_after_a_decision_the_child_is_heard_anew(decision):
    past = given(*CASE, heard(), decision)
    assert is_unheard(past.case)
    assert not is_unheard(past.and_(heard()).case)


@pytest.mark.parametrize("form", ["1.1", "1.2", "1.3", "1.4"])
def test_every_form_of_hearing_counts(form):
    assert not is_unheard(given(*CASE, heard(form=form)).case)


def test_the_unborn_cannot_be_unheard():
    assert not is_unheard(given(opened(subject_kind="unborn")).case)


def test_what_the_child_said_is_kept_with_its_id_and_form():
    past = given(*CASE).when(heard(view_id="v-1", form="1.3")).then_recorded()
    (view,) = past.case.child.views
    assert (view.view_id, view.form, view.about) == ("v-1", "1.3", "plan")


def test_a_new_place_lets_its_leader_in():
    past = given(*CASE).when(STARTS).then_recorded()
    assert past.case.parties.new_units == {"Test ungdomsskole"}
    assert past.case.child.transitions[0].starts == date(2026, 8, 17)
    past.when(heard(), by=LEADER).then_recorded()


# --- exceptions and what the family writes --------------------------------------------


def test_a_reasoned_exception_counts_as_heard_until_the_next_decision():
    past = given(*CASE)
    past.when(closed(), by=LEADER).then_refused(ChildUnheard)
    past = past.and_(not_heard())
    past.when(closed(), by=LEADER).then_recorded()
    assert is_unheard(past.and_(escalated(0, 1)).case)


def test_no_chance_to_be_heard_is_explained_by_a_leader():
    past = given(*CASE)
    explained = {"explanation": "Er på sykehus."}
    past.when(not_heard("2.1")).then_refused(NoReason)
    past.when(not_heard("2.1", **explained)).then_refused(NoReason)
    past.when(not_heard("2.1", leader="rektor")).then_refused(NoReason)
    past.when(not_heard("2.1", **explained, leader="rektor")).then_recorded()
    past.when(not_heard("2.1", **explained), by=LEADER).then_recorded()


def test_who_did_not_wish_to_be_heard_needs_no_explanation():
    given(*CASE).when(not_heard("2.2")).then_recorded()


def test_a_guardian_and_the_child_write_in_their_log():
    past = given(*CASE, talked("mor", child_present=True))
    past.when(family_entry(), by=MOTHER).then_recorded()
    past.when(family_entry(), by=CHILD).then_recorded()


def test_staff_write_it_down_for_the_family_and_for_nobody_else():
    past = given(*CASE)
    past.when(family_entry("mor")).then_recorded()
    past.when(family_entry("barn")).then_recorded()
    past.when(family_entry("tante")).then_refused(NotInScope)
    past.when(family_entry()).then_refused(NotInScope)


def test_a_guardian_without_a_say_is_no_party_to_the_log():
    past = given(opened(), guardian("far", authority="without"), talked("far"))
    past.when(family_entry(), by=FATHER).then_refused(NotInScope)
    again = past.and_(changed_guardian(authority="daglig"))
    again.when(family_entry(), by=FATHER).then_recorded()


def test_a_guardian_writes_in_their_own_name():
    past = given(*CASE, guardian("far", authority="without"), talked("far"))
    past.when(family_entry("mor"), by=FATHER).then_refused(NotInScope)


def test_what_the_child_was_told_and_what_went_well_is_recorded_also_when_closed():
    informed = ChildInformed(
        what="Hvem som leser.", informed_by="larer", fitted_to_age=True
    )
    past = given(*CASE, talked("mor"), closed())
    after = past.when(informed).then_recorded()
    assert after.case.child.informed_at == past.clock
    strength = ChildStrengthNoted(text="Hjalp en venn.")
    for person in (TEACHER, MOTHER):
        past.when(strength, by=person).then_recorded()
