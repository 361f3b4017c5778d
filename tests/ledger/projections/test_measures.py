"""Measures: towards which goal, who answers, by when, and what evaluations found."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.aggregates.case import fold
from ledger.events.plan import (
    EvaluationPostponed,
    GoalRevised,
    MeasureChanged,
    MeasureStopped,
    Responsible,
)
from ledger.projections.measures import measures
from tests.ledger.aggregates.story import (
    CASE,
    MONDAY,
    MOTHER,
    TODAY,
    closed,
    consented,
    evaluated,
    given,
    goal,
    measure,
    started,
)

DUE = date(2026, 5, 1)
PLANNED = (*CASE, goal(), measure())


def view(past, day: date = TODAY):
    return measures(past.case, at=day)


def line(past, day: date = TODAY):
    (only,) = view(past, day).measures
    return only


def test_a_measure_stands_with_its_goal_responsible_and_deadline():
    told = view(given(*PLANNED))
    (aim,) = told.goals
    assert (aim.goal_id, aim.text, aim.measures) == ("m-1", "Være på skolen.", ("t-1",))
    only = told.measures[0]
    assert (only.service, only.person, only.evaluation_due) == ("skole", "larer", DUE)
    assert (only.stands, only.text) == ("planned", "Møtes i skolegården.")


def test_a_measure_is_not_begun_from_the_day_after_its_first_day():
    past = given(*PLANNED)
    assert line(past, TODAY).stands == "planned"
    assert line(past, TODAY + timedelta(days=1)).stands == "not_begun"
    assert line(past.and_(started()), TODAY + timedelta(days=1)).stands == "under_way"


def test_an_evaluation_is_overdue_from_the_day_after_it_is_due():
    past = given(*PLANNED, started())
    assert (line(past, DUE).stands, line(past, DUE).days_late) == ("under_way", 0)
    after = line(past, DUE + timedelta(days=3))
    assert (after.stands, after.days_late) == ("overdue", 3)


def test_each_evaluation_is_told_against_the_deadline_that_stood_before_it():
    put_off = EvaluationPostponed(
        measure_id="t-1", new_due=date(2026, 5, 20), reason="Ferie."
    )
    again = evaluated("stop", evaluation_id="e-2")
    past = given(*PLANNED, put_off).and_(
        evaluated(next_due=date(2026, 6, 1)), at=MONDAY + timedelta(days=80)
    )
    past = past.and_(again, at=MONDAY + timedelta(days=85))
    told = [(s.what, s.days_late, s.due) for s in line(past).history]
    assert told == [
        ("planned", 0, DUE),
        ("postponed", 0, date(2026, 5, 20)),
        ("evaluated", 1, date(2026, 6, 1)),
        ("evaluated", 0, None),
    ]
    assert line(past).stands == "ended"


def test_what_was_changed_is_told_as_it_is_now_and_the_change_stays_in_the_history():
    change = MeasureChanged(
        measure_id="t-1",
        text="Møtes hjemme.",
        responsible=Responsible(service="ppt", person="radgiver"),
        reason="Byttet.",
    )
    told = line(given(*PLANNED, change))
    assert (told.text, told.service) == ("Møtes hjemme.", "ppt")
    assert [step.what for step in told.history] == ["planned", "changed"]
    assert told.evaluation_due == told.history[-1].due == DUE


def test_a_goal_put_anew_keeps_the_days_of_its_revisions():
    anew = GoalRevised(goal_id="m-1", text="Tre dager i uken.")
    (aim,) = view(given(*PLANNED, anew)).goals
    assert (aim.text, aim.revised_on) == ("Tre dager i uken.", (TODAY,))


def test_a_measure_that_was_stopped_has_ended_and_is_late_no_more():
    stop = MeasureStopped(measure_id="t-1", on=TODAY, reason="Flyttet.")
    told = line(given(*PLANNED, stop), DUE + timedelta(days=9))
    assert (told.stands, told.days_late, told.ended_on) == ("ended", 0, TODAY)


def test_an_open_measure_of_a_closed_case_is_carried_on():
    told = line(given(*PLANNED, closed("moved")), DUE + timedelta(days=9))
    assert (told.stands, told.days_late) == ("carried_on", 0)


def test_the_school_history_has_three_measures_and_none_helped(sample):
    told = measures(fold(sample("c")), at=date(2025, 3, 10))
    late = {
        each.measure_id: [
            (s.effect, s.days_late) for s in each.history if s.what == "evaluated"
        ]
        for each in told.measures
    }
    assert late["c-t1"] == late["c-t2"] == [("none", 14)]
    assert late["c-t3"] == [("none", 0)]
    assert {each.stands for each in told.measures if each.measure_id < "c-t4"} == {
        "ended"
    }


def test_a_measure_under_a_shield_shows_to_nobody_who_does_not_see_it():
    shared = given(*PLANNED, consented("skole"))
    past = shared.and_(measure(measure_id="t-2"), under="f-1")
    past = past.and_(evaluated(measure_id="t-2"), under="f-1")
    seen = past.seen_by(MOTHER)
    assert seen is not None
    assert measures(seen, at=TODAY) == view(shared)
    assert [each.shield for each in view(past).measures] == [None, "f-1"]
