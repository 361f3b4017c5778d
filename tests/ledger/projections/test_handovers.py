from datetime import date, timedelta

import pytest

from ledger.entry import Erased
from ledger.events.baton import (
    HandoverDeclined,
    HandoverLapsed,
    HandoverProposed,
    HandoverWithdrawn,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.child import TransitionNoted
from ledger.events.closing import (
    CaseClosed,
    CaseReopened,
)
from ledger.events.concern import ConcernClarified
from ledger.events.log import StafettloggOpened
from ledger.projections.handovers import Gap, Handovers, Period, handovers

AT = date(2025, 12, 31)
LOG = StafettloggOpened(format="digital", level=1)
CLOSED = CaseClosed(reason="goal_reached", final_evaluation="Nådd.", informed=())


def day(text: str) -> date:
    return date.fromisoformat(text)


def noon(text: str) -> str:
    return f"{text}T12:00:00+00:00"


def appointed(holder: str, on: str) -> tuple[str, StafettholderAppointed]:
    event = StafettholderAppointed(holder=holder, service="skole", from_date=day(on))
    return noon(on), event


def proposed(
    proposal_id: str, frm: str, to: str, on: str, reason: str = "leave"
) -> tuple[str, HandoverProposed]:
    event = HandoverProposed(
        proposal_id=proposal_id,
        from_holder=frm,
        to_holder=to,
        to_service="ppt",
        reason=reason,
        planned_from=day(on) + timedelta(days=7),
        handover_note="Alt er sagt.",
    )
    return noon(on), event


def accepted(proposal_id: str, on: str) -> tuple[str, StafettholderHandedOver]:
    event = StafettholderHandedOver(proposal_id=proposal_id, from_date=day(on))
    return noon(on), event


def vacated(last_day: str, on: str | None = None) -> tuple[str, StafettholderVacated]:
    event = StafettholderVacated(reason="left_job", last_day=day(last_day))
    return noon(on or last_day), event


def interim(holder: str, on: str, until: str) -> tuple[str, InterimHolderAssigned]:
    event = InterimHolderAssigned(holder=holder, service="skole", until=day(until))
    return noon(on), event


def clarified(outcome: str, on: str) -> tuple[str, ConcernClarified]:
    event = ConcernClarified(concern_id="b-1", outcome=outcome, reasons="Fordi.")
    return noon(on), event


def starts(on: str, noted: str) -> tuple[str, TransitionNoted]:
    event = TransitionNoted(
        kind="school", from_unit="Barnehagen", to_unit="Skolen", starts=day(on)
    )
    return noon(noted), event


def held(view: Handovers) -> list[tuple[str, str, str | None]]:
    return [
        (p.holder, str(p.from_date), str(p.until) if p.until else None)
        for p in view.periods
    ]


def missing(view: Handovers) -> list[tuple[str, str, int, bool]]:
    return [(str(g.from_date), str(g.to_date), g.days, g.open) for g in view.gaps]


# --- the school refusal history -------------------------------------------------------


@pytest.fixture(scope="module")
def school(sample) -> Handovers:
    return handovers(sample("c"), at=date(2026, 1, 16))


def test_the_school_history_tells_who_held_the_baton_when(school):
    assert held(school) == [
        ("c-kontakt", "2024-09-24", "2025-04-02"),
        ("c-ppt", "2025-04-03", "2025-06-16"),
        ("c-uled", "2025-08-29", "2025-10-05"),
        ("c-miljo", "2025-10-06", "2025-11-03"),
    ]
    assert [(p.began, p.ended) for p in school.periods] == [
        ("appointed", "handed_over"),
        ("accepted", "vacated"),
        ("interim", "handed_over"),
        ("accepted", "superseded"),
    ]


def test_the_school_history_has_73_days_without_a_holder(school):
    assert school.gaps == (
        Gap(
            from_date=date(2025, 6, 17),
            to_date=date(2025, 8, 28),
            days=73,
            open=False,
            left_by="c-ppt",
            vacancy="left_job",
        ),
    )


def test_the_second_proposal_of_the_school_history_took_26_days(school):
    first, second = school.proposals
    assert (first.proposal_id, first.days, first.outcome) == ("c-h1", 2, "accepted")
    assert (second.proposal_id, second.days) == ("c-h2", 26)
    assert (second.from_holder, second.to_holder) == ("c-uled", "c-miljo")
    assert second.planned_from == date(2025, 9, 15)


def test_the_school_historys_handover_came_49_days_after_the_start(school):
    (transition,) = school.transitions
    assert transition.starts == date(2025, 8, 18)
    assert transition.accepted_on == date(2025, 10, 6)
    assert (transition.days_late, transition.proposal_id) == (49, "c-h2")
    assert transition.noted_on == date(2025, 8, 29)


def test_a_case_that_never_reached_a_level_has_an_empty_chronology(sample):
    view = handovers(sample("a"), at=AT)
    assert (view.periods, view.gaps, view.proposals, view.transitions) == ((),) * 4


def test_a_holder_appointed_with_the_log_leaves_no_gap(sample):
    view = handovers(sample("d"), at=date(2027, 1, 1))
    assert held(view) == [("d-larer", "2026-08-20", None)]
    assert view.gaps == ()


# --- periods --------------------------------------------------------------------------


def test_the_last_holder_holds_until_somebody_says_otherwise(recorded):
    (period,) = handovers(recorded(appointed("a", "2025-01-10")), at=AT).periods
    assert period == Period("a", "skole", date(2025, 1, 10), "appointed")


def test_a_handover_moves_the_baton_on_the_day_the_receiver_took_it(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h", "a", "b", "2025-02-01"),
        (noon("2025-02-05"), accepted("h", "2025-02-03")[1]),
    )
    view = handovers(entries, at=AT)
    assert held(view) == [("a", "2025-01-10", "2025-02-02"), ("b", "2025-02-03", None)]
    assert view.periods[1].service == "ppt"
    assert view.periods[1].proposal_id == "h"
    assert view.gaps == ()


def test_who_passes_the_baton_on_the_day_it_was_taken_held_it_that_day(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h", "a", "b", "2025-01-10"),
        accepted("h", "2025-01-10"),
    )
    assert held(handovers(entries, at=AT)) == [
        ("a", "2025-01-10", "2025-01-10"),
        ("b", "2025-01-10", None),
    ]


def test_who_left_before_the_first_day_held_it_that_day(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"), vacated("2025-01-08", on="2025-01-12")
    )
    assert held(handovers(entries, at=AT)) == [("a", "2025-01-10", "2025-01-10")]


def test_the_chronology_does_not_depend_on_the_order_it_is_given_in(sample):
    entries = sample("c")
    assert handovers([*reversed(entries)], at=AT) == handovers(entries, at=AT)


def test_the_receiver_of_an_erased_proposal_is_who_accepted_it(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        (noon("2025-02-01"), Erased()),
        accepted("h", "2025-02-03"),
    )
    view = handovers(entries, at=AT)
    assert (view.periods[1].holder, view.periods[1].service) == ("p-1", "skole")
    assert view.proposals == ()


def test_an_interim_followed_by_an_acceptance_is_two_periods_without_a_gap(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-01"),
        interim("chief", "2025-03-02", until="2025-05-01"),
        proposed("h", "chief", "b", "2025-03-20"),
        accepted("h", "2025-04-01"),
    )
    view = handovers(entries, at=AT)
    assert held(view)[1:] == [
        ("chief", "2025-03-02", "2025-03-31"),
        ("b", "2025-04-01", None),
    ]
    assert (view.periods[1].began, view.periods[1].ended) == ("interim", "handed_over")
    assert view.gaps == ()


def test_an_interim_is_past_from_the_day_after_it_was_meant_to_end(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-01"),
        interim("chief", "2025-03-02", until="2025-05-01"),
    )
    on_time = handovers(entries, at=day("2025-05-01")).periods[1]
    past = handovers(entries, at=day("2025-05-02")).periods[1]
    assert (on_time.interim_until, on_time.interim_passed) == (day("2025-05-01"), False)
    assert past.interim_passed


def test_an_interim_that_ended_in_time_never_becomes_past(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-01"),
        interim("chief", "2025-03-02", until="2025-05-01"),
        proposed("h", "chief", "b", "2025-03-20"),
        accepted("h", "2025-05-02"),
    )
    assert not handovers(entries, at=AT).periods[1].interim_passed


def test_an_interim_named_before_the_last_day_holds_from_the_day_after_it(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-31", on="2025-03-01"),
        interim("chief", "2025-03-15", until="2025-05-01"),
    )
    view = handovers(entries, at=AT)
    assert held(view) == [
        ("a", "2025-01-10", "2025-03-31"),
        ("chief", "2025-04-01", None),
    ]
    assert view.gaps == ()


def test_one_holds_at_a_time_though_a_last_day_was_announced(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-31", on="2025-03-01"),
        appointed("b", "2025-03-20"),
    )
    view = handovers(entries, at=AT)
    assert held(view) == [("a", "2025-01-10", "2025-03-19"), ("b", "2025-03-20", None)]
    assert (view.periods[0].ended, view.gaps) == ("vacated", ())


def test_the_holder_of_a_closed_case_held_the_baton_to_the_end(recorded):
    entries = recorded(appointed("a", "2025-01-10"), (noon("2025-06-01"), CLOSED))
    (period,) = handovers(entries, at=AT).periods
    assert (period.until, period.ended) == (date(2025, 6, 1), "closed")


# --- days without a holder ------------------------------------------------------------


def test_a_gap_is_counted_in_whole_days_between_two_holders(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-01"),
        appointed("b", "2025-03-03"),
    )
    gaps = missing(handovers(entries, at=AT))
    assert gaps == [("2025-03-02", "2025-03-02", 1, False)]


def test_who_takes_over_the_day_after_leaves_no_gap(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-01"),
        appointed("b", "2025-03-02"),
    )
    assert handovers(entries, at=AT).gaps == ()


def test_an_open_gap_runs_to_the_day_asked_about(recorded):
    entries = recorded(appointed("a", "2025-01-10"), vacated("2025-03-01"))
    assert handovers(entries, at=day("2025-03-01")).gaps == ()
    assert missing(handovers(entries, at=day("2025-03-02"))) == [
        ("2025-03-02", "2025-03-02", 1, True)
    ]
    assert missing(handovers(entries, at=day("2025-03-31"))) == [
        ("2025-03-02", "2025-03-31", 30, True)
    ]


def test_a_gap_asked_about_on_the_day_it_ends_is_over(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-01"),
        appointed("b", "2025-03-05"),
    )
    asked = [handovers(entries, at=day(f"2025-03-0{n}")) for n in (4, 5)]
    assert [missing(view) for view in asked] == [
        [("2025-03-02", "2025-03-04", 3, True)],
        [("2025-03-02", "2025-03-04", 3, False)],
    ]


def test_a_gap_begins_after_the_last_day_and_not_when_it_was_announced(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"), vacated("2025-03-31", on="2025-03-01")
    )
    assert handovers(entries, at=day("2025-03-31")).gaps == ()
    assert missing(handovers(entries, at=day("2025-04-02"))) == [
        ("2025-04-01", "2025-04-02", 2, True)
    ]


def test_a_vacancy_recorded_long_after_counts_from_its_last_day(recorded):
    told_late = vacated("2025-03-01", on="2025-03-01")
    entries = recorded(
        appointed("a", "2025-01-10"),
        (*told_late, noon("2025-06-01")),
        appointed("b", "2025-06-02"),
    )
    (gap,) = handovers(entries, at=AT).gaps
    assert (gap.from_date, gap.to_date, gap.days) == (
        date(2025, 3, 2),
        date(2025, 6, 1),
        92,
    )


def test_two_vacancies_are_two_gaps(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-02-01"),
        appointed("b", "2025-02-11"),
        vacated("2025-05-01"),
        interim("chief", "2025-05-04", until="2025-06-01"),
    )
    view = handovers(entries, at=AT)
    assert missing(view) == [
        ("2025-02-02", "2025-02-10", 9, False),
        ("2025-05-02", "2025-05-03", 2, False),
    ]
    assert [gap.left_by for gap in view.gaps] == ["a", "b"]


def test_closing_ends_a_gap_the_day_before(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-01"),
        (noon("2025-03-11"), CLOSED),
    )
    assert missing(handovers(entries, at=AT)) == [
        ("2025-03-02", "2025-03-10", 9, False)
    ]


def test_a_gap_over_the_nights_when_the_clock_is_moved_counts_every_day(recorded):
    spring = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-03-28"),
        appointed("b", "2025-04-01"),
    )
    autumn = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-10-24"),
        appointed("b", "2025-10-28"),
    )
    assert [gap.days for gap in handovers(spring, at=AT).gaps] == [3]
    assert [gap.days for gap in handovers(autumn, at=AT).gaps] == [3]


