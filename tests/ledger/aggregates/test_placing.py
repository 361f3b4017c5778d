"""Where an entry goes: under a shield by rule, by what it names, or as asked."""

from __future__ import annotations

import pytest

from ledger.aggregates.placing import placement
from ledger.events.barnevern import (
    BarnevernConsulted,
    GuardianInformed,
    MeldepliktAssessed,
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    TilbakemeldingReceived,
    TilbakemeldingReminded,
)
from ledger.events.concern import RiskFlagResolved
from ledger.events.correction import EntryCorrected, Target
from ledger.events.plan import (
    DocumentReferenced,
    EvaluationPostponed,
    MeasureChanged,
    MeasureStopped,
)
from tests.ledger.aggregates.story import (
    CASE,
    LEADER,
    SYSTEM,
    TEACHER,
    TODAY,
    evaluated,
    flagged,
    given,
    goal,
    graded,
    heard,
    lifted,
    measure,
    opened,
    raised,
    shielded,
)

ASSESSED = MeldepliktAssessed(grounds=("a",), conclusion="report", reason="Vold.")
ARRIVED = MeldingDeliveryStatus(melding_id="bm-1", status="LEVERT")
ANSWER = TilbakemeldingReceived(melding_id="bm-1", kind="receipt", on=TODAY)


def report(*informed: bool) -> MeldingTilBarnevernSent:
    return MeldingTilBarnevernSent(
        melding_id="bm-1",
        grounds=("a",),
        reported_by="larer",
        channel="fiks",
        child_informed=True,
        guardians_informed=tuple(
            GuardianInformed(guardian_ref=ref, informed=told)
            for ref, told in zip(("mor", "far"), informed, strict=False)
        ),
    )


def place(past, event, *, by=TEACHER, named=None):
    return placement(past.case, event, by=by, named=named)


def test_what_is_neither_shielded_nor_names_what_is_goes_on_the_shared_stream():
    assert place(given(*CASE), raised()) is None


def test_the_shield_that_is_named_wins():
    past = given(*CASE).and_(flagged(), under="sk-1")
    assert place(past, raised(), named="sk-2") == "sk-2"
    assert place(past, ASSESSED, named="sk-2") == "sk-2"


def test_a_decision_on_a_shield_goes_under_that_shield():
    past = given(*CASE)
    assert place(past, shielded("sk-7"), named="sk-2") == "sk-7"
    assert place(past, lifted("sk-7")) == "sk-7"


def test_what_is_shielded_by_rule_goes_under_the_shield_of_its_concern():
    past = given(*CASE).and_(raised(), under="sk-1").and_(flagged("f-0"), under="sk-2")
    assert place(past, flagged(concern_id="b-1")) == "sk-1"


def test_what_is_shielded_by_rule_goes_under_the_only_open_shield_of_the_writer():
    past = given(*CASE).and_(flagged(), under="sk-1")
    assert place(past, ASSESSED) == "sk-1"
    others = place(past, ASSESSED, by=LEADER)
    assert others is not None
    assert others != "sk-1"


def test_between_two_open_shields_nobody_guesses():
    past = given(*CASE).and_(flagged(), under="sk-1").and_(flagged("f-2"), under="sk-2")
    label = place(past, ASSESSED)
    assert label not in (None, "sk-1", "sk-2")


def test_a_lifted_shield_takes_what_follows_its_matter_but_nothing_new():
    past = given(*CASE).and_(flagged(), shielded(), lifted(), under="sk-1")
    resolved = RiskFlagResolved(flag_id="f-1", reason="Trygt.")
    assert place(past, resolved) == "sk-1"
    assert place(past, flagged("f-2")) != "sk-1"


def test_a_new_label_is_the_same_for_the_same_event_and_tells_nothing():
    past = given(*CASE)
    first, again = place(past, flagged()), place(past, flagged(reason="Annet."))
    assert first == again
    assert first != place(past, flagged("f-2"))
    assert "f-1" not in first
    without_id = BarnevernConsulted(anonymous=True, advice="Vent.")
    assert place(past, without_id) == place(past, without_id)
    assert place(past, without_id) != place(past, ASSESSED)


@pytest.mark.parametrize("informed", [(), (True,), (True, False), (False, False)])
def test_a_report_is_shielded_unless_every_guardian_was_told(informed):
    assert place(given(*CASE), report(*informed)) is not None


def test_a_report_that_every_guardian_was_told_of_is_shared_and_so_are_its_answers():
    past = given(*CASE)
    assert place(past, report(True, True)) is None
    past = past.and_(report(True, True)).and_(flagged(), under="sk-1")
    assert place(past, ARRIVED, by=SYSTEM) is None
    assert place(past, ANSWER) is None


def test_without_registered_guardians_a_report_is_shielded():
    assert place(given(opened()), report()) is not None


def test_what_becomes_of_a_shielded_report_follows_it():
    past = given(*CASE).and_(report(False, False), under="sk-1")
    past = past.and_(flagged(), under="sk-2")
    assert place(past, ARRIVED, by=SYSTEM) == "sk-1"
    assert place(past, ANSWER) == "sk-1"


@pytest.mark.parametrize(
    "event",
    [
        graded(),
        heard(about="concern:b-1"),
        heard(about="measure:t-1"),
        evaluated(),
        RiskFlagResolved(flag_id="f-1"),
    ],
    ids=lambda event: event.NAME,
)
def test_what_names_something_under_a_shield_goes_under_it(event):
    past = given(*CASE, goal()).and_(raised(), flagged(), measure(), under="sk-1")
    assert place(past, event, by=LEADER) == "sk-1"


def test_a_correction_goes_where_its_target_is():
    past = given(*CASE).and_(raised(), under="sk-1").and_(raised("b-2"))
    for concern_id, label in (("b-1", "sk-1"), ("b-2", None)):
        event = EntryCorrected(
            target=Target(event="ConcernRaised", concern_id=concern_id),
            field="area",
            wrong="1.3.01",
            right="1.3.02",
            reason="Feil.",
            requested_by="larer",
        )
        assert place(past, event) == label


def test_a_reminder_follows_its_report():
    reminder = TilbakemeldingReminded(melding_id="bm-1", to="barnevern")
    past = given(*CASE).and_(report(True, True))
    assert place(past, reminder) is None
    past = given(*CASE).and_(report(False, True), under="sk-7")
    assert place(past, reminder) == "sk-7"


@pytest.mark.parametrize(
    "event",
    [
        MeasureChanged(measure_id="t-1", reason="For lite."),
        MeasureStopped(measure_id="t-1", on=TODAY, reason="Ferdig."),
        EvaluationPostponed(measure_id="t-1", new_due=TODAY, reason="Syk."),
        DocumentReferenced(
            document_id="d", title="R", sha256="0", archive_ref="1", about="measure:t-1"
        ),
    ],
)
def test_what_is_said_of_a_shielded_measure_goes_under_its_shield(event):
    past = given(*CASE, goal()).and_(measure(), under="sk-3")
    assert place(past, event) == "sk-3"
    assert place(given(*CASE, goal(), measure()), event) is None
