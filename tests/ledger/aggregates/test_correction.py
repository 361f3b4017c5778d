"""A correction points at an entry of the case and at a field that the entry has."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.aggregates.correction import target_of
from ledger.entry import Erased
from ledger.events.correction import EntryCorrected, Target
from ledger.refusals import AskLeader, UnknownTarget
from tests.ledger.aggregates.story import (
    CASE,
    CHILD,
    SUPERVISOR,
    WITH_HOLDER,
    closed,
    given,
    heard,
    met,
)

MEETING = {"event": "MeetingHeld", "meeting_id": "mo-1"}
HELD = (*CASE, met("mor"))


def corrected(target, field="next_date"):
    return EntryCorrected(
        target=Target.model_validate(target),
        field=field,
        wrong="2026-03-10",
        right="2026-03-11",
        reason="Feilskrevet.",
        requested_by="larer",
    )


def test_an_entry_is_found_by_the_name_and_id_of_its_event():
    past = given(*HELD).when(corrected(MEETING)).then_recorded()
    assert past.case.meeting == given(*HELD).case.meeting


def test_an_entry_is_found_by_the_name_on_the_wire_too():
    given(*HELD).when(
        corrected({**MEETING, "event": "meeting-held.v1"})
    ).then_recorded()


@pytest.mark.parametrize(
    "target",
    [
        {"event": "MeetingHeld", "meeting_id": "mo-2"},
        {"event": "MeetingScheduled", "meeting_id": "mo-1"},
        {"event": "MeetingHeld", "concern_id": "mo-1"},
        {"event": "NeverHeardOf"},
        {"entry": "1000"},
        {},
    ],
)
def test_an_entry_that_is_not_there_is_not_corrected(target):
    outcome = given(*HELD).when(corrected(target))
    outcome.then_refused(UnknownTarget)
    assert outcome.fields == ("target",)


def test_an_entry_is_found_by_its_place():
    past = given(*HELD)
    meeting = past.case.entries[-1]
    for place in (f"{meeting.stream}/4", f"urn:uuid:{meeting.stream}/4", "4"):
        past.when(corrected({"entry": place})).then_recorded()
        assert target_of(past.case, Target(entry=place)) is meeting
    other = UUID(int=0)
    past.when(corrected({"entry": f"{other}/4"})).then_refused(UnknownTarget)


def test_the_newest_entry_is_meant_when_several_fit():
    past = given(*HELD, met("far"))
    assert target_of(past.case, Target(**MEETING)) is past.case.entries[-1]


def test_a_record_of_reading_is_not_in_the_case_and_not_corrected():
    target = {"event": "AccessRecorded", "entry": "1"}
    given(*HELD).when(corrected(target)).then_refused(UnknownTarget)


@pytest.mark.parametrize("field", ["next_date", "type", "attended.0", "occurred_at"])
def test_a_field_of_the_event_is_corrected(field):
    given(*HELD).when(corrected(MEETING, field)).then_recorded()


@pytest.mark.parametrize("field", ["next_data", "NAME", "model_fields", "actor"])
def test_a_field_that_the_event_does_not_have_is_not_corrected(field):
    outcome = given(*HELD).when(corrected(MEETING, field))
    outcome.then_refused(UnknownTarget)
    assert outcome.fields == ("field",)


def test_a_closed_case_is_corrected_too():
    given(*HELD, heard(), closed()).when(corrected(MEETING)).then_recorded()


@pytest.mark.parametrize("actor", [CHILD, SUPERVISOR], ids=lambda actor: actor.role)
def test_who_is_not_of_staff_does_not_correct(actor):
    outcome = given(*WITH_HOLDER, met("mor")).when(corrected(MEETING), by=actor)
    assert outcome.refused is not None
    assert outcome.refused.code == "WRONG_ROLE"


def test_what_may_have_been_erased_is_asked_of_the_leader():
    past = given(*CASE, Erased())
    past.when(corrected(MEETING)).then_refused(AskLeader)
