from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story

AT = "2026-12-31"
ALL_ITEMS = ["who_asks", "purpose", "facts", "recipients", "voluntary", "withdrawal"]
ACT = {"act": "barnevernsloven", "section": "15-8"}


def guardians(*refs, story=None, day="2026-01-01", authority="foreldreansvar"):
    story = story or Story()
    for ref in refs or ("mor",):
        story.add(day, "GuardianRegistered", guardian_ref=ref, authority=authority)
    return story


def consent(story, day, giver="mor", services=("skole", "ppt"), **said):
    told = {
        "consent_id": f"s-{giver}",
        "giver_ref": giver,
        "giver_capacity": "guardian",
        "services": list(services),
        "valid_from": day,
        "valid_to": "2026-11-30",
        "info_items": ALL_ITEMS,
    }
    return story.add(day, "ConsentGiven", **{**told, **said})


def joined(story, day, service="ppt"):
    return story.add(day, "ParticipantJoined", service=service, person_ref="per")


def shared(first, last=None, service="ppt"):
    return [{"about": service, "from": first, "to": last or first}]


# --- F05 ------------------------------------------------------------------------------

SHARING = [
    ("InformationDisclosed", {"to_service": "ppt", "categories": ["skole"]}),
    ("ParticipantInvited", {"service": "ppt", "person_ref": "per"}),
    ("ParticipantJoined", {"service": "ppt", "person_ref": "per"}),
    ("ReferralSent", {"to_service": "ppt", "referral_id": "r-1"}),
    ("HandoverProposed", {"to_service": "ppt", "proposal_id": "h-1"}),
]


@pytest.mark.parametrize(("event", "said"), SHARING)
def test_sharing_with_a_service_that_no_consent_covers_is_found(event, said):
    story = guardians()
    story.add("2026-02-10", event, **said)
    assert story.found("F05", at=AT) == shared("2026-02-10")
    assert story.found("F08", at=AT) == []


@pytest.mark.parametrize(("event", "said"), SHARING)
def test_sharing_on_the_day_of_the_consent_is_not_and_the_day_before_it_is(event, said):
    story = guardians()
    consent(story, "2026-02-10")
    story.add("2026-02-10T08:00", event, **said)
    assert story.found("F05", at=AT) == []
    story.add("2026-02-09", event, **said)
    assert story.found("F05", at=AT) == shared("2026-02-09")


def test_every_act_of_sharing_with_a_service_stands_in_one_finding():
    story = guardians()
    first = joined(story, "2026-02-09")
    last = story.add("2026-03-01", "ReferralSent", to_service="ppt", referral_id="r")
    assert story.found("F05", at=AT) == shared("2026-02-09", "2026-03-01")
    (found,) = story.outcomes("F05", at=AT)
    assert found.entries == (first, last)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("InformationDisclosed", {"to_service": "ppt", "basis": ACT}),
        ("ParticipantInvited", {"service": "ppt", "legal_basis": ACT}),
        ("ReferralSent", {"to_service": "ppt", "legal_basis": ACT}),
    ],
)
def test_what_an_act_carries_needs_no_consent(event, said):
    story = guardians()
    story.add("2026-02-10", event, **said)
    assert story.found("F05", at=AT) == []


def test_who_was_invited_on_an_act_may_join_and_meet():
    story = guardians()
    story.add("2026-02-10", "ParticipantInvited", service="ppt", legal_basis=ACT)
    joined(story, "2026-02-11")
    story.add("2026-02-12", "MeetingHeld", meeting_id="m", attended=["anne", "per"])
    assert story.found("F05", at=AT) == []


@pytest.mark.parametrize(
    ("event", "field"), [("MeetingHeld", "attended"), ("MeetingScheduled", "invited")]
)
def test_a_meeting_shares_with_the_services_of_those_who_meet(event, field):
    story = guardians()
    story.add("2026-01-05", "ObservationRecorded", by="per", of="ppt")
    story.add("2026-02-10", event, meeting_id="m-1", **{field: ["anne", "per", "mor"]})
    assert story.found("F05", at=AT) == shared("2026-02-10")


