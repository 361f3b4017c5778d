from __future__ import annotations

import pytest

from api.words import label_table
from audit.findings import RULES, judge
from audit.findings import finding as reasons
from audit.findings.telling import LANGUAGES, as_text
from tests.audit.findings.plain import Story

REASONS = (
    reasons.UNDISCLOSED,
    reasons.BIRTH_DATE_UNKNOWN,
    reasons.SERVICE_UNKNOWN,
    reasons.CLEARANCE_UNKNOWN,
)


def late():
    story = Story()
    story.hide("2026-01-04")
    story.add("2026-01-05", "ConcernRaised", concern_id="c-1")
    story.add("2026-02-05", "ConcernClarified", concern_id="c-1")
    return judge(story.history("2026-02-05"))


@pytest.mark.parametrize("key", [*(r.key for r in RULES.values()), *REASONS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_and_reason_has_a_sentence_in_three_languages(key, language):
    assert label_table()["findings"][key][language].strip()


@pytest.mark.parametrize("key", [rule.key for rule in RULES.values()])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_is_a_question(key, language):
    assert label_table()["findings"][key][language].endswith("?")


def test_no_sentence_stands_in_the_table_that_nothing_asks_for():
    asked = {rule.key for rule in RULES.values()} | set(REASONS)
    assert set(label_table()["findings"]) == asked


def test_a_line_says_rule_thing_days_and_question():
    said = as_text(late(), label_table(), "en").splitlines()
    assert said[0] == "2026-02-05"
    start = "F01 WARNING c-1 2026-01-05 – 2026-02-05 (31 d): Why"
    assert any(line.startswith(start) for line in said)


def test_what_was_not_judged_is_said_too():
    said = as_text(late(), label_table(), "nb")
    assert "F01 CLARIFY_LATE: Kan ikke vurderes" in said


def test_without_a_table_the_key_stands_alone_and_nothing_steers_a_terminal():
    labels = {"findings": {"clarify_late": {"en": "\x1b[2J{0.__class__}"}}}
    assert "clarify_late" in as_text(late(), {}, "en")
    assert "?[2J{0.__class__}" in as_text(late(), labels, "en")
