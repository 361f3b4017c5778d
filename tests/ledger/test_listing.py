"""Lists across cases: who is shown what, and what is on record of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from ledger import listing
from ledger.application import Reading
from ledger.entry import Actor, StreamKind
from ledger.events.access import AccessDenied, AccessRecorded
from ledger.events.event import Role
from ledger.listing import BadCursor, Lists
from ledger.projections.plain import as_json
from ledger.projections.register import Filter
from ledger.refusals import Refused
from ledger.tenant import Tenant
from tests.ledger.test_application import (
    COORDINATOR,
    HEAD_TEACHER,
    MORNING,
    STRANGER,
    TEACHER,
    Story,
    concern,
    event,
    opening,
)
from tests.ledger.test_checking import report_of
from tests.ledger.test_following import as_superuser, import_samples
from tests.tenants import OpenTenant

OFFICER = Actor("t-pvo", Role.PRIVACY_OFFICER)
HOLDER = Actor("c-miljo", Role.STAFETTHOLDER, service="skole")  # of history c
BARNEVERN = Actor("t-bv", Role.BARNEVERN, service="barnevern")


class Town:
    """A tenant with a few cases, followed whenever something is asked."""

    def __init__(self, opened: OpenTenant) -> None:
        self.opened = opened
        self.tenant: Tenant = opened.opened()
        self.follower = opened.follower()
        self.reader = Lists(self.tenant, opened.pool(opened.schemas.ledger()))
        self.stories = [Story(self.tenant.ledger, f"sak {n}") for n in range(5)]
        for number, story in enumerate(self.stories):
            story.record(opening(f"{19882100000 + number}"))
            story.record(concern())

    @property
    def lists(self) -> Lists:
        self.follower.catch_up()
        return self.reader

    def shield(self, story: Story) -> str:
        """Let the teacher confide in the head teacher; answers the shield's stream."""
        secret = concern("t-2", text="Fortalte noe.")
        story.record(secret, at=MORNING - timedelta(days=2), shield="sk")
        confided = {"concern_id": "t-2", "leader": HEAD_TEACHER.ref}
        story.record(event("ConcernSharedWithLeader", **confided), shield="sk")
        loaded = self.tenant.ledger.load(story.case)
        stream = loaded.stream_of("sk")
        assert stream is not None
        return str(stream.stream)

    def last(self) -> Any:
        """The last event on record."""
        recorder = self.tenant.recorder
        (sealed,) = recorder.sealed_after((recorder.max_notification_id() or 0) - 1, 1)
        return self.tenant.mapper.to_domain_event(sealed)

    def reading(self, story: Story, by: Actor = COORDINATOR) -> Reading:
        return self.tenant.ledger.read(story.case, by=by, view="access", purpose="p")


@pytest.fixture
def town(opened: OpenTenant) -> Town:
    return Town(opened)


def cases(page: Any) -> list[str]:
    return [item.case for item in page.items]


def test_the_coordinator_is_shown_every_case(town: Town) -> None:
    page = town.lists.register(by=COORDINATOR, purpose="oversikt")
    assert sorted(cases(page)) == sorted(str(story.case) for story in town.stories)
    assert page.current
    assert page.next is None
    assert page.position == page.recorded - 1


def test_a_list_is_plain_data(town: Town) -> None:
    page = as_json(town.lists.register(by=COORDINATOR, purpose="oversikt"))
    assert page["items"][0]["line"]["status"] == "open"
    assert page["items"][0]["line"]["due"][0]["kind"] == "clarification"


def test_a_list_is_on_record_once_and_names_what_it_showed(town: Town) -> None:
    page = town.lists.register(by=COORDINATOR, purpose="oversikt", limit=2)
    entry = town.last()
    assert entry.position == page.recorded
    assert entry.stream_kind is StreamKind.ACCESS
    assert isinstance(entry.event, AccessRecorded)
    assert entry.event.cases is not None
    assert sorted(entry.event.cases) == sorted(cases(page))
    assert (entry.event.reader, entry.event.view) == (COORDINATOR.ref, "register")