def test_an_interim_late_in_the_evening_holds_from_that_day_in_norway(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-06-30"),
        # 22:30 in London is already the next day in Norway, in summer
        (
            "2025-07-09T22:30:00+00:00",
            interim("c", "2025-07-10", until="2025-08-01")[1],
        ),
    )
    assert missing(handovers(entries, at=AT)) == [
        ("2025-07-01", "2025-07-09", 9, False)
    ]


# --- before the first holder ----------------------------------------------------------


def test_a_first_holder_is_missed_from_seven_days_after_the_log_was_opened(recorded):
    entries = recorded((noon("2025-01-10"), LOG))
    assert handovers(entries, at=day("2025-01-16")).gaps == ()
    assert missing(handovers(entries, at=day("2025-01-17"))) == [
        ("2025-01-17", "2025-01-17", 1, True)
    ]
    (gap,) = handovers(entries, at=AT).gaps
    assert (gap.left_by, gap.vacancy) == (None, None)


def test_a_first_holder_appointed_in_time_was_never_missed(recorded):
    entries = recorded((noon("2025-01-10"), LOG), appointed("a", "2025-01-17"))
    assert handovers(entries, at=AT).gaps == ()
    late = recorded((noon("2025-01-10"), LOG), appointed("a", "2025-01-20"))
    assert missing(handovers(late, at=AT)) == [("2025-01-17", "2025-01-19", 3, False)]


