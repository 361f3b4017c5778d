"""Whether the child was heard since the last decision, and where it is going."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.aggregates.child import is_unheard
from ledger.events.child import TransitionNoted
from ledger.events.log import StafettloggSupersededByIndividuellPlan
from tests.ledger.aggregates.story import (
    CASE,
    LEADER,
    MONDAY,
    TODAY,
    closed,
    escalated,
    given,
    heard,
    opened,
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
