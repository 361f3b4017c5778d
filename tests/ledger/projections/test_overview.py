import json
from datetime import date, timedelta

import pytest

from ledger.aggregates.case import fold
from ledger.entry import Erased
from ledger.events.barnevern import (
    InformationOrderAnswered,
    InformationOrderReceived,
    MeldingTilBarnevernSent,
)
from ledger.events.baton import (
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderVacated,
)
from ledger.events.concern import ConcernRaised
from ledger.events.consent import ConsentGiven
from ledger.events.log import (
    StafettloggOpened,
    StafettloggRequestDecided,
    StafettloggRequested,
)
from ledger.events.meeting import (
    MeetingCancelled,
    MeetingHeld,
    MeetingScheduled,
)
from ledger.events.plan import (
    EvaluationPostponed,
)
from ledger.profiles import profile_named
from ledger.projections.overview import Due, Holder, OpenProposal, overview
from ledger.projections.plain import as_json
from tests.ledger.aggregates import story
from tests.ledger.aggregates.story import (
    appointed,
    called,
    closed,
    declined,
    goal,
    log_opened,
    measure,
    opened,
    proposed,
    reopened,
)

RULES = profile_named("standard")


def day(text: str) -> date:
    return date.fromisoformat(text)


def until(entries, moment: str):
    """The entries of what had happened by the end of a day."""
    return [e for e in entries if e.occurred_at.date() <= day(moment)]


def at(entries, moment: str):
    return overview(fold(until(entries, moment)), at=day(moment), rules=RULES)


def dues(view) -> list[tuple[str, str, str | None]]:
    return [(due.kind, str(due.on), due.about) for due in view.due]


def test_a_case_nobody_has_opened_is_open_to_nothing():
    view = overview(fold([]), at=day("2026-01-01"), rules=RULES)
    assert (view.level, view.holder, view.due, view.next_due) == (0, None, (), None)
    assert (view.opened_on, view.log_is_open) == (None, False)


def test_a_new_concern_waits_for_its_decision(sample):
    view = at(sample("a"), "2026-02-04")
    assert view.is_open
    assert (view.subject_kind, view.language, view.profile) == (
        "born",
        "nb",
        "fjordvik",
    )
    assert view.guardians == ("a-mor", "a-far")
    assert dues(view) == [("clarification", "2026-02-17", "a-1")]


def test_a_closed_case_says_why_and_has_nothing_due(sample):
    view = at(sample("a"), "2026-03-01")
    assert (view.is_open, view.closed_on) == (False, day("2026-02-16"))
    assert (view.closing_reason, view.due) == ("no_concern", ())
    assert view.child_heard_on == day("2026-02-12")


def test_level_log_and_holder_stand_as_they_were_on_the_day(sample):
    before, after = at(sample("c"), "2024-09-23"), at(sample("c"), "2024-12-02")
    assert (before.level, before.log_is_open, before.holder) == (1, False, None)
    assert (after.level, after.level_since) == (2, day("2024-12-02"))
    assert (after.log_is_open, after.log_opened_on) == (True, day("2024-09-24"))
    assert after.holder == Holder(
        "c-kontakt", "skole", day("2024-09-24"), interim=False, until=None
    )


def test_an_open_measure_is_to_be_begun_and_evaluated(sample):
    planned, begun = at(sample("c"), "2025-01-21"), at(sample("c"), "2025-01-27")
    assert [m.measure_id for m in planned.measures] == ["c-t3"]
    assert ("measure_start", "2025-01-27", "c-t3") in dues(planned)
    assert ("measure_start", "2025-01-27", "c-t3") not in dues(begun)
    assert ("evaluation", "2025-03-10", "c-t3") in dues(begun)
    assert (begun.measures[0].service, begun.measures[0].person) == ("ppt", "c-ppt")


def test_what_is_overdue_stands_first(sample):
    view = at(sample("c"), "2024-11-20")
    assert view.next_due == Due("evaluation", day("2024-11-15"), "c-t1")
    assert [due.on for due in view.due] == sorted(due.on for due in view.due)


