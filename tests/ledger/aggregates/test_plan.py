"""A measure has a goal, someone who answers for it and a day to look again."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.entry import (
    Actor,
)
from ledger.events.closing import Disposition
from ledger.events.event import (
    Role,
)
from ledger.events.people import (
    LegalBasis,
)
from ledger.events.plan import (
    DocumentReferenced,
    EvaluationPostponed,
    GoalRevised,
    MeasureChanged,
    MeasureStopped,
    ReferralAnswered,
    ReferralSent,
    Responsible,
)
from ledger.refusals import (
    AskLeader,
    Closed,
    Incomplete,
    NoConsent,
    NoReason,
    OpenItems,
    UnknownTarget,
    WrongRole,
)
from tests.ledger.aggregates.story import (
    ADVISER,
    CASE,
    LEADER,
    MOTHER,
    RULES,
    TODAY,
    WITH_HOLDER,
    closed,
    consented,
    evaluated,
    given,
    goal,
    heard,
    measure,
    started,
)

WITH_GOAL = (*WITH_HOLDER, goal())


def test_a_goal_is_set_in_an_open_case():
    past = given(*CASE).when(goal()).then_recorded()
    assert "m-1" in past.case.plan.goals
    past.and_(closed()).when(goal("m-2")).then_refused(Closed)


def test_a_measure_is_planned_for_a_goal():
    past = given(*WITH_GOAL).when(measure()).then_recorded()
    assert list(past.case.plan.open_measures()) == ["t-1"]


@pytest.mark.parametrize("field", ["goal_id", "responsible", "evaluation_due"])
def test_what_a_measure_lacks_is_named(field):
    outcome = given(*WITH_GOAL).when(measure(**{field: None}))
    outcome.then_refused(Incomplete)
    assert outcome.fields == (field,)


def test_an_empty_goal_is_a_missing_goal():
    given(*WITH_GOAL).when(measure(goal_id="")).then_refused(Incomplete)


def test_a_measure_serves_a_goal_of_the_case():
    past = given(*WITH_GOAL)
    past.when(measure(goal_id="m-9")).then_refused(UnknownTarget)


def test_the_service_that_answers_for_a_measure_is_covered():
    past = given(*WITH_GOAL)
    past.when(measure("ppt", "radgiver")).then_refused(NoConsent)
    past = past.and_(consented("ppt", consent_id="s-2"))
    past.when(measure("ppt", "radgiver")).then_recorded()
    past.when(measure("ppt", "radgiver"), by=ADVISER).then_refused(AskLeader)


def test_what_the_family_does_at_home_is_shared_with_nobody():
    at_home = measure(responsible=Responsible(service="hjem", person="mor"))
    given(*WITH_GOAL).when(at_home).then_recorded()


def test_nothing_is_planned_in_a_closed_case():
    given(*WITH_GOAL, closed()).when(measure()).then_refused(Closed)


def test_only_a_measure_of_the_case_is_started_or_evaluated():
    past = given(*WITH_GOAL)
    past.when(started()).then_refused(UnknownTarget)
    past.when(evaluated()).then_refused(UnknownTarget)
    past = past.and_(measure()).when(started()).then_recorded()
    past.when(evaluated()).then_recorded()


def test_what_was_done_is_recorded_on_a_closed_case_too():
    past = given(*WITH_GOAL, measure(), heard(), closed())
    past.when(started()).then_recorded()
    past.when(evaluated()).then_recorded()


@pytest.mark.parametrize(
    ("decision", "ends"),
    [("continue", False), ("change", False), ("stop", True), ("level", True)],
)
def test_the_decisions_stop_and_level_end_a_measure(decision, ends):
    past = given(*WITH_GOAL, measure(), started(), evaluated(decision))
    assert list(past.case.plan.open_measures()) == ([] if ends else ["t-1"])


def test_an_evaluation_sets_the_next_date_and_is_counted():
    past = given(*WITH_GOAL, measure(), evaluated(next_due=TODAY))
    assert past.case.plan.measures["t-1"].evaluation_due == TODAY
    assert past.case.plan.measures["t-1"].evaluations == 1
    assert past.case.plan.evaluations["e-1"].service == "skole"


def test_a_measure_never_seen_is_created_as_unknown():
    past = given(*CASE, started("lost"), evaluated(measure_id="lost"))
    assert past.case.plan.measures["lost"].planned_at is None
    assert past.case.plan.measures["lost"].started_on == TODAY


def test_closing_ends_what_is_decided_for_and_leaves_what_is_carried_along():
    done = Disposition(item="measure:t-1", outcome="done")
    past = given(*WITH_GOAL, measure(), measure(measure_id="t-2"))
    past = past.and_(closed("moved", dispositions=(done,)))
    assert list(past.case.plan.open_measures()) == ["t-2"]


# --- changes --------------------------------------------------------------------------

WITH_MEASURE = (*WITH_HOLDER, goal(), measure())
CHANGED = MeasureChanged(measure_id="t-1", reason="For lite.")
STOPPED = MeasureStopped(measure_id="t-1", on=TODAY, reason="Ferdig.")
LATER = date(2026, 6, 1)


def postponed(reason: str | None = "Syk.") -> EvaluationPostponed:
    return EvaluationPostponed(measure_id="t-1", new_due=LATER, reason=reason)


def of_case(past):
    return past.case.plan.measures["t-1"]


def test_a_goal_is_put_anew_and_keeps_what_is_not_said():
    past = given(*WITH_HOLDER, goal())
    event = GoalRevised(goal_id="m-1", text="Ha en venn.")
    past = past.when(event).then_recorded()
    assert past.case.plan.goals["m-1"].area == "1.2.03"
    event = GoalRevised(goal_id="m-1", text="Ha en venn.", area="1.3.01")
    past = past.when(event).then_recorded()
    assert past.case.plan.goals["m-1"].area == "1.3.01"


def test_only_a_goal_of_an_open_case_is_put_anew():
    event = GoalRevised(goal_id="m-1", text="Ha en venn.")
    given(*WITH_HOLDER).when(event).then_refused(UnknownTarget)
    given(*WITH_HOLDER, goal(), closed()).when(event).then_refused(Closed)


def test_a_measure_is_changed_where_the_change_says_so():
    past = given(*WITH_MEASURE).when(CHANGED).then_recorded()
    assert of_case(past).evaluation_due == date(2026, 5, 1)
    other = CHANGED.model_copy(
        update={
            "responsible": Responsible(service="skole", person="kollega"),
            "evaluation_due": LATER,
        }
    )
    measured = of_case(past.when(other).then_recorded())
    assert (measured.person, measured.evaluation_due) == ("kollega", LATER)


def test_a_measure_is_changed_for_a_reason():
    silent = CHANGED.model_copy(update={"reason": ""})
    given(*WITH_MEASURE).when(silent).then_refused(NoReason)


def test_only_a_measure_that_goes_on_in_an_open_case_is_changed():
    given(*WITH_HOLDER).when(CHANGED).then_refused(UnknownTarget)
    past = given(*WITH_MEASURE)
    past.and_(evaluated("stop")).when(CHANGED).then_refused(UnknownTarget)
    past.and_(closed("moved")).when(CHANGED).then_refused(Closed)


def test_who_answers_for_a_changed_measure_is_of_a_covered_service():
    other = Responsible(service="ppt", person="radgiver")
    event = CHANGED.model_copy(update={"responsible": other})
    past = given(*WITH_MEASURE)
    past.when(event).then_refused(NoConsent)
    past.and_(consented("ppt", consent_id="s-2")).when(event).then_recorded()
    family = CHANGED.model_copy(
        update={"responsible": Responsible(service="hjem", person="mor")}
    )
    past.when(family).then_recorded()


def test_a_measure_is_stopped_also_in_a_closed_case():
    past = given(*WITH_MEASURE)
    assert list(past.when(STOPPED).then_recorded().case.plan.open_measures()) == []
    past.and_(closed("moved")).when(STOPPED).then_recorded()
    given(*WITH_HOLDER).when(STOPPED).then_refused(UnknownTarget)


def test_a_measure_that_was_stopped_is_nothing_open_at_the_end():
    past = given(*WITH_MEASURE, heard())
    past.when(closed(), by=LEADER).then_refused(OpenItems)
    past.and_(STOPPED).when(closed(), by=LEADER).then_recorded()


def test_an_evaluation_is_put_off_once_and_then_by_a_leader():
    past = given(*WITH_MEASURE).when(postponed()).then_recorded()
    assert of_case(past).evaluation_due == LATER
    past.when(postponed()).then_refused(WrongRole)
    past = past.when(postponed(), by=LEADER).then_recorded()
    past.and_(evaluated()).when(postponed()).then_recorded()


def test_the_municipality_sets_how_often_an_evaluation_is_put_off():
    never = RULES.model_copy(update={"postponements_without_leader": 0})
    given(*WITH_MEASURE).when(postponed(), rules=never).then_refused(WrongRole)
    twice = RULES.model_copy(update={"postponements_without_leader": 2})
    past = given(*WITH_MEASURE, postponed())
    past = past.when(postponed(), rules=twice).then_recorded()
    past.when(postponed(), rules=twice).then_refused(WrongRole)


def test_an_evaluation_is_put_off_for_a_reason_while_the_measure_goes_on():
    past = given(*WITH_MEASURE)
    past.when(postponed(None)).then_refused(NoReason)
    past.and_(STOPPED).when(postponed()).then_refused(UnknownTarget)
    given(*WITH_HOLDER).when(postponed()).then_refused(UnknownTarget)
    past.and_(closed("moved")).when(postponed()).then_refused(Closed)


# --- referrals and documents ----------------------------------------------------------

REFERRED = ReferralSent(referral_id="hv-1", to_service="bup")


def test_a_service_is_asked_to_take_the_child_on_when_it_is_covered():
    past = given(*WITH_HOLDER)
    past.when(REFERRED).then_refused(NoConsent)
    past = past.and_(consented("bup", consent_id="s-2"))
    past = past.when(REFERRED).then_recorded()
    assert past.case.plan.referrals["hv-1"].to_service == "bup"


def test_another_basis_than_consent_carries_a_referral():
    basis = LegalBasis(act="opplæringslova", section="11-7")
    carried = REFERRED.model_copy(update={"legal_basis": basis})
    given(*WITH_HOLDER).when(carried).then_recorded()
    blank = LegalBasis(act="opplæringslova", section=" ")
    empty = REFERRED.model_copy(update={"legal_basis": blank})
    given(*WITH_HOLDER).when(empty).then_refused(NoConsent)
    gone = LegalBasis(act="LOV-1992-12-04-126", section="1")  # until 2025
    late = REFERRED.model_copy(update={"legal_basis": gone})
    given(*WITH_HOLDER).when(late).then_refused(NoConsent)


def test_nobody_is_referred_from_a_closed_case():
    past = given(*WITH_HOLDER, consented("bup", consent_id="s-2"), closed())
    past.when(REFERRED).then_refused(Closed)


def test_the_last_answer_to_a_referral_holds():
    waiting = ReferralAnswered(referral_id="hv-1", outcome="waiting")
    taken = ReferralAnswered(referral_id="hv-1", outcome="accepted")
    given(*WITH_HOLDER).when(taken).then_refused(UnknownTarget)
    past = given(*WITH_HOLDER, REFERRED, closed()).when(waiting).then_recorded()
    past = past.when(taken).then_recorded()
    assert past.case.plan.referrals["hv-1"].outcome == "accepted"


def test_a_document_is_referred_to_by_staff_and_by_those_who_keep_it():
    document = DocumentReferenced(
        document_id="d-1",
        title="Rapport",
        sha256="0" * 64,
        archive_ref="2026/1-1",
        about="measure:t-1",
    )
    past = given(*WITH_MEASURE, closed("moved"))
    for role in (Role.ARCHIVE_OFFICER, Role.PRIVACY_OFFICER):
        past.when(document, by=Actor("arkivar", role)).then_recorded()
    past.when(document, by=MOTHER).then_refused(WrongRole)
    found = past.when(document).then_recorded().case.plan.documents["d-1"]
    assert found.archive_ref == "2026/1-1"
