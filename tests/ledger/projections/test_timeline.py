import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ledger.entry import Erased, StreamKind
from ledger.events import all_types, from_json
from ledger.events.baton import StafettholderVacated
from ledger.events.child import ChildViewRecorded, TransitionNoted
from ledger.events.correction import EntryCorrected, Target
from ledger.events.event import Part, personal_fields
from ledger.events.plan import MeasureStarted
from ledger.projections.moment import Moment
from ledger.projections.timeline import Depth, fact, timeline

GOLDEN = Path(__file__).parents[2] / "golden/events"
NEXT_DATES = ("2025-03-10", "2025-03-11")  # of a meeting, as recorded and as it was


def started(measure: str) -> MeasureStarted:
    return MeasureStarted(measure_id=measure, on=date(2026, 3, 1))


def correction(**target: str) -> EntryCorrected:
    told = {
        "target": target,
        "field": "on",
        "wrong": "2026-03-01",
        "right": "2026-03-02",
        "reason": "Feil dag.",
        "requested_by": "p-1",
    }
    return from_json("entry-corrected.v1", json.dumps(told))


def test_every_entry_is_one_row(sample):
    view = timeline(sample("c"))
    assert [row.position for row in view.rows] == list(range(1, 44))
    assert (view.entries, view.depth) == (43, Depth.ALL)


def test_a_row_says_where_the_entry_stands_and_who_wrote_it(sample):
    row = timeline(sample("d")).rows[4]
    assert (row.position, row.version, row.shield) == (5, 2, "d-sk1")
    assert row.stream is StreamKind.SHIELDED
    assert (row.who, row.role, row.service) == ("d-larer", "employee", "skole")
    assert row.type == "risk-flag-raised.v1"


def test_rows_stand_in_the_order_in_which_things_happened(sample):
    rows = timeline(sample("d")).rows
    assert [row.occurred_at for row in rows] == sorted(r.occurred_at for r in rows)
    delivered = next(r for r in rows if r.fact.endswith("LEVERT"))
    shielding = next(r for r in rows if r.type == "shielding-decided.v1")
    assert rows.index(shielding) < rows.index(delivered)
    assert shielding.position > delivered.position


def test_what_happened_at_the_same_moment_stands_in_the_order_of_recording(recorded):
    at = "2026-03-01T10:00:00+01:00"
    entries = recorded((at, started("second")), (at, started("first")))
    rows = timeline([*reversed(entries)]).rows
    assert [row.position for row in rows] == [1, 2]


def test_the_same_moment_in_two_time_zones_is_the_same_moment(recorded):
    entries = recorded(
        ("2026-03-01T10:00:00+01:00", started("a")),
        ("2026-03-01T09:00:00+00:00", started("b")),
        ("2026-03-01T10:30:00+02:00", started("c")),
    )
    assert [row.position for row in timeline(entries).rows] == [3, 1, 2]


def test_what_is_not_recorded_cannot_be_told(sample):
    with pytest.raises(ValueError, match="only what is recorded"):
        timeline([replace(sample("a")[0], position=None)])


# --- in short -------------------------------------------------------------------------


def test_milestones_are_what_a_case_is_told_by(sample):
    view = timeline(sample("c"), depth=Depth.MILESTONES)
    told = {row.type.removesuffix(".v1") for row in view.rows}
    assert told == {
        "case-opened",
        "concern-raised",
        "concern-clarified",
        "consent-given",
        "consent-extended",
        "stafettlogg-opened",
        "stafettholder-appointed",
        "handover-proposed",
        "stafettholder-handed-over",
        "stafettholder-vacated",
        "interim-holder-assigned",
        "level-escalated",
        "individuell-plan-assessed",
        "measure-evaluated",
        "meeting-held",
        "child-view-recorded",
        "stafettlogg-superseded-by-individuell-plan",
    }


