from __future__ import annotations

from audit.findings.shielding import BY_RULE
from tests.audit.findings.plain import Story
from tests.ledger.aggregates.story import CASE, flagged, given


def reasons(story, rule, at="2026-06-01"):
    return [each.entries for each in story.not_judged(rule, at=at)]


# --- F38: who keeps a guardian out has decided it -------------------------------------


def family():
    story = Story()
    for guardian, authority in (
        ("mor", "foreldreansvar"),
        ("far", "foreldreansvar"),
        ("ste", "without"),
    ):
        said = {"guardian_ref": guardian, "authority": authority}
        story.add("2026-01-02", "GuardianRegistered", **said)
    return story


def shielded():
    story = family()
    story.add("2026-02-02", "ConcernRaised", concern_id="c-1", shield="sk-1")
    return story


def decided(story, day, shield="sk-1", whom=("mor",), review="2026-12-01"):
    return story.add(
        day,
        "ShieldingDecided",
        shield=shield,
        shielding_id=shield,
        from_whom=list(whom),
        review_on=review,
    )


def out(about, to, days):
    return {"about": about, "from": "2026-02-02", "to": to, "days": days}


def test_a_shield_nobody_decided_on_keeps_out_each_guardian_with_responsibility():
    assert shielded().found("F38", at="2026-02-05") == []
    assert shielded().found("F38", at="2026-02-06") == [
        out("mor", "2026-02-06", 4),
        out("far", "2026-02-06", 4),
    ]


def test_a_decision_on_the_third_day_is_not_found_and_on_the_fourth_is():
    in_time, late = shielded(), shielded()
    decided(in_time, "2026-02-05")
    decided(late, "2026-02-06")
    assert in_time.found("F38", at="2026-06-01") == []
    assert late.found("F38", at="2026-06-01") == [out("mor", "2026-02-06", 4)]


def test_a_shield_that_was_lifted_in_time_keeps_nobody_out():
    story = shielded()
    story.add("2026-02-05", "ShieldingLifted", shield="sk-1", shielding_id="sk-1")
    assert story.found("F38", at="2026-06-01") == []


def test_the_days_run_from_when_the_entry_was_recorded():
    story = family()
    story.add("2026-02-02", "ConcernRaised", recorded="2026-03-02", shield="sk-1")
    decided(story, "2026-03-05")
    assert story.found("F38", at="2026-06-01") == []


def test_a_guardian_whose_access_was_ended_asks_for_a_decision_too():
    story = family()
    said = {"service": "", "person_ref": "far", "reason": "trusler"}
    story.add("2026-02-02", "ParticipantAccessRevoked", **said)
    assert story.found("F38", at="2026-02-06") == [out("far", "2026-02-06", 4)]
    decided(story, "2026-02-05", whom=["far"])
    assert story.found("F38", at="2026-06-01") == []


def test_a_guardian_who_had_lost_the_responsibility_is_not_asked_about():
    story = family()
    changed = {"guardian_ref": "far", "authority": "without"}
    story.add("2026-02-01", "GuardianChanged", **changed)
    story.add("2026-02-02", "ConcernRaised", concern_id="c-1", shield="sk-1")
    assert [f["about"] for f in story.found("F38", at="2026-06-01")] == ["mor"]


def test_what_the_rule_keeps_apart_needs_nobodys_decision():
    kept = given(*CASE).when(flagged()).then_recorded().case.entries[-1]
    assert kept.shield is not None
    assert BY_RULE.fullmatch(kept.shield)
    story = family()
    story.add("2026-02-02", "RiskFlagRaised", flag_id="f-1", shield=kept.shield)
    assert story.found("F38", at="2026-06-01") == []


def test_the_decision_may_lie_in_what_is_not_disclosed():
    story = shielded()
    hidden = story.hide("2026-02-03")
    assert story.found("F38", at="2026-06-01") == []
    assert reasons(story, "F38") == [(hidden,), (hidden,)]


# --- F39: a shield is reviewed on its day ---------------------------------------------


def reviewed(review="2026-03-18"):
    story = Story()
    decided(story, "2026-03-11", review=review)
    return story


def test_a_shield_that_stood_beyond_its_review_is_found():
    assert reviewed().found("F39", at="2026-03-18") == []
    assert reviewed().found("F39", at="2026-03-19") == [
        {"about": "sk-1", "from": "2026-03-18", "to": "2026-03-19", "days": 1}
    ]


def test_a_shield_lifted_on_the_day_of_its_review_is_not_found():
    story = reviewed()
    story.add("2026-03-18", "ShieldingLifted", shielding_id="sk-1")
    assert story.found("F39", at="2026-06-01") == []


def test_a_shield_lifted_later_is_found_to_that_day():
    story = reviewed()
    story.add("2026-04-02", "ShieldingLifted", shielding_id="sk-1")
    assert [f["days"] for f in story.found("F39", at="2026-06-01")] == [15]


def test_a_decision_for_the_same_persons_sets_a_new_day():
    story = reviewed()
    decided(story, "2026-03-18", shield="sk-2", review="2026-05-01")
    assert story.found("F39", at="2026-05-01") == []
    assert [f["about"] for f in story.found("F39", at="2026-05-02")] == ["sk-2"]


def test_a_decision_for_others_leaves_the_day_as_it_is():
    story = reviewed()
    decided(story, "2026-03-18", shield="sk-2", whom=["far"])
    assert [f["about"] for f in story.found("F39", at="2026-03-19")] == ["sk-1"]


def test_a_renewal_under_the_same_id_that_came_late_is_found_to_that_day():
    story = reviewed()
    decided(story, "2026-03-20", whom=["mor", "far"])
    assert [f["to"] for f in story.found("F39", at="2026-06-01")] == ["2026-03-20"]


def test_the_lifting_may_lie_in_what_is_not_disclosed():
    story = reviewed()
    hidden = story.hide("2026-03-18")
    assert story.found("F39", at="2026-06-01") == []
    assert reasons(story, "F39") == [(hidden,)]