def test_the_openers_and_the_holders_own_service_need_no_consent():
    story = guardians()
    joined(story, "2026-02-01", "skole")
    story.add("2026-02-10", "StafettholderAppointed", holder="per", service="ppt")
    joined(story, "2026-02-10T08:00")
    joined(story, "2026-03-10")
    assert story.found("F05", at=AT) == []


def test_a_transfer_consent_carries_a_handover():
    story = guardians()
    story.add("2026-02-10", "TransferConsentGiven", giver_ref="mor")
    story.add("2026-02-10", "HandoverProposed", to_service="ppt", proposal_id="h-1")
    assert story.found("F05", at=AT) == []


def read(story, day, role="employee", **said):
    told = {"reader": "per", "reader_role": role, "reader_service": "ppt", **said}
    return story.add(day, "AccessRecorded", stream="access", of=None, **told)


def test_a_reading_by_another_service_is_sharing():
    story = guardians()
    read(story, "2026-02-10")
    assert story.found("F05", at=AT) == shared("2026-02-10")


@pytest.mark.parametrize(
    "said",
    [
        {"role": "supervisor"},
        {"role": "guardian"},
        {"grant_id": "g"},
        {"legal_basis": "bvl § 15-8"},
    ],
)
def test_a_reading_that_is_no_services_or_has_its_own_ground_is_not(said):
    story = guardians()
    read(story, "2026-02-10", **said)
    assert story.found("F05", at=AT) == []


def test_a_consent_may_be_hidden():
    story = guardians()
    hidden = story.hide("2026-01-05")
    joined(story, "2026-02-10")
    assert story.found("F05", at=AT) == []
    (unjudged,) = story.not_judged("F05", at=AT)
    assert (unjudged.about, unjudged.entries) == ("ppt", (hidden,))


# --- coverage -------------------------------------------------------------------------


def covered(story, day="2026-03-10T12:00"):
    """Whether joining then is neither outside consent nor after its end."""
    joined(story, day)
    return not story.found("F05", at=AT) and not story.found("F08", at=AT)


def test_a_guardian_not_yet_asked_takes_nothing_away():
    story = guardians("mor", "far")
    consent(story, "2026-02-10")
    assert covered(story)


def test_one_guardians_no_stands_against_the_others_yes():
    story = guardians("mor", "far")
    consent(story, "2026-02-10")
    story.add("2026-02-11", "ConsentRefused", giver_ref="far", services=["ppt"])
    assert not covered(story)


def test_a_no_to_another_service_does_not():
    story = guardians("mor", "far")
    consent(story, "2026-02-10")
    story.add("2026-02-11", "ConsentRefused", giver_ref="far", services=["bup"])
    assert covered(story)


def test_the_last_word_of_a_giver_counts():
    story = guardians()
    story.add("2026-02-10", "ConsentRefused", giver_ref="mor", services=["ppt"])
    consent(story, "2026-02-11")
    assert covered(story)
    story.add("2026-03-11", "ConsentRefused", giver_ref="mor", services=["ppt"])
    assert not covered(story, "2026-03-12")


def test_who_has_no_say_neither_allows_nor_refuses():
    story = guardians("far", authority="without")
    consent(story, "2026-02-10", "far")
    assert not covered(story)
    story = guardians("far", authority="without", story=guardians())
    consent(story, "2026-02-10")
    story.add("2026-02-11", "ConsentRefused", giver_ref="far", services=["ppt"])
    assert covered(story)


def test_a_youth_of_age_is_enough_alone_and_a_younger_one_is_not():
    for birth, expected in (("2010-03-10", True), ("2010-03-11", False)):
        story = guardians("mor")
        story.entries[0].data["birth_date"] = birth
        story.add("2026-01-02", "ConsentRefused", giver_ref="mor", services=["ppt"])
        consent(story, "2026-02-10", "barn", giver_capacity="youth")
        assert covered(story) is expected


def test_guardians_have_no_say_over_a_grown_up():
    for birth, expected in (("2008-03-10", False), ("2008-03-11", True)):
        story = guardians("mor")
        story.entries[0].data["birth_date"] = birth
        consent(story, "2026-02-10")
        assert covered(story) is expected


@pytest.mark.parametrize("capacity", ["youth", "adult"])
def test_nobody_else_consents_as_the_youth(capacity):
    story = guardians("mor")
    story.entries[0].data["birth_date"] = "2000-01-01"
    consent(story, "2026-02-10", "mor", giver_capacity=capacity)
    assert not covered(story)


