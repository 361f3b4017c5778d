"""Where people are written to: a file of persons that the municipality keeps.

    [[person]]
    ref = "p-17"                      # as entries name them
    email = "p-17@kommune.example"
    language = "nn"                   # nb, where nothing is said

What else the file says of a person is not read here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.complaints import CommandFailed
from api.pages.picture import Language

DEMO_PEOPLE = Path(__file__).parent / "samples" / "people.toml"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is written to, and in which language."""

    email: str
    language: Language = "nb"


class _Person(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    ref: str
    email: str | None = None
    language: Language = "nb"


class _People(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    person: list[_Person] = Field(default_factory=list)


def read_addresses(file: Path) -> Mapping[str, Address]:
    """The addresses of a file, by ref. Raises `CommandFailed`, which repeats none."""
    try:
        said = _People.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        found = [each for each in said.person if each.email is not None]
        return {p.ref: Address(_checked(p.email or ""), p.language) for p in found}
    except (OSError, ValueError, ValidationError) as error:
        why = type(error).__name__
        raise CommandFailed("PEOPLE_UNREADABLE", f"{_UNREADABLE} ({why}).") from None


def _checked(email: str) -> str:
    if not _ADDRESS.fullmatch(email):
        raise ValueError("no address")
    return email


# One dot-atom at another (RFC 5322, section 3.4.1): nothing that a header would take
# for a second address or a line of its own.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
_ADDRESS = re.compile(rf"{_ATOM}@{_ATOM}", re.ASCII)
_UNREADABLE = "the file of people cannot be read, or an address in it is none"
