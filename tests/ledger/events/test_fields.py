import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.events.event import Part
from ledger.events.fields import (
    LIST_LENGTH,
    TEXT_LENGTH,
    Code,
    Confidential,
    Day,
    Id,
    Instant,
    Many,
    NationalId,
    OptionalCode,
    OptionalId,
    OptionalRef,
    PersonalDay,
    PlainData,
    Quotation,
    Ref,
    Text,
    Whole,
    personal_fields,
)


def read(field_type: Any, value: Any) -> Any:
    return TypeAdapter(field_type).validate_json(json.dumps(value), strict=True)


def accepts(field_type: Any, value: Any) -> bool:
    try:
        read(field_type, value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Æ Ø Å æ ø å é ô",
        "Áá Čč Đđ Ŋŋ Šš Ŧŧ Žž",
        "Ïï Åå Öö",
        "to\nlinjer\tog mer",
        "👧🏽",
    ],
)
def test_norwegian_and_sami_letters_newlines_and_tabs_are_text(text):
    assert read(Text, text) == text


@pytest.mark.parametrize(
    "hidden",
    ["\x00", "\x07", "\r", "\x1b", "\x7f", "\x85", "\u200e", "\u200f", "\u061c"],
)
def test_control_and_direction_characters_are_no_text(hidden):
    assert not accepts(Text, f"a{hidden}b")


