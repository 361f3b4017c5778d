"""The write path and the read path, on a real database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from ledger.aggregates.guard import local_day
from ledger.application import CaseLedger, KeyReused, Receipt
from ledger.database.roles import DatabaseRole
from ledger.entry import Actor, Erased, StreamKind
from ledger.events import from_json, type_called
from ledger.events.access import AccessDenied, AccessRecorded, CommandRefused
from ledger.events.event import Event, Role
from ledger.loaded import RecordedEntry
from ledger.recorder import Head
from ledger.refusals import Refused
from ledger.sealing import IntegrityFailure
from tests.tenants import OpenTenant

TEACHER = Actor("t-larer", Role.EMPLOYEE, "skole", "Testvik skole")
HEAD_TEACHER = Actor("t-rektor", Role.LEADER, "skole", "Testvik skole")
STRANGER = Actor("t-fremmed", Role.EMPLOYEE, "ppt", "PPT Testvik")
COORDINATOR = Actor("t-koord", Role.KOORDINERENDE_ENHET)
MORNING = datetime(2026, 9, 1, 7, 0, tzinfo=UTC)


def event(called: str, **fields: object) -> Event:
    import json

    return from_json(type_called(called).NAME, json.dumps(fields).encode())


def opening(number: str = "14882112345") -> Event:
    return event(
        "CaseOpened",
        subject_ref="t-barn",
        subject_kind="born",
        name="Testbarn Tuva",
        national_id=number,
        birth_date="2016-08-14",
        language="nb",
        profile="fjordvik",
    )


def concern(concern_id: str = "t-1", text: str = "Er mye alene.") -> Event:
    return event(
        "ConcernRaised",
        concern_id=concern_id,
        area="1.2.03",
        observed_from="2026-08-20",
        source="employee",
        text=text,
    )


class Story:
    """One case as told through the ledger, each step with a key of its own."""

    def __init__(self, ledger: CaseLedger, label: str = "t") -> None:
        self.ledger = ledger
        self.case = ledger.index.case_id(label)
        self.steps = 0

    def record(
        self,
        what: Event,
        *,
        by: Actor = TEACHER,
        at: datetime | None = MORNING,
        key: str | None = None,
        shield: str | None = None,
        on_view: bytes | None = None,
    ) -> Receipt:
        self.steps += 1
        key = key or f"step {self.steps} of {id(self)}"
        return self.ledger.record(
            self.case,
            what,
            by=by,
            occurred_at=at,
            key=key,
            shield=shield,
            on_view=on_view,
        )

    def tag(self, by: Actor = TEACHER) -> bytes:
        return self.ledger.read(self.case, by=by, view="state", purpose="test").tag


@pytest.fixture
def story(opened: OpenTenant) -> Story:
    story = Story(opened.opened().ledger)
    story.record(opening())
    return story


def in_another_process(opened: OpenTenant) -> CaseLedger:
    """The same tenant with empty caches and other connections."""
    return opened.opened().ledger


def test_what_is_recorded_comes_back_in_another_process(
    opened: OpenTenant, story: Story
) -> None:
    story.record(concern())
    ours = story.ledger.load(story.case)
    theirs = in_another_process(opened).load(story.case)
    assert [e.event for e in theirs.entries] == [opening(), concern()]
    assert theirs.state == ours.state
    assert theirs.heads == ours.heads


def test_a_receipt_names_the_place_and_the_leaf(story: Story) -> None:
    receipt = story.record(concern())
    newest = story.ledger.load(story.case).entries[-1]
    assert (receipt.version, receipt.position, receipt.leaf) == (
        2,
        newest.position,
        newest.leaf,
    )
    assert receipt.key_id == story.ledger.keyring.service.key_id


def test_the_same_request_again_gets_the_same_receipt(story: Story) -> None:
    first = story.record(concern(), key="once")
    assert story.record(concern(), key="once") == first
    assert len(story.ledger.load(story.case).entries) == 2


def test_a_repeated_opening_is_answered_as_the_first_time(opened: OpenTenant) -> None:
    """The second try would be refused by a guard, but it is the same request."""
    story = Story(opened.opened().ledger)
    first = story.record(opening(), key="open")
    assert story.record(opening(), key="open") == first


def test_a_request_that_names_no_time_is_the_same_when_it_comes_again(
    opened: OpenTenant, story: Story
) -> None:
    first = story.record(concern(), key="once", at=None)
    opened.clock.move(minutes=5)
    assert story.record(concern(), key="once", at=None) == first
    with pytest.raises(KeyReused):
        story.record(concern(), key="once", at=MORNING)


def test_what_happens_now_is_recorded_no_earlier_than_it_happens(
    opened: OpenTenant, story: Story
) -> None:
    opened.clock.move(microseconds=999)
    story.record(concern(), at=None)
    last = story.ledger.load(story.case).entries[-1]
    assert last.occurred_at == last.recorded_at


def test_what_is_decided_on_an_older_view_is_refused_and_on_record(
    story: Story,
) -> None:
    tag = story.tag()
    story.record(concern(), on_view=tag)
    with pytest.raises(Refused) as refused:
        story.record(concern("t-2"), on_view=tag)
    assert refused.value.code == "STALE_VERSION"
    streams = story.ledger.load(story.case).streams
    last = story.ledger.access_log(streams)[-1].event
    assert isinstance(last, CommandRefused)
    assert last.code == "STALE_VERSION"


def test_a_repeated_request_is_answered_however_old_its_view_is(story: Story) -> None:
    tag = story.tag()
    first = story.record(concern(), key="once", on_view=tag)
    assert story.record(concern(), key="once", on_view=tag) == first


def test_a_reading_does_not_make_a_view_old(story: Story) -> None:
    tag = story.tag()
    assert story.tag() == tag


def test_what_goes_on_under_a_shield_does_not_make_others_views_old(
    story: Story,
) -> None:
    story.record(
        event("RiskFlagRaised", flag_id="t-f", kind="violence", reason="Blåmerker."),
        by=HEAD_TEACHER,
    )
    mine = story.tag(TEACHER)
    story.record(
        event("RiskFlagRaised", flag_id="t-g", kind="violence", reason="Igjen."),
        by=HEAD_TEACHER,
    )
    assert story.tag(TEACHER) == mine


def test_an_older_view_tells_a_stranger_nothing_of_the_case(story: Story) -> None:
    with pytest.raises(Refused) as refused:
        story.record(
            event("GoalSet", goal_id="t-g", text="Lek.", area="1.2.03"),
            by=STRANGER,
            on_view=bytes(32),
        )
    assert refused.value.code == "NO_CASE"


def test_the_same_key_for_another_request_is_refused(story: Story) -> None:
    story.record(concern(), key="once")
    with pytest.raises(KeyReused):
        story.record(concern(text="Noe annet."), key="once")


def test_one_persons_key_is_not_anothers(story: Story) -> None:
    story.record(concern("t-1"), key="k")
    story.record(concern("t-2"), key="k", by=HEAD_TEACHER)
    assert len(story.ledger.load(story.case).entries) == 3


def test_a_refusal_is_on_record_with_its_code_and_nothing_else(story: Story) -> None:
    with pytest.raises(Refused) as refused:
        story.record(
            event("ConcernClarified", concern_id="t-9", outcome="close", reasons="x")
        )
    loaded = story.ledger.load(story.case)
    (record,) = story.ledger.access_log(loaded.streams)
    assert isinstance(record.event, CommandRefused)
    assert record.event.command == "ConcernClarified"
    assert record.event.code == refused.value.code == "UNKNOWN_TARGET"
    assert len(loaded.entries) == 1


def test_a_decision_is_taken_again_when_another_process_wrote(
    opened: OpenTenant, story: Story
) -> None:
    other = Story(in_another_process(opened))
    other.record(concern("t-1"))
    story.record(concern("t-2"))
    other.record(concern("t-3"))
    entries = story.ledger.load(story.case).entries
    assert [e.version for e in entries] == [1, 2, 3, 4]


def test_recorded_at_never_runs_backwards_in_a_case(
    opened: OpenTenant, story: Story
) -> None:
    opened.clock.move(hours=-1)
    story.record(concern(), at=MORNING - timedelta(hours=1))
    first, second = story.ledger.load(story.case).entries
    assert second.recorded_at >= first.recorded_at


def test_what_is_dated_ahead_of_the_clock_is_refused(story: Story) -> None:
    ahead = story.ledger.clock() + timedelta(seconds=3)
    with pytest.raises(Refused) as refused:
        story.record(concern(), at=ahead)
    assert refused.value.code == "FUTURE_DATE"


def test_another_open_case_of_the_child_is_refused_to_whom_may_see_it(
    story: Story,
) -> None:
    second = Story(story.ledger, "t-again")
    with pytest.raises(Refused) as refused:
        second.record(opening())
    assert refused.value.code == "CASE_EXISTS"


def test_who_may_not_see_the_childs_case_opens_a_second_one(story: Story) -> None:
    second = Story(story.ledger, "t-again")
    second.record(opening(), by=STRANGER)
    assert len(story.ledger.cases_of("14882112345")) == 2


def test_a_childs_cases_are_found_by_its_number_alone(story: Story) -> None:
    assert [c.case for c in story.ledger.cases_of("14882112345")] == [story.case]
    assert story.ledger.cases_of("15882112345") == []


def test_a_child_is_found_by_its_own_number_once_it_is_born(story: Story) -> None:
    waiting = Story(story.ledger, "t-unborn")
    waiting.record(
        event(
            "CaseOpened",
            subject_ref="t-ufodt",
            subject_kind="unborn",
            name="Testbarn Ufødt",
            language="nb",
            profile="fjordvik",
        )
    )
    number = "17852612345"
    assert story.ledger.cases_of(number) == []
    waiting.record(
        event("ChildBorn", subject_ref="t-mai", on="2026-08-17", national_id=number)
    )
    assert [c.case for c in story.ledger.cases_of(number)] == [waiting.case]
    with pytest.raises(Refused) as refused:
        Story(story.ledger, "t-second").record(opening(number))
    assert refused.value.code == "CASE_EXISTS"


# -- shields -----------------------------------------------------------------------


def flag(flag_id: str = "t-r1") -> Event:
    return event("RiskFlagRaised", flag_id=flag_id, kind="violence", reason="Merke.")


def test_what_is_shielded_by_rule_goes_to_a_stream_of_its_own(story: Story) -> None:
    story.record(flag(), shield="t-s1")
    loaded = story.ledger.load(story.case)
    kinds = [stream.kind for stream in loaded.streams]
    assert kinds == [StreamKind.SHARED, StreamKind.SHIELDED]
    assert [e.shield for e in loaded.entries] == [None, "t-s1"]
    assert len({e.stream for e in loaded.entries}) == 2


def test_nothing_of_a_shield_shows_in_the_versions_of_the_shared_stream(
    story: Story,
) -> None:
    story.record(flag(), shield="t-s1")
    story.record(concern())
    shared = [e.version for e in story.ledger.load(story.case).entries if not e.shield]
    assert shared == [1, 2]


def test_a_refusal_that_rests_on_a_shield_is_recorded_beside_that_shield(
    story: Story,
) -> None:
    guardian = event(
        "GuardianRegistered",
        guardian_ref="t-mor",
        name="Testforelder Tea",
        authority="foreldreansvar",
        source="skole",
    )
    story.record(guardian)
    story.record(flag(), shield="t-s1")
    meeting = event(
        "MeetingScheduled",
        meeting_id="t-m",
        type="undringssamtale",
        invited=["t-mor"],
        on="2026-09-02",
    )
    with pytest.raises(Refused):
        story.record(meeting)
    shared, shield = story.ledger.load(story.case).streams
    assert story.ledger.access_log([shared]) == []
    (record,) = story.ledger.access_log([shield])
    assert isinstance(record.event, CommandRefused)
    assert record.event.code == "PARENTS_FIRST_FORBIDDEN"


def test_who_is_outside_the_audience_is_told_to_ask_the_leader(story: Story) -> None:
    guardian = event(
        "GuardianRegistered",
        guardian_ref="t-mor",
        name="Testforelder Tea",
        authority="foreldreansvar",
        source="skole",
    )
    story.record(guardian)
    story.record(flag(), shield="t-s1")
    colleague = Actor("t-kollega", Role.EMPLOYEE, "skole", "Testvik skole")
    meeting = event(
        "MeetingScheduled",
        meeting_id="t-m",
        type="undringssamtale",
        invited=["t-mor"],
        on="2026-09-02",
    )
    with pytest.raises(Refused) as refused:
        story.record(meeting, by=colleague)
    assert refused.value.code == "ASK_LEADER"
    shared, shield = story.ledger.load(story.case).streams
    assert story.ledger.access_log([shared]) == []
    (record,) = story.ledger.access_log([shield])
    assert isinstance(record.event, CommandRefused)
    assert record.event.code == "PARENTS_FIRST_FORBIDDEN"


def test_nobody_becomes_a_reader_of_a_shield_by_naming_it(story: Story) -> None:
    story.record(flag(), shield="t-s1")
    colleague = Actor("t-kollega", Role.EMPLOYEE, "skole", "Testvik skole")
    with pytest.raises(Refused) as refused:
        story.record(concern("t-2"), by=colleague, shield="t-s1")
    assert refused.value.code == "ASK_LEADER"
    story.record(flag("t-r2"), by=colleague, shield="t-s1")
    labels = [stream.shield for stream in story.ledger.load(story.case).streams]
    assert labels[:2] == [None, "t-s1"]
    assert len(labels) == 3


def test_a_refusal_of_what_is_shielded_by_rule_is_told_beside_its_shield_alone(
    story: Story,
) -> None:
    story.record(flag(), shield="t-s1")
    with pytest.raises(Refused):
        story.record(event("RiskFlagResolved", flag_id="t-r1"))
    shared, shield = story.ledger.load(story.case).streams
    assert story.ledger.access_log([shared]) == []
    assert refused_in(story.ledger.access_log([shield])) == ["RiskFlagResolved"]


def test_an_older_view_of_a_shielded_matter_is_told_beside_its_shield_alone(
    story: Story,
) -> None:
    story.record(flag(), shield="t-s1")
    with pytest.raises(Refused) as refused:
        story.record(event("RiskFlagResolved", flag_id="t-r1"), on_view=bytes(32))
    assert refused.value.code == "STALE_VERSION"
    shared, shield = story.ledger.load(story.case).streams
    assert story.ledger.access_log([shared]) == []
    assert refused_in(story.ledger.access_log([shield])) == ["RiskFlagResolved"]


def test_a_refusal_under_a_shield_one_does_not_see_is_in_ones_own_stream_of_the_day(
    story: Story,
) -> None:
    """It is on record, and neither case nor shield tells of it."""
    story.record(flag(), shield="t-s1")
    for by in (STRANGER, replace(TEACHER, ref="t-kollega")):
        with pytest.raises(Refused):
            story.record(event("RiskFlagResolved", flag_id="t-r1"), by=by)
        assert refused_in(own_stream(story, by)) == ["RiskFlagResolved"]
    assert story.ledger.access_log(story.ledger.load(story.case).streams) == []


def test_a_refusal_of_what_named_a_shield_is_not_told_in_the_shared_stream(
    story: Story,
) -> None:
    with pytest.raises(Refused):
        story.record(concern(), shield="t-new", on_view=bytes(32))
    assert story.ledger.access_log(story.ledger.load(story.case).streams) == []
    assert refused_in(own_stream(story, TEACHER)) == ["ConcernRaised"]


def test_an_attempt_to_name_a_shield_is_told_beside_that_shield_alone(
    story: Story,
) -> None:
    story.record(flag(), shield="t-s1")
    story.record(flag("t-r2"), by=HEAD_TEACHER, shield="t-s2")
    colleague = replace(TEACHER, ref="t-kollega")
    with pytest.raises(Refused):
        story.record(concern(), by=colleague, shield="t-s1")
    _, named, _ = streams = story.ledger.load(story.case).streams
    assert refused_in(story.ledger.access_log(streams)) == ["ConcernRaised"]
    assert refused_in(story.ledger.access_log([named])) == ["ConcernRaised"]


def refused_in(log: Sequence[RecordedEntry]) -> list[str]:
    return [e.event.command for e in log if isinstance(e.event, CommandRefused)]


def own_stream(story: Story, by: Actor) -> list[RecordedEntry]:
    """What stands in a person's own stream of today."""
    today = local_day(story.ledger.clock())
    own = story.ledger.reader_log.stream_of(by.ref, today)
    assert own is not None
    return story.ledger.access_log([own])


