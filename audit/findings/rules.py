"""The table of all rules, and their judgement of one history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from audit.findings.address import RULES as ADDRESS
from audit.findings.barnevern import RULES as BARNEVERN
from audit.findings.baton import RULES as BATON
from audit.findings.chain import RULES as CHAIN
from audit.findings.child import RULES as CHILD
from audit.findings.closing import RULES as CLOSING
from audit.findings.concern import RULES as CONCERN
from audit.findings.consent import RULES as CONSENT
from audit.findings.finding import (
    UNDISCLOSED,
    Finding,
    NotJudged,
    Outcome,
    Rule,
    Unjudged,
)
from audit.findings.history import History
from audit.findings.inactivity import RULES as INACTIVITY
from audit.findings.individual_plan import RULES as INDIVIDUAL_PLAN
from audit.findings.interpreter import RULES as INTERPRETER
from audit.findings.level import RULES as LEVEL
from audit.findings.meeting import RULES as MEETING
from audit.findings.moving import RULES as MOVING
from audit.findings.plan import RULES as PLAN
from audit.findings.reading import RULES as READING
from audit.findings.recording import RULES as RECORDING
from audit.findings.scattered import RULES as SCATTERED
from audit.findings.shielding import RULES as SHIELDING
from audit.findings.siblings import RULES as SIBLINGS

FORMAT: Final = "stafettlogg-findings/1"
_CHAPTERS: Final = (
    CONCERN,
    BATON,
    CONSENT,
    CHILD,
    PLAN,
    LEVEL,
    MEETING,
    BARNEVERN,
    SCATTERED,
    INACTIVITY,
    INDIVIDUAL_PLAN,
    RECORDING,
    READING,
    ADDRESS,
    CLOSING,
    SIBLINGS,
    INTERPRETER,
    MOVING,
    SHIELDING,
    CHAIN,
)

RULES: Final[dict[str, Rule]] = {
    rule.id: rule
    for rule in sorted(
        (rule for chapter in _CHAPTERS for rule in chapter),
        key=lambda rule: rule.id,
    )
}
"""Every rule by its id."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all rules say of a history, each part in its fixed order."""

    history: History
    findings: tuple[Finding, ...]
    not_judged: tuple[Unjudged, ...]

    def as_json(self) -> dict[str, Any]:
        """The judgement as plain data, keys in a stable order."""
        return {
            "format": FORMAT,
            "case": self.history.case,
            "judged_at": self.history.at.isoformat(),
            "profiles": [
                {key: str(rules[key]) for key in ("id", "version", "valid_from")}
                for rules in self.history.profiles
            ],
            "findings": [finding.as_json() for finding in self.findings],
            "not_judged": [unjudged.as_json() for unjudged in self.not_judged],
        }

    def dumps(self) -> str:
        """`as_json` as text, ASCII only: the same history gives the same bytes."""
        return json.dumps(self.as_json(), indent=2) + "\n"


def judge(history: History) -> Judgement:
    """Let every rule judge a history."""
    findings: list[Finding] = []
    unjudged: list[Unjudged] = []
    for rule in RULES.values():
        for outcome in _outcomes(rule, history):
            if isinstance(outcome, NotJudged):
                unjudged.append(Unjudged(rule, outcome))
            else:
                findings.append(Finding(rule, outcome))
    return Judgement(
        history,
        tuple(sorted(findings, key=lambda finding: finding.order)),
        tuple(sorted(unjudged, key=lambda unjudged: unjudged.order)),
    )


def _outcomes(rule: Rule, history: History) -> Iterator[Outcome]:
    """What a rule says; silence about entries it could not read would be a claim."""
    said = tuple(rule.judge(history))
    yield from said
    hidden = history.undisclosed(*rule.reads)
    if hidden and not any(isinstance(outcome, NotJudged) for outcome in said):
        yield NotJudged(UNDISCLOSED, tuple(entry.position for entry in hidden))