def test_the_lists_of_a_day_are_in_one_stream_of_the_reader(town: Town) -> None:
    streams = []
    for by in (COORDINATOR, COORDINATOR, TEACHER):
        town.lists.my_cases(by=by, purpose="dagen")
        streams.append(town.last().stream)
    town.opened.clock.move(days=1)
    town.lists.my_cases(by=COORDINATOR, purpose="dagen")
    streams.append(town.last().stream)
    assert streams[0] == streams[1]
    assert len(set(streams)) == 3


def test_a_page_follows_the_other_without_gap_or_overlap(town: Town) -> None:
    for ask in (town.lists.register, town.lists.vacancies):
        whole = ask(by=COORDINATOR, purpose="oversikt")
        found, after = [], None
        while True:
            page = ask(by=COORDINATOR, purpose="oversikt", after=after, limit=2)
            found += page.items
            if (after := page.next) is None:
                break
        assert found == list(whole.items)


def test_a_filtered_register_names_on_record_only_what_it_showed(town: Town) -> None:
    first = town.stories[0]
    first.record(
        event(
            "ConcernGraded",
            concern_id="t-1",
            scale_id="tynset-barn",
            grade=3,
            graded_with=HEAD_TEACHER.ref,
        )
    )
    first.record(
        event("ConcernClarified", concern_id="t-1", outcome="level1", reasons="Tiltak.")
    )
    page = town.lists.register(Filter(level=1), by=COORDINATOR, purpose="oversikt")
    assert cases(page) == [str(first.case)]
    assert town.last().event.cases == (str(first.case),)


def test_a_cursor_goes_on_in_its_own_selection_alone(town: Town) -> None:
    open_ = Filter(status="open")
    page = town.lists.register(open_, by=COORDINATOR, purpose="oversikt", limit=2)
    after = {"by": COORDINATOR, "purpose": "oversikt", "after": page.next}
    assert len(cases(town.lists.register(open_, **after))) == 3
    with pytest.raises(BadCursor):
        town.lists.register(Filter(level=0), **after)


WHOLE = Actor("t-kommunalsjef", Role.LEADER)


@pytest.mark.parametrize("by", [COORDINATOR, WHOLE])
def test_statistics_are_on_record_and_name_no_case(town: Town, by: Actor) -> None:
    found = town.lists.statistics(by=by, purpose="styring")
    assert found.statistics.by_status.of("open") == 5
    entry = town.last()
    assert (entry.position, entry.event.view) == (found.recorded, "statistics")
    assert not entry.event.cases


@pytest.mark.parametrize("by", [HEAD_TEACHER, TEACHER, STRANGER, HOLDER])
def test_statistics_are_not_for_who_leads_or_works_in_one_service(
    town: Town, by: Actor
) -> None:
    with pytest.raises(Refused):
        town.lists.statistics(by=by, purpose="styring")
    assert isinstance(town.last().event, AccessDenied)


def test_what_rests_on_a_shield_is_not_counted(town: Town) -> None:
    before = town.lists.statistics(by=COORDINATOR, purpose="styring").statistics
    for story in town.stories:
        town.shield(story)
    after = town.lists.statistics(by=COORDINATOR, purpose="styring").statistics
    assert after == before


def test_my_cases_come_a_page_at_a_time_too(town: Town) -> None:
    first = town.lists.my_cases(by=TEACHER, purpose="dagen", limit=3)
    rest = town.lists.my_cases(by=TEACHER, purpose="dagen", limit=3, after=first.next)
    assert (first.count, len(first.items), len(rest.items)) == (5, 3, 2)
    assert rest.next is None
    assert len({*cases(first), *cases(rest)}) == 5


