"""Nobody becomes a reader by what they write, and no answer tells what is hidden.

The twin of a case is the same case without its shield. Whoever is outside the shield
writes the same in both, with ids that hidden entries have, and is answered the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ledger.access import may_read, may_see
from ledger.entry import Actor
from ledger.events.barnevern import (
    BarnevernConsulted,
    MeldepliktAssessed,
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    TilbakemeldingReceived,
)
from ledger.events.concern import (
    ConcernSharedWithLeader,
    ObservationRecorded,
    RiskFlagResolved,
)
from ledger.events.correction import EntryCorrected, Target
from ledger.events.event import Event, Role
from ledger.events.people import ParticipantJoined
from tests.ledger.aggregates.story import (
    CASE,
    CASEWORKER,
    COLLEAGUE,
    COORDINATOR,
    LEADER,
    STRANGER,
    TEACHER,
    TODAY,
    Past,
    clarified,
    flagged,
    given,
    graded,
    heard,
    lifted,
    raised,
    shielded,
)

PARTICIPANT = Actor("deltaker", Role.EMPLOYEE, "ppt", "Test PPT")
OUTSIDERS = [PARTICIPANT, COLLEAGUE, STRANGER, LEADER, COORDINATOR]
LABEL = "sk-1"

REPORT = MeldingTilBarnevernSent(
    melding_id="bm-1",
    grounds=("a",),
    reported_by="larer",
    channel="fiks",
    child_informed=True,
    guardians_informed=(),
)
TWIN = given(
    *CASE, raised("b-2"), ParticipantJoined(service="ppt", person_ref="deltaker")
)
HIDING = TWIN.and_(
    raised("b-1"),
    graded(graded_with="larer"),
    flagged("f-1", concern_id="b-1"),
    MeldepliktAssessed(grounds=("a",), conclusion="report", reason="Vold."),
    REPORT,
    under=LABEL,
)


def observed(concern_id: str) -> ObservationRecorded:
    return ObservationRecorded(
        concern_id=concern_id,
        arena="home",
        facts="Blåmerke.",
        period_from=TODAY,
        period_to=TODAY,
    )


def corrected(field: str = "reason", **target: str) -> EntryCorrected:
    return EntryCorrected(
        target=Target.model_validate(target),
        field=field,
        wrong="a",
        right="b",
        reason="Feil.",
        requested_by="deltaker",
    )


NAMING = {
    "entry-corrected by event name": corrected(event="RiskFlagRaised"),
    "entry-corrected by id": corrected(event="RiskFlagRaised", flag_id="f-1"),
    "entry-corrected by position": corrected("text", entry="6"),
    "child-view-recorded about": heard(about="concern:b-1"),
    "observation-recorded": observed("b-1"),
    "concern-raised": raised("b-1"),
    "concern-graded": graded(graded_with="deltaker"),
    "concern-clarified": clarified("close"),
    "concern-shared": ConcernSharedWithLeader(concern_id="b-1", leader="rektor"),
    "risk-flag-raised of the concern": flagged("f-9", concern_id="b-1"),
    "risk-flag-raised again": flagged("f-1"),
    "risk-flag-resolved": RiskFlagResolved(flag_id="f-1", reason="Trygt."),
    "melding sent again": REPORT,
    "melding followed": MeldingDeliveryStatus(melding_id="bm-1", status="LEVERT"),
    "melding answered": TilbakemeldingReceived(
        melding_id="bm-1", kind="receipt", on=TODAY
    ),
    "barnevern asked": BarnevernConsulted(anonymous=False, advice="Vent."),
    "shielding-lifted": lifted(),
}


def sees(past: Past, actor: Actor) -> bool:
    return may_see(past.case, actor, LABEL)


def said(past: Past, event: Event, by: Actor) -> tuple[str | None, Past]:
    outcome = past.when(event, by=by)
    return (outcome.refused.code if outcome.refused else None), outcome.past


@pytest.mark.parametrize("actor", OUTSIDERS, ids=lambda actor: actor.ref)
@pytest.mark.parametrize("event", NAMING.values(), ids=NAMING)
def test_naming_what_is_hidden_opens_nothing_and_is_answered_as_if_it_were_not_there(
    event, actor
):
    assert not sees(HIDING, actor)
    could_read = may_read(HIDING.case, actor)
    answer, after = said(HIDING, event, actor)
    assert not sees(after, actor)
    assert may_read(after.case, actor) == could_read
    of_twin, twin = said(TWIN, event, actor)
    assert answer == of_twin
    if answer is None:
        placed = after.case.entries[-1].shield
        assert placed != LABEL
        assert placed == twin.case.entries[-1].shield


@pytest.mark.parametrize("actor", OUTSIDERS, ids=lambda actor: actor.ref)
def test_a_decision_on_a_shield_opens_it_to_nobody_outside_it(actor):
    answer, after = said(HIDING, shielded(audience=(actor.ref,)), actor)
    assert answer in ("ASK_LEADER", "NO_CASE")
    assert not sees(after, actor)


def test_what_an_outsider_writes_stays_theirs_and_out_of_the_others_shield():
    past = HIDING.when(flagged("f-9", concern_id="b-1"), by=PARTICIPANT).then_recorded()
    label = past.case.entries[-1].shield
    assert may_see(past.case, PARTICIPANT, label)
    assert not may_see(past.case, TEACHER, label)


def test_a_flag_raised_again_elsewhere_takes_nothing_from_the_one_that_is_hidden():
    past = HIDING.when(flagged("f-1", kind="other"), by=PARTICIPANT).then_recorded()
    assert past.case.concern.flags["f-1"] == HIDING.case.concern.flags["f-1"]
    ended = RiskFlagResolved(flag_id="f-1", reason="Trygt.")
    past = past.and_(BarnevernConsulted(anonymous=True, advice="Vent."), under=LABEL)
    past = past.when(ended, by=replace(TEACHER, role=Role.LEADER)).then_recorded()
    assert past.case.entries[-1].shield == LABEL
    assert past.case.concern.flags["f-1"].resolved_at is not None


def test_a_label_that_somebody_took_beforehand_is_not_the_next_ones():
    """Labels of their own follow from the event, so they can be foreseen."""
    foreseen = TWIN.when(flagged("f-7"), by=TEACHER).then_recorded()
    label = foreseen.case.entries[-1].shield
    taken = TWIN.and_(heard(), by=PARTICIPANT, under=label)
    past = taken.when(flagged("f-7"), by=TEACHER).then_recorded()
    assert past.case.entries[-1].shield != label
    assert not may_see(past.case, PARTICIPANT, past.case.entries[-1].shield)


def test_barnevern_sees_a_shield_when_its_readers_ask_it_by_name_and_not_before():
    asked = BarnevernConsulted(anonymous=False, advice="Vent.")
    plain = TWIN.and_(flagged(), under=LABEL)
    outside = plain.when(asked, by=LEADER).then_recorded()
    assert not may_see(outside.case, CASEWORKER, LABEL)
    inside = plain.when(asked, by=TEACHER).then_recorded()
    assert may_see(inside.case, CASEWORKER, LABEL)


# Positions count over all there is, so only those before the shield are in both.
ids = st.sampled_from(["b-1", "b-2", "b-3", "f-1", "bm-1", "t-1"])
refs = st.sampled_from(["deltaker", "kollega", "fremmed", "rektor", "larer"])
EVENTS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([e for name, e in NAMING.items() if "position" not in name]),
    st.builds(raised, ids),
    st.builds(observed, ids),
    st.builds(flagged, ids, concern_id=st.none() | ids),
    st.builds(lambda i, who: graded(concern_id=i, graded_with=who), ids, refs),
    st.builds(lambda i: clarified("close", concern_id=i), ids),
    st.builds(ConcernSharedWithLeader, concern_id=ids, leader=refs),
    st.builds(
        lambda kind, i: heard(about=f"{kind}:{i}"),
        st.sampled_from(["concern", "flag", "melding", "measure"]),
        ids,
    ),
    st.builds(RiskFlagResolved, flag_id=ids, reason=st.just("Trygt.")),
    st.builds(lambda who: ParticipantJoined(service="ppt", person_ref=who), refs),
    st.builds(
        lambda name, i: corrected(event=name, **({} if i is None else i)),
        st.sampled_from(["RiskFlagRaised", "ConcernRaised", "MeldepliktAssessed"]),
        st.none() | st.builds(lambda i: {"concern_id": i}, ids),
    ),
    st.builds(lambda n: corrected("text", entry=str(n)), st.integers(1, 5)),
)


@settings(max_examples=300, deadline=None)
@for_all(st.sampled_from(OUTSIDERS), st.lists(EVENTS, min_size=1, max_size=6))
def test_whatever_an_outsider_writes_they_learn_nothing_of_a_shield(actor, events):
    hiding, twin = HIDING, TWIN
    for event in events:
        could_read = may_read(hiding.case, actor)
        answer, hiding = said(hiding, event, actor)
        of_twin, twin = said(twin, event, actor)
        assert answer == of_twin
        assert not sees(hiding, actor)
        assert may_read(hiding.case, actor) == could_read
        assert shown(hiding, actor) == shown(twin, actor)


def shown(past: Past, actor: Actor) -> list[tuple[Event, str | None, int]]:
    """What this person sees of a case: each entry, its shield and its version."""
    return [
        (entry.event, entry.shield, entry.version)
        for entry in past.case.entries
        if may_see(past.case, actor, entry.shield)
    ]


# --- the leader who was told before ---------------------------------------------------


def told_a_leader(leader: str = LEADER.ref) -> Any:
    return ConcernSharedWithLeader(concern_id="b-1", leader=leader)


def test_a_leader_who_was_told_of_the_worry_decides_on_the_shield_that_came_of_it():
    past = given(*CASE, raised("b-1"), told_a_leader())
    case = past.and_(flagged("r-1"), under=LABEL).case
    assert may_see(case, LEADER, LABEL)
    assert not may_see(case, replace(LEADER, role=Role.EMPLOYEE), LABEL)
    assert not may_see(case, replace(LEADER, ref="other"), LABEL)


def test_a_leader_whom_another_service_told_sees_nothing_of_the_shield():
    past = given(*CASE, raised("b-1")).and_(told_a_leader(), by=PARTICIPANT)
    case = past.and_(flagged("r-1"), under=LABEL).case
    assert not may_see(case, LEADER, LABEL)
