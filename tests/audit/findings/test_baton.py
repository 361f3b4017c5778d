from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story

AT = "2026-06-01"
HOLDER = {"holder": "anne", "service": "skole"}
ASKED = {"proposal_id": "h-1", "to_holder": "berit", "to_service": "skole"}


def held(**rules):
    story = Story(**rules)
    story.add("2026-01-05", "StafettloggOpened", level=1)
    story.add("2026-01-05", "StafettholderAppointed", from_date="2026-01-05", **HOLDER)
    return story


# --- F02 ------------------------------------------------------------------------------


def vacated():
    story = held()
    story.add(
        "2026-02-10", "StafettholderVacated", reason="left_job", last_day="2026-02-16"
    )
    return story


def test_whole_days_between_a_vacancy_and_the_next_holder_are_found():
    story = vacated()
    story.add("2026-02-18", "InterimHolderAssigned", until="2026-04-01", **HOLDER)
    assert story.found("F02", at=AT) == [
        {"from": "2026-02-17", "to": "2026-02-17", "days": 1}
    ]


def test_a_holder_on_the_day_after_the_last_one_leaves_no_gap():
    story = vacated()
    story.add("2026-02-17", "InterimHolderAssigned", until="2026-04-01", **HOLDER)
    assert story.found("F02", at=AT) == []


def test_an_interim_holder_is_one_beyond_the_day_it_was_meant_to_end():
    story = vacated()
    story.add("2026-02-17", "InterimHolderAssigned", until="2026-02-20", **HOLDER)
    assert story.found("F02", at=AT) == []


def test_a_gap_that_is_open_runs_to_the_day_of_judgement():
    assert vacated().found("F02", at="2026-02-16") == []
    assert vacated().found("F02", at="2026-02-17") == [
        {"from": "2026-02-17", "to": "2026-02-17", "days": 1}
    ]


def test_an_acceptance_counts_from_the_day_the_baton_is_taken():
    story = vacated()
    story.add(
        "2026-02-20", "StafettholderHandedOver", proposal_id="h", from_date="2026-02-17"
    )
    assert story.found("F02", at=AT) == []


@pytest.mark.parametrize(
    "ending", ["CaseClosed", "StafettloggSupersededByIndividuellPlan"]
)
def test_the_end_of_the_case_ends_a_gap(ending):
    story = vacated()
    story.add("2026-02-19", ending, on="2026-02-19")
    assert story.found("F02", at=AT) == [
        {"from": "2026-02-17", "to": "2026-02-18", "days": 2}
    ]


def test_before_the_first_holder_a_gap_begins_some_days_after_the_log():
    story = Story()
    story.add("2026-01-05", "StafettloggOpened", level=1)
    assert story.found("F02", at="2026-01-11") == []
    assert story.found("F02", at="2026-01-12") == [
        {"from": "2026-01-12", "to": "2026-01-12", "days": 1}
    ]


def test_without_a_log_it_begins_some_more_days_after_the_clarification():
    story = Story()
    story.add("2026-01-05", "ConcernClarified", concern_id="c", outcome="level1")
    assert story.found("F02", at="2026-02-03") == []
    assert story.found("F02", at="2026-02-04") == [
        {"from": "2026-02-04", "to": "2026-02-04", "days": 1}
    ]


def test_a_log_opened_in_time_gives_its_own_days_and_a_late_one_excuses_nothing():
    for day, first in (("2026-02-04", "2026-02-11"), ("2026-02-05", "2026-02-04")):
        story = Story()
        story.add("2026-01-05", "ConcernClarified", concern_id="c", outcome="level1")
        story.add(day, "StafettloggOpened", level=1)
        (gap,) = story.found("F02", at="2026-03-01")
        assert gap["from"] == first


def test_no_holder_is_missed_below_the_level_that_the_profile_wants_one_from():
    story = Story(holder_required_from_level=2)
    story.add("2026-01-05", "ConcernClarified", concern_id="c", outcome="level1")
    story.add("2026-01-05", "StafettloggOpened", level=1)
    assert story.found("F02", at=AT) == []


def test_a_reopened_case_waits_for_its_first_holder_anew():
    story = held()
    story.add("2026-02-01", "CaseClosed", reason="goal_reached")
    story.add("2026-03-01", "CaseReopened", reason="uro")
    assert story.found("F02", at=AT) == []
    story.add("2026-03-02", "StafettloggOpened", level=1)
    assert [gap["from"] for gap in story.found("F02", at=AT)] == ["2026-03-09"]


def test_a_gap_cannot_be_judged_when_a_holder_may_be_hidden_in_it():
    story = vacated()
    hidden = story.hide("2026-02-20")
    assert story.found("F02", at=AT) == []
    assert [each.entries for each in story.not_judged("F02", at=AT)] == [(hidden,)]


# --- F03 ------------------------------------------------------------------------------


def proposed(reason="level"):
    story = held()
    story.add("2026-03-01", "HandoverProposed", reason=reason, **ASKED)
    return story


