"""The picture says what the chronology, the levels and the consents say."""

from __future__ import annotations

from datetime import date

import pytest

from api.pages.picture import picture_of
from ledger.aggregates.case import fold
from ledger.aggregates.guard import local_day
from ledger.events.child import ChildViewRecorded
from ledger.events.concern import CaseOpened, ConcernRaised
from ledger.events.log import (
    StafettloggOpened,
)
from ledger.events.meeting import MeetingHeld
from ledger.profiles import profile_named
from ledger.projections.handovers import handovers
from tests.ledger.aggregates.story import (
    closed,
    consented,
    lowered,
    reopened,
)

END_OF_C = date(2026, 1, 16)
OPENED = CaseOpened(
    subject_ref="b", subject_kind="born", name="Testbarn Bo", language="nb",
    profile="standard",
)  # fmt: skip
CONCERN = ConcernRaised(
    concern_id="k", area="1.2.03", observed_from=date(2024, 1, 1), source="child",
    text="Ord om barnet.",
)  # fmt: skip
MEETING = MeetingHeld(
    meeting_id="m", type="annet", attended=(), absent=(), minutes="", decisions=(),
    interpreter=False,
)  # fmt: skip
DAYS = {
    "a": [date(2026, 2, 10), date(2026, 6, 1)],
    "c": [date(2024, 9, 2), date(2025, 3, 14), date(2025, 7, 1), date(2025, 10, 22),
          date(2025, 11, 3), END_OF_C],
    "d": [date(2026, 3, 11), date(2026, 11, 2)],
}  # fmt: skip
MOMENTS = [(letter, day) for letter, days in DAYS.items() for day in days]


def known_on(sample, letter, at):
    return [e for e in sample(letter) if local_day(e.occurred_at) <= at]


def picture_from(entries, at, today=None):
    rules = profile_named("standard")
    return picture_of(entries, at=at, today=today or at, names={}, rules=rules)


@pytest.mark.parametrize(("letter", "at"), MOMENTS)
def test_bands_are_the_periods_and_gaps_of_the_chronology(letter, at, sample, pictured):
    told = handovers(known_on(sample, letter, at), at=at)
    picture = pictured(letter, at)
    vacant = [(b.from_date, b.to_date, b.days) for b in picture.vacancies]
    assert vacant == [(g.from_date, g.to_date, g.days) for g in told.gaps]
    held = [b for b in picture.bands if b.kind != "vacant"]
    assert [(b.from_date, b.kind) for b in held] == [
        (p.from_date, "interim" if p.began == "interim" else "held")
        for p in told.periods
    ]
    ends = [min(p.until or picture.end.day, picture.end.day) for p in told.periods]
    assert [band.to_date for band in held] == ends


@pytest.mark.parametrize(("letter", "at"), MOMENTS)
def test_the_last_step_is_the_level_of_the_case(letter, at, sample, pictured):
    picture = pictured(letter, at)
    case = fold(known_on(sample, letter, at))
    assert picture.level_on(at) == case.level.number
    assert picture.steps[0].from_date == picture.first
    assert picture.steps[-1].to_date == picture.end.day


def test_the_summer_of_c_is_a_vacancy_of_73_days(pictured):
    (vacancy,) = pictured("c", END_OF_C).vacancies
    assert (vacancy.from_date, vacancy.to_date) == (
        date(2025, 6, 17),
        date(2025, 8, 28),
    )
    assert vacancy.days == 73


def test_a_vacancy_that_goes_on_is_counted_to_the_day(pictured):
    (vacancy,) = pictured("c", date(2025, 7, 1)).vacancies
    assert (vacancy.to_date, vacancy.days) == (date(2025, 7, 1), 15)
    assert vacancy.present


def test_steps_of_c_stand_at_their_days(pictured):
    steps = pictured("c", END_OF_C).steps
    assert [(step.level, step.from_date) for step in steps] == [
        (0, date(2024, 9, 2)),
        (1, date(2024, 9, 20)),
        (2, date(2024, 12, 2)),
        (3, date(2025, 3, 12)),
    ]