@pytest.mark.parametrize("outcome", ["level1", "level2"])
def test_without_a_log_a_holder_is_missed_thirty_days_after_the_level_was_set(
    recorded, outcome
):
    entries = recorded(clarified(outcome, "2025-01-10"))
    assert handovers(entries, at=day("2025-02-08")).gaps == ()
    assert missing(handovers(entries, at=day("2025-02-09"))) == [
        ("2025-02-09", "2025-02-09", 1, True)
    ]


@pytest.mark.parametrize("outcome", ["close", "barnevern"])
def test_nobody_is_missed_where_no_level_was_set(recorded, outcome):
    assert handovers(recorded(clarified(outcome, "2025-01-10")), at=AT).gaps == ()


def test_a_log_opened_in_time_sets_its_own_clock(recorded):
    entries = recorded(clarified("level1", "2025-01-10"), (noon("2025-02-05"), LOG))
    (gap,) = handovers(entries, at=AT).gaps
    assert gap.from_date == date(2025, 2, 12)


def test_a_log_opened_on_the_thirtieth_day_is_opened_in_time(recorded):
    entries = recorded(clarified("level1", "2025-01-10"), (noon("2025-02-09"), LOG))
    (gap,) = handovers(entries, at=AT).gaps
    assert gap.from_date == date(2025, 2, 16)