@pytest.mark.parametrize("cursor", ["x", "AAAA", "æ", "A" * 400])
def test_a_cursor_that_was_made_up_is_refused(town: Town, cursor: str) -> None:
    with pytest.raises(BadCursor):
        town.lists.register(by=COORDINATOR, purpose="oversikt", after=cursor)


def test_a_cursor_of_another_list_or_reader_is_refused(town: Town) -> None:
    page = town.lists.my_cases(by=TEACHER, purpose="dagen", limit=1)
    with pytest.raises(BadCursor):
        town.lists.my_cases(by=HEAD_TEACHER, purpose="dagen", after=page.next)
    with pytest.raises(BadCursor):
        town.lists.register(by=COORDINATOR, purpose="dagen", after=page.next)


@pytest.mark.parametrize("by", [TEACHER, HEAD_TEACHER, STRANGER, OFFICER])
def test_a_register_is_not_there_for_others_and_their_asking_is_on_record(
    town: Town, by: Actor
) -> None:
    with pytest.raises(Refused, match="NO_CASE"):
        town.lists.register(by=by, purpose="nysgjerrig")
    denied = town.last().event
    assert isinstance(denied, AccessDenied)
    assert (denied.reader, denied.view) == (by.ref, "register")


@pytest.mark.parametrize("role", [Role.GUARDIAN, Role.YOUTH, Role.SUPERVISOR])
def test_nobody_but_staff_has_cases_of_their_own(town: Town, role: Role) -> None:
    with pytest.raises(Refused, match="NO_CASE"):
        town.lists.my_cases(by=Actor("t-barn", role), purpose="dagen")


def test_my_cases_are_those_in_which_i_have_a_part(town: Town) -> None:
    mine = town.lists.my_cases(by=TEACHER, purpose="dagen")
    assert {item.line.part for item in mine.items} == {"involved"}
    assert town.lists.my_cases(by=STRANGER, purpose="dagen").items == ()


def test_what_rests_on_a_shield_is_shown_to_its_audience_alone(town: Town) -> None:
    story = town.stories[0]
    town.shield(story)
    confidant = town.lists.my_cases(by=HEAD_TEACHER, purpose="dagen")
    assert [(item.case, item.shield) for item in confidant.items] == [
        (str(story.case), "sk")
    ]
    everything = town.lists.register(by=COORDINATOR, purpose="oversikt")
    assert {item.shield for item in everything.items} == {None}
    assert len(everything.items) == 5


def test_a_row_under_a_shield_says_what_the_shared_one_says_and_more(
    town: Town,
) -> None:
    story = town.stories[0]
    town.shield(story)
    page = town.lists.my_cases(by=TEACHER, purpose="dagen")
    assert len(page.items) == 5
    dues = {item.shield: len(item.line.due) for item in page.items}
    assert dues == {"sk": 2, None: 1}
    assert page.items[0].shield == "sk", "it is due first"


def test_a_row_under_a_shield_is_on_record_for_those_who_see_the_shield(
    town: Town,
) -> None:
    story = town.stories[0]
    stream = town.shield(story)
    town.lists.my_cases(by=HEAD_TEACHER, purpose="dagen")
    assert town.last().event.cases == (stream,)
    of_all = town.lists.readings_of(town.reading(story, COORDINATOR)).entries
    of_audience = town.lists.readings_of(town.reading(story, TEACHER)).entries
    assert "my_cases" not in {entry.event.view for entry in of_all}
    assert "my_cases" in {entry.event.view for entry in of_audience}


def test_a_row_under_a_shield_names_its_case_too_if_it_is_also_listed_without(
    town: Town,
) -> None:
    story = town.stories[0]
    stream = town.shield(story)
    town.lists.my_cases(by=TEACHER, purpose="dagen", limit=1)
    assert sorted(town.last().event.cases) == sorted((stream, str(story.case)))
    of_all = town.lists.readings_of(town.reading(story, COORDINATOR)).entries
    assert "my_cases" in {entry.event.view for entry in of_all}


