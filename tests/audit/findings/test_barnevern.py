from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story

REPORT = {"melding_id": "bm-1", "guardians_informed": []}


def flagged(day="2026-03-02", **said):
    story = Story()
    story.add("2026-01-01", "GuardianRegistered", guardian_ref="mor")
    story.add(day, "RiskFlagRaised", **{"flag_id": "f-1", "kind": "violence", **said})
    return story


def graded(grade=5, day="2026-03-02"):
    story = Story()
    story.add("2026-03-01", "ConcernRaised", concern_id="c-1")
    story.add(day, "ConcernGraded", concern_id="c-1", grade=grade)
    return story


def reported(day="2026-03-02"):
    story = Story()
    story.add(day, "MeldingTilBarnevernSent", **REPORT)
    return story


def told(story, day, kind, melding="bm-1"):
    return story.add(
        day, "TilbakemeldingReceived", melding_id=melding, kind=kind, on=day
    )


def noted(story, day, state):
    return story.add(day, "BarnevernCaseStateNoted", state=state, on=day)


def reasons(story, rule, at):
    return [each.entries for each in story.not_judged(rule, at=at)]


# --- F19: a serious sign is reported on the same or the next day ----------------------


def test_a_serious_sign_reported_later_than_the_next_day_is_found():
    story = flagged()
    story.add("2026-03-04", "MeldingTilBarnevernSent", **REPORT)
    assert story.found("F19", at="2026-06-01") == [
        {"about": "f-1", "from": "2026-03-02", "to": "2026-03-04", "days": 2}
    ]


def test_a_serious_sign_reported_on_the_next_day_is_not_found():
    story = flagged()
    story.add("2026-03-03T23:30", "MeldingTilBarnevernSent", **REPORT)
    assert story.found("F19", at="2026-06-01") == []


def test_a_serious_sign_nobody_reported_is_judged_on_the_day_that_is_given():
    assert flagged().found("F19", at="2026-03-03") == []
    assert [f["days"] for f in flagged().found("F19", at="2026-03-12")] == [10]


def test_a_grade_below_the_profiles_serious_grade_is_no_serious_sign():
    assert graded(4).found("F19", at="2026-06-01") == []
    assert [f["about"] for f in graded(5).found("F19", at="2026-06-01")] == ["c-1"]


def test_a_report_sent_since_the_concern_was_raised_is_about_the_concern():
    story = graded(5, day="2026-03-10")
    story.add("2026-03-01T13:00", "MeldingTilBarnevernSent", **REPORT)
    assert story.found("F19", at="2026-06-01") == []


def test_a_flag_on_a_concern_that_was_graded_is_the_same_thing():
    story = graded(5)
    story.add(
        "2026-03-03",
        "RiskFlagRaised",
        flag_id="f-1",
        kind="violence",
        concern_id="c-1",
    )
    assert [f["about"] for f in story.found("F19", at="2026-06-01")] == ["c-1"]


def test_a_flag_of_another_kind_falls_under_no_ground_of_the_law():
    assert flagged(kind="other").found("F19", at="2026-06-01") == []
    assert flagged(kind="other").found("F21", at="2026-06-01") == []


def test_what_barnevern_put_on_record_itself_need_not_be_reported_to_it():
    story = Story()
    story.add(
        "2026-03-02", "RiskFlagRaised", role="barnevern", flag_id="f-1", kind="violence"
    )
    assert story.found("F19", at="2026-06-01") == []


def test_a_report_may_lie_in_what_is_not_disclosed():
    story = flagged()
    hidden = story.hide("2026-03-02T13:00")
    assert story.found("F19", at="2026-06-01") == []
    assert reasons(story, "F19", "2026-06-01") == [(hidden,)]


# --- F20: nobody tells the parents of suspected violence before barnevern is asked ----


def talk(story, day, *attended):
    return story.add(day, "UndringssamtaleHeld", attended=list(attended))


def test_a_talk_with_a_guardian_before_barnevern_was_asked_is_found():
    story = flagged()
    talk(story, "2026-03-03", "mor")
    story.add("2026-03-04", "BarnevernConsulted", anonymous=True)
    assert story.found("F20", at="2026-06-01") == [
        {"about": "f-1", "from": "2026-03-02", "to": "2026-03-03", "days": 1}
    ]


