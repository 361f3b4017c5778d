"""How wide a text is, without a font: an estimate per sort of character.

Source: screens, section 6; measured against the fonts that the pages use, with 6 %
to spare. Units are pixels of a drawing, sizes those of the text.
"""

from __future__ import annotations

import unicodedata

TEXT = 13.0  # size of words
NUMBER = 11.0  # size of numbers in marks
_NARROW = frozenset("iljtfr.,:;'| ")
_WIDE = frozenset("mwMWÅØ@")
_SPARE = 1.06


def width_of(text: str, size: float = TEXT) -> float:
    """The estimated width of a text."""
    return sum(map(_em, text)) * size * _SPARE


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.34
    if character in _WIDE:
        return 0.88
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.66 if character.isupper() else 0.56


def cut(text: str, width: float) -> str:
    """The text, or as much of it as there is room for with an ellipsis at its end."""
    if width_of(text) <= width:
        return text
    for length in range(len(text) - 1, 0, -1):
        shorter = text[:length].rstrip() + "…"
        if width_of(shorter) <= width:
            return shorter
    return "…"


def wrap(text: str, width: float, most: float) -> list[str]:
    """The text in lines that are no wider than `width`.

    A word that is too wide alone has a line to itself, and is cut at `most`.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(cut(word, most))
    return lines