def test_who_reads_by_what_a_shield_holds_is_named_to_those_who_see_the_shield(
    town: Town,
) -> None:
    import_samples(town.opened)
    story = Story(town.tenant.ledger, "c")
    asked = event("BarnevernConsulted", anonymous=False, advice="Meld.")
    story.record(asked, by=HOLDER, shield="sk")
    stream = town.tenant.ledger.load(story.case).stream_of("sk")
    page = town.lists.vacancies(by=BARNEVERN, purpose="oversikt")
    assert str(story.case) in cases(page)
    assert stream is not None
    assert str(stream.stream) in town.last().event.cases
    assert str(story.case) not in town.last().event.cases


def test_whoever_reads_a_case_finds_the_lists_that_showed_it(town: Town) -> None:
    first, second = town.stories[:2]
    town.lists.register(by=COORDINATOR, purpose="oversikt")
    reading = town.reading(first)
    found = town.lists.readings_of(reading).entries
    views = [entry.event.view for entry in found]
    assert views == ["register", "access"]
    assert list(found) == sorted(found, key=lambda entry: entry.position or 0)
    assert len(town.lists.readings_of(town.reading(second)).entries) == 2


def test_a_person_finds_their_own_readings_the_last_first(town: Town) -> None:
    town.reading(town.stories[0])
    town.lists.register(by=COORDINATOR, purpose="oversikt")
    page = town.lists.accesses(COORDINATOR.ref, by=COORDINATOR, purpose="innsyn")
    assert [item.line.view for item in page.items] == ["register", "access"]
    assert page.items[1].case == str(town.stories[0].case)
    assert len(page.items[0].line.cases) == 5


def test_ones_own_log_does_not_tell_that_a_case_exists(town: Town) -> None:
    hidden = town.stories[0].case
    for case in (hidden, uuid4()):
        with pytest.raises(Refused, match="NO_CASE"):
            town.tenant.ledger.read(case, by=STRANGER, view="state", purpose="p")
    own = town.lists.accesses(STRANGER.ref, by=STRANGER, purpose="innsyn")
    assert own.items == ()
    assert town.last().event.cases in ((), None)
    of_officer = town.lists.accesses(STRANGER.ref, by=OFFICER, purpose="kontroll")
    denied = [item.case for item in of_officer.items if item.line.denied]
    assert len(denied) == 2  # what is not there is tried in vain on one's own record
    assert str(hidden) in denied


def test_the_privacy_officer_finds_anybodys_readings(town: Town) -> None:
    town.reading(town.stories[0])
    page = town.lists.accesses(COORDINATOR.ref, by=OFFICER, purpose="kontroll")
    assert [item.line.view for item in page.items] == ["access"]
    with pytest.raises(Refused):
        town.lists.accesses(COORDINATOR.ref, by=TEACHER, purpose="nysgjerrig")


def test_readings_under_a_shield_are_kept_from_the_privacy_officer(town: Town) -> None:
    story = town.stories[0]
    stream = town.shield(story)
    town.reading(story, TEACHER)
    town.lists.my_cases(by=TEACHER, purpose="dagen")
    own = town.lists.accesses(TEACHER.ref, by=TEACHER, purpose="innsyn")
    assert [item.shield for item in own.items] == [None, "sk", None]
    assert stream in own.items[0].line.cases
    others = town.lists.accesses(TEACHER.ref, by=OFFICER, purpose="kontroll")
    assert [(item.line.view, item.shield) for item in others.items] == [
        ("access_log", None),
        ("my_cases", None),
        ("access", None),
    ]
    assert stream not in others.items[1].line.cases
    assert len(others.items[1].line.cases) == 5