def test_what_is_said_at_the_very_moment_counts():
    story = guardians()
    story.add("2026-02-10", "ConsentRefused", giver_ref="mor", services=["ppt"])
    consent(story, "2026-02-10")
    assert covered(story)
    story.add("2026-03-11", "ConsentRefused", giver_ref="mor", services=["ppt"])
    assert not covered(story, "2026-03-11")
    story = guardians()
    consent(story, "2026-02-10")
    story.add("2026-03-10", "ConsentWithdrawn", consent_id="s-mor", how="oral")
    assert not covered(story)


def test_a_pregnant_woman_consents_for_herself():
    story = Story()
    story.entries[0].data.update(subject_kind="pregnant", subject_ref="mor")
    consent(story, "2026-02-10", giver_capacity="pregnant")
    assert covered(story)


def test_when_barnevern_has_the_care_parents_consent_no_more():
    story = guardians()
    consent(story, "2026-02-10")
    story.add("2026-02-20", "ConsentCapacityChanged", new_capacity="barnevern")
    assert not covered(story)
    consent(story, "2026-03-11", "bv", giver_capacity="barnevern")
    joined(story, "2026-03-12")
    assert story.found("F08", at=AT) == shared("2026-03-10")


def test_an_extension_names_the_whole_list_from_its_day_on():
    story = guardians()
    consent(story, "2026-02-10", services=["skole"])
    change = {"consent_id": "s-mor", "services": ["skole", "ppt"]}
    story.add("2026-03-10T20:00", "ConsentExtended", **change)
    assert covered(story)
    assert not covered(story, "2026-03-09")


def test_a_reopened_case_needs_a_new_consent():
    story = guardians()
    consent(story, "2026-02-10")
    story.add("2026-02-20", "CaseReopened", reason="uro")
    assert not covered(story)


# --- F08 ------------------------------------------------------------------------------

ENDS = [
    ("ConsentWithdrawn", {"consent_id": "s-mor", "how": "oral"}),
    ("ConsentWithdrawn", {"consent_id": "s-mor", "how": "oral", "services": ["ppt"]}),
    ("ConsentNarrowed", {"consent_id": "s-mor", "services": ["skole"]}),
    ("ConsentExtended", {"consent_id": "s-mor", "services": ["skole", "bup"]}),
    ("ConsentRefused", {"giver_ref": "mor", "services": ["ppt"]}),
]


@pytest.mark.parametrize(("event", "said"), ENDS)
def test_sharing_after_a_consent_has_ended_is_found_and_before_is_not(event, said):
    story = guardians()
    consent(story, "2026-02-10")
    story.add("2026-03-10", event, **said)
    joined(story, "2026-03-09")
    assert story.found("F08", at=AT) == []
    joined(story, "2026-03-11")
    assert story.found("F08", at=AT) == shared("2026-03-11")
    assert story.found("F05", at=AT) == []


def test_a_consent_covers_its_last_day_and_not_the_next():
    story = guardians()
    consent(story, "2026-02-10", valid_to="2026-03-10")
    joined(story, "2026-03-10T23:59")
    assert story.found("F08", at=AT) == []
    joined(story, "2026-03-11T00:00")
    assert story.found("F08", at=AT) == shared("2026-03-11")


def test_a_renewal_in_time_or_late_covers_from_its_day_on():
    story = guardians()
    consent(story, "2026-02-10", valid_to="2026-03-10")
    renewal = {"consent_id": "s-mor", "valid_to": "2026-09-10"}
    story.add("2026-03-15", "ConsentRenewed", **renewal)
    joined(story, "2026-03-14")
    joined(story, "2026-03-15")
    assert story.found("F08", at=AT) == shared("2026-03-14")


def test_a_renewal_brings_back_nothing_that_was_withdrawn():
    story = guardians()
    consent(story, "2026-02-10")
    story.add("2026-03-01", "ConsentWithdrawn", consent_id="s-mor", services=["ppt"])
    renewal = {"consent_id": "s-mor", "valid_to": "2026-09-10"}
    story.add("2026-03-02", "ConsentRenewed", **renewal)
    joined(story, "2026-03-10")
    assert story.found("F08", at=AT) == shared("2026-03-10")