ANSWERS = [
    "StafettholderHandedOver",
    "HandoverDeclined",
    "HandoverWithdrawn",
    "HandoverLapsed",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_proposal_answered_after_the_days_is_found_and_one_on_the_last_is_not(answer):
    story = proposed()
    story.add("2026-03-16", answer, proposal_id="h-1")
    assert story.found("F03", at=AT) == [
        {"about": "h-1", "from": "2026-03-01", "to": "2026-03-16", "days": 15}
    ]
    story = proposed()
    story.add("2026-03-15", answer, proposal_id="h-1")
    assert story.found("F03", at=AT) == []


def test_a_proposal_nobody_answers_stands_to_the_day_of_judgement():
    assert proposed().found("F03", at="2026-03-15") == []
    assert [f["days"] for f in proposed().found("F03", at="2026-03-16")] == [15]


def test_another_proposal_replaces_it():
    story = proposed()
    story.add("2026-03-10", "HandoverProposed", **{**ASKED, "proposal_id": "h-2"})
    story.add("2026-03-20", "StafettholderHandedOver", proposal_id="h-2")
    assert story.found("F03", at=AT) == []


def test_a_proposal_cannot_be_judged_when_its_answer_may_be_hidden():
    story = proposed()
    hidden = story.hide("2026-03-02")
    assert story.found("F03", at=AT) == []
    (unjudged,) = story.not_judged("F03", at=AT)
    assert (unjudged.about, unjudged.entries) == ("h-1", (hidden,))


# --- F04 ------------------------------------------------------------------------------


def moving(kind="school"):
    story = proposed("transition")
    story.add("2026-03-02", "TransitionNoted", kind=kind, starts="2026-03-10")
    return story


def test_a_handover_accepted_after_the_child_started_at_school_is_found():
    story = moving()
    story.add("2026-03-11", "StafettholderHandedOver", proposal_id="h-1")
    assert story.found("F04", at=AT) == [
        {"about": "h-1", "from": "2026-03-10", "to": "2026-03-11", "days": 1}
    ]


def test_one_accepted_on_the_day_of_the_start_is_not():
    story = moving()
    story.add("2026-03-10", "StafettholderHandedOver", proposal_id="h-1")
    assert story.found("F04", at=AT) == []


@pytest.mark.parametrize("answer", [None, "HandoverDeclined", "HandoverLapsed"])
def test_one_that_was_asked_for_in_vain_is_late_from_the_start_on(answer):
    story = moving()
    if answer:
        story.add("2026-03-09", answer, proposal_id="h-1")
    assert story.found("F04", at="2026-03-10") == []
    assert [f["days"] for f in story.found("F04", at="2026-03-11")] == [1]


def test_one_that_was_withdrawn_is_waited_for_no_more():
    story = moving()
    story.add("2026-03-09", "HandoverWithdrawn", proposal_id="h-1")
    assert story.found("F04", at=AT) == []


def test_only_the_way_into_a_school_is_asked_about():
    story = moving("kindergarten")
    assert story.found("F04", at=AT) == []


def test_a_handover_for_another_reason_belongs_to_no_transition():
    story = proposed("level")
    story.add("2026-03-02", "TransitionNoted", kind="school", starts="2026-03-10")
    story.add("2026-04-01", "StafettholderHandedOver", proposal_id="h-1")
    assert story.found("F04", at=AT) == []


def test_each_transition_has_its_own_handover():
    story = moving()
    story.add("2026-03-09", "StafettholderHandedOver", proposal_id="h-1")
    asked = {**ASKED, "proposal_id": "h-2", "reason": "transition"}
    story.add("2026-04-01", "TransitionNoted", kind="school", starts="2026-04-10")
    story.add("2026-04-02", "HandoverProposed", **asked)
    story.add("2026-04-12", "StafettholderHandedOver", proposal_id="h-2")
    assert [(f["about"], f["days"]) for f in story.found("F04", at=AT)] == [("h-2", 2)]


def test_a_handover_of_the_day_of_the_next_start_belongs_to_that():
    story = moving()
    story.add("2026-04-01", "TransitionNoted", kind="school", starts="2026-04-10")
    story.add("2026-04-10", "StafettholderHandedOver", proposal_id="h-1")
    assert story.found("F04", at=AT) == []


def test_a_handover_accepted_after_the_next_start_is_late_for_that():
    story = moving()
    story.add("2026-04-01", "TransitionNoted", kind="school", starts="2026-04-10")
    story.add("2026-05-01", "StafettholderHandedOver", proposal_id="h-1")
    assert [f["from"] for f in story.found("F04", at=AT)] == ["2026-04-10"]


def test_a_handover_agreed_on_early_belongs_to_the_start_it_is_planned_from():
    story = held()
    story.add("2026-01-20", "TransitionNoted", kind="school", starts="2026-02-01")
    story.add("2026-03-02", "TransitionNoted", kind="school", starts="2026-04-10")
    asked = {**ASKED, "reason": "transition", "planned_from": "2026-04-10"}
    story.add("2026-03-02", "HandoverProposed", **asked)
    story.add("2026-03-05", "StafettholderHandedOver", proposal_id="h-1")
    assert story.found("F04", at=AT) == []


def test_a_proposal_of_the_day_of_the_next_start_belongs_to_that():
    story = held()
    story.add("2026-03-02", "TransitionNoted", kind="school", starts="2026-03-10")
    story.add("2026-03-02", "TransitionNoted", kind="youth", starts="2026-04-10")
    story.add("2026-04-10", "HandoverProposed", **ASKED, reason="transition")
    assert story.found("F04", at=AT) == []


def test_a_transition_cannot_be_judged_when_the_acceptance_may_be_hidden():
    story = moving()
    story.hide("2026-03-05")
    assert story.found("F04", at=AT) == []
    assert [each.about for each in story.not_judged("F04", at=AT)] == ["h-1"]
