"""Reading a drawing back: its texts as boxes, by the estimate it was drawn with."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from api.pages.picture.width import NUMBER, TEXT, width_of


@dataclass(frozen=True)
class Box:
    """A text with its edges; `y` is its baseline."""

    words: str
    left: float
    right: float
    y: float

    def overlaps(self, other: Box) -> bool:
        apart = self.right <= other.left or other.right <= self.left
        return abs(self.y - other.y) < 10 and not apart


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)


def texts(drawing: str) -> list[Box]:
    return [_box(element) for element in parsed(drawing).iter("text")]


def labels(drawing: str) -> list[Box]:
    """The texts, without the numbers in marks."""
    return [
        _box(element)
        for element in parsed(drawing).iter("text")
        if "picture-number" not in element.get("class", "")
    ]


def words_of(drawing: str) -> list[str]:
    return [box.words for box in texts(drawing)]


def _box(element: ElementTree.Element) -> Box:
    words = element.text or ""
    is_number = "picture-number" in element.get("class", "")
    width = width_of(words, NUMBER if is_number else TEXT)
    x = float(element.get("x", "0"))
    left = {"middle": x - width / 2, "end": x - width}.get(
        element.get("text-anchor", "start"), x
    )
    return Box(words, left, left + width, float(element.get("y", "0")))


def view_box(drawing: str) -> tuple[float, float]:
    _, _, width, height = parsed(drawing).get("viewBox", "").split()
    return float(width), float(height)


def overlapping(boxes: list[Box]) -> list[tuple[str, str]]:
    return [
        (one.words, other.words)
        for n, one in enumerate(boxes)
        for other in boxes[n + 1 :]
        if one.overlaps(other)
    ]


def outside(drawing: str) -> list[str]:
    """The texts that are not wholly within the drawing, but for rounding."""
    width, height = view_box(drawing)
    return [
        box.words
        for box in texts(drawing)
        if box.left < -0.1 or box.right > width + 0.1 or not 8 <= box.y <= height
    ]