def test_a_ledger_with_lists_on_record_is_found_whole(town: Town) -> None:
    town.lists.register(by=COORDINATOR, purpose="oversikt")
    town.lists.my_cases(by=TEACHER, purpose="dagen")
    town.opened.publisher().publish()
    report = report_of(town.opened)
    assert report.ok, report.as_text()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM keyed_index WHERE key = %s", "INDEX_ABSENT"),
        (
            "UPDATE keyed_index SET sealed = set_byte(sealed, 40, 1 -"
            " sign(get_byte(sealed, 40))::int) WHERE key = %s",
            "INDEX_DAMAGED",
        ),
    ],
)
def test_a_readers_stream_that_is_not_led_to_is_found(
    town: Town, statement: str, code: str
) -> None:
    town.lists.register(by=COORDINATOR, purpose="oversikt")
    town.opened.publisher().publish()
    day = town.opened.clock().date()
    key = town.tenant.ledger.index.reader_key(COORDINATOR.ref, day)
    with as_superuser(town.opened) as connection:
        assert connection.execute(statement, (key,)).rowcount == 1
    assert code in {failure.code for failure in report_of(town.opened).failures}


def test_a_case_that_cannot_be_read_is_left_out_and_that_is_said(town: Town) -> None:
    lists = town.lists
    (stream,) = town.tenant.ledger.load(town.stories[0].case).streams
    with as_superuser(town.opened) as connection:
        connection.execute(
            "UPDATE body SET ciphertext = nonce FROM envelope WHERE stream = %s"
            " AND body.position = envelope.position",
            (stream.stream,),
        )
    town.tenant.ledger.forget()
    page = lists.register(by=COORDINATOR, purpose="oversikt")
    assert len(page.items) == 4
    assert not page.current


def test_a_list_that_has_not_been_followed_for_some_seconds_says_so(town: Town) -> None:
    lists = town.lists
    story = Story(town.tenant.ledger, "sak som ingen har fulgt")
    story.record(opening("19882100099"))
    assert lists.my_cases(by=TEACHER, purpose="dagen").current, "it is new"
    town.opened.clock.move(seconds=30)
    page = lists.my_cases(by=TEACHER, purpose="dagen")
    assert str(story.case) not in cases(page)
    assert not page.current
    assert not lists.readings_of(town.reading(story)).reached.current
    assert town.lists.my_cases(by=TEACHER, purpose="dagen").current
    assert town.lists.readings_of(town.reading(story)).reached.current


@pytest.mark.parametrize(("bound", "most"), [("MOST_ROWS", 2), ("MOST_CASES", 2)])
def test_a_page_that_would_be_too_much_work_is_shorter_and_the_next_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    whole = town.lists.register(by=COORDINATOR, purpose="oversikt")
    monkeypatch.setattr(listing, bound, most)
    found, page = [], town.lists.register(by=COORDINATOR, purpose="oversikt")
    assert len(page.items) == 2
    while page.next is not None:
        found += page.items
        after = page.next
        page = town.lists.register(by=COORDINATOR, purpose="oversikt", after=after)
    assert [*found, *page.items] == list(whole.items)


def test_rows_of_cases_one_does_not_see_are_work_too(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_samples(town.opened)
    monkeypatch.setattr(listing, "MOST_ROWS", 2)
    elsewhere = Actor("t-leder", Role.LEADER, service="helsestasjon")
    page = town.lists.vacancies(by=elsewhere, purpose="oversikt")
    assert page.items == ()
    assert page.next is not None


def test_nobody_is_shown_their_own_family(town: Town) -> None:
    before = town.lists.register(by=COORDINATOR, purpose="oversikt")
    town.stories[0].record(
        event(
            "GuardianRegistered",
            guardian_ref=COORDINATOR.ref,
            name="Testforelder",
            authority="foreldreansvar",
            source="freg",
        )
    )
    after = town.lists.register(by=COORDINATOR, purpose="oversikt")
    assert len(before.items) == len(after.items) + 1
