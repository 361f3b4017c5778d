"""Makes plain histories for the tests of findings, a line an entry.

    story = Story(clarify_days=14)
    story.add("2026-01-05", "ConcernRaised", concern_id="c-1")
    story.found("F01", at="2026-02-01")

Days are noon in Europe/Oslo unless an hour is given (`"2026-01-05T08:00"`); entries get
positions from 1 in the order in which they are added.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Any

from audit.findings import RULES, Entry, Found, History, NotJudged
from audit.findings.entry import LOCAL
from audit.findings.history import history_of
from ledger.codes import code_list
from ledger.profiles import profile_named

CODES = {
    name: [json.loads(code.model_dump_json()) for code in code_list(name).codes]
    for name in ("guardian-authorities",)
}


def moment(text: str) -> datetime:
    """A day at noon, or the time that is given, in Europe/Oslo."""
    if "T" in text:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL)
    return datetime.combine(date.fromisoformat(text), time(12), LOCAL)


class Story:
    """A history in the making."""

    def __init__(self, *, opened: str = "2026-01-01", **rules: Any) -> None:
        self.entries: list[Entry] = []
        profile = profile_named("standard").model_dump(mode="json")
        self.profiles = [{**profile, **rules}]
        self.add(
            opened,
            "CaseOpened",
            subject_ref="barn",
            subject_kind="born",
            birth_date="2016-09-05",
            profile="standard",
        )

    def add(
        self,
        day: str,
        event: str,
        *,
        by: str = "anne",
        role: str = "employee",
        of: str | None = "skole",
        recorded: str | None = None,
        shield: str | None = None,
        stream: str = "case",
        **data: Any,
    ) -> int:
        """Put an entry on record; its position. `of` is the service of who wrote it."""
        happened = moment(day)
        position = len(self.entries) + 1
        self.entries.append(
            Entry(
                position=position,
                version=position,
                event=event,
                data=data,
                person=by,
                role=role,
                service=of,
                occurred_at=happened,
                recorded_at=moment(recorded) if recorded else happened,
                shield=shield,
                kind=stream,
                stream=shield or stream,
            )
        )
        return position

    def hide(self, day: str, *, stream: str = "case") -> int:
        """Put an entry on record whose body is not disclosed; its position."""
        at = self.add(day, "", by="", role="", of=None, stream=stream)
        hidden = self.entries[-1]
        self.entries[-1] = Entry(
            **{name: getattr(hidden, name) for name in Entry.__slots__}
            | {"withheld": True, "data": {}}
        )
        return at

    def history(self, at: str) -> History:
        """The history as it is judged on a day."""
        return history_of(
            self.entries,
            case="case",
            at=date.fromisoformat(at),
            profiles=self.profiles,
            codes=CODES,
        )

    def found(self, rule: str, *, at: str) -> list[dict[str, Any]]:
        """What a rule finds on a day, in the words of `histories/expected.json`."""
        return [
            _words(found)
            for found in self.outcomes(rule, at=at)
            if isinstance(found, Found)
        ]

    def outcomes(self, rule: str, *, at: str) -> list[Found | NotJudged]:
        """All that a rule says on a day."""
        return list(RULES[rule].judge(self.history(at)))

    def not_judged(self, rule: str, *, at: str) -> list[NotJudged]:
        """What a rule says that it cannot judge on a day."""
        return [
            outcome
            for outcome in self.outcomes(rule, at=at)
            if isinstance(outcome, NotJudged)
        ]


def _words(found: Found) -> dict[str, Any]:
    words: dict[str, Any] = {"from": str(found.first), "to": str(found.last)}
    if found.about is not None:
        words["about"] = found.about
    if found.days is not None:
        words["days"] = found.days
    return words
