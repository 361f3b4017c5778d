"""A calendar is RFC 5545 whatever its values hold."""

from __future__ import annotations

import re
import typing
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.calendar import AllDay, calendar
from api.pages.texts import LANGUAGES, reminders_in
from api.routes.calendar import told
from ledger.listing import Item
from ledger.projections.my_cases import MyCaseLine
from ledger.projections.overview import DueKind
from ledger.projections.register import DueDate

NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
LEAP_DAY = date(2028, 2, 29)


def made(summary: str = "Frist", url: str = "https://x.example/saker/1") -> bytes:
    return calendar("Frister", [AllDay("u-1", LEAP_DAY, summary, url)], made_at=NOON)


def unfolded(content: bytes) -> list[str]:
    """The content lines, as a reader of RFC 5545, section 3.1, puts them together."""
    assert content.endswith(b"\r\n")
    return content.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def value_of(name: str, content: bytes) -> str:
    (line,) = (each for each in unfolded(content) if each.startswith(f"{name}:"))
    return line.removeprefix(f"{name}:")


def read_text(value: str) -> str:
    """A TEXT value as its reader takes it (section 3.3.11)."""

    def meant(found: re.Match[str]) -> str:
        return "\n" if found[1] in "nN" else found[1]

    return re.sub(r"\\(.)", meant, value)


def printable(said: str) -> str:
    """What of a text a calendar may hold."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", said.replace("\r\n", "\n"))


def test_a_calendar_is_this_and_nothing_else():
    assert made().decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//stafettlogg//deadlines//EN",
        "NAME:Frister",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "BEGIN:VEVENT",
        "UID:u-1",
        "DTSTAMP:20260329T120000Z",
        "DTSTART;VALUE=DATE:20280229",
        "SUMMARY:Frist",
        "URL:https://x.example/saker/1",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_what_has_a_meaning_in_the_format_is_escaped():
    said = value_of("SUMMARY", made("a;b,c\\n\r\nEND:VCALENDAR"))
    assert said == "a\\;b\\,c\\\\n\\nEND:VCALENDAR"


def test_a_link_begins_no_line_of_its_own():
    assert value_of("URL", made(url="x\r\nATTENDEE:y\n")) == "xATTENDEE:y"


@given(st.text())
def test_any_text_comes_back_and_no_line_is_longer_than_75_bytes(said):
    content = made(said * 3)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert len(unfolded(content)) == 15
    assert read_text(value_of("SUMMARY", content)) == printable(said * 3)


def test_a_line_is_folded_between_letters_and_not_within_one():
    for line in made("å" * 200).split(b"\r\n"):
        line.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_deadline_has_a_word(language):
    t = reminders_in(language)
    assert all(t(f"due.{kind}") for kind in (*typing.get_args(DueKind), "deadline"))


def test_of_what_rests_on_a_shield_a_calendar_tells_only_the_day():
    due = (DueDate("feedback", LEAP_DAY), DueDate("shield_review", LEAP_DAY))
    line = MyCaseLine("holder", is_open=True, level=1, holder="p-1", due=due)
    hidden, open_to_all = (Item("c", shield, False, line) for shield in ("s", None))
    assert told(hidden) == [("deadline", LEAP_DAY)]
    assert told(open_to_all) == [(each.kind, LEAP_DAY) for each in due]
