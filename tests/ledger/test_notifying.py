"""People are told that something waits: once noted, again if need be, and never of what
is hidden from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from ledger.events.access import NoticeSent
from ledger.events.event import Role
from ledger.loaded import RecordedEntry
from ledger.notifying import (
    NoAddress,
    NotDelivered,
    Notified,
    Notifying,
    Parcel,
)
from ledger.outbox import Outbox, Waiting
from ledger.projections.notices import Notice
from tests.ledger.test_application import HEAD_TEACHER, Story, event
from tests.ledger.test_following import as_superuser
from tests.ledger.test_turning import Town, consent
from tests.tenants import OpenTenant


class Postbox:
    """A courier that keeps what it is given, or says why it does not."""

    channel = "file"

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.says: Exception | None = None

    def deliver(self, parcel: Parcel) -> None:
        if self.says is not None:
            raise self.says
        self.parcels.append(parcel)

    def kinds(self, person: str) -> list[str]:
        return [p.kind for p in self.parcels if p.person == person]


class Office(Town):
    """A town that notifies."""

    def __init__(self, opened: OpenTenant) -> None:
        super().__init__(opened)
        self.postbox = Postbox()

    def notify(self, **later: float) -> Notified:
        self.opened.clock.move(**later)
        self.follower.catch_up()
        pool = self.opened.pool(self.opened.schemas.ledger())
        return Notifying(self.opened.opened(), pool, self.postbox).notify()

    def sent(self, story: Story) -> list[RecordedEntry]:
        ledger = self.opened.opened().ledger
        beside = ledger.access_log(ledger.load(story.case).streams)
        return [entry for entry in beside if isinstance(entry.event, NoticeSent)]


@pytest.fixture
def office(opened: OpenTenant) -> Office:
    return Office(opened)


def told_story(office: Office) -> Story:
    """A case of which the mother has been told, by her consent."""
    story = office.story()
    story.record(consent())
    return story


def test_the_family_is_told_that_something_is_new_and_that_is_on_record(
    office: Office,
) -> None:
    story = told_story(office)
    assert office.notify() == Notified()
    assert office.notify(days=1) == Notified(put=1, sent=1)
    (parcel,) = office.postbox.parcels
    assert (parcel.person, parcel.kind) == ("t-mor", "something_new")
    assert parcel.path == f"/saker/{story.case}"
    (entry,) = office.sent(story)
    assert entry.event == NoticeSent(
        to_person="t-mor", kind="something_new", channel="file", link=parcel.path
    )
    assert entry.by.role is Role.SYSTEM


def test_a_notice_is_sent_once_however_often_somebody_looks(office: Office) -> None:
    story = told_story(office)
    for _ in range(3):
        office.notify(hours=13)
    assert office.postbox.kinds("t-mor") == ["something_new"]
    assert len(office.sent(story)) == 1


def test_who_has_not_been_told_of_a_case_is_told_nothing(office: Office) -> None:
    story = office.story()
    assert office.notify(days=1) == Notified()
    assert office.sent(story) == []


def test_nobody_is_told_of_what_is_hidden_from_them(office: Office) -> None:
    story = told_story(office)
    office.notify(days=1)
    secret = event(
        "ConcernRaised",
        concern_id="t-9",
        area="1.3.01",
        observed_from="2026-09-01",
        source="child",
        text="Fortalte noe.",
    )
    story.record(secret, by=HEAD_TEACHER, at=None, shield="sk")
    assert office.notify(days=1) == Notified()
    story.record(event("InterpreterDecided", language="so", needed=True), at=None)
    assert office.notify(days=1) == Notified(put=1, sent=1)
    assert {entry.shield for entry in office.sent(story)} == {None}


def test_what_could_not_be_sent_is_tried_again_later_and_later(office: Office) -> None:
    story = told_story(office)
    office.postbox.says = NotDelivered()
    assert office.notify(days=1) == Notified(put=1, failed=1)
    assert office.notify() == Notified()
    assert office.notify(minutes=1) == Notified(failed=1)
    assert office.notify(minutes=1) == Notified()
    office.postbox.says = None
    assert office.notify(minutes=1) == Notified(sent=1)
    assert len(office.sent(story)) == 1


def test_a_notice_that_was_sent_and_not_noted_goes_again_under_the_same_id(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = told_story(office)

    def killed(self: Outbox, *args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "end", killed)
        with pytest.raises(KeyboardInterrupt):
            office.notify(days=1)
    assert office.notify() == Notified(sent=1)
    first, second = office.postbox.parcels
    assert first == second
    assert len(office.sent(story)) == 1


def test_who_has_no_address_is_not_tried_again(office: Office) -> None:
    story = told_story(office)
    office.postbox.says = NoAddress()
    assert office.notify(days=1) == Notified(put=1, dropped=1)
    assert office.notify(hours=1) == Notified()
    assert office.sent(story) == []


def test_what_stands_no_more_when_it_is_sent_is_not_sent(office: Office) -> None:
    story = told_story(office)
    office.postbox.says = NotDelivered()
    office.notify(days=1)
    office.postbox.says = None
    story.record(event("InterpreterDecided", language="so", needed=True), at=None)
    assert office.notify(minutes=1) == Notified(dropped=1)
    assert office.notify(days=1) == Notified(put=1, sent=1)


def test_after_a_week_nobody_is_told_any_more(office: Office) -> None:
    told_story(office)
    assert office.notify(days=9) == Notified()


# --- the outbox -----------------------------------------------------------------------


def waiting(office: Office, person: str = "t-mor") -> Waiting:
    day = office.opened.clock.now.date()
    notice = Notice(person, Role.GUARDIAN, "something_new", "case", day)
    return Waiting(office.tenant.ledger.index.case_id("t"), None, notice)


def outbox(office: Office) -> Outbox:
    pool = office.opened.pool(office.opened.schemas.ledger())
    return Outbox(office.tenant.keyring, pool, office.tenant.schema)


def test_a_notice_is_put_once_and_comes_out_as_it_went_in(office: Office) -> None:
    box, now = outbox(office), office.opened.clock.now
    put = [waiting(office), waiting(office, "t-far")]
    assert [box.put(put, now), box.put(put, now)] == [2, 0]
    due = box.due(now, 10)
    assert {each.waiting.notice.person for each in due} == {"t-mor", "t-far"}
    assert box.due(now - timedelta(seconds=1), 10) == []


def test_at_rest_the_outbox_names_nobody(office: Office) -> None:
    box, one = outbox(office), waiting(office)
    box.put([one], office.opened.clock.now)
    with as_superuser(office.opened) as connection:
        (row,) = connection.execute("SELECT * FROM outbox").fetchall()
    said = b"".join(each for each in row if isinstance(each, bytes)) + str(row).encode()
    for word in (b"t-mor", b"something_new", str(one.case).encode()):
        assert word not in said


def test_what_has_ended_is_forgotten_long_after(office: Office) -> None:
    box, now = outbox(office), datetime(2026, 9, 1, tzinfo=UTC)
    box.put([waiting(office)], now)
    (tried,) = box.due(now, 1)
    box.end(tried.id, now)
    assert box.forget(now + timedelta(days=59)) == 0
    assert box.known([tried.id]) == {tried.id}
    assert box.forget(now + timedelta(days=61)) == 1


def test_the_writer_changes_the_outbox_by_its_functions_alone(office: Office) -> None:
    schemas = office.opened.schemas
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(schemas.ledger()) as writer, refused:
        writer.execute(f"UPDATE {schemas.schema}.outbox SET ended_at = now()")