@pytest.mark.parametrize(
    "advice", ["BarnevernConsulted", "PoliceReported", "MeldingTilBarnevernSent"]
)
def test_a_talk_after_barnevern_or_police_was_asked_is_not_found(advice):
    story = flagged()
    story.add("2026-03-02T13:00", advice)
    talk(story, "2026-03-03", "mor")
    assert story.found("F20", at="2026-06-01") == []


def test_a_talk_before_the_suspicion_or_after_it_was_resolved_is_not_found():
    story = flagged()
    talk(story, "2026-03-01", "mor")
    story.add("2026-03-05", "RiskFlagResolved", flag_id="f-1")
    talk(story, "2026-03-06", "mor")
    assert story.found("F20", at="2026-06-01") == []


def test_a_talk_in_the_minute_of_the_flag_was_about_it():
    story = flagged()
    talk(story, "2026-03-02", "mor")
    assert [f["days"] for f in story.found("F20", at="2026-06-01")] == [0]


@pytest.mark.parametrize(("asked", "found"), [("2026-02-27", 0), ("2026-02-26", 1)])
def test_advice_counts_since_the_concern_that_the_flag_names_was_raised(asked, found):
    story = flagged(concern_id="c-1")
    story.add("2026-02-27", "ConcernRaised", concern_id="c-1")
    story.add(asked, "BarnevernConsulted", anonymous=False)
    talk(story, "2026-03-03", "mor")
    assert len(story.found("F20", at="2026-06-01")) == found


def test_a_talk_without_a_guardian_tells_no_parent():
    story = flagged()
    talk(story, "2026-03-03", "barn", "anne")
    assert story.found("F20", at="2026-06-01") == []


def test_a_meeting_tells_parents_when_it_is_a_talk_with_them():
    story = flagged()
    meeting = {"meeting_id": "mo-1", "attended": ["mor"]}
    story.add("2026-03-03", "MeetingHeld", type="samarbeidsmote", **meeting)
    assert story.found("F20", at="2026-06-01") == []
    story.add("2026-03-04", "MeetingHeld", type="foreldresamtale", **meeting)
    assert [f["to"] for f in story.found("F20", at="2026-06-01")] == ["2026-03-04"]


def test_guardians_informed_of_a_report_before_anyone_asked_were_told_first():
    story = flagged()
    informed = [{"guardian_ref": "mor", "informed": True}]
    story.add(
        "2026-03-02T13:00", "MeldingTilBarnevernSent", guardians_informed=informed
    )
    assert [f["to"] for f in story.found("F20", at="2026-06-01")] == ["2026-03-02"]


def test_only_violence_and_abuse_keep_parents_from_being_told_first():
    story = flagged(kind="self_harm")
    talk(story, "2026-03-03", "mor")
    assert story.found("F20", at="2026-06-01") == []


def test_the_advice_may_lie_in_what_is_not_disclosed():
    story = flagged()
    hidden = story.hide("2026-03-02T13:00")
    talk(story, "2026-03-03", "mor")
    assert story.found("F20", at="2026-06-01") == []
    assert reasons(story, "F20", "2026-06-01") == [(hidden,)]


# --- F21: the duty to report is assessed within two days ------------------------------


def test_a_duty_that_was_assessed_late_is_found():
    story = graded(4)
    story.add("2026-03-05", "MeldepliktAssessed", conclusion="no_ground")
    assert story.found("F21", at="2026-06-01") == [
        {"about": "c-1", "from": "2026-03-02", "to": "2026-03-05", "days": 3}
    ]


def test_a_duty_that_was_assessed_on_the_last_day_is_not_found():
    story = graded(4)
    story.add("2026-03-04", "MeldepliktAssessed", conclusion="no_ground")
    assert story.found("F21", at="2026-06-01") == []


def test_a_report_does_not_say_that_the_duty_was_assessed():
    story = graded(4)
    story.add("2026-03-02T13:00", "MeldingTilBarnevernSent", **REPORT)
    assert story.found("F21", at="2026-03-04") == []
    assert [f["to"] for f in story.found("F21", at="2026-03-05")] == ["2026-03-05"]


def test_the_assessment_may_lie_in_what_is_not_disclosed():
    story = graded(4)
    hidden = story.hide("2026-03-02T13:00")
    assert reasons(story, "F21", "2026-06-01") == [(hidden,)]


# --- F22: feedback within three weeks, or a reminder ----------------------------------