def test_a_log_opened_late_does_not_undo_the_days_before(recorded):
    entries = recorded(clarified("level1", "2025-01-10"), (noon("2025-03-01"), LOG))
    (gap,) = handovers(entries, at=AT).gaps
    assert gap.from_date == date(2025, 2, 9)


def test_the_municipality_sets_both_numbers_of_days(recorded):
    log = recorded((noon("2025-01-10"), LOG))
    level = recorded(clarified("level2", "2025-01-10"))
    (by_log,) = handovers(log, at=AT, first_holder_days=0).gaps
    (by_level,) = handovers(level, at=AT, holder_without_log_days=14).gaps
    assert (by_log.from_date, by_level.from_date) == (
        date(2025, 1, 10),
        date(2025, 1, 24),
    )


def test_what_was_recorded_late_is_placed_when_it_happened(recorded):
    entries = recorded(
        appointed("a", "2025-03-01"),
        # recorded after the appointment, though it happened long before
        (*clarified("level1", "2025-01-10"), noon("2025-04-01")),
    )
    assert missing(handovers(entries, at=AT)) == [
        ("2025-02-09", "2025-02-28", 20, False)
    ]


def test_a_case_closed_before_a_holder_was_missed_has_no_gap(recorded):
    entries = recorded((noon("2025-01-10"), LOG), (noon("2025-01-15"), CLOSED))
    assert handovers(entries, at=AT).gaps == ()


