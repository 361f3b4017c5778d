"""The picture as a table: every mark, step, band, gap, wait and stretch of consent.

It holds also what the drawing had no room for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from api.pages.picture.contents import CROWDED, Band, Picture
from api.pages.picture.frame import held_by
from api.pages.picture.words import Words


@dataclass(frozen=True, slots=True)
class Row:
    """One thing in the picture; a mark has a number and one day, a stretch its days."""

    number: int | None
    kind: str
    text: str
    from_date: date
    to_date: date | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows in order of time, and what their six columns are called."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def table_of(picture: Picture, words: Words) -> Table:
    """Everything that stands in the picture, in order of time."""
    columns = ("number", "kind", "text", "from", "to", "days")
    rows = [
        *_steps(picture, words),
        *(_band(band, words) for band in picture.bands),
        *_pending(picture, words),
        *_consents(picture, words),
        *_marks(picture, words),
    ]
    return Table(
        headings=tuple(words.say(f"table-{column}") for column in columns),
        rows=tuple(sorted(rows, key=lambda row: row.from_date)),
    )


def left_out(picture: Picture, words: Words) -> str | None:
    """The line that says that there are too many marks to draw them all."""
    if len(picture.marks) <= CROWDED:
        return None
    return words.say("crowded", drawn=len(picture.drawn), all=len(picture.marks))


def _steps(picture: Picture, words: Words) -> Iterator[Row]:
    for step in picture.steps:
        days = (step.to_date - step.from_date).days + 1
        level = words.level(step.level)
        kind = words.say("levels")
        yield Row(None, kind, level, step.from_date, step.to_date, days)


def _band(band: Band, words: Words) -> Row:
    who = held_by(band, words)
    return Row(None, words.say("holder"), who, band.from_date, band.to_date, band.days)


def _pending(picture: Picture, words: Words) -> Iterator[Row]:
    kind = words.say("pending")
    for wait in picture.pending:
        who = words.called(wait.asked)[0]
        yield Row(None, kind, who, wait.from_date, wait.to_date, wait.days)


def _consents(picture: Picture, words: Words) -> Iterator[Row]:
    for row in picture.consents:
        kind = words.say("consent-of", person=words.giver(row.giver))
        for stretch in row.stretches:
            state = words.say(f"consent-{stretch.state}")
            first, last = stretch.from_date, stretch.to_date
            yield Row(None, kind, state, first, last, stretch.days)


def _marks(picture: Picture, words: Words) -> Iterator[Row]:
    for mark in picture.marks:
        kind = words.say(f"shape-{mark.shape}")
        yield Row(mark.number, kind, words.label(mark), mark.day)
