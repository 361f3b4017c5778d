"""The action guide tells what is next, due and missing; it never blocks."""

from datetime import date

import pytest

from ledger.aggregates.case import fold
from ledger.events.concern import RiskFlagResolved
from ledger.profiles import profile_named
from ledger.projections.guide import guide

RULES = profile_named("standard")


def at(entries, moment: str, **more):
    day = date.fromisoformat(moment)
    come = [e for e in entries if e.occurred_at.date() <= day]
    return guide(fold(come), at=day, rules=RULES, **more)


def lacking(view) -> list[str]:
    return [missing.id for missing in view.next_step.missing]


@pytest.mark.parametrize(
    ("moment", "step", "by", "missing"),
    [
        ("2026-02-03", "0.2", "2026-02-17", ["M01", "M02"]),
        ("2026-02-04", "0.2", "2026-02-17", ["M02"]),
        ("2026-02-10", "0.4", None, ["M04", "M05"]),
        ("2026-02-12", "0.4", None, ["M05"]),
        ("2026-02-13", "0.5", "2026-02-17", ["M06"]),
    ],
)
def test_the_next_step_follows_what_was_done(sample, moment, step, by, missing):
    view = at(sample("a"), moment)
    assert view.next_step.step == step
    assert str(view.next_step.by or "") == (by or "")
    assert lacking(view) == missing


def test_a_closed_case_has_no_next_step(sample):
    view = at(sample("a"), "2026-02-16")
    assert (view.next_step, view.steps, view.due) == (None, (), ())


def test_a_level_begins_its_steps_anew(sample):
    evaluated = at(sample("c"), "2024-11-29")
    raised = at(sample("c"), "2024-12-02")
    assert [evaluated.next_step.step, raised.next_step.step] == ["1.5", "2.1"]
    assert str(raised.next_step.by) == "2024-12-16"


def test_a_measure_planned_after_an_evaluation_is_carried_out_and_evaluated_again(
    sample,
):
    assert at(sample("c"), "2025-01-21").next_step.step == "2.3"
    assert at(sample("c"), "2025-01-27").next_step.step == "2.4"
    assert at(sample("c"), "2025-03-10").next_step.step == "2.5"


def test_what_an_earlier_step_lacks_is_told_and_holds_nothing_back(sample):
    view = at(sample("c"), "2024-09-27")
    planned = next(step for step in view.steps if step.step == "1.2")
    assert [(m.id, m.about) for m in planned.missing] == [("M09", ("c-far",))]
    assert (planned.done, view.next_step.step) == (False, "1.3")


def test_suspected_violence_has_a_track_that_comes_first(sample):
    view = at(sample("d"), "2026-03-11")
    assert view.next_step.step == "V6"
    assert [step.step for step in view.steps] == ["0.1", "0.2", "0.3"]


def test_no_step_says_to_talk_with_the_home_while_violence_is_suspected(sample):
    view = at(sample("d"), "2026-06-30")
    steps = [step for track in (*view.tracks, view.steps) for step in track]
    assert not {"0.4", "0.5"} & {step.step for step in steps}
    assert not {"M05", "M27"} & {m.id for step in steps for m in step.missing}


def test_who_does_not_see_why_waits_for_the_leader(sample):
    shared = [e for e in sample("a") if e.occurred_at.date() < date(2026, 2, 12)]
    open_to_all = at(shared, "2026-02-11")
    held_back = at(shared, "2026-02-11", home_waits=True)
    assert (open_to_all.next_step.step, open_to_all.waits) == ("0.4", False)
    assert (held_back.next_step.step, held_back.waits) == ("0.3", True)
    assert held_back.tracks == ()


def test_the_track_ends_with_the_suspicion(sample):
    entries = sample("d")
    place = next(
        n for n, e in enumerate(entries) if isinstance(e.event, RiskFlagResolved)
    )
    view = guide(fold(entries[: place + 1]), at=date(2026, 8, 20), rules=RULES)
    assert view.tracks == ()
    assert view.next_step.step == "0.5"