# -- reading -----------------------------------------------------------------------


def test_a_reading_is_on_record_before_it_is_answered(story: Story) -> None:
    reading = story.ledger.read(
        story.case, by=HEAD_TEACHER, view="timeline", purpose="oppfolging"
    )
    (record,) = story.ledger.access_log(reading.streams)
    assert isinstance(record.event, AccessRecorded)
    assert (record.event.reader, record.event.view) == ("t-rektor", "timeline")
    assert (record.event.entries_from, record.event.entries_to) == (1, 1)


def test_reading_never_conflicts_with_writing(story: Story) -> None:
    before = story.ledger.load(story.case)
    story.ledger.read(story.case, by=COORDINATOR, view="state", purpose="p")
    assert story.ledger.load(story.case).heads == before.heads


def test_a_case_one_may_not_see_answers_as_one_that_does_not_exist(
    story: Story,
) -> None:
    nowhere = story.ledger.index.case_id("nowhere")
    refusals = []
    for case in (story.case, nowhere):
        with pytest.raises(Refused) as refused:
            story.ledger.read(case, by=STRANGER, view="state", purpose="p")
        refusals.append((refused.value.code, str(refused.value)))
    assert refusals[0] == refusals[1]
    (record,) = story.ledger.access_log(story.ledger.load(story.case).streams)
    assert isinstance(record.event, AccessDenied)


