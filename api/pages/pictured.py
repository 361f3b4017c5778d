"""The picture of a case on one page: two drawings, a legend, and all as a table."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from api import views
from api.pages.going_back import GoingBack
from api.pages.picture import (
    Language,
    Picture,
    Table,
    Words,
    draw_legend,
    draw_narrow,
    draw_print,
    draw_wide,
    left_out,
    picture_of,
    table_of,
    words_in,
)
from ledger.application import Reading


@dataclass(frozen=True, slots=True)
class Pictured:
    """What the page shows; both drawings tell the same, and one of them is shown."""

    wide: Markup
    narrow: Markup
    legend: Markup
    left_out: str | None
    table: Table
    show_table: str


def pictured(reading: Reading, when: GoingBack, language: Language) -> Pictured | None:
    """The picture on the page's day; none of a case that was not there yet."""
    if not reading.entries:
        return None
    picture, words = _picture(reading, when), _words(reading, language)
    return Pictured(
        wide=draw_wide(picture, words, prefix="bilde"),
        narrow=draw_narrow(picture, words, prefix="bilde"),
        legend=draw_legend(words),
        left_out=left_out(picture, words),
        table=table_of(picture, words),
        show_table=words.say("show-table"),
    )


def printed(reading: Reading, when: GoingBack, language: Language) -> Markup:
    """The picture for paper; its marks bear the reader's numbers of the entries."""
    numbers = {
        entry.position or 0: number
        for number, entry in enumerate(reading.entries, start=1)
    }
    picture, words = _picture(reading, when), _words(reading, language)
    return draw_print(picture, words, prefix="bilde", numbers=numbers)


def _picture(reading: Reading, when: GoingBack) -> Picture:
    return picture_of(
        reading.entries,
        at=when.day,
        today=when.today,
        names=views.names(reading.entries),
        rules=reading.rules,
    )


def _words(reading: Reading, language: Language) -> Words:
    rules = reading.rules
    return words_in(language, tuple(rules.mark(level.level) for level in rules.levels))
