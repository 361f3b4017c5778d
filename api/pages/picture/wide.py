"""The picture with time running to the right: on wide screens, and in print.

From above: marks, levels, axis, baton, consents; a dashed line where the case has come
to. All lengths are units of the drawing, one pixel at full width. Source: screens,
section 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.picture.bands import draw_bands
from api.pages.picture.contents import (
    ConsentRow,
    Mark,
    Pending,
    Picture,
    Shape,
    Step,
    Stretch,
)
from api.pages.picture.frame import Frame, framed
from api.pages.picture.placing import Placed, Spot, place
from api.pages.picture.scale import Scale, Spacing, Tick, ticks
from api.pages.picture.shapes import Numbers, Sign, shape, sign
from api.pages.picture.svg import box, group, line, path, text
from api.pages.picture.width import cut, width_of
from api.pages.picture.words import Words, day_text

WIDE, PRINT = 1120.0, 820.0
GUTTER = 112.0  # of row names, to the left of the axis
MARGIN = 12.0
LANE = LEVEL = 30.0
TOP_LEVEL = 3
TOGETHER = 6.0  # marks that are closer become one
NAMED = 64.0  # a shorter step has no name
CLEAR = 36.0  # between the name of a tick and the end
ROW = 20.0  # from one giver's bar to the next
# The least length of a line with a word on it, and the word's class.
_NO_CONSENT = {"none": (96.0, "picture-name"), "lapsed": (50.0, "picture-danger")}
SPACING = Spacing(one=46, two=24, three=18, year=46)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of one drawing stand, from `lanes` of marks and `rows` of bars."""

    width: float
    lanes: int
    rows: int

    def lane(self, lane: int) -> float:
        """The middle of a lane, counted from the lowest."""
        return 23 + (self.lanes - 1 - lane) * LANE

    def level(self, level: int) -> float:
        """The line of a level."""
        shown = min(max(level, 0), TOP_LEVEL)
        return 8 + LANE * self.lanes + 18 + (TOP_LEVEL - shown) * LEVEL

    @property
    def axis(self) -> float:
        """The axis of time."""
        return self.level(0) + 12

    @property
    def baton(self) -> float:
        """The edge above the bands."""
        return self.axis + 34

    @property
    def under(self) -> float:
        """The edge below the bands."""
        return self.baton + 30

    def consent(self, row: int) -> float:
        """The middle of a giver's bar."""
        return self.under + 30 + row * ROW

    @property
    def height(self) -> float:
        """Of the whole drawing."""
        last = self.consent(self.rows - 1) if self.rows else self.under + 22
        return last + 18


def draw_wide(picture: Picture, words: Words, *, prefix: str) -> Markup:
    """The picture for wide screens; marks bear their own numbers.

    `prefix` makes its ids unique within the page.
    """
    return _draw(picture, words, WIDE, f"{prefix}-wide", None, "picture-wide")


def draw_print(
    picture: Picture, words: Words, *, prefix: str, numbers: Numbers
) -> Markup:
    """The picture for paper; marks bear the numbers of their entries.

    `numbers` gives for the position of an entry the number that the reader knows it by.
    """
    return _draw(picture, words, PRINT, f"{prefix}-print", numbers, "picture-print")


def _draw(
    picture: Picture,
    words: Words,
    width: float,
    prefix: str,
    numbers: Numbers | None,
    class_: str,
) -> Markup:
    scale = Scale(picture.t0, picture.t1, GUTTER, width - MARGIN)
    signs = _signs(picture, words, scale, numbers)
    placed = _placed(signs, scale)
    lanes = max((each.lane + 1 for each in placed), default=0)
    layout = Layout(width, lanes, len(picture.consents))
    frame = Frame(width, layout.height, class_, prefix)
    return framed(
        frame,
        picture,
        words,
        *_ticks(picture, words, scale, layout),
        *_levels(picture, words, scale, layout),
        *_leaders(picture, signs, placed, layout),
        *_marks(signs, placed, layout),
        *draw_bands(picture, words, scale, y=layout.baton, hatch=frame.hatch),
        *_pending(picture.pending, words, scale, layout),
        *_consents(picture, words, scale, layout),
        *_end(picture, words, scale, layout),
    )


# --- axis and levels ------------------------------------------------------------------


def _ticks(
    picture: Picture, words: Words, scale: Scale, layout: Layout
) -> Iterator[Markup]:
    end = scale.at(picture.end.day)
    for tick in ticks(scale, SPACING, weekly=picture.weekly):
        x = scale.at(tick.day)
        yield line(x, layout.level(TOP_LEVEL) - 8, x, layout.under, "picture-tick")
        if abs(x - end) >= CLEAR:
            yield _tick_name(tick, words, x, layout)


