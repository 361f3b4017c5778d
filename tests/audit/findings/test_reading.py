from __future__ import annotations

import pytest

from audit.findings import judge
from tests.audit.findings.plain import Story


def read(story, day, reader, role="employee", **said):
    return story.add(
        day,
        "AccessRecorded",
        by="system",
        role="system",
        of=None,
        stream="access",
        reader=reader,
        reader_role=role,
        view="timeline",
        purpose="follow-up",
        **said,
    )


def readers(story, at="2026-06-01"):
    return [found["about"] for found in story.found("F31", at=at)]


def granted(story, **said):
    grant = {"grant_id": "g-1", "persons": ["tilsyn"], "until": "2026-02-01"}
    story.add("2026-01-10", "AccessGranted", stream="access", **{**grant, **said})


# --- F31: who reads has a part, an office or a grant ----------------------------------


def test_somebody_without_a_part_who_read_is_found_once():
    story = Story()
    read(story, "2026-01-05", "nysgjerrig")
    read(story, "2026-01-07", "nysgjerrig")
    assert story.found("F31", at="2026-06-01") == [
        {"about": "nysgjerrig", "from": "2026-01-05", "to": "2026-01-07"}
    ]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("StafettholderAppointed", {"holder": "ny"}),
        ("HandoverProposed", {"to_holder": "ny"}),
        ("ParticipantInvited", {"person_ref": "ny"}),
        ("MeasurePlanned", {"responsible": {"person": "ny", "service": "ppt"}}),
        ("ShieldingDecided", {"audience": ["ny"]}),
    ],
)
def test_who_has_a_part_has_a_need_from_that_day_on(event, said):
    story = Story()
    read(story, "2026-01-04", "ny")
    story.add("2026-01-05", event, **said)
    read(story, "2026-01-05", "ny")
    assert [f["to"] for f in story.found("F31", at="2026-06-01")] == ["2026-01-04"]


def test_who_wrote_in_the_case_may_read_it():
    story = Story()
    story.add("2026-01-04", "ObservationRecorded", by="ny")
    read(story, "2026-01-05", "ny")
    assert readers(story) == []


def test_who_has_left_has_no_need_from_the_day_after():
    story = Story()
    story.add("2026-01-04", "ParticipantJoined", by="ny", person_ref="ny")
    story.add("2026-01-08", "ParticipantLeft", person_ref="ny", last_day="2026-01-09")
    read(story, "2026-01-09", "ny")
    assert readers(story) == []
    read(story, "2026-01-10", "ny")
    assert readers(story) == ["ny"]


def test_a_holder_who_left_the_job_has_no_need_afterwards():
    story = Story()
    story.add(
        "2026-01-08", "StafettholderVacated", reason="left_job", last_day="2026-01-08"
    )
    read(story, "2026-01-09", "anne")
    assert readers(story) == ["anne"]


@pytest.mark.parametrize("role", ["leader", "koordinerende_enhet", "privacy_officer"])
def test_an_office_brings_a_need(role):
    story = Story()
    read(story, "2026-01-05", "noen", role)
    assert readers(story) == []


def test_an_administrator_sees_no_content():
    story = Story()
    read(story, "2026-01-05", "noen", "administrator")
    assert readers(story) == ["noen"]


def test_the_family_reads_its_own_and_nobody_else_as_family():
    story = Story()
    story.add("2026-01-02", "GuardianRegistered", guardian_ref="mor")
    read(story, "2026-01-05", "mor", "guardian")
    read(story, "2026-01-05", "barn", "youth")
    read(story, "2026-01-05", "tante", "guardian")
    assert readers(story) == ["tante"]


def test_a_supervisor_reads_on_a_grant_until_its_last_day():
    story = Story()
    granted(story)
    read(story, "2026-02-01", "tilsyn", "supervisor")
    assert readers(story) == []
    read(story, "2026-02-02", "tilsyn", "supervisor")
    read(story, "2026-01-20", "annen", "supervisor")
    assert readers(story) == ["annen", "tilsyn"]


def test_who_opened_a_supervisory_case_needs_a_grant_all_the_same():
    story = Story()
    story.add(
        "2026-01-04",
        "SupervisoryCaseOpened",
        by="tilsyn",
        role="supervisor",
        supervisory_case="ts-1",
    )
    read(story, "2026-01-05", "tilsyn", "supervisor")
    assert readers(story) == ["tilsyn"]


def test_a_grant_that_was_revoked_carries_no_more_reading():
    story = Story()
    granted(story)
    story.add("2026-01-15", "GrantRevoked", stream="access", grant_id="g-1")
    read(story, "2026-01-16", "tilsyn", "supervisor")
    assert readers(story) == ["tilsyn"]


