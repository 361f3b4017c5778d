"""The picture's words in a language, from `translations/picture.toml`.

Dates are written alike in each: dd.mm.yyyy.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from api.pages.picture.contents import Mark, Person
from api.pages.picture.scale import Tick
from ledger.codes import code_list

Language = Literal["nb", "nn", "en"]
LANGUAGES: tuple[Language, ...] = ("nb", "nn", "en")
SHORT = 26  # characters of a mark's label


@dataclass(frozen=True, slots=True)
class Words:
    """What the picture says, in one language."""

    language: Language
    phrases: Mapping[str, Mapping[str, str]]
    short_forms: Mapping[str, Mapping[str, str]]
    marks: tuple[str, ...] = ()  # of the levels, where they are not their numbers

    def say(self, key: str, **values: str | int) -> str:
        """The phrase with this key. Raises `KeyError` for an unknown key."""
        return self.phrases[key][self.language].format(**values)

    def days(self, count: int) -> str:
        """A number of days, in words."""
        return self.say("days-one" if count == 1 else "days-other", days=count)

    def short(self, key: str, **values: str | int | None) -> str:
        """The short form of a type of event, or of a variant such as `Type.variant`.

        A variant that is not known, lacks a value or gets too long is told by its type.
        """
        base = key.partition(".")[0]
        form = self.short_forms.get(key, self.short_forms[base])[self.language]
        if all(value is not None for name, value in values.items() if name in form):
            filled = form.format(**values)
            if len(filled) <= SHORT:
                return filled
        return self.short_forms[base][self.language]

    def label(self, mark: Mark) -> str:
        """What is written beside a mark, at most 26 characters."""
        known = code_list("meeting-types").codes
        kinds = {code.code: code for code in known if not code.unverified}
        if mark.meeting in kinds:
            meeting: str = getattr(kinds[mark.meeting], self.language)
            if len(meeting) <= SHORT:
                return meeting
        level = None if mark.level is None else self._mark(mark.level)
        return self.short(mark.key, level=level, person=mark.person)

    def tick(self, tick: Tick) -> str:
        """The name of a line on the axis."""
        if tick.kind == "year":
            return str(tick.day.year)
        month = self.say(f"month-{tick.day.month}")
        if tick.kind == "month":
            return month
        return self.say("week", day=tick.day.day, month=month)

    def level(self, level: int) -> str:
        """A level's name."""
        return self.say("level", level=self._mark(level))

    def _mark(self, level: int) -> str:
        return self.marks[level] if level < len(self.marks) else str(level)

    # --- people -----------------------------------------------------------------------

    def called(self, person: Person | None) -> list[str]:
        """What somebody may be called, the longest first, the last a single word.

        Name and function, given name and function, given name. Who has no name here is
        told by their service.
        """
        if person is None or person.name is None or person.given is None:
            service = self._service(person.service if person else None)
            return list(dict.fromkeys([service, service.split()[0]]))
        title = f", {person.title}" if person.title else ""
        names = [person.name + title, person.given + title, person.given]
        return list(dict.fromkeys(names))

    def giver(self, person: Person) -> str:
        """What a giver of consent is called at the edge of the picture."""
        return person.given or self.say("somebody")

    def _service(self, code: str | None) -> str:
        kinds = {known.code: known for known in code_list("service-kinds").codes}
        if code not in kinds:
            return self.say("somebody")
        name: str = getattr(kinds[code], self.language)
        return name


def day_text(day: date) -> str:
    """A day as it is written in the picture."""
    return f"{day:%d.%m.%Y}"


def words_in(language: Language, marks: tuple[str, ...] = ()) -> Words:
    """The words of a language; `marks` are what a municipality calls its levels."""
    known = _read()
    return Words(language, known["phrases"], known["short"], marks)


@cache
def _read() -> Mapping[str, Any]:
    file = files("api") / "translations" / "picture.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