def test_a_reader_gets_no_entry_of_a_shield_they_are_outside_of(story: Story) -> None:
    story.record(flag(), shield="t-s1")
    reading = story.ledger.read(story.case, by=COORDINATOR, view="state", purpose="p")
    assert [e.shield for e in reading.entries] == [None]
    shared, shield = story.ledger.load(story.case).streams
    assert len(story.ledger.access_log([shared])) == 1
    assert story.ledger.access_log([shield]) == []


def consult_barnevern(story: Story) -> None:
    story.record(
        event("BarnevernConsulted", anonymous=False, advice="Meld fra."), shield="t-s1"
    )


def test_who_reads_because_of_a_shield_is_on_record_beside_that_shield_alone(
    story: Story,
) -> None:
    story.record(flag("t-r2"), by=HEAD_TEACHER, shield="t-s2")
    consult_barnevern(story)
    barnevern = Actor("t-bv", Role.BARNEVERN, "barnevern")
    story.ledger.read(story.case, by=barnevern, view="state", purpose="p")
    streams = {s.shield: s for s in story.ledger.load(story.case).streams}
    assert story.ledger.access_log([streams[None], streams["t-s2"]]) == []
    (record,) = story.ledger.access_log([streams["t-s1"]])
    assert isinstance(record.event, AccessRecorded)
    assert record.event.reader == "t-bv"