def test_an_interim_holder_has_a_band_of_their_own_kind(pictured):
    interim = [b for b in pictured("c", END_OF_C).bands if b.kind == "interim"]
    assert [(b.from_date, b.to_date) for b in interim] == [
        (date(2025, 8, 29), date(2025, 10, 5))
    ]
    assert interim[0].holder.given == "Cato"


def test_a_handover_waits_from_the_question_to_its_answer(pictured):
    wait = pictured("c", END_OF_C).pending[-1]
    assert (wait.from_date, wait.to_date) == (date(2025, 9, 10), date(2025, 10, 6))
    assert (wait.days, wait.answered) == (26, True)


def test_a_handover_without_an_answer_waits_to_the_end(pictured):
    wait = pictured("c", date(2025, 9, 20)).pending[-1]
    assert (wait.to_date, wait.answered) == (date(2025, 9, 20), False)


def test_a_consent_that_runs_out_is_a_mark_and_a_stretch(pictured):
    picture = pictured("c", date(2025, 10, 22))
    mother, father = picture.consents
    assert [(s.state, s.from_date, s.days) for s in mother.stretches] == [
        ("valid", date(2024, 9, 24), 365),
        ("lapsed", date(2025, 9, 24), 29),
    ]
    assert [(s.state, s.days) for s in father.stretches] == [
        ("none", 118),
        ("valid", 276),
    ]
    lapses = [(m.day, m.positions) for m in picture.marks if "Lapsed" in m.key]
    assert lapses == [(date(2025, 9, 23), ())]


def test_a_consent_holds_its_last_day(pictured):
    mother, _ = pictured("c", date(2025, 9, 23)).consents
    assert [stretch.state for stretch in mother.stretches] == ["valid"]


def test_nothing_is_known_of_consent_before_a_log(pictured):
    assert pictured("a", date(2026, 6, 1)).consents == ()


@pytest.mark.parametrize(("letter", "at"), MOMENTS)
def test_marks_are_numbered_in_order_of_time(letter, at, pictured):
    marks = pictured(letter, at).marks
    assert [mark.number for mark in marks] == list(range(1, len(marks) + 1))
    assert [mark.day for mark in marks] == sorted(mark.day for mark in marks)


def test_two_evaluations_of_a_day_are_one_mark(pictured):
    marks = pictured("c", END_OF_C).marks
    (both,) = [m for m in marks if m.day == date(2024, 11, 29)]
    assert both.positions == (17, 18)
    assert both.key == "MeasureEvaluated.none"


def test_a_place_the_child_comes_to_stands_at_its_first_day(pictured):
    marks = {mark.key: mark.day for mark in pictured("c", END_OF_C).marks}
    assert marks["TransitionNoted.school"] == date(2025, 8, 18)


def test_a_picture_of_weeks_has_talks_and_observations(pictured):
    keys = {mark.key for mark in pictured("a", date(2026, 6, 1)).marks}
    assert {"ObservationRecorded", "ConcernGraded", "UndringssamtaleHeld"} <= keys
    keys = {mark.key for mark in pictured("c", END_OF_C).marks}
    assert keys.isdisjoint({"ConcernGraded", "UndringssamtaleHeld"})


@pytest.mark.parametrize(
    ("at", "today", "kind", "end"),
    [
        (date(2025, 7, 1), date(2025, 7, 1), "today", date(2025, 7, 1)),
        (date(2025, 7, 1), END_OF_C, "past", date(2025, 7, 1)),
        (END_OF_C, END_OF_C, "closed", date(2025, 11, 3)),
    ],
)
def test_a_picture_ends_today_then_or_with_the_case(at, today, kind, end, pictured):
    picture = pictured("c", at, today)
    assert (picture.end.kind, picture.end.day) == (kind, end)
    assert picture.t1 == date(end.year, end.month, 31 if end.month == 7 else 30)