@pytest.mark.parametrize("codepoint", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_a_text_cannot_turn_its_own_direction(codepoint):
    assert not accepts(Text, f"a{chr(codepoint)}b")


def test_a_lone_surrogate_is_no_text_however_it_arrives():
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_json(rb'"\ud800"', strict=True)
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python("\ud800", strict=True)


def test_what_an_archive_cannot_carry_is_no_text():
    assert not accepts(Text, "\ufffe")
    assert not accepts(Text, "\uffff")


def test_a_text_has_a_longest_length_and_a_quotation_can_hold_it_as_json():
    longest = '"' * TEXT_LENGTH
    assert accepts(Confidential, longest)
    assert not accepts(Confidential, longest + "x")
    assert accepts(Quotation, json.dumps(longest))


@pytest.mark.parametrize("label", [Ref, Id, Code])
def test_a_required_label_is_never_empty_and_never_long(label):
    assert not accepts(label, "")
    assert accepts(label, "x" * 200)
    assert not accepts(label, "x" * 201)


@pytest.mark.parametrize("label", [OptionalRef, OptionalId, OptionalCode])
def test_an_optional_label_may_be_empty_or_null_because_a_guard_names_the_lack(label):
    assert read(label, "") == ""
    assert read(label, None) is None
    assert not accepts(label, "x" * 201)


@pytest.mark.parametrize(
    "number",
    [
        "14082112345",  # plain
        "54082112345",  # d-number
        "14482112345",  # month + 40
        "14732112345",  # month + 65
        "14882112345",  # month + 80
        "54882112345",  # d-number, month + 80
        "29820412345",  # 29 February of a leap year
    ],
)
def test_a_national_number_begins_with_a_possible_date(number):
    assert read(NationalId, number) == number


@pytest.mark.parametrize(
    "number",
    [
        "1408211234",
        "140821123456",
        "14082112 45",
        "1408211234५",  # a digit, but not one of ours
        "32082112345",
        "14132112345",
        "14932112345",
        "00082112345",
        "29820312345",  # 29 February of a common year
        "31842112345",  # 31 April
        14882112345,
    ],
)
def test_eleven_digits_without_a_possible_date_are_no_national_number(number):
    assert not accepts(NationalId, number)


def test_the_check_digits_of_a_national_number_are_not_tested():
    assert all(accepts(NationalId, f"148821123{end:02}") for end in range(100))


def test_a_day_is_written_year_month_day():
    assert read(Day, "2026-02-03") == date(2026, 2, 3)


@pytest.mark.parametrize(
    "day",
    [
        "20260203",
        "2026-2-3",
        "2026-02-30",
        "2026-02-03T00:00:00",
        "03.02.2026",
        "1770076800",
        "2026-W06-2",
        "२०२६-०२-०३",
        "1899-12-31",
        "2200-01-01",
        20260203,
    ],
)
def test_nothing_else_is_a_day(day):
    assert not accepts(Day, day)


@pytest.mark.parametrize(
    ("field_type", "impossible", "message"),
    [
        (Day, "2026-02-30", "A date is written YYYY-MM-DD"),
        (
            Instant,
            "2026-02-03T09:10:00+99:99",
            "A time is written YYYY-MM-DDThh:mm:ss with an offset",
        ),
    ],
)
def test_a_moment_that_never_comes_is_told_from_in_our_own_words(
    field_type, impossible, message
):
    with pytest.raises(ValidationError) as refusal:
        read(field_type, impossible)
    assert refusal.value.errors()[0]["msg"] == message


def test_an_instant_carries_its_offset():
    oslo = timezone(timedelta(hours=1))
    read_back = read(Instant, "2026-02-03T09:10:00+01:00")
    assert read_back == datetime(2026, 2, 3, 9, 10, tzinfo=oslo)
    assert read_back.utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(
    "instant",
    [
        "2026-02-03T09:10:00",
        "2026-02-03",
        "2026-02-03 09:10:00+01:00",
        "2026-02-03T09:10+01:00",
        "2026-02-03T09:10:00+0100",
        "2026-02-03T25:10:00Z",
        "2026-02-03T09:10:00.1234567Z",
        "1770076800",
        "0001-01-01T00:00:00+14:00",
        1770076800,
    ],
)
def test_nothing_else_is_an_instant(instant):
    assert not accepts(Instant, instant)


def test_code_that_builds_an_event_must_give_days_and_not_words():
    adapter = TypeAdapter(Day)
    assert adapter.validate_python(date(2026, 2, 3), strict=True) == date(2026, 2, 3)
    for other in ("2026-02-03", datetime(2026, 2, 3), date(1, 1, 1)):
        with pytest.raises(ValidationError):
            adapter.validate_python(other, strict=True)


def test_numbers_are_whole_and_within_what_every_reader_keeps():
    assert read(Whole, 2**53 - 1) == 2**53 - 1
    assert not any(accepts(Whole, n) for n in (2**53, -(2**53), 1.0, True, "1"))


def test_a_list_has_a_longest_length():
    assert accepts(Many[Ref], ["x"] * LIST_LENGTH)
    assert not accepts(Many[Ref], ["x"] * (LIST_LENGTH + 1))


@pytest.mark.parametrize(
    "written", ['{"a": NaN}', '{"a": [Infinity]}', '{"a": -Infinity}']
)
def test_plain_data_holds_only_numbers_that_json_knows(written):
    with pytest.raises(ValidationError):
        TypeAdapter(PlainData).validate_json(written, strict=True)


def test_plain_data_is_readable_in_every_corner():
    assert accepts(PlainData, {"a": [{"b": None, "c": [1.5, True, "æ"]}]})
    assert not accepts(PlainData, {"a": [{"b": "\x00"}]})
    assert not accepts(PlainData, {"a": {"\u202e": 1}})
    with pytest.raises(ValidationError):
        TypeAdapter(PlainData).validate_python({"a": ["\ud800"]}, strict=True)


class Sample(Part):
    plain: Code
    words: Confidential
    maybe_words: Confidential | None = None
    several: Many[Confidential] = ()
    born: PersonalDay | None = None


def test_personal_fields_are_found_however_they_are_wrapped():
    assert personal_fields(Sample) == {"words", "maybe_words", "several", "born"}


def test_the_json_schema_carries_the_personal_mark():
    properties = Sample.model_json_schema()["properties"]
    assert properties["words"]["x-personal"] is True
    assert "x-personal" not in properties["plain"]


@settings(deadline=None)
@given(st.text())
def test_a_text_is_kept_as_it_is_or_refused(text):
    try:
        kept = TypeAdapter(Text).validate_python(text, strict=True)
    except ValidationError:
        return
    assert kept == text