def test_a_report_and_a_closing_are_milestones(sample):
    in_short = [*timeline(sample("d"), depth=Depth.MILESTONES).rows]
    in_short += timeline(sample("a"), depth=Depth.MILESTONES).rows
    told = [row.type for row in in_short]
    assert "melding-til-barnevern-sent.v1" in told
    assert "case-closed.v1" in told


def test_both_depths_say_how_many_rows_each_of_them_has(sample):
    short = timeline(sample("c"), depth=Depth.MILESTONES)
    full = timeline(sample("c"))
    assert (short.milestones, short.entries) == (full.milestones, full.entries)
    assert len(short.rows) == short.milestones < len(full.rows)


# --- corrections ----------------------------------------------------------------------


def test_a_correction_and_what_it_corrects_refer_to_each_other(sample):
    rows = timeline(sample("c")).rows
    meeting, corrected = rows[22], rows[42]
    assert (meeting.type, corrected.type) == ("meeting-held.v1", "entry-corrected.v1")
    assert meeting.corrected_by == (43,)
    assert corrected.corrects == 23


def test_what_was_recorded_stands_beside_what_is_right(sample):
    row = timeline(sample("c")).rows[22]
    (mark,) = row.corrections
    assert "next date 2025-03-11" in row.fact
    assert (mark.field, mark.was, mark.right) == ("next_date", *NEXT_DATES)


def test_before_a_correction_was_known_nobody_saw_it(sample):
    entries = sample("c")
    moment = Moment(known_at=entries[41].recorded_at)
    row = timeline(entries, moment=moment).rows[22]
    assert "next date 2025-03-10" in row.fact
    assert row.corrections == ()


def test_a_correction_of_words_about_a_person_is_told_without_them(sample):
    entries = sample("c")
    target = {"event": "MeetingHeld", "meeting_id": "c-mo1"}
    last = entries[-1]
    changed = {"field": "minutes", "wrong": "Enige.", "right": "Testord."}
    event = last.event.model_copy(
        update={**changed, "target": Target.model_validate(target)}
    )
    view = timeline([*entries[:-1], replace(last, event=event)])
    (mark,) = view.rows[22].corrections
    assert (mark.was, mark.right, mark.took_effect) == (None, None, True)
    assert "Testord" not in repr(view)


def test_all_corrections_of_an_entry_are_named(recorded):
    at = "2026-03-01T10:00:00+01:00"
    target = {"event": "MeasureStarted", "measure_id": "t-1"}
    twice = [(at, correction(**target))] * 2
    rows = timeline(recorded((at, started("t-1")), *twice)).rows
    assert rows[0].corrected_by == (2, 3)


def test_a_correction_means_the_last_entry_before_it_that_fits(recorded):
    at = "2026-03-01T10:00:00+01:00"
    target = {"event": "MeasureStarted", "measure_id": "t-1"}
    entries = recorded(
        (at, started("t-1")),
        (at, started("t-1")),
        (at, started("t-2")),
        (at, correction(**target)),
        (at, started("t-1")),
    )
    assert timeline(entries).rows[3].corrects == 2


@pytest.mark.parametrize(
    "target",
    [
        {"event": "MeasureStarted", "measure_id": "t-9"},
        {"event": "MeasureStarted", "goal_id": "t-1"},
        {"event": "MeasureEvaluated", "measure_id": "t-1"},
    ],
)
def test_a_correction_of_what_is_not_here_stands_alone(recorded, target):
    at = "2026-03-01T10:00:00+01:00"
    rows = timeline(recorded((at, started("t-1")), (at, correction(**target)))).rows
    assert (rows[0].corrected_by, rows[1].corrects) == ((), None)


def test_a_correction_may_mean_an_entry_by_its_place(recorded):
    at = "2026-03-01T10:00:00+01:00"
    entries = recorded(
        (at, started("t-1")), (at, started("t-1")), (at, correction(entry="1"))
    )
    assert [row.corrected_by for row in timeline(entries).rows] == [(3,), (), ()]


