"""Who the refs of a case are to its reader, as the entries last called them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.views import Named

# Invented people bear such a word before their name; it tells nobody who they are.
_INVENTED = re.compile(r"Test(?:ansatt|barn|forelder|tilsyn|ungdom) ")


def known_as(name: str) -> str:
    """The name without the word that marks an invented person."""
    found = _INVENTED.match(name)
    return name[found.end() :] if found else name


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody is called; who has no name here is called by their ref."""

    ref: str
    name: str
    title: str | None = None
    unit: str | None = None

    @property
    def given(self) -> str:
        """The part of the name that stands in running text."""
        return next(iter(self.short.split()), self.ref)

    @property
    def short(self) -> str:
        """The name without the word that marks an invented person."""
        return known_as(self.name) or self.name

    @property
    def titled(self) -> str:
        """Name and title."""
        return ", ".join(filter(None, (self.short, self.title)))


class People:
    """Everybody the reader is told of; `names` are by ref."""

    def __init__(self, names: Mapping[str, Named]) -> None:
        self._names = names

    def __getitem__(self, ref: str) -> Person:
        """Who this is, also one of whom nothing else is known."""
        called = self._names.get(ref, Named(ref))
        return Person(ref, called.name or ref, called.title, called.unit)

    def __contains__(self, ref: str) -> bool:
        return ref in self._names