def test_barnevern_reads_once_it_was_asked_by_name_or_reported_to():
    story = Story()
    read(story, "2026-01-04", "bv", "barnevern")
    story.add("2026-01-05", "BarnevernConsulted", anonymous=True)
    read(story, "2026-01-05T13:00", "bv", "barnevern")
    story.add("2026-01-06", "BarnevernConsulted", anonymous=False)
    read(story, "2026-01-06T13:00", "bv", "barnevern")
    assert [f["to"] for f in story.found("F31", at="2026-06-01")] == ["2026-01-05"]


@pytest.mark.parametrize(("reviewer", "found"), [("leder", []), ("", ["lege"])])
def test_emergency_access_gives_a_need_and_is_asked_about_until_reviewed(
    reviewer, found
):
    story = Story()
    story.add(
        "2026-01-05T10:00",
        "BreakGlassUsed",
        stream="access",
        reader="lege",
        until="2026-01-05T12:00:00+01:00",
        reviewed_by=reviewer,
    )
    read(story, "2026-01-05T12:00", "lege")
    assert readers(story) == found


def test_emergency_access_ends():
    story = Story()
    story.add(
        "2026-01-05T10:00",
        "BreakGlassUsed",
        stream="access",
        reader="lege",
        until="2026-01-05T12:00:00+01:00",
        reviewed_by="leder",
    )
    read(story, "2026-01-05T12:01", "lege")
    assert readers(story) == ["lege"]


def test_the_readers_part_may_lie_in_what_is_not_disclosed():
    story = Story()
    hidden = story.hide("2026-01-04")
    read(story, "2026-01-05", "ny")
    assert readers(story) == []
    assert [n.entries for n in story.not_judged("F31", at="2026-06-01")] == [(hidden,)]


def test_reading_that_is_not_disclosed_cannot_be_judged():
    story = Story()
    hidden = story.hide("2026-01-04", stream="access")
    said = judge(story.history("2026-06-01")).not_judged
    assert {each.rule.id for each in said} == {"F05", "F08", "F31", "F32"}
    assert {each.why.entries for each in said} == {(hidden,)}


# --- F32: a protected address stays protected -----------------------------------------


def protected(valid_to="2026-03-31", **said):
    story = Story()
    said = {"subject_ref": "barn", "valid_to": valid_to, **said}
    story.add("2026-01-02", "ProtectedAddressSet", grade="fortrolig", **said)
    return story


def test_a_protection_that_ran_out_is_found():
    assert protected().found("F32", at="2026-03-31") == []
    assert protected().found("F32", at="2026-04-01") == [
        {"about": "barn", "from": "2026-03-31", "to": "2026-04-01", "days": 1}
    ]


def test_a_protection_renewed_on_its_last_day_is_not_found():
    story = protected()
    renewed = {"subject_ref": "barn", "valid_to": "2027-03-31"}
    story.add("2026-03-31", "ProtectedAddressRenewed", **renewed)
    assert story.found("F32", at="2026-06-01") == []


def test_a_protection_renewed_later_is_found_to_that_day():
    story = protected()
    story.add("2026-04-03", "ProtectedAddressLapsed", subject_ref="barn")
    renewed = {"subject_ref": "barn", "valid_to": "2027-03-31"}
    story.add("2026-04-10", "ProtectedAddressRenewed", **renewed)
    assert [f["days"] for f in story.found("F32", at="2026-06-01")] == [10]


def test_a_protection_without_an_end_does_not_run_out():
    assert protected(valid_to=None).found("F32", at="2036-01-01") == []


@pytest.mark.parametrize(("clears", "found"), [(True, []), (False, ["tilsyn"])])
def test_a_supervisor_whose_grant_does_not_clear_is_found(clears, found):
    story = protected()
    granted(story, protected_addresses=clears)
    read(story, "2026-01-20", "tilsyn", "supervisor")
    assert [f["about"] for f in story.found("F32", at="2026-02-01")] == found


def test_whether_staff_is_cleared_is_not_on_record():
    story = protected()
    position = read(story, "2026-01-20", "anne")
    said = story.not_judged("F32", at="2026-02-01")
    assert [(n.reason, n.entries) for n in said] == [("clearance_unknown", (position,))]


def test_the_renewal_may_lie_in_what_is_not_disclosed():
    story = protected()
    hidden = story.hide("2026-03-30")
    assert story.found("F32", at="2026-06-01") == []
    assert [n.entries for n in story.not_judged("F32", at="2026-06-01")] == [(hidden,)]
