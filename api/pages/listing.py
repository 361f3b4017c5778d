"""The fields of an entry, as its reader sees them: names, codes in words, days.

What only the ledger uses, such as ids and refs within it, is left out; who a ref stands
for is shown instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from api.pages.days import day_text
from api.pages.drawing import (
    clock_text,
    code_name,
    name_of,
    service_name,
    unverified,
)
from api.pages.people import People
from api.pages.telling import field_name
from api.pages.texts import Texts
from ledger.codes import is_unverified, scale_named
from ledger.events.concern import ConcernGraded
from ledger.events.event import Event, Part

_HIDDEN = frozenset({"subject_ref", "child_view_ref", "target"})
_LISTS = {
    "type": "meeting-types",
    "authority": "guardian-authorities",
    "area": "concern-areas",
    "reporter_code": "reporters",
}
_SERVICES = frozenset(
    {
        "service",
        "services",
        "to_service",
        "from_service",
        "with_service",
        "leaving_services",
        "sector",
    }
)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field, its value in words, and what stood there before it was corrected."""

    name: str
    value: str
    was: str | None = None


def is_shown(field: str) -> bool:
    """Whether a field tells its reader something."""
    if field in _LISTS:
        return True
    return field not in _HIDDEN and not field.endswith(("_id", "_code"))


class Lister:
    """Lists fields for one reader of one case."""

    def __init__(self, people: People, t: Texts) -> None:
        self.people = people
        self.t = t

    def rows(self, event: Event) -> Iterator[FieldRow]:
        """Every field that holds something, in the event's order."""
        for field, value in event:
            if is_shown(field) and (said := self.said(field, value)):
                yield FieldRow(
                    field_name(field, self.t), said + self._grade(event, field)
                )

    def _grade(self, event: Event, field: str) -> str:
        """What a grade is called on its scale."""
        if not isinstance(event, ConcernGraded) or field != "grade":
            return ""
        scale = scale_named(event.scale_id)
        name = name_of(scale.named(str(event.grade)), self.t) if scale else ""
        return name and f": {name}"

    def said(self, field: str, value: object) -> str:
        """A value in words; nothing for nothing."""
        match value:
            case None:
                return ""
            case bool():
                return self.t("values.yes.yes" if value else "values.yes.no")
            case datetime():
                return clock_text(value, self.t)
            case date():
                return day_text(value)
            case tuple():
                said = (self.said(field, inner) for inner in value)
                return ", ".join(text for text in said if text)
            case Part():
                return self._part(value)
            case str():
                return self._text(field, value)
        return str(value)

    def quoted(self, field: str, text: str | None) -> str:
        """A value as a correction quotes it: a string as it is, all else as JSON."""
        if text is None:
            return self.t("entry.nothing")
        try:
            return day_text(date.fromisoformat(text))
        except ValueError:
            return self._text(field.rpartition(".")[2], text)

    def _part(self, part: Part) -> str:
        said = ((field, self.said(field, v)) for field, v in part if is_shown(field))
        words = "; ".join(
            f"{field_name(f, self.t)}: {text}" for f, text in said if text
        )
        act, section = (getattr(part, name, None) for name in ("act", "section"))
        unchecked = act and section and is_unverified(act, section)
        return unverified(words, self.t) if unchecked else words

    def _text(self, field: str, text: str) -> str:
        if text in self.people:
            return self.people[text].short
        if field == "field":
            return field_name(text, self.t)
        if field in _SERVICES:
            return service_name(text, self.t)
        if field in _LISTS:
            return code_name(_LISTS[field], text, self.t)
        key = f"values.{field}.{text}"
        return self.t(key) if key in self.t else text