def test_who_reads_by_what_is_shared_is_on_record_in_all_they_see(story: Story) -> None:
    story.record(flag(), shield="t-s1")
    story.ledger.read(story.case, by=TEACHER, view="state", purpose="p")
    for stream in story.ledger.load(story.case).streams:
        assert len(story.ledger.access_log([stream])) == 1


def test_a_read_that_cannot_be_recorded_is_not_answered(
    opened: OpenTenant, story: Story
) -> None:
    schema = opened.schemas.schema
    story.ledger.load(story.case)
    owner = opened.schemas.ledger(DatabaseRole.OWNER)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            f"REVOKE EXECUTE ON FUNCTION {schema}.append FROM stafettlogg_writer"
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            story.ledger.read(story.case, by=COORDINATOR, view="state", purpose="p")


# -- the cache ---------------------------------------------------------------------


def test_a_cached_case_goes_on_from_where_it_was(
    opened: OpenTenant, story: Story
) -> None:
    cached = story.ledger.load(story.case)
    other = Story(in_another_process(opened))
    other.record(concern())
    other.record(flag(), shield="t-s1")
    went_on = story.ledger.load(story.case)
    assert went_on.entries[:1] == cached.entries
    assert went_on.state == in_another_process(opened).load(story.case).state


def test_nothing_that_was_not_committed_is_in_the_cache(
    opened: OpenTenant, story: Story
) -> None:
    other = Story(in_another_process(opened))
    other.record(concern("t-1"), key="theirs")
    with pytest.raises(Refused):
        story.record(
            event("ConcernClarified", concern_id="t-1", outcome="close", reasons="x")
        )
    assert [e.version for e in story.ledger.load(story.case).entries] == [1, 2]


