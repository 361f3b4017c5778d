"""Who opens a case to themselves in need reads what is shared, on record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.entry import Actor, StreamKind
from ledger.events.access import AccessRecorded
from ledger.events.event import Role
from ledger.refusals import Refused
from tests.ledger.test_application import MORNING, Story, event, opening
from tests.ledger.test_granting import FLAG, HEAD_TEACHER, read, refused
from tests.tenants import OpenTenant

ON_CALL = Actor("t-vakt", Role.EMPLOYEE, "skole", "Testvik skole")
STRANGER = Actor("t-fremmed", Role.EMPLOYEE, "ppt", "PPT Testvik")


def need(reader: str = "t-vakt", minutes: int = 30):
    return event(
        "BreakGlassUsed",
        reader=reader,
        category="life",
        reason="Barnet er innlagt.",
        until=(MORNING + timedelta(minutes=minutes)).isoformat(),
    )


@pytest.fixture
def story(opened: OpenTenant) -> Story:
    now = MORNING
    ledger = opened.opened().ledger
    ledger.clock = lambda: now
    story = Story(ledger)
    story.record(opening())
    story.record(FLAG, by=HEAD_TEACHER)
    return story


def test_in_need_one_reads_what_is_shared_and_only_for_a_time(story: Story) -> None:
    assert refused(story, by=ON_CALL) == "NO_CASE"
    story.record(need(), by=ON_CALL)
    kinds = {entry.stream_kind for entry in read(story, by=ON_CALL).entries}
    assert kinds == {StreamKind.SHARED}
    over = MORNING + timedelta(minutes=30)
    story.ledger.clock = lambda: over
    assert refused(story, by=ON_CALL) == "NO_CASE"


def test_a_reading_in_need_is_on_record_with_its_basis(story: Story) -> None:
    story.record(need(), by=ON_CALL)
    read(story, by=ON_CALL)
    log = story.ledger.access_log(story.ledger.load(story.case).streams)
    reads = [e.event for e in log if isinstance(e.event, AccessRecorded)]
    assert [(r.reader, r.legal_basis) for r in reads] == [("t-vakt", "acute need")]


def test_who_has_no_part_in_the_case_cannot_open_it(story: Story) -> None:
    with pytest.raises(Refused, match="NO_CASE"):
        story.record(need("t-fremmed"), by=STRANGER)
    assert refused(story, by=STRANGER) == "NO_CASE"
