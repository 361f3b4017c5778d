"""Days as an iCalendar stream (RFC 5545): what calendars subscribe to.

A calendar is often kept outside the municipality. So an event is a day, a word for its
kind and a link; who may follow the link is asked again there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//stafettlogg//deadlines//EN"
_LINE_BYTES = 75  # of a line, without its end (RFC 5545, section 3.1)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # may stand in no value
_ASKED_AGAIN = "PT6H"  # how often a subscriber should ask (RFC 7986, section 5.7)


@dataclass(frozen=True, slots=True)
class AllDay:
    """A whole day; `uid` stays the same for as long as it is the same thing."""

    uid: str
    on: date
    summary: str
    url: str


def calendar(name: str, days: Iterable[AllDay], *, made_at: datetime) -> bytes:
    """A calendar with an event for each day; `made_at` with an offset.

    Source: RFC 5545, sections 3.4 and 3.6.1; name and interval, RFC 7986, section 5.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        f"NAME:{_text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_ASKED_AGAIN}",
        *(line for day in days for line in _event(day, made_at)),
        "END:VCALENDAR",
    ]
    return b"".join(map(_content_line, lines))


def _event(day: AllDay, made_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(day.uid)}"
    yield f"DTSTAMP:{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}"  # alone it lasts the day
    yield f"SUMMARY:{_text(day.summary)}"
    yield f"URL:{_CONTROL.sub('', day.url).translate(_NO_NEW_LINE)}"
    yield "CLASS:PRIVATE"
    yield "TRANSP:TRANSPARENT"  # a deadline keeps nobody busy
    yield "END:VEVENT"


_NO_NEW_LINE = {ord("\n"): None}


def _text(value: str) -> str:
    """A value of type TEXT (RFC 5545, section 3.3.11)."""
    said = _CONTROL.sub("", value.replace("\r\n", "\n"))
    escaped = re.sub(r"[\\;,]", lambda found: "\\" + found[0], said)
    return escaped.replace("\n", "\\n")


def _content_line(line: str) -> bytes:
    """A line with its end, folded where it is too long and never within a letter."""
    pieces, rest = list[bytes](), line.encode()
    while len(rest) > (room := _LINE_BYTES - bool(pieces)):
        cut = next(n for n in range(room, 0, -1) if rest[n] & 0xC0 != 0x80)
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return b"\r\n ".join([*pieces, rest]) + b"\r\n"