def test_a_report_without_feedback_after_three_weeks_is_found():
    assert reported().found("F22", at="2026-03-23") == []
    assert reported().found("F22", at="2026-03-24") == [
        {"about": "bm-1", "from": "2026-03-02", "to": "2026-03-24", "days": 22}
    ]


def test_feedback_on_the_last_day_is_in_time_and_the_day_after_it_is_not():
    story = reported()
    told(story, "2026-03-23", "receipt")
    assert story.found("F22", at="2026-06-01") == []
    late = reported()
    told(late, "2026-03-24", "receipt")
    assert [f["days"] for f in late.found("F22", at="2026-06-01")] == [22]


def test_a_reminder_before_the_feedback_answers_for_the_reporter():
    story = reported()
    story.add("2026-03-24", "TilbakemeldingReminded", melding_id="bm-1", to="b")
    assert story.found("F22", at="2026-06-01") == []


@pytest.mark.parametrize(("reminded", "found"), [("2026-03-24", 0), ("2026-03-25", 1)])
def test_a_reminder_after_the_feedback_reminded_nobody(reminded, found):
    story = reported()
    told(story, "2026-03-24", "receipt")
    story.add(reminded, "TilbakemeldingReminded", melding_id="bm-1", to="b")
    assert len(story.found("F22", at="2026-06-01")) == found


def test_a_reminder_of_another_report_is_none():
    story = reported()
    story.add("2026-03-24", "TilbakemeldingReminded", melding_id="bm-2", to="b")
    assert len(story.found("F22", at="2026-06-01")) == 1


def test_the_first_feedback_is_the_answer():
    story = reported()
    told(story, "2026-03-10", "receipt")
    told(story, "2026-04-20", "receipt")
    assert story.found("F22", at="2026-06-01") == []


def test_feedback_on_another_report_is_none():
    story = reported()
    told(story, "2026-03-05", "receipt", melding="bm-2")
    assert [f["about"] for f in story.found("F22", at="2026-06-01")] == ["bm-1"]


def test_feedback_is_due_though_the_case_was_closed():
    story = reported()
    story.add("2026-03-03", "CaseClosed", reason="no_concern", informed=[])
    assert [f["days"] for f in story.found("F22", at="2026-03-24")] == [22]


def test_the_feedback_may_lie_in_what_is_not_disclosed():
    story = reported()
    hidden = story.hide("2026-03-05")
    assert reasons(story, "F22", "2026-06-01") == [(hidden,)]


# --- F23: feedback within three weeks of the end of the investigation -----------------


def investigated(closed="2026-05-04"):
    story = reported()
    told(story, "2026-03-09", "investigation_opened")
    noted(story, closed, "investigation_closed")
    return story


def test_no_feedback_three_weeks_after_the_investigation_is_found():
    assert investigated().found("F23", at="2026-05-25") == []
    assert investigated().found("F23", at="2026-05-26") == [
        {"about": "bm-1", "from": "2026-05-04", "to": "2026-05-26", "days": 22}
    ]


def test_feedback_after_the_investigation_in_time_is_not_found():
    story = investigated()
    told(story, "2026-05-25", "after_investigation")
    assert story.found("F23", at="2026-08-01") == []


def test_an_end_that_is_noted_twice_is_one_end():
    story = investigated()
    noted(story, "2026-05-06", "investigation_closed_with_measures")
    assert [f["from"] for f in story.found("F23", at="2026-08-01")] == ["2026-05-04"]


def test_the_end_is_told_to_whoever_reported_last():
    story = reported()
    story.add("2026-03-05", "MeldingTilBarnevernSent", melding_id="bm-2")
    told(story, "2026-03-09", "investigation_opened")
    noted(story, "2026-05-04", "investigation_closed")
    assert [f["about"] for f in story.found("F23", at="2026-06-01")] == ["bm-2"]


@pytest.mark.parametrize(("again", "starts"), [("2026-05-04", 0), ("2026-05-05", 1)])
def test_an_investigation_opened_the_day_after_another_ended_is_a_new_one(
    again, starts
):
    story = investigated("2026-05-04")
    noted(story, again, "investigation_opened")
    noted(story, "2026-08-20", "investigation_closed")
    assert len(story.found("F25", at="2026-12-01")) == starts
    assert len(story.found("F23", at="2026-12-01")) == 1 + starts


