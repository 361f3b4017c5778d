"""Appearance is by class alone, and every class has its line in the style sheet."""

from __future__ import annotations

import re
from importlib.resources import files

from api.pages.picture import draw_legend, words_in
from tests.api.pages.picture.drawings import parsed
from tests.api.pages.picture.test_drawing import drawings
from tests.api.pages.picture.test_reading import END_OF_C

SHEET = (files("api") / "pages" / "static" / "picture.css").read_text("utf-8")
STYLED = set(re.findall(r"\.(picture[a-z-]*)", SHEET))
PLAIN = {"picture-text", "picture-print"}  # as the picture is by itself


def classes(drawing):
    return {
        name
        for element in parsed(drawing).iter()
        for name in element.get("class", "").split()
    }


def test_every_class_of_a_drawing_is_styled_and_every_style_is_used(pictured):
    drawn = [*drawings(pictured("c", END_OF_C)), draw_legend(words_in("nb"))]
    used = set().union(*map(classes, drawn))
    assert used - PLAIN == STYLED


def test_no_colour_is_written_into_a_drawing(pictured):
    for drawing in drawings(pictured("c", END_OF_C)):
        paints = {
            element.get(name)
            for element in parsed(drawing).iter()
            for name in ("fill", "stroke", "color")
        }
        assert all(paint is None or paint.startswith("url(#") for paint in paints)


def test_colours_come_from_the_theme_or_the_system():
    paints = re.findall(r"(?:fill|stroke|color): ([^;]+);", SHEET)
    known = re.compile(r"none|Canvas|CanvasText|var\(--ds-color-[a-z0-9-]+\)")
    assert [paint for paint in paints if not known.fullmatch(paint)] == []
