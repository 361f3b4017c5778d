from __future__ import annotations

import json

from audit.findings import RULES, judge
from tests.audit.findings.plain import Story


def test_rules_stand_under_their_ids_in_rising_order():
    assert list(RULES) == sorted(RULES)
    assert all(RULES[each].id == each for each in RULES)


def test_every_rule_has_a_name_and_a_key_of_its_own_and_says_where_it_comes_from():
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert all(rule.basis and rule.source for rule in RULES.values())


def test_what_happened_after_the_day_of_judgement_is_left_out():
    story = Story()
    story.add("2026-01-05", "ConcernRaised", concern_id="c-1")
    story.add("2026-02-05", "ConcernClarified", concern_id="c-1")
    assert [e.event for e in story.history("2026-01-31").entries] == [
        "CaseOpened",
        "ConcernRaised",
    ]


def test_a_rule_is_never_silent_about_entries_that_it_could_not_read():
    story = Story()
    hidden = story.hide("2026-01-02")
    said = judge(story.history("2026-01-03")).as_json()["not_judged"]
    silent = {
        rule.id
        for rule in RULES.values()
        if "case" in rule.reads and rule.id not in {each["rule"] for each in said}
    }
    assert silent == set()
    assert all(each["entries"] == [hidden] for each in said)


def test_the_same_history_gives_the_same_bytes():
    story = Story()
    story.add("2026-01-05", "ConcernRaised", concern_id="c-1")
    texts = {judge(story.history("2026-02-05")).dumps() for _ in range(2)}
    assert len(texts) == 1
    said = json.loads(texts.pop())["findings"][0]
    assert list(said)[:5] == ["rule", "about", "from", "to", "days"]
    assert said["entries"] == [2]
