"""A judgement as text for a person: a line a finding, each with its question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from audit.findings.finding import Finding, Unjudged
from audit.findings.rules import Judgement

LANGUAGES: Final = ("nb", "nn", "en")
Labels = Mapping[str, Any]
"""Texts by table, key and language; the sentences stand in the table "findings"."""


def as_text(judgement: Judgement, labels: Labels, language: str) -> str:
    """The judgement in one of `LANGUAGES`.

    Where a sentence is missing its key stands alone. The labels may come from a bundle:
    nothing in them is taken for more than text.
    """
    said = labels.get("findings", {})
    lines = [judgement.history.at.isoformat()]
    lines += [_line(finding, said, language) for finding in judgement.findings]
    lines += [_unjudged(each, said, language) for each in judgement.not_judged]
    return "\n".join(map(_printable, lines)) + "\n"


def _line(finding: Finding, said: Labels, language: str) -> str:
    rule, found = finding.rule, finding.found
    days = "" if found.days is None else f" ({found.days} d)"
    about = f" {found.about}" if found.about else ""
    stretch = f"{found.first} – {found.last}{days}"
    sentence = _sentence(said, rule.key, language)
    return f"{rule.id} {rule.severity}{about} {stretch}: {sentence}"


def _unjudged(unjudged: Unjudged, said: Labels, language: str) -> str:
    about = f" {unjudged.why.about}" if unjudged.why.about else ""
    sentence = _sentence(said, unjudged.why.reason, language)
    return f"{unjudged.rule.id} {unjudged.rule.name}{about}: {sentence}"


def _sentence(said: Labels, key: str, language: str) -> str:
    known = said.get(key)
    sentence = known.get(language) if isinstance(known, Mapping) else None
    return sentence if isinstance(sentence, str) else key


def _printable(line: str) -> str:
    """The line without anything that would steer a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in line)
