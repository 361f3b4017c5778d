"""The baton in the wide picture: who held it as bands, and their names.

A name stands in its band if there is room, else in one row below, where vacancies come
first. What finds no room there is left out: list and table have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.picture.contents import Band, Picture
from api.pages.picture.frame import band_title
from api.pages.picture.scale import Scale
from api.pages.picture.svg import box, group, text
from api.pages.picture.width import cut, width_of
from api.pages.picture.words import Words

HEIGHT = 30.0
UNDER = 16.0  # from the lower edge to the line of the names below
INSET = 1.0  # so that neighbours part
NAME_MARGIN, VACANCY_MARGIN = 18.0, 30.0
LONGEST = 240.0  # of a name below
APART = 8.0  # between two names below
LEAST = 1.0  # of a band that is shorter than its insets


@dataclass(frozen=True, slots=True)
class Below:
    """A name below the bands, from where to where."""

    words: str
    begin: float
    end: float
    style: str


def draw_bands(
    picture: Picture, words: Words, scale: Scale, *, y: float, hatch: str
) -> Iterator[Markup]:
    """The bands with their upper edge at `y`; `hatch` is the paint of a vacancy."""
    end = scale.at(picture.end.day)
    homeless: list[tuple[Band, float, float]] = []
    for band in picture.bands:
        begin, stop = scale.at(band.from_date), min(scale.after(band.to_date), end)
        name = _inside(band, words, stop - begin)
        if name is None:
            homeless.append((band, begin, stop))
        inner = _band(band, begin, stop, y, hatch)
        named = _name(band, name, begin, stop, y) if name else Markup("")
        yield group(band_title(band, words), inner, named)
    for below in _below(homeless, words, scale, end):
        yield text(below.words, below.begin, y + HEIGHT + UNDER, below.style)


def _band(band: Band, begin: float, stop: float, y: float, hatch: str) -> Markup:
    x, width = begin + INSET, max(stop - begin - 2 * INSET, LEAST)
    if band.kind == "vacant":
        return box(x, y, width, HEIGHT, "picture-vacant", fill=hatch)
    return box(x, y, width, HEIGHT, f"picture-{band.kind}", rx=2)


# --- inside ---------------------------------------------------------------------------


def _inside(band: Band, words: Words, room: float) -> str | None:
    """The longest name for which the band has room."""
    margin = VACANCY_MARGIN if band.kind == "vacant" else NAME_MARGIN
    fitting = (n for n in _names(band, words) if width_of(n) + margin <= room)
    return next(fitting, None)


def _names(band: Band, words: Words) -> list[str]:
    if band.kind == "vacant":
        days = words.days(band.days)
        phrases = ("vacant-days", "vacant-short")
        return [*(words.say(phrase, days=days) for phrase in phrases), days]
    names = words.called(band.holder)
    # Who holds the baton now is told in full, if need be below.
    return names[:-1] or names if band.present else names


def _name(band: Band, name: str, begin: float, stop: float, y: float) -> Markup:
    baseline = y + HEIGHT / 2 + 4.5
    if band.kind != "vacant":
        return text(name, begin + 9, baseline, _style(band))
    width, middle = width_of(name) + 12, (begin + stop) / 2
    ground = box(middle - width / 2, y + 5, width, HEIGHT - 10, "picture-ground")
    return ground + text(name, middle, baseline, "picture-danger", "middle")


def _style(band: Band) -> str:
    if band.kind == "vacant":
        return "picture-danger"
    held = "picture-band-name" if band.kind == "held" else "picture-text"
    return f"{held} picture-strong" if band.present else held


# --- below ----------------------------------------------------------------------------


def _below(
    homeless: list[tuple[Band, float, float]], words: Words, scale: Scale, end: float
) -> Iterator[Below]:
    """The names for which there is room, vacancies first, then the present holder."""
    taken: list[Below] = []
    for band, begin, stop in sorted(homeless, key=lambda each: _rank(each[0])):
        for name in _names_below(band, words):
            below = _placed(band, cut(name, LONGEST), (begin + stop) / 2, scale, end)
            if not any(_collide(below, t) for t in taken):
                taken.append(below)
                break
    yield from sorted(taken, key=lambda below: below.begin)


def _rank(band: Band) -> int:
    if band.kind == "vacant":
        return 0
    return 1 if band.present else 2


def _names_below(band: Band, words: Words) -> list[str]:
    if band.kind == "vacant":
        return _names(band, words)[1:]
    names = words.called(band.holder)
    return names[1:] or names if band.present else names[-1:]


def _placed(band: Band, name: str, middle: float, scale: Scale, end: float) -> Below:
    """The name under its band: before the line of the end if there is room."""
    last = end - 7
    width = width_of(name)
    if last - scale.start >= width:
        begin = last - width if band.present else middle - width / 2
        begin = max(scale.start, min(begin, last - width))
    else:
        begin = min(end + 7, scale.stop - width)
    style = _style(band).replace("picture-band-name", "picture-text")
    return Below(name, begin, begin + width, style)


def _collide(one: Below, other: Below) -> bool:
    return one.begin < other.end + APART and other.begin < one.end + APART