def _tick_name(tick: Tick, words: Words, x: float, layout: Layout) -> Markup:
    """Weeks are named at their Monday, months and years beside their first day."""
    y, name = layout.axis + 14, words.tick(tick)
    if tick.kind == "week":
        width = width_of(name)
        if x + width / 2 > layout.width:
            return Markup("")  # a Monday at the very edge
        ground = box(x - width / 2, y - 11, width, 14, "picture-ground")
        return ground + text(name, x, y, "picture-name", "middle")
    style = "picture-year" if tick.kind == "year" else "picture-name"
    return text(cut(name, layout.width - x - 4), x + 4, y, style)


def _levels(
    picture: Picture, words: Words, scale: Scale, layout: Layout
) -> Iterator[Markup]:
    for level in range(TOP_LEVEL + 1):
        y = layout.level(level)
        yield line(scale.start, y, scale.stop, y, "picture-grid")
        name = words.level(level)
        yield text(name, GUTTER - 10, y + 4.5, "picture-name", "end")
    if picture.steps:
        yield from _stair(picture, scale, layout)
    yield line(scale.start, layout.axis, scale.stop, layout.axis, "picture-axis")
    end = scale.at(picture.end.day)
    for step in picture.steps:
        yield from _step_name(step, words, scale, layout, end)
    name = words.say("holder")
    yield text(name, GUTTER - 10, layout.baton + 19.5, "picture-name", "end")


def _stair(picture: Picture, scale: Scale, layout: Layout) -> Iterator[Markup]:
    """The line of the levels from the first entry to the end, and the area under it."""
    end = scale.at(picture.end.day)
    points: list[tuple[float, float]] = []
    for step in picture.steps:
        x, y = scale.at(step.from_date), layout.level(step.level)
        points += [(x, points[-1][1]), (x, y)] if points else [(x, y)]
    points.append((end, points[-1][1]))
    ground = [(end, layout.axis), (points[0][0], layout.axis)]
    yield path([*points, *ground], "picture-area", end="Z")
    yield path(points, "picture-level")


def _step_name(
    step: Step, words: Words, scale: Scale, layout: Layout, end: float
) -> Iterator[Markup]:
    x, stop = scale.at(step.from_date), min(scale.after(step.to_date), end)
    if step.level > 0 and stop - x > NAMED:
        y = layout.level(step.level) + 19
        yield text(words.level(step.level), x + 9, y, "picture-strong")


# --- marks ----------------------------------------------------------------------------


def _signs(
    picture: Picture, words: Words, scale: Scale, numbers: Numbers | None
) -> list[Sign]:
    """The marks, those that stand too close together as one sign."""
    close: list[list[Mark]] = []
    for mark in picture.drawn:
        if close and _is_close(close[-1], mark, scale):
            close[-1].append(mark)
        else:
            close.append([mark])
    return [sign(marks, words, numbers) for marks in close]


def _is_close(marks: list[Mark], mark: Mark, scale: Scale) -> bool:
    """The child is never put together with something else."""
    child = Shape.BUBBLE in (marks[0].shape, mark.shape)
    return not child and scale.at(mark.day) - scale.at(marks[0].day) < TOGETHER


def _placed(signs: list[Sign], scale: Scale) -> list[Placed]:
    spots = [
        Spot(_place(each, scale), each.half, width_of(each.label)) for each in signs
    ]
    return place(spots, left=MARGIN, right=scale.stop + 2)


def _place(sign: Sign, scale: Scale) -> float:
    """The day of a sign, or a little before where its shape would leave the picture."""
    return min(scale.at(sign.first.day), scale.stop + MARGIN - 1 - sign.half)


def _leaders(
    picture: Picture, signs: list[Sign], placed: list[Placed], layout: Layout
) -> Iterator[Markup]:
    """A line from each mark to the level of its day, or to the axis after the end."""
    for each, where in zip(signs, placed, strict=True):
        day, x = each.first.day, where.spot.x
        below = layout.level(picture.level_on(day))
        if day > picture.end.day:
            below = layout.axis
        yield line(x, layout.lane(where.lane), x, below, "picture-leader")


def _marks(signs: list[Sign], placed: list[Placed], layout: Layout) -> Iterator[Markup]:
    """Every label's ground before every shape, so that no label hides a mark."""
    both = list(zip(signs, placed, strict=True))
    for each, where in both:
        if where.side != "none":
            yield _label(each, where, layout.lane(where.lane))
    for each, where in both:
        yield group(each.title, shape(each, where.spot.x, layout.lane(where.lane)))