def test_a_measure_that_was_ended_is_open_no_more(sample):
    assert at(sample("c"), "2024-11-29").measures == ()


def test_only_consents_that_are_valid_on_the_day_are_shown(sample):
    view = at(sample("c"), "2025-09-23")
    assert [c.consent_id for c in view.consents] == ["c-s1", "c-s2"]
    assert ("consent_end", "2025-09-23", "c-s1") in dues(view)
    day_after = at(sample("c"), "2025-09-24")
    assert [c.consent_id for c in day_after.consents] == ["c-s2"]


def test_a_consent_that_has_ended_stays_due_until_its_giver_renews_it(recorded, sample):
    assert ("consent_end", "2025-09-23", "c-s1") in dues(at(sample("c"), "2025-10-22"))

    def given(consent_id: str, on: str, last_day: str):
        event = ConsentGiven(
            consent_id=consent_id,
            kind="log_participation",
            giver_ref="p-mor",
            giver_capacity="guardian",
            services=("ppt",),
            categories=(),
            exclusions=(),
            language="nb",
            valid_from=day(on),
            valid_to=day(last_day),
            info_items=(),
            form="written",
        )
        return f"{on}T12:00:00+01:00", event

    first = given("s-1", "2025-01-10", "2026-01-09")
    second = given("s-2", "2026-02-01", "2027-01-31")
    assert dues(at(recorded(first), "2026-01-20")) == [
        ("consent_end", "2026-01-09", "s-1")
    ]
    assert dues(at(recorded(first, second), "2026-02-02")) == [
        ("consent_end", "2027-01-31", "s-2")
    ]


def test_a_consent_names_the_services_of_that_day(sample):
    (early,) = at(sample("c"), "2024-10-01").consents
    (later,) = at(sample("c"), "2024-12-03").consents
    assert (early.services, later.services) == (("skole",), ("skole", "ppt"))
    assert (early.giver, early.capacity, early.kind) == (
        "c-mor",
        "guardian",
        "log_participation",
    )


def test_an_open_proposal_is_to_be_answered(sample):
    view = at(sample("c"), "2025-09-15")
    assert view.proposal == OpenProposal(
        proposal_id="c-h2",
        from_holder="c-uled",
        to_holder="c-miljo",
        to_service="skole",
        proposed_on=day("2025-09-10"),
        planned_from=day("2025-09-15"),
    )
    assert ("handover_answer", "2025-09-24", "c-h2") in dues(view)
    assert at(sample("c"), "2025-10-06").proposal is None


def test_a_vacancy_is_due_from_its_first_day(sample):
    view = at(sample("c"), "2025-07-01")
    assert view.holder is None
    assert ("holder", "2025-06-17", None) in dues(view)


def test_an_interim_holder_is_due_to_be_followed(sample):
    view = at(sample("c"), "2025-08-29")
    assert view.holder == Holder(
        "c-uled", "skole", day("2025-08-29"), interim=True, until=day("2025-10-31")
    )
    assert ("interim_end", "2025-10-31", "c-uled") in dues(view)
    assert [due for due in view.due if due.kind == "holder"] == []


def test_a_superseded_log_is_open_no_more(sample):
    view = at(sample("c"), "2025-12-01")
    assert (view.is_open, view.log_is_open, view.due) == (False, False, ())


def test_it_shows_whether_the_child_was_heard_since_the_last_decision(sample):
    after_decision, after_talk = (
        at(sample("c"), "2025-03-12"),
        at(sample("c"), "2025-10-09"),
    )
    assert after_decision.child_heard_on == day("2025-03-05")
    assert not after_decision.child_heard_since_decision
    assert after_talk.child_heard_since_decision
    assert after_talk.child_heard_on == day("2025-10-09")


