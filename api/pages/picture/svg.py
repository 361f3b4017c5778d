"""Elements of a drawing as markup: geometry in attributes, appearance by class alone.

A `style` attribute is never written, since the pages' policy forbids it.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Value = str | float | None


def element(tag: str, *children: str, **attributes: Value) -> Markup:
    """An element with escaped attributes and children; a child that is markup stays.

    `class_` and names with `_` become `class` and names with `-`; an attribute without
    a value is left out.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(_name(name), _value(value))
        for name, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(map(escape, children))
    return Markup("<{0}{1}>{2}</{0}>").format(tag, written, inner)


def _name(name: str) -> str:
    return "viewBox" if name == "view_box" else name.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def group(title: str, *children: Markup, class_: str | None = None) -> Markup:
    """Elements that are one thing, which the title says."""
    return element("g", element("title", readable(title)), *children, class_=class_)


def text(words: str, x: float, y: float, class_: str, anchor: str = "start") -> Markup:
    """A line of text with its baseline at `y`."""
    where = None if anchor == "start" else anchor
    return element("text", readable(words), x=x, y=y, class_=class_, text_anchor=where)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    class_: str,
    *,
    rx: float | None = None,
    fill: str | None = None,
) -> Markup:
    """A rectangle; `fill` is a paint of the drawing's own."""
    return element(
        "rect", x=x, y=y, width=width, height=height, rx=rx, fill=fill, class_=class_
    )


def path(points: Iterable[tuple[float, float]], class_: str, end: str = "") -> Markup:
    """A path from point to point; `end` is "Z" for one that closes."""
    steps = " ".join(f"{_value(x)} {_value(y)}" for x, y in points)
    return element("path", d=f"M{steps}{end}", class_=class_)


def readable(words: str) -> str:
    """The words without characters that XML cannot carry or no reader sees."""
    return "".join(c if c.isprintable() else " " for c in words)
