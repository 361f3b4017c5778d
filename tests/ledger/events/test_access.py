import pytest

from ledger.events.access import AccessDenied, AccessRecorded, CommandRefused
from ledger.events.event import Kind, Role, Stream, personal_fields

CHAPTER = [AccessRecorded, AccessDenied, CommandRefused]


@pytest.mark.parametrize("event_type", CHAPTER)
def test_the_service_alone_writes_who_read_and_what_was_refused(event_type):
    assert {Role.SYSTEM} == event_type.RECORDED_BY
    assert event_type.STREAM is Stream.ACCESS


@pytest.mark.parametrize("event_type", CHAPTER)
def test_no_word_about_a_person_stands_in_an_access_entry(event_type):
    assert personal_fields(event_type) == frozenset()


def test_a_read_is_always_recorded():
    assert AccessRecorded.KIND is Kind.NEVER


def test_a_read_of_a_whole_view_has_no_range(made):
    whole = made(AccessRecorded, entries_from=None, entries_to=None)
    assert (whole.entries_from, whole.entries_to) == (None, None)
