"""A list of codes with their names, read from the data beside this module."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import BaseModel, ConfigDict


class Words(BaseModel):
    """A sentence in each language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nb: str
    nn: str
    en: str


class Code(BaseModel):
    """One code: its name in each language, and from and to which day it is used.

    What is `unverified` is from memory: it may be used, and is shown as not checked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    nb: str
    nn: str
    en: str
    text: Words | None = None  # what it means, where the name is not enough
    names: frozenset[str] = frozenset()  # what else it is called
    marks: frozenset[str] = frozenset()  # what rules ask for, instead of naming codes
    valid_from: date | None = None
    valid_to: date | None = None  # last day
    unverified: bool = False

    def is_used_on(self, day: date) -> bool:
        """Whether it is in use on a day; what is marked "pending" has no first day."""
        if "pending" in self.marks:
            return False
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


class CodeList(BaseModel):
    """Codes in their order. A list that is open takes other codes too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    open: bool
    codes: tuple[Code, ...]
    reported_from: date | None = None  # when reports to barnevern began to use it

    def __contains__(self, code: str) -> bool:
        return any(known.code == code for known in self.codes)

    def named(self, code: str) -> Code | None:
        """The code with its names; `None` for one that the list does not know."""
        return next((known for known in self.codes if known.code == code), None)

    def marked(self, mark: str) -> frozenset[str]:
        """The codes that bear a mark."""
        return frozenset(known.code for known in self.codes if mark in known.marks)


@cache
def code_list(name: str) -> CodeList:
    """The list of that name. Raises `FileNotFoundError` when there is none."""
    return _read(files(__package__) / f"{name}.toml")


@cache
def scales() -> dict[str, CodeList]:
    """Every scale of concern by its id; the codes are its grades."""
    known = (files(__package__) / "scales").iterdir()
    lists = [_read(file) for file in known if file.name.endswith(".toml")]
    return {scale.id: scale for scale in lists}


def scale_named(scale_id: str) -> CodeList | None:
    """The scale of concern with this id, `None` for an unknown one."""
    return scales().get(scale_id)


def _read(file: Traversable) -> CodeList:
    return CodeList.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