def test_a_reader_sees_only_what_rests_on_the_streams_of_that_reader(sample):
    entries = until(sample("d"), "2026-03-12")
    shared = [entry for entry in entries if entry.shield is None]
    seen = overview(fold(shared), at=day("2026-03-12"), rules=RULES)
    everything = overview(fold(entries), at=day("2026-03-12"), rules=RULES)
    assert dues(seen) == []
    assert dues(everything) == [
        ("shield_review", "2026-03-18", "d-sk1"),
        ("feedback", "2026-04-01", "d-bm1"),
    ]


def test_a_report_that_was_answered_waits_no_more(sample):
    assert "feedback" not in [due.kind for due in at(sample("d"), "2026-03-17").due]


def test_a_shield_that_was_lifted_is_not_to_be_reviewed(sample):
    assert at(sample("d"), "2026-04-02").due == ()


def test_an_erased_entry_leaves_its_mark(sample, recorded):
    assert not at(sample("a"), "2026-02-04").incomplete
    gone = recorded(("2026-02-04T12:00:00+01:00", Erased()))
    assert at(gone, "2026-02-04").incomplete


def test_a_first_holder_is_due_some_days_after_the_log_was_opened(recorded):
    log = ("2026-01-10T12:00:00+01:00", StafettloggOpened(format="digital", level=1))
    assert dues(at(recorded(log), "2026-01-11")) == [("holder", "2026-01-17", None)]


def test_a_request_for_a_log_is_due_until_it_is_answered_or_the_log_is_opened(recorded):
    def then(when: str, event):
        return (f"{when}T12:00:00+01:00", event)

    asked = then("2026-01-10", StafettloggRequested(requested_by="parent"))
    view = at(recorded(asked), "2026-01-11")
    assert dues(view) == [("log_request", "2026-01-24", None)]
    answer = StafettloggRequestDecided(outcome="refused", reason="Ikke nå.")
    assert dues(at(recorded(asked, then("2026-01-12", answer)), "2026-01-12")) == []
    log = then("2026-01-12", StafettloggOpened(format="digital", level=1))
    opened = at(recorded(asked, log), "2026-01-12")
    assert [kind for kind, *_ in dues(opened)] == ["holder"]


def test_meetings_stand_in_the_order_of_their_days_until_they_are_held(recorded):
    def called(meeting_id: str, on: str):
        event = MeetingScheduled(
            meeting_id=meeting_id, type="samarbeidsmote", invited=("p-2",), on=day(on)
        )
        return ("2026-01-10T12:00:00+01:00", event)

    held = MeetingHeld(
        meeting_id="first",
        type="samarbeidsmote",
        attended=("p-2",),
        absent=(),
        minutes="Kort.",
        decisions=(),
        interpreter=False,
    )
    both = [called("second", "2026-02-02"), called("first", "2026-02-01")]
    view = at(recorded(*both), "2026-01-20")
    assert [m.meeting_id for m in view.meetings] == ["first", "second"]
    assert view.next_due == Due("meeting", day("2026-02-01"), "first")
    after = at(recorded(*both, ("2026-02-01T12:00:00+01:00", held)), "2026-02-01")
    assert dues(after) == [("meeting", "2026-02-02", "second")]


def test_a_concern_late_in_the_evening_is_due_by_its_day_in_norway(recorded):
    raised = ConcernRaised(
        concern_id="b-1",
        area="1.2.03",
        observed_from=day("2026-07-01"),
        source="child",
        text="Vil ikke hjem.",
    )
    entries = recorded(("2026-07-01T22:30:00+00:00", raised))
    view = overview(fold(entries), at=day("2026-07-02"), rules=RULES)
    assert dues(view) == [("clarification", "2026-07-16", "b-1")]