def test_feedback_from_before_the_report_was_on_another_investigation():
    story = Story()
    noted(story, "2026-02-02", "investigation_opened")
    told(story, "2026-02-20", "after_investigation", melding="bm-0")
    story.add("2026-03-02", "MeldingTilBarnevernSent", **REPORT)
    noted(story, "2026-05-04", "investigation_closed")
    assert [f["about"] for f in story.found("F23", at="2026-06-01")] == ["bm-1"]


def test_who_did_not_report_waits_for_no_feedback():
    story = Story()
    noted(story, "2026-05-04", "investigation_closed")
    assert story.found("F23", at="2026-08-01") == []


def test_the_second_feedback_may_lie_in_what_is_not_disclosed():
    story = investigated()
    hidden = story.hide("2026-05-05")
    assert reasons(story, "F23", "2026-08-01") == [(hidden,)]


# --- F24: the review within a week ----------------------------------------------------


def test_a_review_that_took_eight_days_is_found_and_one_of_seven_is_not():
    late, in_time = reported(), reported()
    told(late, "2026-03-10", "dropped")
    told(in_time, "2026-03-09", "investigation_opened")
    assert late.found("F24", at="2026-08-01") == [
        {"about": "bm-1", "from": "2026-03-02", "to": "2026-03-10", "days": 8}
    ]
    assert in_time.found("F24", at="2026-04-01") == []


def test_a_receipt_does_not_say_what_the_review_came_to():
    story = reported()
    told(story, "2026-03-03", "receipt")
    assert [f["to"] for f in story.found("F24", at="2026-03-20")] == ["2026-03-20"]


def test_the_day_counts_that_the_feedback_names_not_the_day_it_was_recorded():
    story = reported()
    story.add(
        "2026-03-20",
        "TilbakemeldingReceived",
        melding_id="bm-1",
        kind="dropped",
        on="2026-03-09",
    )
    assert story.found("F24", at="2026-04-01") == []


def test_the_outcome_of_the_review_may_lie_in_what_is_not_disclosed():
    story = reported()
    hidden = story.hide("2026-03-05")
    assert reasons(story, "F24", "2026-06-01") == [(hidden,)]


# --- F25: the investigation within three months, or six -------------------------------


def test_an_investigation_of_more_than_three_months_is_found():
    late, in_time = investigated("2026-06-10"), investigated("2026-06-09")
    assert late.found("F25", at="2026-08-01") == [
        {"about": "bm-1", "from": "2026-03-09", "to": "2026-06-10", "days": 93}
    ]
    assert in_time.found("F25", at="2026-08-01") == []


def test_an_investigation_nobody_ended_is_judged_on_the_day_that_is_given():
    story = reported()
    told(story, "2026-03-09", "investigation_opened")
    assert story.found("F25", at="2026-06-09") == []
    assert [f["to"] for f in story.found("F25", at="2026-06-10")] == ["2026-06-10"]


def test_an_investigation_that_was_extended_has_six_months():
    story = reported()
    told(story, "2026-03-09", "investigation_opened")
    noted(story, "2026-06-01", "investigation_extended")
    assert story.found("F25", at="2026-09-09") == []
    assert [f["to"] for f in story.found("F25", at="2026-09-10")] == ["2026-09-10"]


@pytest.mark.parametrize(
    ("extended", "found"),
    [("2026-03-08", 1), ("2026-03-09", 0), ("2026-06-10", 0), ("2026-06-11", 1)],
)
def test_an_extension_counts_while_the_investigation_is_under_way(extended, found):
    story = investigated("2026-06-10")
    noted(story, extended, "investigation_extended")
    assert len(story.found("F25", at="2026-08-01")) == found


def test_an_opening_that_is_told_twice_is_one_investigation():
    story = reported()
    told(story, "2026-03-09", "investigation_opened")
    noted(story, "2026-03-10", "investigation_opened")
    assert [f["from"] for f in story.found("F25", at="2026-08-01")] == ["2026-03-09"]


def test_measures_say_that_the_investigation_has_ended():
    story = reported()
    told(story, "2026-03-09", "investigation_opened")
    noted(story, "2026-05-04", "measures")
    assert story.found("F25", at="2026-08-01") == []


def test_the_end_of_the_investigation_may_lie_in_what_is_not_disclosed():
    story = reported()
    told(story, "2026-03-09", "investigation_opened")
    hidden = story.hide("2026-05-05")
    assert reasons(story, "F25", "2026-08-01") == [(hidden,)]