# --- proposals ------------------------------------------------------------------------


def test_an_open_proposal_waits_until_the_day_asked_about(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"), proposed("h", "a", "b", "2025-02-01")
    )
    (proposal,) = handovers(entries, at=day("2025-02-20")).proposals
    assert (proposal.outcome, proposal.settled_on) == ("open", None)
    assert proposal.days == 19


def test_a_new_proposal_replaces_the_open_one(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h-1", "a", "b", "2025-02-01"),
        proposed("h-2", "a", "c", "2025-02-11"),
        accepted("h-2", "2025-02-13"),
    )
    view = handovers(entries, at=AT)
    assert [(p.proposal_id, p.outcome, p.days) for p in view.proposals] == [
        ("h-1", "replaced", 10),
        ("h-2", "accepted", 2),
    ]
    assert held(view)[-1] == ("c", "2025-02-13", None)


def test_a_proposal_that_was_answered_is_not_answered_again(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h-1", "a", "b", "2025-02-01"),
        accepted("h-1", "2025-02-03"),
        proposed("h-2", "b", "c", "2025-03-01"),
        (noon("2025-03-05"), CLOSED),
    )
    assert [(p.outcome, p.days) for p in handovers(entries, at=AT).proposals] == [
        ("accepted", 2),
        ("ended_with_case", 4),
    ]


def test_accepting_another_proposal_leaves_the_open_one_open(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h-1", "a", "b", "2025-02-01"),
        accepted("h-0", "2025-02-03"),
    )
    (proposal,) = handovers(entries, at=AT).proposals
    assert proposal.outcome == "open"


def test_a_proposal_moves_nothing(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"), proposed("h", "a", "b", "2025-02-01")
    )
    assert held(handovers(entries, at=AT)) == [("a", "2025-01-10", None)]


# --- transitions ----------------------------------------------------------------------


def test_a_handover_accepted_before_the_start_is_in_time(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        starts("2025-08-18", noted="2025-05-01"),
        proposed("h", "a", "b", "2025-06-01", reason="transition"),
        accepted("h", "2025-06-10"),
    )
    (transition,) = handovers(entries, at=AT).transitions
    assert (transition.accepted_on, transition.days_late) == (date(2025, 6, 10), 0)


def test_without_a_handover_the_days_run_on_from_the_start(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"), starts("2025-08-18", noted="2025-05-01")
    )
    before, after = (
        handovers(entries, at=day(at)).transitions[0]
        for at in ("2025-08-01", "2025-09-01")
    )
    assert (before.accepted_on, before.days_late) == (None, 0)
    assert after.days_late == 14


def test_a_handover_for_another_reason_is_not_that_of_the_transition(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        starts("2025-08-18", noted="2025-05-01"),
        proposed("h", "a", "b", "2025-09-01", reason="leave"),
        accepted("h", "2025-09-02"),
    )
    (transition,) = handovers(entries, at=AT).transitions
    assert transition.proposal_id is None


def test_each_transition_has_a_handover_of_its_own(recorded):
    entries = recorded(
        appointed("a", "2023-01-10"),
        starts("2025-08-18", noted="2025-05-01"),
        starts("2023-08-18", noted="2023-05-01"),
        proposed("h-1", "a", "b", "2023-06-01", reason="transition"),
        accepted("h-1", "2023-08-28"),
        proposed("h-2", "b", "c", "2025-09-01", reason="transition"),
        accepted("h-2", "2025-09-10"),
    )
    told = [
        (t.starts.year, t.proposal_id, t.days_late)
        for t in handovers(entries, at=AT).transitions
    ]
    assert told == [(2023, "h-1", 10), (2025, "h-2", 23)]


def test_a_handover_on_the_day_of_the_next_start_is_that_ones(recorded):
    entries = recorded(
        appointed("a", "2024-01-10"),
        starts("2024-08-19", noted="2024-05-01"),
        starts("2025-08-18", noted="2025-05-01"),
        proposed("h", "a", "b", "2025-06-01", reason="transition"),
        accepted("h", "2025-08-18"),
    )
    told = [t.proposal_id for t in handovers(entries, at=AT).transitions]
    assert told == [None, "h"]


