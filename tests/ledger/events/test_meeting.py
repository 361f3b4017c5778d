import pytest
from pydantic import ValidationError

from ledger.events.event import personal_fields
from ledger.events.meeting import MeetingHeld, MeetingScheduled


def test_the_list_of_meeting_types_is_open(made):
    assert made(MeetingHeld, type="elevsamtale").type == "elevsamtale"


def test_whether_an_interpreter_took_part_must_be_said_of_a_meeting_held(made):
    assert made(MeetingScheduled, interpreter=None).interpreter is None
    with pytest.raises(ValidationError):
        made(MeetingHeld, interpreter=None)


def test_every_decision_of_a_meeting_is_personal():
    assert personal_fields(MeetingHeld) == {"agenda", "minutes", "decisions"}


def test_a_meeting_may_decide_nothing(made):
    assert made(MeetingHeld, decisions=[]).decisions == ()


def test_a_meeting_is_scheduled_for_a_day(made):
    with pytest.raises(ValidationError):
        made(MeetingScheduled, on=None)
