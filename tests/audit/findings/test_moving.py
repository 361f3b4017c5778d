from __future__ import annotations

import pytest

from tests.audit.findings.plain import Story


def moved(on="2026-02-02"):
    story = Story()
    said = {"to_municipality": "4299", "on": on, "source": "foresatt"}
    story.add("2026-01-20", "MoveNotified", **said)
    return story


LATE = {"about": "MoveNotified", "from": "2026-02-02", "to": "2026-03-05", "days": 31}


def test_a_move_that_nobody_followed_is_found():
    assert moved().found("F37", at="2026-03-04") == []
    assert moved().found("F37", at="2026-03-05") == [LATE]


@pytest.mark.parametrize(
    "event",
    [
        "TransferSent",
        "TransferReceived",
        "TransferRefused",
        "CaseClosed",
        "StafettloggSupersededByIndividuellPlan",
    ],
)
def test_a_decision_on_the_last_day_is_not_found_and_one_the_day_after_is(event):
    in_time, late = moved(), moved()
    in_time.add("2026-03-04", event)
    late.add("2026-03-05", event)
    assert in_time.found("F37", at="2026-06-01") == []
    assert late.found("F37", at="2026-06-01") == [LATE]


def test_a_transfer_ahead_of_the_move_counts():
    story = moved()
    story.add("2026-01-25", "TransferSent", transfer_id="o-1")
    assert story.found("F37", at="2026-06-01") == []


def test_a_consent_to_the_transfer_is_no_transfer():
    story = moved()
    story.add("2026-01-25", "TransferConsentGiven", giver_ref="mor")
    assert story.found("F37", at="2026-03-05") == [LATE]


def test_the_transfer_may_lie_in_what_is_not_disclosed():
    story = moved()
    hidden = story.hide("2026-02-03")
    assert story.found("F37", at="2026-06-01") == []
    assert [n.entries for n in story.not_judged("F37", at="2026-06-01")] == [(hidden,)]
