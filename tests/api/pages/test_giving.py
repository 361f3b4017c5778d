"""The table of consents on a case page, on whatever day it is looked at."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from api.pages.giving import consents_of
from api.pages.people import People
from tests.ledger.aggregates.story import (
    CASE,
    TODAY,
    consented,
    excepted,
    given,
    refused,
)


def states(past, day: date = TODAY) -> dict[str, tuple[str, date | None]]:
    told = consents_of(past.case, People({}), at=day, log_since=None)
    return {row.giver.ref: (row.state, row.on) for row in told.rows}


@pytest.mark.parametrize(
    ("event", "state"),
    [(refused("ppt", giver="far"), "refused"), (excepted("far"), "excepted")],
)
def test_who_said_no_and_who_was_excepted_is_told_from_who_has_not_answered(
    event, state
):
    past = given(*CASE, consented("ppt"))
    assert states(past) == {"mor": ("valid", None), "far": ("none", None)}
    after = past.and_(event)
    assert states(after)["far"] == (state, TODAY)
    assert states(after, TODAY - timedelta(days=1))["far"] == ("none", None)


def test_a_consent_given_after_a_refusal_is_a_consent():
    past = given(*CASE, refused("ppt"), consented("ppt"))
    assert states(past)["mor"] == ("valid", None)
