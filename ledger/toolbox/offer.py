"""What a municipality offers (tiltaksoversikt): a planned measure may refer to one.

Families and children are never ranked by it. An offer that ends stays readable.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ledger.toolbox.document import Words

Whom = Literal["family", "unborn"]
WayIn = Literal[
    "application",
    "consent",
    "consent_or_decision",
    "drop_in",
    "own",
    "parents_agree",
    "self",
    "youth_says_yes",
]


class Offer(BaseModel):
    """One offer, in one version; ages are completed years, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int
    name: Words
    level_from: int
    level_to: int
    arenas: tuple[str, ...]
    age_from: int | None = None
    age_to: int | None = None
    whom: Whom | None = None  # instead of an age
    service: str
    way_in: WayIn
    valid_from: date | None = None
    valid_to: date | None = None  # last day

    def suits(self, *, level: int | None, age: int | None, service: str | None) -> bool:
        """Whether it is for this level, age and service; `None` asks for any."""
        if level is not None and not self.level_from <= level <= self.level_to:
            return False
        if age is not None and not self._is_for(age):
            return False
        return service is None or service == self.service

    def _is_for(self, age: int) -> bool:
        if self.age_from is None or self.age_to is None:
            return self.whom == "family"
        return self.age_from <= age <= self.age_to

    def stands_on(self, day: date) -> bool:
        """Whether it is offered on a day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


class Offers(BaseModel):
    """The offers of one municipality."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    offers: tuple[Offer, ...]


@cache
def offers_of(municipality: str) -> Offers:
    """What a municipality offers; nothing where no list is known."""
    for file in (files(__package__) / "offers").iterdir():
        if file.name == f"{municipality}.toml":
            return Offers.model_validate(tomllib.loads(file.read_text("utf-8")))
    return Offers(id=municipality, offers=())
