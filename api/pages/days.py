"""Days as people write and read them, where the case is led: Europe/Oslo.

Whole local calendar days are counted. How far a day lies away is said within thirty
days only, and the date always stands beside it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from api.pages.texts import Texts

NEAR = 30  # days
CENTURY = 2000
YEARS = range(1900, 2100)

_NUMERIC = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WORDS = {
    "i dag": 0,
    "today": 0,
    "i går": -1,
    "yesterday": -1,
    "i forgårs": -2,
    "i førgår": -2,
}


class NoDay(ValueError):
    """A text names no day that there is. It does not repeat the text."""


def parse_day(text: str, *, today: date) -> date:
    """The day somebody typed: 14.3.25, 14.03.2025, 2025-03-14, «i går». Raises `NoDay`.

    A year of two digits lies in this century.
    """
    typed = " ".join(text.split()).casefold()
    if typed in _WORDS:
        return today + timedelta(days=_WORDS[typed])
    if found := _NUMERIC.fullmatch(typed):
        day, month, year = map(int, found.groups())
        year += CENTURY if len(found[3]) == 2 else 0
    elif found := _ISO.fullmatch(typed):
        year, month, day = map(int, found.groups())
    else:
        raise NoDay("names no day")
    if year not in YEARS:
        raise NoDay("lies too far away")
    try:
        return date(year, month, day)
    except ValueError:
        raise NoDay("is not in the calendar") from None


def day_text(day: date) -> str:
    """A day in figures, alike in every language."""
    return f"{day:%d.%m.%Y}"


def days_text(count: int, t: Texts) -> str:
    """A number of days in words."""
    return t("days.count", n=count)


def away(day: date, *, today: date, t: Texts) -> str:
    """How far a day lies from today; nothing beyond thirty days."""
    ahead = (day - today).days
    match ahead:
        case 0:
            return t("days.today")
        case -1:
            return t("days.yesterday")
        case 1:
            return t("days.tomorrow")
    if abs(ahead) > NEAR:
        return ""
    return t("days.ahead", n=ahead) if ahead > 0 else t("days.ago", n=-ahead)