def test_a_holder_who_left_is_missed_though_an_interim_was_there_before(recorded):
    noon = "T12:00:00+01:00"
    entries = recorded(
        (
            f"2026-01-10{noon}",
            StafettholderAppointed(
                holder="a", service="skole", from_date=day("2026-01-10")
            ),
        ),
        (
            f"2026-02-01{noon}",
            StafettholderVacated(reason="leave", last_day=day("2026-02-01")),
        ),
        (
            f"2026-02-02{noon}",
            InterimHolderAssigned(
                holder="chief", service="skole", until=day("2026-03-01")
            ),
        ),
        (
            f"2026-02-20{noon}",
            StafettholderVacated(reason="leave", last_day=day("2026-02-20")),
        ),
    )
    assert dues(at(entries, "2026-02-25")) == [("holder", "2026-02-21", None)]


def test_the_overview_is_json_and_holds_no_word_about_a_person(sample):
    for letter in "acd":
        entries = sample(letter)
        view = overview(fold(entries), at=day("2026-12-31"), rules=RULES)
        told = json.dumps(as_json(view))
        assert "Test" not in told
        for entry in entries:
            if isinstance(entry.event, MeldingTilBarnevernSent | ConcernRaised):
                assert str(getattr(entry.event, "text", "Mistanke")) not in told


@pytest.mark.parametrize("days", [1, 30])
def test_the_municipality_sets_how_long_an_answer_may_take(sample, days):
    rules = RULES.model_copy(update={"handover_answer_days": days})
    case = fold(until(sample("c"), "2025-09-15"))
    view = overview(case, at=day("2025-09-15"), rules=rules)
    (answer,) = (due for due in view.due if due.kind == "handover_answer")
    assert (answer.on - day("2025-09-10")).days == days


def told(recorded, *events):
    """The overview after events, one a day from 2 March."""
    days = [f"2026-03-{n:02}T12:00:00+01:00" for n in range(2, 2 + len(events))]
    entries = recorded(*zip(days, events, strict=True))
    return overview(fold(entries), at=day("2026-03-31"), rules=RULES)


def test_an_order_for_information_is_due_until_it_is_answered(recorded):
    order = InformationOrderReceived(
        order_id="po-1",
        from_body="barnevern",
        section="13-4",
        categories=("skole",),
        due=day("2026-03-20"),
    )
    answer = InformationOrderAnswered(
        order_id="po-1", categories=("skole",), on=day("2026-03-10")
    )
    view = told(recorded, opened(), order)
    assert dues(view) == [("information_order", "2026-03-20", "po-1")]
    assert dues(told(recorded, opened(), order, answer)) == []


def test_a_proposal_that_was_declined_waits_for_no_answer(recorded):
    before = told(recorded, opened(), appointed(), proposed())
    assert before.proposal is not None
    after = told(recorded, opened(), appointed(), proposed(), declined())
    assert after.proposal is None
    assert dues(after) == []


def test_what_was_put_off_is_due_on_its_new_day_and_what_was_called_off_never(recorded):
    later = EvaluationPostponed(measure_id="t-1", new_due=day("2026-06-01"))
    off = MeetingCancelled(meeting_id="mo-1", reason="Syk.")
    view = told(recorded, opened(), goal(), measure(), called("mor"), later, off)
    assert dues(view) == [
        ("measure_start", "2026-03-02", "t-1"),
        ("evaluation", "2026-06-01", "t-1"),
    ]


def test_a_case_that_is_taken_up_again_waits_for_no_holder_and_has_no_log(recorded):
    view = told(recorded, opened(), log_opened(), appointed(), closed(), reopened())
    assert (view.is_open, view.closed_on, view.log_is_open) == (True, None, False)
    assert (view.level, view.level_since) == (0, day("2026-03-06"))
    assert view.holder is None
    assert dues(view) == []


def test_a_proposal_that_has_lapsed_waits_no_more_though_nobody_noted_it():
    asked = story.given(
        story.opened(), story.consented("ppt"), story.appointed(), story.proposed()
    )
    rules = RULES.model_copy(update={"handover_lapse_days": 14})
    days = [story.TODAY + timedelta(days=after) for after in (14, 15)]
    found = [overview(asked.case, at=on, rules=rules).proposal for on in days]
    assert [proposal is None for proposal in found] == [False, True]
