"""Whoever guesses an id, a label or a number learns nothing by trying it out.

What is asked is asked twice: where the hidden thing is, and where it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from ledger.access import may_read
from ledger.application import CaseLedger
from ledger.entry import Actor
from ledger.events.event import Event, Role
from ledger.refusals import Refused
from tests.ledger.test_application import (
    COORDINATOR,
    HEAD_TEACHER,
    MORNING,
    TEACHER,
    Story,
    concern,
    event,
    flag,
    opening,
    own_stream,
    refused_in,
)
from tests.tenants import OpenTenant

COLLEAGUE = Actor("t-ppt", Role.EMPLOYEE, "ppt", "PPT Testvik")
OUTSIDER = Actor("t-ute", Role.EMPLOYEE, "helsestasjon")
BARNEVERN = Actor("t-bv", Role.BARNEVERN, "barnevern")
MOTHER = Actor("t-mor", Role.GUARDIAN)


def story_with(ledger: CaseLedger, label: str, number: str) -> Story:
    """A case in which the colleague takes part."""
    story = Story(ledger, label)
    story.record(opening(number))
    story.record(event("ParticipantJoined", service="ppt", person_ref=COLLEAGUE.ref))
    return story


@pytest.fixture
def hiding_and_not(opened: OpenTenant) -> tuple[Story, Story]:
    """Two cases; in the first a concern, a flag and an assessment are hidden."""
    ledger = opened.opened().ledger
    hiding = story_with(ledger, "t-1", "14882112345")
    hiding.record(concern("k-2"), shield="sk-1")
    hiding.record(flag("f-1"))
    assessed = event(
        "MeldepliktAssessed",
        grounds=["a"],
        conclusion="report",
        reason="Merke.",
        assessed_by="t-sosial",
    )
    hiding.record(assessed, shield="sk-1")
    return hiding, story_with(ledger, "t-2", "15882112345")


def answer(ask: Callable[..., object], *about: object, **how: object) -> object:
    """What is answered, but for places in the log; or the codes of a refusal."""
    try:
        got = ask(*about, **how)
    except Refused as refused:
        return [each.code for each in refused.refusals]
    return (getattr(got, "version", None), getattr(got, "tag", None) is None)


def test_the_log_of_a_case_does_not_tell_if_a_thing_that_was_named_is_hidden(
    hiding_and_not: tuple[Story, Story],
) -> None:
    clarified = event(
        "ConcernClarified", concern_id="k-2", outcome="close", reasons="Trygt."
    )
    seen = []
    for story in hiding_and_not:
        said = answer(story.record, clarified, by=COLLEAGUE)
        reading = story.ledger.read(
            story.case, by=COLLEAGUE, view="access", purpose="p"
        )
        log = story.ledger.access_log(reading.streams)
        seen.append((said, refused_in(log)))
    assert seen == [(["UNKNOWN_TARGET"], ["ConcernClarified"])] * 2


def test_a_label_that_the_service_made_up_cannot_be_worked_out(
    hiding_and_not: tuple[Story, Story],
) -> None:
    """From the rule that makes it, the writer and the flag's id."""
    hiding, _ = hiding_and_not
    hiding.record(flag("f-2"), by=HEAD_TEACHER)
    writer = sha256(HEAD_TEACHER.ref.encode()).digest()
    content = writer + b"0 risk-flag-raised.v1 f-2"
    guessed = f"shield-{sha256(content).hexdigest()[:16]}"
    labels = [stream.shield for stream in hiding.ledger.load(hiding.case).streams]
    assert len(labels) == 3
    assert guessed not in labels


def test_what_is_shielded_never_goes_where_another_has_let_its_writer_in(
    hiding_and_not: tuple[Story, Story],
) -> None:
    """Else whoever lets the leader into a shield of theirs reads what comes next."""
    _, story = hiding_and_not
    decision = event(
        "ShieldingDecided",
        shielding_id="t-trap",
        from_whom=[],
        scope={"all": True},
        reason="r",
        review_on="2027-01-01",
        audience=[HEAD_TEACHER.ref],
    )
    story.record(decision, by=COLLEAGUE)
    story.record(flag(), by=HEAD_TEACHER)
    reading = story.ledger.read(story.case, by=COLLEAGUE, view="entries", purpose="p")
    assert [e.by.ref for e in reading.entries if e.shield] == [COLLEAGUE.ref]


def test_who_is_told_by_their_consent_is_judged_by_what_is_shared(
    hiding_and_not: tuple[Story, Story],
) -> None:
    """The one they name has to do with the case by a shielded entry alone."""
    guardian = event(
        "GuardianRegistered",
        guardian_ref=MOTHER.ref,
        name="Testforelder Tea",
        authority="foreldreansvar",
        source="skole",
    )
    consent = event(
        "ConsentGiven",
        consent_id="t-s",
        kind="log_participation",
        giver_ref=MOTHER.ref,
        giver_capacity="guardian",
        services=["t-sosial"],
        categories=["plan"],
        exclusions=[],
        form="written",
        valid_from="2026-08-01",
        valid_to="2026-12-01",
        info_items=[],
        language="nb",
    )
    answers = []
    for story in hiding_and_not:
        story.record(guardian)
        answers.append(answer(story.record, consent, by=MOTHER))
    assert answers[0] == answers[1]


