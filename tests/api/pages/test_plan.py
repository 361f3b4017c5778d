"""The plan on the page says what was agreed last."""

from __future__ import annotations

from datetime import date

from api.pages.people import People
from api.pages.plan import plan_of
from ledger.aggregates.case import fold
from ledger.events.plan import (
    EvaluationPostponed,
    GoalRevised,
    MeasureChanged,
    MeasureStopped,
    Responsible,
)
from tests.ledger.aggregates.story import evaluated, goal, measure, opened
from tests.ledger.projections.conftest import recorded

__all__ = ["recorded"]

BEGUN = (opened(), goal(), measure())


def plan(recorded, *events):
    days = [f"2026-03-{n:02}T12:00:00+01:00" for n in range(2, 2 + len(events))]
    entries = recorded(*zip(days, events, strict=True))
    return plan_of(fold(entries), entries, People({}), at=date(2026, 6, 1))


def test_a_goal_that_was_put_anew_stands_once_as_it_was_put_last(recorded):
    revised = GoalRevised(goal_id="m-1", text="Ha en venn.", child_words="Leke.")
    again = GoalRevised(goal_id="m-1", text="Ha to venner.")
    (row,) = plan(recorded, *BEGUN, revised, again).goals
    assert (row.text, row.child_words) == ("Ha to venner.", "Leke.")
    assert row.set_on == date(2026, 3, 3)


def test_a_measure_is_told_as_it_was_changed_last(recorded):
    changed = MeasureChanged(
        measure_id="t-1",
        text="Møtes to ganger.",
        responsible=Responsible(service="ppt", person="radgiver"),
        reason="For lite.",
    )
    (row,) = plan(recorded, *BEGUN, changed).active
    assert (row.text, row.service) == ("Møtes to ganger.", "ppt")
    assert row.due == date(2026, 5, 1)


def test_an_evaluation_that_was_put_off_is_late_by_its_new_day(recorded):
    later = EvaluationPostponed(measure_id="t-1", new_due=date(2026, 5, 25), reason="-")
    (row,) = plan(recorded, *BEGUN, later).active
    assert (row.due, row.days_late) == (date(2026, 5, 25), 7)
    (row,) = plan(recorded, *BEGUN, later, evaluated("stop")).ended
    assert (row.due, row.days_late) == (date(2026, 5, 25), 0)


def test_a_measure_that_was_stopped_goes_on_no_more(recorded):
    stopped = MeasureStopped(measure_id="t-1", on=date(2026, 3, 5), reason="Ferdig.")
    told = plan(recorded, *BEGUN, stopped)
    assert told.active == ()
    assert [row.text for row in told.ended] == ["Møtes i skolegården."]
