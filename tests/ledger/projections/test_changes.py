"""What changed between two moments, and which entry made it so."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.aggregates.case import Case, evolve
from ledger.entry import Erased
from ledger.events.correction import EntryCorrected, Target
from ledger.profiles import profile_named
from ledger.projections.changes import Closed, changes, moved, state_of
from ledger.projections.moment import PRESENT, Moment
from ledger.projections.plain import as_json
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    CASE,
    RULES,
    WITH_HOLDER,
    called,
    closed,
    consented,
    escalated,
    goal,
    heard,
    log_opened,
    measure,
    met,
    vacated,
)

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 20)


@pytest.fixture
def story(recorded):
    """Entries of events an hour apart; with hours late, or None, for some."""

    def tell(*events):
        told = []
        for hour, each in enumerate(events):
            event, late = each if isinstance(each, tuple) else (each, 0)
            now = START + timedelta(hours=hour)
            happened = now - timedelta(hours=late)
            told.append((happened.isoformat(), event, now.isoformat()))
        return recorded(*told)

    return tell


def known(count):
    """The moment at which so many entries were known."""
    return Moment(known_at=START + timedelta(hours=count - 1))


def happened(count):
    """The moment by which so many entries had happened, when none is late."""
    return Moment(as_of=START + timedelta(hours=count - 1))


def compared(entries, since, until=PRESENT, today=TODAY):
    return changes(entries, since=since, until=until, today=today, rules=RULES)


def told(view):
    return {(d.topic, d.about): (d.before, d.after, d.by) for d in view.differences}


def correction(entry, field, right):
    return EntryCorrected(
        target=Target(entry=str(entry)),
        field=field,
        wrong="",
        right=right,
        reason="Feil.",
        requested_by="larer",
    )


def test_nothing_has_changed_between_a_moment_and_itself(story):
    entries = story(*WITH_HOLDER, correction(8, "level", "2"))
    for moment in (PRESENT, known(4), happened(4)):
        view = compared(entries, moment, moment)
        assert view.came == view.left == view.corrected == view.differences == ()


def test_what_came_in_is_told_with_what_it_made_otherwise(story):
    view = compared(story(*AT_LEVEL_1, escalated(1, 2)), known(len(AT_LEVEL_1)))
    (row,) = view.came
    assert row.type == "level-escalated.v1"
    assert told(view) == {("level", None): (1, 2, 7)}


@pytest.mark.parametrize("moment", [known, happened])
def test_every_topic_a_reader_asks_for_is_compared(story, moment):
    events = [
        *CASE, consented("skole"), log_opened(1), goal(), measure(), called("mor"),
        *WITH_HOLDER[-1:], heard(), met("mor"), vacated(), closed(),
    ]  # fmt: skip
    entries = story(*events)

    def between(since, until):
        return told(compared(entries, moment(since), moment(until)))

    first = between(3, 8)
    assert first["consent", "s-1"][0] is None
    assert first["consent", "s-1"][2] == 4
    assert first["log", None] == (False, True, 5)
    assert first["level", None] == (0, 1, 5)
    assert first["measure", "t-1"][2] == 7
    assert first["meeting", "mo-1"][2] == 8
    second = between(8, 11)
    assert second["holder", None][1].ref == "larer"
    assert second["holder", None][2] == 9
    assert second["child_heard", None] == (None, date(2026, 3, 2), 10)
    assert second["meeting", "mo-1"][1:] == (None, 11)
    third = between(11, 13)
    assert third["holder", None][1:] == (None, 12)
    assert third["closing", None] == (None, Closed(date(2026, 3, 2), "no_concern"), 13)
    assert third["log", None] == (True, False, 13)
    assert ("due", "mo-1") not in third


def test_what_is_due_is_compared_by_what_it_is_and_what_it_is_about(story):
    view = compared(story(*AT_LEVEL_1, called("mor")), known(6))
    before, after, by = told(view)["due", "mo-1"]
    assert before is None
    assert (after.kind, after.on, by) == ("meeting", date(2026, 3, 20), 7)


def test_a_correction_that_took_effect_is_told_and_blamed(story):
    entries = story(*CASE, log_opened(1), correction(4, "level", "2"))
    view = compared(entries, known(4))
    (mark,) = view.corrected
    assert (mark.position, mark.was, mark.right, mark.by) == (4, "1", "2", 5)
    assert told(view) == {("level", None): (1, 2, 5)}
    assert [row.position for row in view.came] == [5]


def test_a_correction_without_effect_has_changed_nothing(story):
    entries = story(*CASE, log_opened(1), correction(4, "level", "high"))
    view = compared(entries, known(4))
    assert view.corrected == view.differences == ()
    assert [row.position for row in view.came] == [5]


def test_a_corrected_correction_has_changed_what_the_first_one_made(story):
    entries = story(
        *CASE, log_opened(1), correction(4, "level", "2"), correction(5, "right", "3")
    )
    view = compared(entries, known(5))
    assert told(view)["level", None] == (2, 3, 6)
    assert [(mark.position, mark.by) for mark in view.corrected] == [(4, 5), (5, 6)]


def test_a_correction_that_lets_go_of_its_target_is_blamed_for_what_comes_back(story):
    entries = story(
        *CASE,
        log_opened(1),
        correction(4, "level", "2"),
        correction(5, "target.entry", "99"),
    )
    assert told(compared(entries, known(5)))["level", None] == (2, 1, 6)


def test_no_word_about_a_person_is_in_what_changed(story):
    entries = story(*CASE, goal(), correction(4, "text", "Testord om barnet."))
    view = compared(entries, known(4))
    assert [(m.field, m.right) for m in view.corrected] == [("text", None)]
    assert "Testord" not in repr(view)


def test_what_was_recorded_late_came_in_when_it_became_known(story):
    entries = story(*AT_LEVEL_1, (heard(), 5))
    by_knowledge = compared(entries, known(6))
    assert [row.position for row in by_knowledge.came] == [7]
    by_time = compared(entries, happened(1), happened(2))
    assert [row.position for row in by_time.came] == [2, 7]
    assert told(by_time)["child_heard", None][2] == 7


def test_an_entry_that_turns_out_to_have_happened_later_is_gone_from_the_past(story):
    entries = story(
        *CASE,
        log_opened(1),
        (escalated(1, 2), 0.5),
        goal(),
        correction(5, "occurred_at", (START + timedelta(hours=4)).isoformat()),
    )
    as_of = START + timedelta(hours=3, minutes=30)
    view = compared(entries, Moment(as_of, known(6).known_at), Moment(as_of))
    assert [row.position for row in view.left] == [5]
    assert told(view)["level", None] == (2, 1, 7)


def test_what_the_passing_of_days_changed_has_no_entry(story):
    entries = story(*CASE, consented("skole", valid_to=date(2026, 3, 10)))
    since = Moment(as_of=datetime(2026, 3, 9, tzinfo=UTC))
    until = Moment(as_of=datetime(2026, 3, 12, tzinfo=UTC))
    view = compared(entries, since, until)
    before, after, by = told(view)["consent", "s-1"]
    assert (before.valid_to, after, by) == (date(2026, 3, 10), None, None)


def test_from_before_anything_was_known_all_is_new(story):
    entries = story(*WITH_HOLDER)
    view = compared(entries, Moment(known_at=START - timedelta(days=1)))
    assert len(view.came) == len(entries)
    assert told(view)["holder", None][0] is None


def test_an_erased_entry_is_a_row_like_others(story):
    view = compared(story(*CASE, Erased()), known(3))
    assert [row.type for row in view.came] == ["erased"]


def test_what_changed_is_plain_data_too(story):
    entries = story(*WITH_HOLDER, met("mor"), correction(7, "level", "2"))
    view = as_json(compared(entries, known(4)))
    assert json.loads(json.dumps(view)) == view
    assert view["since"]["known_at"] == "2026-03-02T11:00:00+00:00"


@pytest.mark.parametrize("letter", ["a", "c", "d"])
@pytest.mark.parametrize("day", [date(2025, 3, 1), date(2026, 9, 1)])
def test_what_an_entry_moved_is_what_is_unequal_in_all_of_the_case(sample, letter, day):
    rules, case = profile_named("fjordvik"), Case()
    for entry in sample(letter):
        before, case = case, evolve(case, entry)
        was, now = (state_of(each, day=day, rules=rules) for each in (before, case))
        unequal = {k for k in was.keys() | now.keys() if was.get(k) != now.get(k)}
        assert set(moved(before, case, day=day, rules=rules)) == unequal
