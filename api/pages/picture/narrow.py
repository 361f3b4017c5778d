"""The picture turned, for narrow screens: time runs down, and labels stand beside it.

From the left: months, levels, baton, labels. The scale grows until no label stands far
from its day, within a greatest height. Source: screens, section 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup

from api.pages.picture.contents import Band, Mark, Picture, Shape
from api.pages.picture.frame import Frame, band_title, framed
from api.pages.picture.scale import DAYS_OF_MONTH, Scale, Spacing, ticks
from api.pages.picture.shapes import HALF, shape, sign
from api.pages.picture.svg import box, group, line, path, text
from api.pages.picture.wide import end_name, pending_title
from api.pages.picture.width import cut, wrap
from api.pages.picture.words import Words

WIDTH = 328.0
TOP = 44.0
LEVELS, LEVEL = 52.0, 19.0  # where the columns begin, and how wide one is
TOP_LEVEL = 3
BATON, BATON_WIDTH = 138.0, 20.0
MARKS, NAMES = 174.0, 198.0  # where labels begin: a mark's shape, and its words
BESIDE = 10.0  # free to the right of a label
FOOT = 26.0  # below the end, for its name
PITCH, LINE, BETWEEN = 20.0, 16.0, 4.0
MOVED = 40.0  # farther from its day no label should stand: the scale grows
LOST = 80.0  # farther from its day no label stands: lighter ones give way
GROWTH = 1.08
SPACING = Spacing(one=22, two=18, three=7, year=20)
KEPT = 3  # the weight of a label that stays
CLEAR = 16.0  # between the name of a tick and the end


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of words, with the day's place that they belong to; `y` is their top.

    `crowd` is the height of the labels above it that belong to the same place: no
    scale brings them nearer.
    """

    subject: Band | Mark
    lines: tuple[str, ...]
    anchor: float
    y: float = 0.0
    crowd: float = 0.0

    @property
    def pitch(self) -> float:
        """How far below it the next one may stand."""
        return max(PITCH, LINE * len(self.lines) + 2)

    @property
    def moved(self) -> float:
        """How far it stands from its day for want of a longer scale."""
        return self.y - (self.anchor - 8) - self.crowd


def draw_narrow(picture: Picture, words: Words, *, prefix: str) -> Markup:
    """The picture for narrow screens; `prefix` makes its ids unique within the page."""
    scale, labels = _fitted(picture, words)
    lowest = max((label.y + label.pitch for label in labels), default=0.0)
    height = max(scale.at(_last(picture)) + FOOT, lowest + BETWEEN)
    frame = Frame(WIDTH, round(height, 1), "picture-narrow", f"{prefix}-narrow")
    return framed(
        frame,
        picture,
        words,
        *_head(words),
        *_ticks(picture, words, scale),
        *_levels(picture, scale),
        *_bands(picture, words, scale, frame.hatch),
        *_pending(picture, words, scale),
        *_end(picture, words, scale),
        *(_leader(label) for label in labels),
        *(_label(label, words) for label in labels),
    )


# --- how long time is -----------------------------------------------------------------


def _fitted(picture: Picture, words: Words) -> tuple[Scale, list[Label]]:
    """The shortest scale on which no label is far from its day, or the longest."""
    days = (picture.t1 - picture.t0).days
    months = days / DAYS_OF_MONTH
    most = _greatest(picture)
    month = min(max(12.0, 560 / months), 300.0 if picture.weekly else 44.0)
    while True:
        length = min(month * months, most - TOP - FOOT)
        scale = Scale(picture.t0, picture.t1, TOP, TOP + length)
        labels = _labels(picture, words, scale)
        near = all(label.moved <= MOVED for label in labels)
        if near or month * months >= most - TOP - FOOT:
            return scale, _thinned(labels)
        month *= GROWTH


def _greatest(picture: Picture) -> float:
    if picture.weekly:
        return 420.0
    return 1150.0 if (picture.t1 - picture.t0).days > 900 else 900.0


# --- labels ---------------------------------------------------------------------------


def _labels(picture: Picture, words: Words, scale: Scale) -> list[Label]:
    """Every label in order of time, each by its day or close under the one before."""
    end = scale.at(picture.end.day)
    labels = [
        *(_of_band(band, words, scale, end) for band in picture.bands),
        *(_of_mark(mark, words, scale) for mark in picture.drawn),
    ]
    return _stacked(sorted(labels, key=lambda label: label.anchor))


def _of_band(band: Band, words: Words, scale: Scale, end: float) -> Label:
    """A holder is named where the band begins, a vacancy in its middle."""
    begin, stop = scale.at(band.from_date), min(scale.after(band.to_date), end)
    room = WIDTH - MARKS - BESIDE
    if band.kind == "vacant":
        days = words.say("vacant-for", days=words.days(band.days))
        lines = [cut(line, room) for line in (words.say("vacant"), days)]
        return Label(band, tuple(lines), (begin + stop) / 2)
    names = words.called(band.holder)
    name = names[-2:][0]
    if band.kind == "interim":
        name = words.say("interim-of", person=names[-1])
    return Label(band, tuple(_wrapped(name, MARKS)[:2]), begin)


def _of_mark(mark: Mark, words: Words, scale: Scale) -> Label:
    lines = _wrapped(words.label(mark), NAMES)
    return Label(mark, tuple(lines), scale.at(mark.day))


def _wrapped(words: str, x: float) -> list[str]:
    """Lines that begin at `x` and leave something free, where a word allows it."""
    return wrap(words, WIDTH - x - BESIDE, WIDTH - x)


