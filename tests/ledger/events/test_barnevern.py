import pytest
from pydantic import ValidationError

from ledger.events import all_types
from ledger.events.barnevern import (
    BarnevernCaseStateNoted,
    BarnevernConsulted,
    MeldepliktAssessed,
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    PoliceReported,
    TilbakemeldingReceived,
)
from ledger.events.event import Kind, Role

CHAPTER = [t for t in all_types().values() if t.__module__.endswith(".barnevern")]


@pytest.mark.parametrize("event_type", CHAPTER, ids=lambda t: t.NAME)
def test_everything_between_the_municipality_and_barnevern_is_under_a_shield(
    event_type,
):
    assert event_type.SHIELDED_BY_RULE


@pytest.mark.parametrize(
    "duty", [MeldepliktAssessed, MeldingTilBarnevernSent, PoliceReported]
)
def test_a_duty_to_speak_is_never_refused(duty):
    assert duty.KIND is Kind.NEVER


@pytest.mark.parametrize("reporter", [None, ""])
def test_a_report_without_a_reporter_is_left_to_its_guard(made, reporter):
    assert made(MeldingTilBarnevernSent, reported_by=reporter).reported_by == reporter


def test_it_is_said_of_each_guardian_whether_they_were_told(made):
    told = [{"guardian_ref": "g-mor", "informed": True}]
    (mother,) = made(
        MeldingTilBarnevernSent, guardians_informed=told
    ).guardians_informed
    assert (mother.informed, mother.reason) == (True, None)
    with pytest.raises(ValidationError):
        made(MeldingTilBarnevernSent, guardians_informed=[{"guardian_ref": "g-mor"}])


def test_the_grounds_are_letters_of_the_law_and_may_be_none(made):
    assert made(MeldepliktAssessed, grounds=[]).grounds == ()
    with pytest.raises(ValidationError):
        made(MeldepliktAssessed, grounds=["f"])


def test_advice_may_be_asked_without_the_childs_name(made):
    assert made(BarnevernConsulted, anonymous=True).anonymous


def test_the_service_itself_notes_how_far_a_report_has_come(made):
    assert Role.SYSTEM in MeldingDeliveryStatus.RECORDED_BY
    with pytest.raises(ValidationError):
        made(MeldingDeliveryStatus, status="READ")


def test_feedback_is_of_four_kinds(made):
    for kind in ("receipt", "investigation_opened", "dropped", "after_investigation"):
        assert made(TilbakemeldingReceived, kind=kind, text=None).kind == kind
    with pytest.raises(ValidationError):
        made(TilbakemeldingReceived, kind="thanks")


def test_the_list_of_barneverns_states_is_open(made):
    assert made(BarnevernCaseStateNoted, state="moved", source=None).state == "moved"


def test_the_time_the_police_were_told_has_an_offset(made):
    with pytest.raises(ValidationError):
        made(PoliceReported, time="2026-01-13T14:05:00")
