"""What the shapes and lines of the picture mean, as a list below it."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from api.pages.picture.contents import Shape
from api.pages.picture.shapes import outline
from api.pages.picture.svg import box, element, line, path
from api.pages.picture.words import Words


def draw_legend(words: Words) -> Markup:
    """A list with the meaning of each shape; the shapes are not read out."""
    items = (
        element("li", _key(drawing), element("span", meaning))
        for meaning, drawing in _items(words)
    )
    return element("ul", *items, class_="picture-legend")


def _key(drawing: Markup) -> Markup:
    return element(
        "svg",
        drawing,
        class_="picture-key",
        view_box="0 0 32 24",
        aria_hidden="true",
        focusable="false",
    )


def _items(words: Words) -> Iterator[tuple[str, Markup]]:
    for shape in Shape:
        yield words.say(f"shape-{shape}"), outline(shape, 16, 12)
    yield words.say("vacant"), _hatch()
    interim = box(2, 5, 28, 14, "picture-interim", rx=2)
    yield words.say("interim"), interim
    yield words.say("pending"), line(2, 12, 30, 12, "picture-pending")


def _hatch() -> Markup:
    """Strokes instead of a pattern, which would need an id."""
    strokes = (path([(x, 19), (x + 12, 5)], "picture-hatch") for x in (2, 9, 16))
    return Markup("").join(strokes)
