"""The same facts, judged as three municipalities have it: only the data differs.

What each of them says is in its file; no line of code knows any of them.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.profiles import profile_named
from ledger.refusals import ConsentInvalid, LevelRule
from tests.audit.findings.plain import Story
from tests.ledger.aggregates.story import (
    AT_LEVEL_1,
    COORDINATOR,
    LEADER,
    MONDAY,
    consented,
    given,
    log_opened,
    opened,
)

TROMSO, OYGARDEN, OVERHALLA = map(
    profile_named, ("tromso-like", "oygarden-like", "overhalla-like")
)
FIFTEEN = opened(birth_date=date(2010, 9, 5), subject_kind="youth")


@pytest.mark.parametrize(
    ("rules", "days_allowed"),
    [(TROMSO, 14), (OYGARDEN, 21), (OVERHALLA, 28)],
    ids=lambda said: getattr(said, "id", None),
)
def test_the_limit_for_clarifying_a_concern_says_when_it_was_late(rules, days_allowed):
    raised = date(2026, 1, 5)
    for days, late in ((days_allowed, False), (days_allowed + 1, True)):
        story = Story(**rules.model_dump(mode="json"))
        story.add("2026-01-05", "ConcernRaised", concern_id="b-1")
        clarified = (raised + timedelta(days=days)).isoformat()
        story.add(clarified, "ConcernClarified", concern_id="b-1", outcome="level1")
        assert bool(story.found("F01", at="2026-03-01")) is late


def test_a_clarification_after_18_days_is_late_in_one_of_the_three():
    late = {}
    for rules in (TROMSO, OYGARDEN, OVERHALLA):
        story = Story(**rules.model_dump(mode="json"))
        story.add("2024-09-02", "ConcernRaised", concern_id="b-1")
        story.add("2024-09-20", "ConcernClarified", concern_id="b-1", outcome="level1")
        late[rules.id] = [
            found["days"] for found in story.found("F01", at="2024-10-01")
        ]
    assert late == {"tromso-like": [18], "oygarden-like": [], "overhalla-like": []}


@pytest.mark.parametrize(
    ("rules", "may"),
    [(TROMSO, True), (OYGARDEN, False), (OVERHALLA, True)],
    ids=lambda said: getattr(said, "id", None),
)
def test_the_first_level_with_a_log_says_whether_one_opens_on_level_1(rules, may):
    past = given(*AT_LEVEL_1, consented("skole"))
    outcome = past.when(log_opened(1), by=LEADER, rules=rules)
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(LevelRule)


@pytest.mark.parametrize(
    ("rules", "may"),
    [(TROMSO, False), (OYGARDEN, False), (OVERHALLA, True)],
    ids=lambda said: getattr(said, "id", None),
)
def test_the_age_of_consent_says_whether_a_youth_of_15_consents_alone(rules, may):
    alone = consented("skole", giver_ref="barn", giver_capacity="youth")
    outcome = given(FIFTEEN).when(alone, by=COORDINATOR, at=MONDAY, rules=rules)
    if may:
        outcome.then_recorded()
    else:
        outcome.then_refused(ConsentInvalid)


def test_the_levels_are_called_as_each_of_them_calls_them():
    called = [rules.levels[2].nb for rules in (TROMSO, OYGARDEN, OVERHALLA)]
    assert called == [
        "Nivå 2: enkelt tverrfaglig samarbeid",
        "Nivå 2: stafettlogg og samarbeid",
        "Nivå B",
    ]