def test_a_closed_case_stops_the_days_of_a_transition(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        starts("2025-08-18", noted="2025-05-01"),
        (noon("2025-08-28"), CLOSED),
    )
    (transition,) = handovers(entries, at=AT).transitions
    assert transition.days_late == 10


# --- proposals that fail, cases taken up again ----------------------------------------

LAPSED = HandoverLapsed(proposal_id="h")


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (HandoverDeclined(proposal_id="h", reason="Nei."), "declined"),
        (HandoverWithdrawn(proposal_id="h"), "withdrawn"),
        (HandoverLapsed(proposal_id="h"), "lapsed"),
    ],
)
def test_a_proposal_that_failed_waits_no_more(recorded, end, outcome):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h", "a", "b", "2025-02-01"),
        (noon("2025-02-11"), end),
    )
    view = handovers(entries, at=AT)
    (told,) = view.proposals
    assert (told.outcome, told.settled_on, told.days) == (
        outcome,
        day("2025-02-11"),
        10,
    )
    assert held(view) == [("a", "2025-01-10", None)]


@pytest.mark.parametrize("noted", [(), ((noon("2025-02-16"), LAPSED),)])
def test_a_proposal_lapses_by_its_days_whether_or_not_that_was_noted(recorded, noted):
    entries = recorded(
        appointed("a", "2025-01-10"), proposed("h", "a", "b", "2025-02-01"), *noted
    )
    last, after = day("2025-02-15"), day("2025-02-16")
    if not noted:
        (open_still,) = handovers(entries, at=last, handover_lapse_days=14).proposals
        assert open_still.outcome == "open"
    (told,) = handovers(entries, at=after, handover_lapse_days=14).proposals
    assert (told.outcome, told.settled_on, told.days) == ("lapsed", after, 15)


def test_what_had_lapsed_was_not_replaced(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h", "a", "b", "2025-02-01"),
        proposed("i", "a", "c", "2025-03-01"),
    )
    first, _ = handovers(entries, at=AT, handover_lapse_days=14).proposals
    assert (first.outcome, first.settled_on) == ("lapsed", day("2025-02-16"))


def test_an_answer_to_another_proposal_leaves_the_open_one(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h", "a", "b", "2025-02-01"),
        (noon("2025-02-11"), HandoverDeclined(proposal_id="x", reason="Nei.")),
    )
    assert handovers(entries, at=AT).proposals[0].outcome == "open"


REOPENED = CaseReopened(reason="Ny uro.")


def test_nobody_is_missed_while_the_case_rests_or_before_a_new_level(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        (noon("2025-03-01"), CLOSED),
        (noon("2025-09-01"), REOPENED),
    )
    view = handovers(entries, at=AT)
    assert held(view) == [("a", "2025-01-10", "2025-03-01")]
    assert missing(view) == []


def test_a_new_beginning_has_periods_and_gaps_of_its_own(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        vacated("2025-02-01"),
        (noon("2025-03-01"), CLOSED),
        (noon("2025-09-01"), REOPENED),
        clarified("level1", "2025-09-05"),
        appointed("b", "2025-11-04"),
        vacated("2025-12-20"),
    )
    view = handovers(entries, at=AT)
    assert held(view) == [
        ("a", "2025-01-10", "2025-02-01"),
        ("b", "2025-11-04", "2025-12-20"),
    ]
    assert missing(view) == [
        ("2025-02-02", "2025-02-28", 27, False),
        ("2025-10-05", "2025-11-03", 30, False),
        ("2025-12-21", "2025-12-31", 11, True),
    ]


def test_a_period_ends_with_the_case_though_its_closing_was_erased(recorded):
    entries = recorded(
        appointed("a", "2025-01-10"),
        proposed("h", "a", "b", "2025-02-01"),
        (noon("2025-03-01"), Erased()),
        (noon("2025-09-01"), REOPENED),
    )
    view = handovers(entries, at=AT)
    assert held(view) == [("a", "2025-01-10", "2025-09-01")]
    assert view.proposals[0].outcome == "ended_with_case"
