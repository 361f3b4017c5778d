"""A document of the toolbox: its fields, its guide, and which events it becomes.

A municipality words its documents itself, so they are data with a version. A field that
`fills` a field of an event is that field's label; another one is a line for the talk
and for the paper alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

Shown = Literal[
    "child_view", "consents", "deadlines", "goals", "holder", "level", "measures"
]
"""What the case knows already and the document shows."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Data):
    """A text in each language."""

    nb: str
    nn: str
    en: str


class Field(_Data):
    """One line to fill in. `fills` is `EventType.field`, where the answer is kept."""

    id: str
    required: bool
    label: Words
    help: Words | None = None
    fills: str | None = None


class Advice(_Data):
    """A paragraph that helps whoever fills it in."""

    text: Words
    title: Words | None = None


class Items(_Data):
    """The points of an agenda in each language."""

    nb: tuple[str, ...]
    nn: tuple[str, ...]
    en: tuple[str, ...]


class Agenda(_Data):
    """What a type of meeting goes through."""

    type: str  # a code of the meeting types
    items: Items


class Document(_Data):
    """One document, in one version.

    `steps` of the action guide use it. With `ticks`, each advice is ticked when it has
    been explained. One that is `shielded` is filled from shielded entries as well, and
    is shown to nobody from outside the staff.
    """

    id: str
    version: int
    name: Words
    steps: tuple[str, ...] = ()
    records: tuple[str, ...]  # catalogue names of the events it becomes
    shows: tuple[Shown, ...] = ()
    shielded: bool = False
    ticks: bool = False
    scales: tuple[str, ...] = ()  # scales of concern that it explains
    fields: tuple[Field, ...] = ()
    guide: tuple[Advice, ...] = ()
    agendas: tuple[Agenda, ...] = ()


@cache
def documents() -> Mapping[str, Document]:
    """Every document by its id, in the order of their ids."""
    folder = files(__package__) / "documents"
    texts = (
        file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
    )
    known = (Document.model_validate(tomllib.loads(text)) for text in texts)
    return {document.id: document for document in known}
