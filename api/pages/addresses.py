"""Addresses within this site: what a person may be sent back to."""

from __future__ import annotations

import re

# A path from the root, and a query: nothing that a browser takes for another site. No
# quantifier gives back what it took (`++`, `*+`), so that a text is read once.
_WORD = r"[A-Za-z0-9._~-]++"
_LOCAL = re.compile(
    rf"/(?:{_WORD}(?:/{_WORD})*+/?+)?+(?:\?[A-Za-z0-9._~%&=+-]*+)?+", re.ASCII
)
START = "/"


def local_address(text: str | None) -> str:
    """The address if it lies within this site, else the start page."""
    if text and len(text) <= 500 and _LOCAL.fullmatch(text):
        return text
    return START
