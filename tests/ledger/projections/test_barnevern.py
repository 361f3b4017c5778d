"""Barnevern's clocks: each has a last day and a state, for those who see it."""

from __future__ import annotations

from datetime import date

import pytest

from audit.findings import History
from ledger.events.barnevern import (
    BarnevernCaseStateNoted,
    InformationOrderAnswered,
    InformationOrderReceived,
    MeldingTilBarnevernSent,
    TilbakemeldingReceived,
    TilbakemeldingReminded,
)
from ledger.judging import plain_entry
from ledger.profiles import profile_named
from ledger.projections.barnevern import barnevern

RULES = profile_named("standard")
SENT = (
    "2026-03-11T11:10+01:00",
    MeldingTilBarnevernSent(
        melding_id="b-1",
        grounds=("a",),
        reported_by="p-1",
        channel="fiks",
        child_informed=False,
        guardians_informed=(),
    ),
)


def told(entries, day: str):
    at = date.fromisoformat(day)
    plain = tuple(
        plain_entry(entry, shield=entry.shield, disclosed=True)
        for entry in entries
        if entry.occurred_at.date() <= at
    )
    return barnevern(History(plain, plain, at), rules=RULES)


def clocks(view) -> dict[str, tuple[str, str]]:
    return {c.kind: (str(c.last_day), c.state) for c in view.clocks}


def feedback(on: str, kind: str):
    event = TilbakemeldingReceived(
        melding_id="b-1", kind=kind, on=date.fromisoformat(on)
    )
    return f"{on}T10:00+01:00", event


def noted(on: str, state: str):
    event = BarnevernCaseStateNoted(
        state=state, on=date.fromisoformat(on), source="barnevern"
    )
    return f"{on}T10:00+01:00", event


@pytest.mark.parametrize(
    ("day", "review", "answer"),
    [
        ("2026-03-18", "running", "running"),
        ("2026-03-19", "overdue", "running"),
        ("2026-04-01", "overdue", "running"),
        ("2026-04-02", "overdue", "overdue"),
    ],
)
def test_a_report_sets_off_a_review_of_7_days_and_a_feedback_of_21(
    recorded, day, review, answer
):
    assert clocks(told(recorded(SENT), day)) == {
        "review": ("2026-03-18", review),
        "feedback": ("2026-04-01", answer),
    }


def test_a_receipt_is_a_feedback_and_no_review(recorded):
    view = told(recorded(SENT, feedback("2026-03-12", "receipt")), "2026-03-13")
    assert clocks(view) == {
        "review": ("2026-03-18", "running"),
        "feedback": ("2026-04-01", "in_time"),
    }


@pytest.mark.parametrize(("extended", "last"), [(False, "06-17"), (True, "09-17")])
def test_an_investigation_has_3_months_and_6_when_it_is_extended(
    recorded, extended, last
):
    entries = [SENT, feedback("2026-03-17", "investigation_opened")]
    if extended:
        entries.append(noted("2026-05-01", "investigation_extended"))
    view = told(recorded(*entries), "2026-06-20")
    (clock,) = view.running
    assert (clock.kind, str(clock.last_day)) == ("investigation", f"2026-{last}")
    assert (clock.extended, clock.state) == (
        extended,
        "running" if extended else "overdue",
    )
    assert clock.days_late == (0 if extended else 3)


def test_the_reporter_is_told_again_within_21_days_of_the_investigation(recorded):
    entries = (
        SENT,
        feedback("2026-03-17", "investigation_opened"),
        noted("2026-06-12", "investigation_closed"),
    )
    (clock,) = told(recorded(*entries), "2026-07-04").running
    assert (clock.kind, str(clock.last_day)) == ("second_feedback", "2026-07-03")
    assert (clock.state, clock.days_late) == ("overdue", 1)


def test_an_order_for_information_runs_to_its_own_day_and_ends_with_its_answer(
    recorded,
):
    order = InformationOrderReceived(
        order_id="o-1",
        from_body="barnevern",
        section="bvl § 13-4 a",
        categories=("skole",),
        due=date(2026, 3, 20),
    )
    asked = ("2026-03-12T09:00+01:00", order)
    answer = InformationOrderAnswered(
        order_id="o-1", categories=("skole",), on=date(2026, 3, 23)
    )
    (open_,) = told(recorded(asked), "2026-03-21").clocks
    assert (open_.state, open_.days_late, open_.basis) == ("overdue", 1, "bvl § 13-4 a")
    answered = recorded(asked, ("2026-03-23T09:00+01:00", answer))
    (late,) = told(answered, "2026-04-30").clocks
    assert (late.state, late.days_late) == ("late", 3)


def test_an_order_without_a_day_is_never_overdue(recorded):
    order = InformationOrderReceived(
        order_id="o-1", from_body="politiet", categories=("skole",)
    )
    (clock,) = told(recorded(("2026-03-12T09:00+01:00", order)), "2027-01-01").clocks
    assert (clock.last_day, clock.state) == (None, "running")


def test_a_reminder_is_told_and_stops_no_clock(recorded):
    reminded = TilbakemeldingReminded(
        melding_id="b-1", to="barnevern", on=date(2026, 4, 3)
    )
    entries = recorded(SENT, ("2026-04-03T09:00+02:00", reminded))
    view = told(entries, "2026-04-05")
    assert view.reports[0].reminded_on == (date(2026, 4, 3),)
    assert clocks(view)["feedback"] == ("2026-04-01", "overdue")


def test_the_violence_history_was_answered_in_time_by_everyone(sample):
    view = told(sample("d"), "2026-08-31")
    assert clocks(view) == {
        "review": ("2026-03-18", "in_time"),
        "feedback": ("2026-04-01", "in_time"),
        "investigation": ("2026-06-17", "in_time"),
        "second_feedback": ("2026-07-03", "in_time"),
    }
    (report,) = view.reports
    assert [each.what for each in report.delivery][-1] == "LEVERT"
    assert view.running == ()


def test_who_does_not_see_the_shield_is_told_of_no_report_and_no_clock(sample):
    shared = [entry for entry in sample("d") if entry.shield is None]
    view = told(shared, "2026-03-20")
    assert (view.reports, view.clocks, view.states) == ((), (), ())


def test_a_number_of_law_that_is_unverified_says_so(recorded):
    view = told(recorded(SENT), "2026-03-12")
    assert all("unverified" in clock.basis for clock in view.clocks)
