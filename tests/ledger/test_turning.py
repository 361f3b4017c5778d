"""What a day brings is on record once, dated when it came to hold, whoever does it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ledger.application import CaseLedger
from ledger.events.consent import ConsentCapacityChanged, ConsentExpired
from ledger.events.event import Event, Role
from ledger.events.supervision import GrantExpired
from ledger.loaded import RecordedEntry
from ledger.recorder import LedgerRecorder
from ledger.refusals import Refused
from ledger.tenant import Tenant
from ledger.turning import Turned, Turning
from tests.ledger.test_application import COORDINATOR, Story, event, opening
from tests.ledger.test_following import import_samples
from tests.ledger.test_granting import (
    OFFICER,
    REVOKED,
    SUPERVISOR,
    TAKEN_UP,
    granted,
)
from tests.tenants import OpenTenant

LAST = date(2026, 12, 24)  # of a consent given on the first day, 2026-09-01


def consent(consent_id: str = "s-1", valid_to: date = LAST) -> Event:
    return event(
        "ConsentGiven",
        consent_id=consent_id,
        kind="log_participation",
        giver_ref="t-mor",
        giver_capacity="guardian",
        services=["ppt"],
        categories=["fravær"],
        exclusions=[],
        form="written",
        valid_from="2026-09-01",
        valid_to=str(valid_to),
        info_items=["who_asks"],
        language="nb",
    )


class Town:
    """A tenant whose tables are followed before anything is turned."""

    def __init__(self, opened: OpenTenant) -> None:
        self.opened = opened
        self.tenant: Tenant = opened.opened()
        self.follower = opened.follower()

    def story(self, label: str = "t", number: str = "14882112345") -> Story:
        story = Story(self.tenant.ledger, label)
        story.record(opening(number))
        guardian = {"guardian_ref": "t-mor", "name": "Testforelder Test"}
        more = {"authority": "foreldreansvar", "source": "skole"}
        story.record(event("GuardianRegistered", **guardian, **more))
        return story

    def turning(self) -> Turning:
        """As another process would do it."""
        pool = self.opened.pool(self.opened.schemas.ledger())
        return Turning(self.opened.opened(), pool)

    def turn(self, on: date | None = None) -> Turned:
        if on is not None:
            self.opened.clock.now = datetime(on.year, on.month, on.day, 3, tzinfo=UTC)
        self.follower.catch_up()
        return self.turning().turn()

    def brought(self, story: Story) -> list[RecordedEntry]:
        entries = self.opened.opened().ledger.load(story.case).entries
        return [entry for entry in entries if entry.by.role is Role.SYSTEM]


@pytest.fixture
def town(opened: OpenTenant) -> Town:
    return Town(opened)


def test_nothing_is_recorded_before_its_day(town: Town) -> None:
    story = town.story()
    story.record(consent())
    assert town.turn(LAST) == Turned()
    assert town.brought(story) == []


def test_the_end_of_a_consent_is_on_record_from_the_day_after(town: Town) -> None:
    story = town.story()
    story.record(consent())
    assert town.turn(LAST + timedelta(days=1)) == Turned(recorded=1)
    (entry,) = town.brought(story)
    assert entry.event == ConsentExpired(consent_id="s-1")
    assert entry.occurred_at == datetime(2026, 12, 24, 23, tzinfo=UTC)
    assert entry.by.ref == "system"


def test_it_is_recorded_once_however_often_and_by_whichever_process(town: Town) -> None:
    story = town.story()
    story.record(consent())
    day = LAST + timedelta(days=1)
    assert town.turn(day).recorded == 1
    unfollowed = town.turning().turn()  # the table tells of it still
    assert (unfollowed.recorded, town.turn(day).recorded) == (0, 0)
    assert len(town.brought(story)) == 1


def test_two_processes_at_one_moment_record_it_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = town.story()
    story.record(consent())
    town.opened.clock.now = datetime(2026, 12, 26, tzinfo=UTC)
    town.follower.catch_up()
    first, second = town.turning(), town.turning()
    record = LedgerRecorder.record

    def second_goes_first(self: LedgerRecorder, *args: Any, **more: Any) -> Any:
        monkeypatch.setattr(LedgerRecorder, "record", record)
        with ThreadPoolExecutor() as threads:
            threads.submit(second.turn).result()
        return record(self, *args, **more)

    monkeypatch.setattr(LedgerRecorder, "record", second_goes_first)
    assert first.turn().failed == 0
    assert len(town.brought(story)) == 1


def test_days_that_were_missed_are_told_as_they_were(town: Town) -> None:
    story = town.story()
    story.record(consent("s-1", date(2026, 10, 24)))
    story.record(consent("s-2", date(2026, 11, 30)))
    assert town.turn(date(2027, 2, 1)).recorded == 2
    told = [entry.occurred_at.isoformat() for entry in town.brought(story)]
    assert told == ["2026-10-25T00:00:00+02:00", "2026-12-01T00:00:00+01:00"]


def test_a_birthday_is_on_record_with_its_rule(town: Town) -> None:
    story = town.story()
    loaded = town.tenant.ledger.load(story.case)
    assert loaded.state.opening is not None
    born = loaded.state.opening.birth_date
    assert born is not None
    day = born.replace(year=born.year + 18)
    assert town.turn(day).recorded == 2
    young, adult = (entry.event for entry in town.brought(story))
    assert isinstance(young, ConsentCapacityChanged)
    assert young.rule == "youth_consent_age 16"
    assert isinstance(adult, ConsentCapacityChanged)
    assert (adult.new_capacity, adult.rule) == ("adult", "of_age 18")


def test_an_import_brings_nothing_of_it(opened: OpenTenant) -> None:
    import_samples(opened)
    ledger = opened.opened().ledger
    for label in "acd":
        entries = ledger.load(ledger.index.case_id(label)).entries
        written = (ConsentExpired, ConsentCapacityChanged)
        assert not [entry for entry in entries if isinstance(entry.event, written)]


def test_what_fails_in_one_case_is_told_without_it_and_stops_no_other(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = town.story("b", "14882112345"), town.story("w", "15882112345")
    for story in (broken, whole):
        story.record(consent())
    load = CaseLedger.load

    def damaged(self: CaseLedger, case: Any) -> Any:
        if case == broken.case:
            raise ValueError("Testbarn")
        return load(self, case)

    monkeypatch.setattr(CaseLedger, "load", damaged)
    with caplog.at_level(logging.ERROR):
        assert town.turn(LAST + timedelta(days=1)) == Turned(recorded=1, failed=1)
    assert "ValueError" in caplog.text
    assert not [word for word in ("Test", str(broken.case)) if word in caplog.text]
    monkeypatch.undo()
    assert (len(town.brought(whole)), len(town.brought(broken))) == (1, 0)
    assert town.turn().recorded == 1


def test_a_case_with_nothing_due_is_not_opened(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.story().record(consent())
    town.follower.catch_up()
    turning = town.turning()
    monkeypatch.delattr("ledger.application.CaseLedger.load")
    assert turning.turn() == Turned()


def test_a_guard_does_not_wait_for_the_sweep(town: Town) -> None:
    story = town.story()
    story.record(consent())
    invitation = event(
        "ParticipantInvited",
        service="ppt",
        person_ref="t-ppt",
        tasks="Gir råd.",
        scope=["fravær"],
    )
    town.opened.clock.now = datetime(2026, 12, 26, tzinfo=UTC)
    in_time, late = (datetime(2026, 12, day, 12, tzinfo=UTC) for day in (24, 25))
    with pytest.raises(Refused) as refused:
        story.record(invitation, by=COORDINATOR, at=late)
    assert refused.value.code == "NO_CONSENT"
    story.record(invitation, by=COORDINATOR, at=in_time)


# --- grants ---------------------------------------------------------------------------


def granted_case(town: Town, *, revoked: bool = False) -> Story:
    story = town.story()
    story.record(TAKEN_UP, by=SUPERVISOR)
    story.record(granted(), by=OFFICER)
    if revoked:
        story.record(REVOKED, by=OFFICER)
    return story


def ends_of_grants(town: Town, story: Story) -> list[RecordedEntry]:
    ledger = town.opened.opened().ledger
    beside = ledger.access_log(ledger.load(story.case).streams)
    return [entry for entry in beside if isinstance(entry.event, GrantExpired)]


def test_the_end_of_a_grant_is_on_record_beside_the_case_once(town: Town) -> None:
    story = granted_case(town)
    assert town.turn(date(2026, 9, 21)) == Turned()
    assert [town.turn(date(2026, 10, day)).recorded for day in (3, 3, 4)] == [1, 0, 0]
    (entry,) = ends_of_grants(town, story)
    assert entry.event == GrantExpired(grant_id="tg-1")
    assert entry.occurred_at.isoformat() == "2026-09-22T00:00:00+02:00"


def test_a_grant_that_was_revoked_does_not_run_out(town: Town) -> None:
    story = granted_case(town, revoked=True)
    assert town.turn(date(2026, 10, 3)) == Turned()
    assert ends_of_grants(town, story) == []
