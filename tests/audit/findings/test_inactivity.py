from __future__ import annotations

from tests.audit.findings.plain import Story

SILENCE = {"from": "2026-01-01", "to": "2026-03-03", "days": 61}


def test_more_than_sixty_days_between_two_entries_are_found():
    story = Story()
    story.add("2026-03-03", "ChildStrengthNoted")
    assert story.found("F27", at="2026-03-10") == [SILENCE]


def test_sixty_days_between_two_entries_are_not_found():
    story = Story()
    story.add("2026-03-02", "ChildStrengthNoted")
    assert story.found("F27", at="2026-03-10") == []


def test_silence_since_the_last_entry_is_judged_on_the_day_that_is_given():
    assert Story().found("F27", at="2026-03-02") == []
    assert Story().found("F27", at="2026-03-03") == [SILENCE]


def test_days_are_counted_on_the_calendar_where_the_case_is_led():
    story = Story(opened="2026-01-31T23:59")
    story.add("2026-04-02T00:01", "ChildStrengthNoted")  # summer time began between
    assert [f["days"] for f in story.found("F27", at="2026-04-02")] == [61]


def test_neither_system_nor_correction_archive_or_supervision_breaks_the_silence():
    story = Story()
    story.add("2026-02-01", "ConsentExpired", role="system", consent_id="s-1")
    story.add("2026-02-02", "EntryCorrected", target={}, field="text")
    story.add("2026-02-03", "ArchivePackageMade", package_id="p-1")
    story.add("2026-02-04", "SupervisoryCaseOpened", supervisory_case="ts-1")
    story.add("2026-02-05", "AccessRecorded", stream="access", reader="anne")
    assert story.found("F27", at="2026-03-03") == [SILENCE]


def test_a_closed_case_is_silent_until_it_is_reopened():
    story = Story()
    story.add("2026-01-02", "CaseClosed", reason="no_concern")
    story.add("2026-01-03", "ParticipantLeft", person_ref="anne")
    story.add("2026-06-01", "CaseReopened", reason="uro")
    assert story.found("F27", at="2026-07-31") == []
    assert [f["from"] for f in story.found("F27", at="2026-08-01")] == ["2026-06-01"]


def test_a_case_that_an_individual_plan_replaced_is_over():
    story = Story()
    story.add("2026-01-02", "StafettloggSupersededByIndividuellPlan", system="ip")
    assert story.found("F27", at="2026-07-31") == []


def test_days_on_which_barnevern_is_waited_for_do_not_count():
    story = Story()
    story.add("2026-01-11", "MeldingTilBarnevernSent", melding_id="bm-1")
    story.add(
        "2026-04-21",
        "TilbakemeldingReceived",
        melding_id="bm-1",
        kind="dropped",
        on="2026-04-11",
    )
    assert story.found("F27", at="2026-04-21") == []
    assert story.found("F27", at="2026-06-20") == []
    assert [f["days"] for f in story.found("F27", at="2026-06-21")] == [61]


def test_the_clock_goes_on_where_it_was_when_the_answer_has_come():
    story = Story()
    story.add(
        "2026-01-11", "MeldingTilBarnevernSent", melding_id="bm-1", role="system"
    )  # waited for, though the entry itself is no work
    story.add(
        "2026-02-10",
        "TilbakemeldingReceived",
        role="system",
        melding_id="bm-1",
        kind="dropped",
        on="2026-02-10",
    )
    assert story.found("F27", at="2026-04-01") == []
    assert story.found("F27", at="2026-04-02") == [
        {"from": "2026-01-01", "to": "2026-04-02", "days": 61}
    ]


def test_what_is_not_disclosed_may_have_broken_the_silence():
    story = Story()
    hidden = story.hide("2026-02-01")
    assert story.found("F27", at="2026-03-10") == []
    assert [n.entries for n in story.not_judged("F27", at="2026-03-10")] == [(hidden,)]
