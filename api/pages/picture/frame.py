"""The element around a drawing, with what it says to those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.picture.contents import Band, Picture
from api.pages.picture.svg import element
from api.pages.picture.words import Words, day_text


@dataclass(frozen=True, slots=True)
class Frame:
    """How large a drawing is, its class, and the prefix that makes its ids unique."""

    width: float
    height: float
    class_: str
    prefix: str

    @property
    def hatch(self) -> str:
        """The paint of a vacancy."""
        return f"url(#{self.prefix}-hatch)"


def framed(frame: Frame, picture: Picture, words: Words, *parts: Markup) -> Markup:
    """The whole drawing, named and described."""
    names = f"{frame.prefix}-title", f"{frame.prefix}-desc"
    return element(
        "svg",
        element("title", _title(picture, words), id=names[0]),
        element("desc", " ".join(_said(picture, words)), id=names[1]),
        element("defs", _hatch(frame.prefix)),
        *parts,
        class_=f"picture {frame.class_}",
        view_box=f"0 0 {frame.width:g} {frame.height:g}",
        role="img",
        aria_labelledby=" ".join(names),
    )


def _hatch(prefix: str) -> Markup:
    """Lines at 45°, 2 of 8 pixels."""
    return element(
        "pattern",
        element("rect", width=8, height=8, class_="picture-ground"),
        element("path", d="M1 0V8", class_="picture-hatch"),
        id=f"{prefix}-hatch",
        width=8,
        height=8,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def _title(picture: Picture, words: Words) -> str:
    first, last = day_text(picture.first), day_text(picture.end.day)
    return words.say("title", first=first, last=last)


def _said(picture: Picture, words: Words) -> Iterator[str]:
    """Levels with their days, how many have held the baton, each vacancy's days."""
    if not picture.marks and not picture.bands:
        yield words.say("said-empty")
    for step in picture.steps:
        level = words.level(step.level)
        yield words.say("said-level", level=level, first=day_text(step.from_date))
    holders = {band.holder for band in picture.bands if band.holder}
    form = "said-holders-one" if len(holders) == 1 else "said-holders-other"
    yield words.say(form, count=len(holders))
    for band in picture.vacancies:
        days = words.days(band.days)
        yield words.say("said-vacant", period=period(band, words), days=days)


def period(band: Band, words: Words) -> str:
    """From when to when, both days within it."""
    first, last = day_text(band.from_date), day_text(band.to_date)
    return words.say("period", first=first, last=last)


def band_title(band: Band, words: Words) -> str:
    """Who held the baton, or that nobody did, with days."""
    return f"{held_by(band, words)}: {period(band, words)}, {words.days(band.days)}"


def held_by(band: Band, words: Words) -> str:
    """Who held the baton, and whether only for a time; or that nobody did."""
    if band.kind == "vacant":
        return words.say("vacant")
    who = words.called(band.holder)[0]
    return words.say("interim-of", person=who) if band.kind == "interim" else who