def test_a_withdrawal_may_begin_on_a_later_day_or_take_categories_alone():
    story = guardians()
    consent(story, "2026-02-10")
    withdrawn = {"consent_id": "s-mor", "how": "written"}
    story.add("2026-03-01", "ConsentWithdrawn", **withdrawn, categories=["helse"])
    story.add("2026-03-01", "ConsentWithdrawn", **withdrawn, from_date="2026-03-10")
    joined(story, "2026-03-09")
    assert story.found("F08", at=AT) == []
    joined(story, "2026-03-10")
    assert story.found("F08", at=AT) == shared("2026-03-10")


def test_a_renewal_may_be_hidden():
    story = guardians()
    consent(story, "2026-02-10", valid_to="2026-03-10")
    story.hide("2026-03-09")
    joined(story, "2026-03-11")
    assert story.found("F08", at=AT) == []
    assert [each.about for each in story.not_judged("F08", at=AT)] == ["ppt"]


# --- F06 ------------------------------------------------------------------------------


def opened_log(*refs, day="2026-02-01", **more):
    story = guardians(*refs, **more)
    story.add(day, "StafettloggOpened", level=1, format="digital")
    return story


MISSING = {"about": "far", "from": "2026-02-01", "to": "2026-02-16", "days": 15}


def test_a_guardian_who_consents_too_late_is_found():
    story = opened_log("far")
    consent(story, "2026-02-16", "far")
    assert story.found("F06", at=AT) == [MISSING]


def test_one_who_consents_on_the_last_day_or_before_the_log_is_not():
    for day in ("2026-02-15", "2026-01-15"):
        story = opened_log("far")
        consent(story, day, "far")
        assert story.found("F06", at=AT) == []


def test_a_consent_that_had_ended_before_the_log_is_none():
    story = opened_log("far")
    consent(story, "2026-01-15", "far", valid_to="2026-01-31")
    assert story.found("F06", at="2026-02-16") == [MISSING]


def test_one_who_never_does_is_found_on_the_day_of_judgement():
    assert opened_log("far").found("F06", at="2026-02-15") == []
    assert opened_log("far").found("F06", at="2026-02-16") == [MISSING]


def test_each_guardian_is_asked_about():
    story = opened_log("far", "mor")
    found = story.found("F06", at="2026-02-16")
    assert [each["about"] for each in found] == ["far", "mor"]


def test_a_guardian_registered_after_the_log_has_the_days_from_then():
    story = opened_log("mor")
    consent(story, "2026-02-01")
    guardians("far", story=story, day="2026-03-01")
    assert story.found("F06", at="2026-03-15") == []
    (found,) = story.found("F06", at="2026-03-16")
    assert (found["from"], found["days"]) == ("2026-03-01", 15)


def test_an_exception_stands_for_the_consent():
    story = opened_log("far")
    exception = {"guardian_ref": "far", "reason": "Ukjent adresse."}
    story.add("2026-02-15", "GuardianConsentExceptionDecided", **exception)
    assert story.found("F06", at=AT) == []


@pytest.mark.parametrize("authority", ["without", "daglig", "verge"])
def test_only_parental_responsibility_is_asked_about(authority):
    story = opened_log("far", authority=authority)
    assert story.found("F06", at=AT) == []


def test_who_loses_or_gets_the_responsibility_is_asked_while_they_have_it():
    change = {"guardian_ref": "far", "source": "folkeregister"}
    story = opened_log("far")
    story.add(
        "2026-02-15",
        "GuardianChanged",
        authority="without",
        from_date="2026-02-15",
        **change,
    )
    assert story.found("F06", at=AT) == []
    story = opened_log("far", authority="without")
    story.add(
        "2026-03-01",
        "GuardianChanged",
        authority="foreldreansvar",
        from_date="2026-03-01",
        **change,
    )
    assert story.found("F06", at="2026-03-15") == []
    assert [f["from"] for f in story.found("F06", at="2026-03-16")] == ["2026-03-01"]


def test_nobody_is_asked_beside_a_subject_who_consents_alone():
    story = opened_log("far")
    story.entries[0].data["birth_date"] = "2010-02-01"
    assert story.found("F06", at=AT) == []
    story = opened_log("far")
    story.entries[0].data["subject_kind"] = "pregnant"
    assert story.found("F06", at=AT) == []


