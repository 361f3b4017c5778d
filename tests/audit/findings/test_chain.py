from __future__ import annotations

from audit.findings import judge
from tests.audit.findings.plain import Story


def failed(stream=None):
    story = Story()
    said = {"first_bad": 7, "code": "CHAIN_PREV", "stream_ref": stream}
    story.add("2026-02-02", "IntegrityFailureDetected", stream="registry", **said)
    return story.found("F40", at="2026-06-01")


def test_a_failure_in_a_stream_of_the_case_is_found():
    found = {"about": "case", "from": "2026-02-02", "to": "2026-02-02"}
    assert failed("case") == [found]


def test_a_failure_of_the_log_as_a_whole_is_found():
    assert failed() == [{"from": "2026-02-02", "to": "2026-02-02"}]


def test_a_failure_in_a_stream_of_another_case_is_not_found():
    assert failed("another") == []


def test_a_registry_that_is_not_disclosed_cannot_be_judged():
    story = Story()
    hidden = story.hide("2026-02-01", stream="registry")
    said = judge(story.history("2026-06-01")).not_judged
    assert [(each.rule.id, each.why.entries) for each in said] == [("F40", (hidden,))]
