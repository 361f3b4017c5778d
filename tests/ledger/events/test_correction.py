import json

import pytest
from pydantic import ValidationError

from ledger.events import to_json
from ledger.events.correction import EntryCorrected
from ledger.events.event import Kind, Role


def test_a_target_is_an_event_with_its_own_id_field(made):
    corrected = made(EntryCorrected, target={"event": "MeetingHeld", "meeting_id": "m"})
    assert corrected.target.event == "MeetingHeld"
    assert corrected.target.ids == {"meeting_id": "m"}
    assert json.loads(to_json(corrected))["target"] == {
        "event": "MeetingHeld",
        "meeting_id": "m",
    }


def test_a_target_may_be_an_entry_by_its_id(made):
    corrected = made(EntryCorrected, target={"entry": "17"})
    assert (corrected.target.entry, corrected.target.ids) == ("17", {})


@pytest.mark.parametrize(
    "target",
    [
        {"event": "MeetingHeld", "note": "x"},
        {"event": "MeetingHeld", "meeting_id": 3},
        {"event": "MeetingHeld", "meeting_id": ""},
        {"event": "MeetingHeld", "meeting_id": "a\u202eb"},
        {"event": "MeetingHeld", "møte_id": "x"},
        {"event": "MeetingHeld", "a b_id": "x"},
        "MeetingHeld",
    ],
)
def test_beside_event_and_entry_a_target_holds_id_fields_only(made, target):
    with pytest.raises(ValidationError):
        made(EntryCorrected, target=target)


def test_a_wrong_value_may_be_empty_or_a_whole_text(made):
    assert made(EntryCorrected, wrong="").wrong == ""
    assert made(EntryCorrected, wrong="x" * 20_000).wrong == "x" * 20_000


def test_the_right_to_be_corrected_is_never_refused():
    assert EntryCorrected.KIND is Kind.NEVER
    assert Role.PRIVACY_OFFICER in EntryCorrected.RECORDED_BY