def test_the_clock_stops_on_the_birthday_and_with_the_case():
    story = opened_log("far")
    story.entries[0].data["birth_date"] = "2010-02-15"
    assert story.found("F06", at=AT) == []
    story = opened_log("far")
    story.add("2026-02-15", "CaseClosed", reason="moved")
    assert story.found("F06", at=AT) == []


def test_for_the_unborn_the_other_parent_is_asked_from_birth_on():
    story = opened_log("far")
    story.entries[0].data.update(subject_kind="unborn", birth_date=None)
    assert story.found("F06", at=AT) == []
    story.add("2026-03-01", "ChildBorn", subject_ref="barn", on="2026-03-01")
    assert [f["from"] for f in story.found("F06", at=AT)] == ["2026-03-01"]


def test_the_consent_of_a_guardian_may_be_hidden():
    story = guardians("far")
    hidden = story.hide("2026-01-15")
    story.add("2026-02-01", "StafettloggOpened", level=1, format="digital")
    assert story.found("F06", at=AT) == []
    (unjudged,) = story.not_judged("F06", at=AT)
    assert (unjudged.about, unjudged.entries) == ("far", (hidden,))


# --- F07 ------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["ConsentGiven", "ConsentExtended", "ConsentRenewed"])
@pytest.mark.parametrize("item", ALL_ITEMS)
def test_who_was_not_told_an_item_was_not_informed(event, item):
    told = [each for each in ALL_ITEMS if each != item]
    story = guardians()
    story.add("2026-02-10", event, consent_id="s-1", info_items=told)
    assert story.found("F07", at=AT) == [
        {"about": "s-1", "from": "2026-02-10", "to": "2026-02-10"}
    ]


@pytest.mark.parametrize("event", ["ConsentGiven", "ConsentExtended", "ConsentRenewed"])
def test_who_was_told_all_of_them_was(event):
    story = guardians()
    told = [*ALL_ITEMS, "archive"]
    story.add("2026-02-10", event, consent_id="s-1", info_items=told)
    assert story.found("F07", at=AT) == []


# --- F09 ------------------------------------------------------------------------------


def sixteen(on, **rules):
    """A case with a log whose child turns 16 on a day."""
    story = guardians("mor", story=Story(**rules))
    story.entries[0].data["birth_date"] = on.replace("2026", "2010")
    story.add("2026-01-05", "StafettloggOpened", level=1, format="digital")
    return story


OWN = {"giver_capacity": "youth", "valid_to": "2026-12-31"}


def test_a_log_that_goes_on_without_the_youths_own_consent_is_found():
    story = sixteen("2026-03-01")
    assert story.found("F09", at="2026-03-31") == []
    assert story.found("F09", at="2026-04-01") == [
        {"from": "2026-03-01", "to": "2026-04-01", "days": 31}
    ]


def test_an_own_consent_on_the_last_day_or_before_the_birthday_is_enough():
    for day in ("2026-03-31", "2026-02-01"):
        story = sixteen("2026-03-01")
        consent(story, day, "barn", **OWN)
        assert story.found("F09", at=AT) == []


def test_the_age_is_the_profiles():
    story = sixteen("2026-03-01", youth_consent_age=17)
    assert story.found("F09", at=AT) == []


def test_a_log_that_has_ended_asks_for_nothing():
    story = sixteen("2026-03-01")
    story.add("2026-03-31", "CaseClosed", reason="goal_reached")
    assert story.found("F09", at=AT) == []


def test_without_a_log_nobody_asks():
    story = guardians()
    story.entries[0].data["birth_date"] = "2010-03-01"
    assert story.found("F09", at=AT) == []


def test_an_age_that_is_not_known_cannot_be_judged():
    story = sixteen("2026-03-01")
    del story.entries[0].data["birth_date"]
    assert story.found("F09", at=AT) == []
    (unjudged,) = story.not_judged("F09", at=AT)
    assert unjudged.reason == "birth_date_unknown"


def test_an_own_consent_may_be_hidden():
    story = sixteen("2026-03-01")
    hidden = story.hide("2026-03-02")
    assert story.found("F09", at=AT) == []
    assert [each.entries for each in story.not_judged("F09", at=AT)] == [(hidden,)]