def _stacked(labels: Sequence[Label]) -> list[Label]:
    stacked: list[Label] = []
    lowest = 0.0
    for label in labels:
        y = max(label.anchor - 8, lowest)
        same = (above.pitch for above in stacked if above.anchor == label.anchor)
        stacked.append(replace(label, y=y, crowd=sum(same)))
        lowest = y + label.pitch
    return stacked


def _thinned(labels: list[Label]) -> list[Label]:
    """The labels without the lightest of those that push another far from its day."""
    while True:
        chains = (
            _chain(labels, n) for n, label in enumerate(labels) if label.moved > LOST
        )
        light = (label for chain in chains for label in chain if _weight(label) < KEPT)
        dropped = min(light, key=_weight, default=None)
        if dropped is None:
            return labels
        labels = _stacked([label for label in labels if label is not dropped])


def _chain(labels: list[Label], far: int) -> list[Label]:
    """The label and those above it that leave no room between them."""
    begin = far
    while begin and labels[begin].y == labels[begin - 1].y + labels[begin - 1].pitch:
        begin -= 1
    return labels[begin : far + 1]


def _weight(label: Label) -> int:
    """How much is lost without it: bare bands least, vacancies and the child most."""
    match label.subject:
        case Band(kind="vacant") | Band(present=True) | Mark(weighty=True):
            return KEPT
        case Band():
            return 0
        case Mark(shape=Shape.SQUARE):
            return 2
        case _:
            return 1


def _leader(label: Label) -> Markup:
    """From the band's edge on the day to the label."""
    begin = BATON + BATON_WIDTH + 1
    points = [
        (begin, label.anchor),
        (begin + 5, label.anchor),
        (MARKS - 3, label.y + 8),
    ]
    return path(points, "picture-leader")


def _label(label: Label, words: Words) -> Markup:
    subject = label.subject
    if isinstance(subject, Mark):
        made = sign([subject], words)
        drawn = shape(made, MARKS + HALF, label.y + 8)
        return group(made.title, drawn, *_lines(label, NAMES, "picture-text"))
    style = "picture-danger" if subject.kind == "vacant" else "picture-strong"
    return Markup("").join(_lines(label, MARKS, style))


def _lines(label: Label, x: float, style: str) -> Iterator[Markup]:
    for number, words in enumerate(label.lines):
        yield text(words, x, round(label.y + 12.5 + number * LINE, 1), style)


# --- columns --------------------------------------------------------------------------


def _last(picture: Picture) -> date:
    """The last day that anything stands at."""
    return max([picture.end.day, *(mark.day for mark in picture.drawn)])


def _column(level: int) -> float:
    """The middle of a level's column."""
    return LEVELS + LEVEL / 2 + min(max(level, 0), TOP_LEVEL) * LEVEL


def _head(words: Words) -> Iterator[Markup]:
    yield text(words.say("levels"), LEVELS, 12, "picture-name")
    name = words.say("holder-and-events")
    yield text(cut(name, WIDTH - BATON), BATON - 4, 12, "picture-name")
    for level in range(TOP_LEVEL + 1):
        yield text(str(level), _column(level), 28, "picture-name", "middle")


def _ticks(picture: Picture, words: Words, scale: Scale) -> Iterator[Markup]:
    end = scale.at(picture.end.day)
    for tick in ticks(scale, SPACING, weekly=picture.weekly):
        if tick.day > _last(picture):
            return
        y = scale.at(tick.day)
        yield line(LEVELS, y, BATON + BATON_WIDTH, y, "picture-tick")
        if abs(y - end) >= CLEAR:
            style = "picture-year" if tick.kind == "year" else "picture-name"
            yield text(words.tick(tick), 0, y + 4.5, style)


def _levels(picture: Picture, scale: Scale) -> Iterator[Markup]:
    for level in range(TOP_LEVEL + 1):
        x = _column(level)
        yield line(x, TOP - 8, x, scale.at(picture.end.day), "picture-grid")
    if not picture.steps:
        return
    points: list[tuple[float, float]] = []
    for step in picture.steps:
        x, y = _column(step.level), scale.at(step.from_date)
        points += [(points[-1][0], y), (x, y)] if points else [(x, y)]
    points.append((points[-1][0], scale.at(picture.end.day)))
    ground = [(LEVELS, points[-1][1]), (LEVELS, points[0][1])]
    yield path([*points, *ground], "picture-area", end="Z")
    yield path(points, "picture-level")


def _bands(
    picture: Picture, words: Words, scale: Scale, hatch: str
) -> Iterator[Markup]:
    end = scale.at(picture.end.day)
    for band in picture.bands:
        begin, stop = scale.at(band.from_date), min(scale.after(band.to_date), end)
        tall, is_vacant = max(stop - begin - 2, 1), band.kind == "vacant"
        tile = box(
            BATON,
            begin + 1,
            BATON_WIDTH,
            tall,
            f"picture-{band.kind}",
            rx=None if is_vacant else 2,
            fill=hatch if is_vacant else None,
        )
        yield group(band_title(band, words), tile)


def _pending(picture: Picture, words: Words, scale: Scale) -> Iterator[Markup]:
    x = BATON - 6
    for wait in picture.pending:
        begin, end = scale.at(wait.from_date), scale.at(wait.to_date)
        yield group(
            pending_title(wait, words),
            line(x, begin, x, end, "picture-pending"),
            line(x - 3, begin, x + 3, begin, "picture-pending-end"),
            line(x - 3, end, x + 3, end, "picture-pending-end"),
        )


def _end(picture: Picture, words: Words, scale: Scale) -> Iterator[Markup]:
    y = scale.at(picture.end.day)
    yield line(LEVELS, y, BATON + BATON_WIDTH, y, "picture-end")
    yield text(end_name(picture, words), 0, y + 16, "picture-strong")
