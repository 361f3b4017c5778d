"""What somebody reads of a case, now and as it was at a moment in both times."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ledger.aggregates.guard import local_day
from ledger.application import Reading
from ledger.entry import Actor
from ledger.events import from_json, type_called
from ledger.events.event import Event, Role
from ledger.projections.moment import PRESENT, Moment
from ledger.refusals import Refused
from tests.ledger.test_application import (
    HEAD_TEACHER,
    STRANGER,
    Story,
    concern,
    event,
    opening,
)
from tests.tenants import OpenTenant


def correction(entry: int, field: str, right: str) -> Event:
    return event(
        "EntryCorrected",
        target={"entry": str(entry)},
        field=field,
        wrong="",
        right=right,
        reason="Feil.",
        requested_by="t-larer",
    )


def read(story: Story) -> Reading:
    return story.ledger.read(story.case, by=HEAD_TEACHER, view="state", purpose="test")


@pytest.fixture
def told(opened: OpenTenant) -> tuple[Story, list[Reading]]:
    """A story with a late entry and corrections, and what was read after each step."""
    story = Story(opened.opened().ledger)
    now = opened.clock
    readings = []

    def step(what: Event, hours_late: float = 0) -> int:
        now.move(hours=1)
        at = now.now - timedelta(hours=hours_late)
        receipt = story.record(what, by=HEAD_TEACHER, at=at)
        readings.append(read(story))
        return receipt.position

    step(opening())
    first = step(concern("t-1"))
    step(concern("t-2", "Sover lite."), hours_late=48)
    correcting = step(correction(first, "observed_from", "2026-08-19"))
    step(correction(correcting, "right", "2026-08-18"))
    earlier = now.now - timedelta(hours=72)
    step(correction(first, "occurred_at", earlier.isoformat()))
    return story, readings


def test_the_state_known_at_each_past_moment_is_what_was_read_then(told) -> None:
    story, readings = told
    present = read(story)
    for then in readings:
        known_at = then.recorded[-1].recorded_at
        now = present.at(Moment(known_at=known_at))
        assert now.state == then.state
        assert now.entries == then.entries
        just_before = present.at(Moment(known_at=known_at - timedelta(milliseconds=1)))
        assert len(just_before.entries) == len(then.entries) - 1


def test_a_reading_shows_what_is_right_and_keeps_what_was_recorded(told) -> None:
    _, readings = told
    last = readings[-1]
    assert last.entries[1].event.observed_from.isoformat() == "2026-08-18"
    assert last.recorded[1].event.observed_from.isoformat() == "2026-08-20"
    assert last.entries[1].occurred_at < last.entries[0].occurred_at
    shown = [entry.event for entry in last.state.entries]
    assert shown == [entry.event for entry in last.entries]


def test_what_is_decided_rests_on_what_was_recorded(told) -> None:
    story, readings = told
    assert story.ledger.load(story.case).entries == readings[-1].recorded
    assert story.ledger.load(story.case).state == readings[-1].folded


def test_a_reading_without_corrections_is_folded_once(opened: OpenTenant) -> None:
    story = Story(opened.opened().ledger)
    story.record(opening(), by=HEAD_TEACHER)
    reading = read(story)
    assert reading.moment == PRESENT
    assert reading.state is story.ledger.load(story.case).state


def test_a_moment_before_the_case_shows_nothing_of_it(told) -> None:
    story, readings = told
    begun = readings[0].recorded[0].recorded_at
    before = read(story).at(Moment(known_at=begun - timedelta(days=1)))
    assert (before.entries, before.state.exists) == ((), False)


def test_who_may_not_read_the_present_case_reads_no_past_of_it(told) -> None:
    story, _ = told
    with pytest.raises(Refused) as refused:
        story.ledger.read(story.case, by=STRANGER, view="state", purpose="test")
    assert refused.value.code == "NO_CASE"


def test_the_next_reading_after_a_withdrawal_is_refused(opened: OpenTenant) -> None:
    story = Story(opened.opened().ledger)
    now = opened.clock
    adviser = Actor("t-ppt", Role.EMPLOYEE, "ppt")

    def step(called: str, /, **said: object) -> None:
        now.move(hours=1)
        what = from_json(type_called(called).NAME, json.dumps(said).encode())
        story.record(what, by=HEAD_TEACHER, at=now.now)

    def reads() -> Reading:
        return story.ledger.read(story.case, by=adviser, view="state", purpose="test")

    story.record(opening(), by=HEAD_TEACHER)
    guardian = {"guardian_ref": "t-mor", "name": "Testforelder Tone"}
    step("GuardianRegistered", **guardian, authority="foreldreansvar", source="skole")
    first = local_day(now.now)
    step(
        "ConsentGiven",
        consent_id="t-s1",
        kind="log_participation",
        giver_ref="t-mor",
        giver_capacity="guardian",
        services=["skole", "ppt"],
        categories=["skole"],
        exclusions=[],
        form="written",
        valid_from=first.isoformat(),
        valid_to=(first + timedelta(days=90)).isoformat(),
        info_items=[],
        language="nb",
    )
    step("ParticipantJoined", service="ppt", person_ref="t-ppt")
    assert reads().entries
    step("ConsentWithdrawn", consent_id="t-s1", how="oral")
    with pytest.raises(Refused) as refused:
        reads()
    assert refused.value.code == "NO_CASE"