def _label(sign: Sign, where: Placed, y: float) -> Markup:
    begin, end = where.label
    ground = box(begin, y - 9, end - begin + 2, 18, "picture-ground")
    if where.side == "right":
        words = text(
            sign.label, where.spot.x + where.spot.half + 6, y + 4.5, "picture-text"
        )
    else:
        x = where.spot.x - where.spot.half - 6
        words = text(sign.label, x, y + 4.5, "picture-text", "end")
    return ground + words


# --- below the axis -------------------------------------------------------------------


def _pending(
    pending: tuple[Pending, ...], words: Words, scale: Scale, layout: Layout
) -> Iterator[Markup]:
    """Dotted above the bands from the question to its answer."""
    y = layout.baton - 7
    for wait in pending:
        begin, end = scale.at(wait.from_date), scale.at(wait.to_date)
        yield group(
            pending_title(wait, words),
            line(begin, y, end, y, "picture-pending"),
            line(begin, y - 3, begin, y + 3, "picture-pending-end"),
            line(end, y - 3, end, y + 3, "picture-pending-end"),
        )


def pending_title(wait: Pending, words: Words) -> str:
    """Who was asked to take over, from when to when it waited."""
    first, last = day_text(wait.from_date), day_text(wait.to_date)
    days = words.say("period", first=first, last=last)
    who = words.called(wait.asked)[0]
    return f"{words.say('pending')}, {who}: {days}, {words.days(wait.days)}"


def _consents(
    picture: Picture, words: Words, scale: Scale, layout: Layout
) -> Iterator[Markup]:
    yield from _givers(picture.consents, words, layout)
    for number, row in enumerate(picture.consents):
        y = layout.consent(number)
        for stretch in row.stretches:
            end = min(scale.after(stretch.to_date), scale.at(picture.end.day))
            span = scale.at(stretch.from_date), end
            title = consent_title(stretch, words.giver(row.giver), words)
            yield group(title, *_bar(stretch, span, words, y))


def _givers(
    rows: tuple[ConsentRow, ...], words: Words, layout: Layout
) -> Iterator[Markup]:
    """The rows' names; what they have in common stands once where it has no room."""
    room = GUTTER - 12
    names = [words.giver(row.giver) for row in rows]
    full = [words.say("consent-of", person=name) for name in names]
    fits = all(width_of(name) <= room for name in full)
    if rows and not fits:
        y = layout.consent(0) - ROW + 4.5
        yield text(words.say("consent"), GUTTER - 10, y, "picture-name", "end")
    for number, name in enumerate(full if fits else names):
        y = layout.consent(number) + 4.5
        yield text(cut(name, room), GUTTER - 10, y, "picture-name", "end")


def _bar(
    stretch: Stretch, span: tuple[float, float], words: Words, y: float
) -> Iterator[Markup]:
    begin, end = span
    if stretch.state == "valid":
        yield box(begin, y - 3, max(end - begin, 1), 6, "picture-consent")
        return
    yield line(begin, y, end, y, "picture-no-consent")
    word = words.say(f"consent-{stretch.state}")
    least, style = _NO_CONSENT[stretch.state]
    if end - begin > least:
        width = width_of(word)
        yield box(begin + 5, y - 8, width + 6, 16, "picture-ground")
        yield text(word, begin + 8, y + 4.5, style)


def consent_title(stretch: Stretch, giver: str, words: Words) -> str:
    """Whose consent was what, from when to when."""
    first, last = day_text(stretch.from_date), day_text(stretch.to_date)
    who = words.say("consent-of", person=giver)
    state = words.say(f"consent-{stretch.state}")
    days = words.say("period", first=first, last=last)
    return f"{who} {state}: {days}, {words.days(stretch.days)}"


def _end(
    picture: Picture, words: Words, scale: Scale, layout: Layout
) -> Iterator[Markup]:
    x = scale.at(picture.end.day)
    top, foot = layout.level(TOP_LEVEL) - 14, layout.height - 14
    yield line(x, top, x, foot, "picture-end")
    name = end_name(picture, words)
    yield text(
        name, max(x + 3, width_of(name)), layout.height - 4, "picture-strong", "end"
    )


def end_name(picture: Picture, words: Words) -> str:
    """What the end is called: today, or its date."""
    end = picture.end
    return words.say("today") if end.kind == "today" else day_text(end.day)