def test_a_short_case_has_an_axis_of_weeks(pictured):
    picture = pictured("a", date(2026, 6, 1))
    assert picture.weekly
    assert (picture.t0, picture.t1) == (date(2026, 2, 1), date(2026, 3, 1))


def test_what_happened_later_is_not_in_a_picture_of_the_past(pictured):
    picture = pictured("c", date(2025, 3, 14), END_OF_C)
    assert max(mark.day for mark in picture.marks) == date(2025, 3, 12)
    assert picture.vacancies == ()


def test_a_case_without_entries_has_an_empty_picture():
    picture = picture_from([], date(2026, 2, 10))
    assert (picture.marks, picture.bands, picture.consents) == ((), (), ())
    assert [step.level for step in picture.steps] == [0]


def test_a_case_of_one_entry_has_one_mark(recorded):
    picture = picture_from(
        recorded(("2026-02-10T09:00+01:00", OPENED)), date(2026, 2, 10)
    )
    assert [mark.key for mark in picture.marks] == ["CaseOpened"]


def test_the_opening_gives_way_to_what_says_more(recorded):
    told = recorded(
        ("2026-02-10T09:00+01:00", OPENED), ("2026-02-10T09:10+01:00", CONCERN)
    )
    keys = [mark.key for mark in picture_from(told, date(2026, 2, 10)).marks]
    assert keys == ["ConcernRaised"]


def test_too_many_marks_leave_the_weighty_ones(recorded):
    view = ChildViewRecorded(form="1.1", about="plan", view="", approved_by_child=True)
    told = [("2020-01-02T09:00+01:00", OPENED)]
    told += [(f"20{y}-{m:02}-05T09:00+01:00", MEETING) for y in (20, 21, 22, 23)
             for m in range(1, 12)]  # fmt: skip
    told += [("2023-12-20T09:00+01:00", view)]
    picture = picture_from(recorded(*told), date(2024, 1, 1))
    assert len(picture.marks) == 46
    assert [(mark.key, mark.number) for mark in picture.drawn] == [
        ("ChildViewRecorded.heard", 46)
    ]


def test_the_level_is_drawn_going_down_and_anew_from_0(recorded):
    entries = recorded(
        ("2026-01-12T09:00+01:00", OPENED),
        ("2026-02-02T09:00+01:00", StafettloggOpened(format="digital", level=2)),
        ("2026-03-02T09:00+01:00", lowered(2, 1)),
        ("2026-04-01T09:00+02:00", closed()),
        ("2026-06-01T09:00+02:00", reopened()),
    )
    picture = picture_from(entries, date(2026, 6, 30))
    assert [(step.level, step.from_date) for step in picture.steps] == [
        (0, date(2026, 1, 12)),
        (2, date(2026, 2, 2)),
        (1, date(2026, 3, 2)),
        (0, date(2026, 6, 1)),
    ]
    assert picture.end.kind == "today"
    assert [(mark.key, mark.level) for mark in picture.marks[-3:]] == [
        ("LevelLowered", 1),
        ("CaseClosed", None),
        ("CaseReopened", None),
    ]


def test_a_consent_is_drawn_until_the_case_is_taken_up_again(recorded):
    entries = recorded(
        ("2026-01-12T09:00+01:00", OPENED),
        ("2026-02-02T09:00+01:00", consented("skole", valid_from=date(2026, 2, 2))),
        ("2026-04-01T09:00+02:00", closed()),
        ("2026-06-01T09:00+02:00", reopened()),
    )
    (row,) = picture_from(entries, date(2026, 6, 30)).consents
    assert [(s.state, s.from_date, s.to_date) for s in row.stretches] == [
        ("valid", date(2026, 2, 2), date(2026, 5, 31)),
        ("lapsed", date(2026, 6, 1), date(2026, 6, 30)),
    ]