# -- whether a case exists -------------------------------------------------------------


def test_what_is_never_refused_is_answered_alike_where_there_is_a_case_and_where_not(
    hiding_and_not: tuple[Story, Story],
) -> None:
    ledger = hiding_and_not[0].ledger

    def flagged(case: UUID) -> object:
        return ledger.record(
            case, flag(), by=OUTSIDER, occurred_at=MORNING, key=str(case)
        )

    answers = [answer(flagged, case) for case in (hiding_and_not[0].case, uuid4())]
    assert answers == [(None, True)] * 2


def test_a_child_that_was_not_told_has_no_case(
    hiding_and_not: tuple[Story, Story],
) -> None:
    story, child = hiding_and_not[0], Actor("t-barn", Role.YOUTH)
    extended = event("ConsentExtended", consent_id="t-s", services=["ppt"])
    assert answer(story.record, extended, by=child) == ["NO_CASE"]


def head_of(ledger: CaseLedger) -> int:
    """How many entries the tenant's log has."""
    return ledger.recorder.max_notification_id() or 0


def steps(
    ledger: CaseLedger, ask: Callable[..., object], *about: object, **how: object
) -> tuple[object, int]:
    """The answer, and how many entries were recorded for it; each takes its time."""
    before = head_of(ledger)
    return answer(ask, *about, **how), head_of(ledger) - before


def test_a_denied_reading_takes_the_same_steps_where_there_is_no_case(
    hiding_and_not: tuple[Story, Story],
) -> None:
    ledger = hiding_and_not[0].ledger

    def read(case: UUID) -> object:
        return ledger.read(case, by=OUTSIDER, view="state", purpose="p")

    cases = (hiding_and_not[0].case, uuid4())
    taken = [steps(ledger, read, case) for case in cases]
    assert taken == [(["NO_CASE"], 1)] * 2


def test_a_refused_command_takes_the_same_steps_where_there_is_no_case(
    hiding_and_not: tuple[Story, Story],
) -> None:
    ledger = hiding_and_not[0].ledger
    goal = event("GoalSet", goal_id="t-g", text="Lek.", area="1.2.03")

    def write(case: UUID) -> object:
        key = f"goal {case}"
        return ledger.record(case, goal, by=OUTSIDER, occurred_at=MORNING, key=key)

    cases = (hiding_and_not[0].case, uuid4())
    taken = [steps(ledger, write, case) for case in cases]
    assert taken == [(["NO_CASE"], 1)] * 2


def test_a_refused_opening_tells_nothing_of_other_cases_of_the_child(
    hiding_and_not: tuple[Story, Story],
) -> None:
    """Neither by its time, nor to those who read them."""
    story = Story(hiding_and_not[0].ledger, "t-3")
    before = story.ledger.load(hiding_and_not[0].case).streams
    for number in ("14882112345", "16882112345"):
        opened = opening(number).model_copy(update={"profile": "nowhere"})
        taken = steps(story.ledger, story.record, opened, by=OUTSIDER)
        assert taken == (["INVALID"], 1)
    assert refused_in(own_stream(story, OUTSIDER)) == ["CaseOpened"] * 2
    assert story.ledger.access_log(before) == []


# -- who lets whom in ------------------------------------------------------------------


def reported() -> Event:
    return event(
        "MeldingTilBarnevernSent",
        melding_id="t-bm",
        grounds=["a"],
        reported_by="t-bv",
        channel="phone",
        child_informed=False,
        guardians_informed=[],
    )


def test_barnevern_lets_itself_into_no_case(
    hiding_and_not: tuple[Story, Story],
) -> None:
    story = hiding_and_not[1]
    consulted = event("BarnevernConsulted", anonymous=False, advice="Vent.")
    for known in (flag("f-9"), reported(), consulted):
        story.record(known, by=BARNEVERN)
        assert not may_read(story.ledger.load(story.case).state, BARNEVERN)
    story.record(consulted, by=TEACHER)
    assert may_read(story.ledger.load(story.case).state, BARNEVERN)


def test_nobody_reads_what_others_shared_by_opening_a_case_that_was_not_opened(
    opened: OpenTenant,
) -> None:
    story = Story(opened.opened().ledger)
    story.record(flag(), by=TEACHER)
    story.record(concern(), by=TEACHER)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            story.record(opening(), by=OUTSIDER)
        assert refused.value.code == "ASK_LEADER"
        story.record(flag("f-2"), by=OUTSIDER)  # who has written is no reader either
    story.record(opening(), by=COORDINATOR)


def test_who_began_a_case_by_what_is_never_refused_opens_it(opened: OpenTenant) -> None:
    story = Story(opened.opened().ledger)
    story.record(flag())
    story.record(concern())
    story.record(opening())
    assert may_read(story.ledger.load(story.case).state, TEACHER)
