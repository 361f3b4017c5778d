"""Which of our three languages a reader is answered in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

LANGUAGES: Final = ("nb", "nn", "en")
"""Bokmål, nynorsk, English; the first is for who asks for none of them."""

_SPOKEN: Final = {"nb": "nb", "no": "nb", "nn": "nn", "en": "en"}
_RANGE: Final = re.compile(
    r"([A-Za-z]{2})(?:-[A-Za-z0-9-]*)? *(?:; *q=([01](?:\.\d*)?))?"
)
MAX_LENGTH: Final = 500


@lru_cache(maxsize=256)
def preferred(accept_language: str) -> str:
    """The language of ours that an Accept-Language header puts first (RFC 9110)."""
    wanted: dict[str, float] = {}
    for part in accept_language[:MAX_LENGTH].split(","):
        found = _RANGE.fullmatch(part.strip())
        if found and found[1].lower() in _SPOKEN:
            wanted.setdefault(_SPOKEN[found[1].lower()], float(found[2] or 1))
    best = max(wanted, key=wanted.__getitem__, default=LANGUAGES[0])
    return best if wanted.get(best) else LANGUAGES[0]
