"""Findings: what a supervisor would ask about, judged from the entries alone.

A finding is a question to the municipality, never a verdict. The same functions run in
the service and, on a bundle, at the supervisor's desk; they ask for nothing but plain
entries, the rules of the day and a date on which open clocks are judged.
"""

from audit.findings.entry import Entry
from audit.findings.finding import Finding, Found, NotJudged, Rule, Severity
from audit.findings.history import History
from audit.findings.rules import RULES, Judgement, judge

__all__ = [
    "RULES",
    "Entry",
    "Finding",
    "Found",
    "History",
    "Judgement",
    "NotJudged",
    "Rule",
    "Severity",
    "judge",
]