def test_an_erasure_empties_the_cache_of_the_case(
    opened: OpenTenant, story: Story
) -> None:
    story.record(concern())
    loaded = story.ledger.load(story.case)
    doomed, decided_at = loaded.entries[0].position, loaded.entries[1].position
    eraser = opened.schemas.ledger(DatabaseRole.ERASER)
    with psycopg.connect(eraser, autocommit=True) as connection:
        erase = f"SELECT {opened.schemas.schema}.erase_bodies(%s, %s)"
        connection.execute(erase, ([doomed], decided_at))
    reloaded = story.ledger.load(story.case)
    assert isinstance(reloaded.entries[0].event, Erased)
    assert reloaded.state.incomplete


def test_an_index_row_that_names_another_cases_stream_is_refused(
    opened: OpenTenant, story: Story
) -> None:
    """Whoever holds the index key could point a case at another's stream."""
    other = Story(story.ledger, "t-other")
    other.record(opening("15882112345"))
    (stolen,) = story.ledger.load(story.case).streams
    row = story.ledger.index.stream_row(other.case, 0, stolen)
    with psycopg.connect(
        opened.schemas.databases.ledger, autocommit=True
    ) as connection:
        connection.execute(
            f"UPDATE {opened.schemas.schema}.keyed_index SET sealed = %s"
            " WHERE key = %s",
            (row.sealed, row.key),
        )
    with pytest.raises(IntegrityFailure) as failure:
        in_another_process(opened).load(other.case)
    assert failure.value.code == "BODY_CASE"


def test_an_entry_signed_and_not_committed_breaks_nothing(
    opened: OpenTenant, story: Story
) -> None:
    """A failed commit after signing; the link is taken from what is stored."""
    loaded = story.ledger.load(story.case)
    (head,) = loaded.heads
    unrecorded = replace(
        loaded.entries[0], version=2, previous=head.leaf, event=concern("t-lost")
    )
    story.ledger.mapper.to_stored_event(unrecorded)
    story.record(concern())
    again = in_another_process(opened).load(story.case)
    assert [e.version for e in again.entries] == [1, 2]
    assert again.heads == (Head(head.stream, 2, again.entries[-1].leaf),)


def test_a_case_that_does_not_exist_has_no_streams(opened: OpenTenant) -> None:
    assert opened.opened().ledger.load(UUID(int=5)).streams == ()
