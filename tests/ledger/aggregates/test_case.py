"""A case is what its entries add up to, whatever they are and however they come in."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, is_dataclass

import pytest

from ledger.aggregates.case import Case, UnknownEvent, evolve, fold, folded_types
from ledger.aggregates.deciding import COMMANDS
from ledger.entry import Erased
from ledger.events import catalogue_name, recordable_types
from ledger.events.access import OF_READING, AccessRecorded
from tests.ledger.aggregates.story import (
    CASE,
    WITH_HOLDER,
    accepted,
    escalated,
    extended,
    given,
    heard,
    lifted,
    started,
    vacated,
)

OF_A_CASE = recordable_types()


@pytest.mark.parametrize("event_type", OF_A_CASE, ids=catalogue_name)
def test_every_event_of_a_case_has_a_command_and_a_fold(event_type):
    assert event_type in COMMANDS
    assert event_type in folded_types()


def test_there_is_no_command_and_no_fold_for_anything_else():
    assert set(COMMANDS) == {*OF_A_CASE, *OF_READING}
    assert folded_types() == {*OF_A_CASE, Erased}


def test_an_event_of_another_stream_stops_the_fold():
    read = AccessRecorded(reader="x", reader_role="leader", view="case", purpose="x")
    with pytest.raises(UnknownEvent, match="AccessRecorded"):
        given(*CASE).and_(read)


def test_folding_gives_a_new_case_and_leaves_the_old_one_alone():
    before = given(*WITH_HOLDER)
    entries, parties = before.case.entries, before.case.parties
    after = before.and_(vacated(), heard(), extended("ppt"))
    assert before.case.entries == entries
    assert before.case.parties is parties
    assert before.case.baton.holder is not None
    assert after.case.parties.vacant


def test_a_case_folded_in_one_go_is_the_case_folded_step_by_step():
    past = given(*WITH_HOLDER, escalated(1, 2), heard(), vacated())
    half = fold(past.case.entries[:5])
    assert fold(past.case.entries[5:], half) == past.case == fold(past.case.entries)


def test_a_state_cannot_be_changed_in_place():
    case = given(*WITH_HOLDER).case
    with pytest.raises(FrozenInstanceError):
        case.incomplete = True
    with pytest.raises(FrozenInstanceError):
        case.baton.moved_at = None


def test_every_chapter_is_a_value():
    states = [value for value in vars(Case()).values() if is_dataclass(value)]
    assert len(states) == 16
    assert Case() == Case()


def test_an_erased_entry_is_a_place_and_not_a_fact():
    past = given(*CASE, Erased())
    assert past.case.incomplete
    assert len(past.case.entries) == 4
    assert not given(*CASE).case.incomplete


def test_a_case_can_begin_with_what_was_erased():
    past = given(Erased(), heard())
    assert past.case.exists
    assert past.case.opening is None


@pytest.mark.parametrize(
    "event",
    [extended("ppt"), accepted(), vacated(), started(), lifted(), heard()],
    ids=lambda event: event.NAME,
)
def test_an_entry_about_something_lost_is_folded_all_the_same(event):
    assert given(event).case.exists


@pytest.mark.parametrize("event_type", OF_A_CASE, ids=catalogue_name)
def test_any_part_of_a_history_folds(event_type):
    """A stream seen alone may hold any entry without those before it."""
    past = given(*WITH_HOLDER, escalated(1, 2), heard())
    kept = [e for e in past.case.entries if not isinstance(e.event, event_type)]
    case = Case()
    for entry in kept:
        case = evolve(case, entry)
    assert len(case.entries) == len(kept)