def test_the_target_of_a_correction_may_be_told_later_in_time(recorded):
    entries = recorded(
        ("2026-03-05T10:00:00+01:00", started("t-1")),
        (
            "2026-03-04T10:00:00+01:00",
            correction(event="MeasureStarted", measure_id="t-1"),
        ),
    )
    assert [row.corrects for row in timeline(entries).rows] == [1, None]


# --- late -----------------------------------------------------------------------------


def test_an_entry_is_late_when_it_was_recorded_more_days_after_it_happened(recorded):
    happened = "2026-03-01T10:00:00+01:00"
    entries = recorded(
        (happened, started("t-1"), "2026-03-08T23:59:00+01:00"),
        (happened, started("t-2"), "2026-03-09T00:00:00+01:00"),
    )
    told = [(r.recorded_after_days, r.late) for r in timeline(entries).rows]
    assert told == [(7, False), (8, True)]
    assert [r.late for r in timeline(entries, late_after_days=8).rows] == [False] * 2


def test_lateness_counts_calendar_days_over_the_night_the_clock_is_moved(recorded):
    entries = recorded(
        (
            "2026-03-28T23:30:00+01:00",
            started("t-1"),
            "2026-03-30T00:30:00+02:00",  # 24 hours on, two days later
        )
    )
    assert timeline(entries).rows[0].recorded_after_days == 2


# --- words ----------------------------------------------------------------------------


def test_a_fact_is_the_events_name_and_its_fields(sample):
    facts = [row.fact for row in timeline(sample("c")).rows]
    assert facts[18] == "Level escalated: from level 1; to level 2; evaluation id c-e2"
    assert facts[6] == (
        "Undringssamtale held: concern id c-1; attended c-mor; child present no; "
        "interpreter no"
    )
    assert facts[12].endswith(
        "responsible (service skole, person c-kontakt); start 2024-09-30; "
        "evaluation due 2024-11-15; agreed with c-mor"
    )


def test_a_fact_is_one_line_however_a_value_is_written():
    event = TransitionNoted(
        kind="school",
        from_unit="Nes\nbarneskole\tog SFO",
        to_unit="x" * 200,
        starts=date(2026, 8, 17),
    )
    assert "\n" not in fact(event)
    assert "from unit Nes barneskole og SFO;" in fact(event)
    assert f"to unit {'x' * 120}…;" in fact(event)


def test_what_nobody_said_is_left_out():
    left = StafettholderVacated(reason="left_job", last_day=date(2026, 6, 1))
    assert fact(left) == "Stafettholder vacated: reason left_job; last day 2026-06-01"


def personal_values(value: object) -> list[str]:
    """Everything in an event, however deep, that is marked personal."""
    if isinstance(value, tuple):
        return [found for inner in value for found in personal_values(inner)]
    if not isinstance(value, Part):
        return []
    hidden = personal_fields(type(value))
    marked = [inner for name, inner in value if name in hidden]
    said = [one for m in marked for one in (m if isinstance(m, tuple) else (m,))]
    deeper = [found for _, inner in value for found in personal_values(inner)]
    return [str(one) for one in said if one is not None] + deeper


@pytest.mark.parametrize("name", sorted(all_types()))
def test_no_fact_holds_a_word_about_a_person(name):
    event = from_json(name, (GOLDEN / f"{name}.json").read_bytes())
    assert not [value for value in personal_values(event) if value in fact(event)]


def test_a_childs_own_words_are_not_in_the_facts(sample):
    for entry, row in zip(sample("c"), timeline(sample("c")).rows, strict=True):
        if isinstance(entry.event, ChildViewRecorded):
            assert entry.event.view not in row.fact


def test_an_erased_entry_is_a_row_that_says_no_more(recorded):
    (row,) = timeline(recorded(("2026-03-01T10:00:00+01:00", Erased()))).rows
    assert (row.type, row.fact, row.position) == ("erased", "Erased", 1)
    assert timeline(recorded(("2026-03-01T10:00:00+01:00", Erased()))).milestones == 0
