"""A mark as a shape with its number in it.

Shape tells the sort of a thing before colour does: circle, square, diamond, bubble, and
a pill for several things that stand too close to be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.picture.contents import Mark, Shape
from api.pages.picture.svg import box, element, path, text
from api.pages.picture.width import NUMBER, width_of
from api.pages.picture.words import Words, day_text

HALF = 9.0  # of a mark's width and height
DIAMOND = 12.0
_AROUND = 4.0  # from a number to the edge of what holds it
_BETWEEN = "\N{EN DASH}"
_NO_ENTRY = _BETWEEN


@dataclass(frozen=True, slots=True)
class Sign:
    """Marks that are drawn as one, with the number, label and title of them all."""

    marks: tuple[Mark, ...]
    number: str
    label: str
    title: str

    @property
    def first(self) -> Mark:
        """The mark that gives place, shape and label."""
        return self.marks[0]

    @property
    def half(self) -> float:
        """Half the width of the shape: it grows with the number."""
        if self.first.shape is Shape.DIAMOND and not self.is_pill:
            return max(DIAMOND, width_of(self.number, NUMBER) / 2 + _AROUND + 2)
        return max(HALF, width_of(self.number, NUMBER) / 2 + _AROUND)

    @property
    def is_pill(self) -> bool:
        """Whether it stands for more than one number."""
        several = _BETWEEN in self.number[1:]
        return several and self.first.shape is not Shape.BUBBLE


Numbers = Mapping[int, int]  # position of an entry → its number for this reader


def sign(marks: Sequence[Mark], words: Words, numbers: Numbers | None = None) -> Sign:
    """One sign for marks that stand together; the first gives the label."""
    label = words.label(marks[0])
    if len(marks) > 1:
        label = words.say("and-more", label=label, more=len(marks) - 1)
    titles = [f"{day_text(mark.day)}: {words.label(mark)}" for mark in marks]
    return Sign(tuple(marks), _number(marks, numbers), label, "\n".join(titles))


def _number(marks: Sequence[Mark], numbers: Numbers | None) -> str:
    """Their own numbers, or with `numbers` those of their entries."""
    if numbers is None:
        known = [mark.number for mark in marks]
    else:
        known = [numbers[p] for m in marks for p in m.positions if p in numbers]
    if not known:
        return _NO_ENTRY
    low, high = min(known), max(known)
    return str(low) if low == high else f"{low}{_BETWEEN}{high}"


def shape(sign: Sign, x: float, y: float) -> Markup:
    """The sign's shape around a point, with its number."""
    style = "picture-number"
    if sign.first.shape is Shape.BUBBLE:
        style = "picture-number picture-number-child"
    number = text(sign.number, x, y + 4, style, anchor="middle")
    return _around(sign, x, y) + number


def _around(sign: Sign, x: float, y: float) -> Markup:
    if sign.is_pill or (sign.first.shape is Shape.CIRCLE and sign.half > HALF):
        wide = 2 * sign.half
        return box(x - sign.half, y - HALF, wide, 2 * HALF, "picture-mark", rx=HALF)
    return outline(sign.first.shape, x, y, sign.half)


def outline(shape: Shape, x: float, y: float, half: float = HALF) -> Markup:
    """A shape around a point; `half` of its width."""
    match shape:
        case Shape.CIRCLE:
            return element("circle", cx=x, cy=y, r=half, class_="picture-mark")
        case Shape.SQUARE:
            return box(x - half, y - HALF, 2 * half, 2 * HALF, "picture-mark", rx=2)
        case Shape.DIAMOND:
            wide = max(half, DIAMOND)
            corners = [(x, y - DIAMOND), (x + wide, y), (x, y + DIAMOND), (x - wide, y)]
            return path(corners, "picture-mark", end="Z")
        case Shape.BUBBLE:
            return bubble(x, y, half)


def bubble(x: float, y: float, half: float) -> Markup:
    """A speech bubble around a point."""
    outline = [
        (x - half, y - HALF),
        (x + half, y - HALF),
        (x + half, y + 7),
        (x - 1, y + 7),
        (x - 6, y + 12),
        (x - 6, y + 7),
        (x - half, y + 7),
    ]
    return path(outline, "picture-child", end="Z")
