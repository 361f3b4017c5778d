"""What the fields of an event may hold: one annotated type for each sort of value.

Every value arrives as JSON from outside and ends in signed bytes that are read for
decades, so each type says once which characters, lengths and forms are possible. No
message repeats the value it refuses: the value may be words about a child.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    JsonValue,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError

LABEL_LENGTH = 200
TEXT_LENGTH = 20_000
QUOTE_LENGTH = 200_000  # a corrected value may be a whole text or list, quoted as JSON
LIST_LENGTH = 500
WHOLE_LIMIT = 2**53 - 1  # what every JSON reader keeps exactly (RFC 8259, section 6)
FIRST_YEAR, LAST_YEAR = 1900, 2199  # far from where time zone arithmetic overflows


@dataclass(frozen=True, slots=True)
class Personal:
    """Mark of a field that names, numbers or describes a person."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Let the JSON Schema of an event carry the mark too."""
        return {**handler(schema), "x-personal": True}


# --- strings --------------------------------------------------------------------------

_UNREADABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of writing (UAX #9)
    "\ud800-\udfff"  # halves of a character
    "\ufffe\uffff]"  # XML 1.0, section 2.2: archives are XML
)


def readable(text: str) -> str:
    """Refuse characters that hide, reorder or break what a reader sees.

    Refused: control characters other than newline and tab, lone surrogates, the marks
    that turn the direction of writing, and what XML cannot carry.
    """
    if _UNREADABLE.search(text):
        raise PydanticCustomError(
            "unreadable_text", "Text should hold no control or hidden characters"
        )
    return text


_LABEL = StringConstraints(min_length=1, max_length=LABEL_LENGTH)
_MAYBE_LABEL = StringConstraints(max_length=LABEL_LENGTH)
_IS_REF = Field(json_schema_extra={"format": "ref"})
_IS_TEXT = Field(json_schema_extra={"format": "text"})

Ref = Annotated[str, _LABEL, AfterValidator(readable), _IS_REF]
"""Label of a person: not a name, yet sealed like everything else."""

Id = Annotated[str, _LABEL, AfterValidator(readable)]
"""Id chosen by whoever records, so that sending twice records once."""

Code = Annotated[str, _LABEL, AfterValidator(readable)]
"""A code of an open list, a service kind, a unit or another short label."""

# An optional label may be empty: what a guard asks for and finds empty is that guard's
# named refusal, not a mistake of form.
OptionalRef = Annotated[str, _MAYBE_LABEL, AfterValidator(readable), _IS_REF] | None
OptionalId = Annotated[str, _MAYBE_LABEL, AfterValidator(readable)] | None
BlankCode = Annotated[str, _MAYBE_LABEL, AfterValidator(readable)]
OptionalCode = BlankCode | None

Text = Annotated[
    str,
    StringConstraints(max_length=TEXT_LENGTH),
    AfterValidator(readable),
    _IS_TEXT,
]
"""Free text that is not about a person."""

Confidential = Annotated[Text, Personal()]
"""Words about a person."""

PersonName = Annotated[Code, Personal()]
"""A person's name as it was when it was recorded."""

Quotation = Annotated[
    str,
    StringConstraints(max_length=QUOTE_LENGTH),
    AfterValidator(readable),
    Personal(),
]
"""A field's value as it stands, or should stand, in another entry."""


# --- national numbers -----------------------------------------------------------------


def possible_national_id(number: str) -> str:
    """Check that `number` is 11 digits that begin with a possible date.

    A d-number adds 40 to the day; numbers of invented people add 40, 65 or 80 to the
    month. Check digits are not tested: the register has changed how it computes them.
    """
    if not re.fullmatch(r"[0-9]{11}", number) or not _begins_with_date(number):
        raise PydanticCustomError(
            "national_id", "A national number is 11 digits that begin with a date"
        )
    return number


def _begins_with_date(number: str) -> bool:
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    return any(
        # The century is unknown here; 2000 to 2099 has every leap day there can be.
        _is_date(2000 + year, month - m, day - d)
        for m in (0, 40, 65, 80)
        for d in (0, 40)
    )


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


NationalId = Annotated[str, AfterValidator(possible_national_id), Personal()]
"""A Norwegian national identity number or d-number."""


# --- days and instants ----------------------------------------------------------------

D = TypeVar("D", bound=date)


def _written_as(
    pattern: str, read: Callable[[str], D], error: tuple[str, str]
) -> Callable[[Any, ValidationInfo], Any]:
    """A reader for one way of writing, stricter than pydantic's many ways."""
    shape = re.compile(pattern, re.ASCII)

    def parse(value: Any, info: ValidationInfo) -> Any:
        if info.mode != "json" or not isinstance(value, str):
            return value
        if not shape.fullmatch(value):
            raise PydanticCustomError(*error)
        try:
            return read(value)
        except ValueError:
            raise PydanticCustomError(*error) from None

    return parse


def _of_our_time(moment: D) -> D:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise PydanticCustomError("year", "The year should be from 1900 to 2199")
    return moment


Day = Annotated[
    date,
    BeforeValidator(
        _written_as(
            r"\d{4}-\d{2}-\d{2}",
            date.fromisoformat,
            ("day", "A date is written YYYY-MM-DD"),
        )
    ),
    AfterValidator(_of_our_time),
]
"""A calendar day in Europe/Oslo."""

PersonalDay = Annotated[Day, Personal()]
"""A day that tells about a person, such as a birth date."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(
        _written_as(
            r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})",
            datetime.fromisoformat,
            ("instant", "A time is written YYYY-MM-DDThh:mm:ss with an offset"),
        )
    ),
    AfterValidator(_of_our_time),
]
"""A moment with its offset from UTC (RFC 3339)."""


# --- numbers, lists and free objects --------------------------------------------------

Whole = Annotated[int, Field(ge=-WHOLE_LIMIT, le=WHOLE_LIMIT)]
"""A whole number. Which ones a scale or a profile knows is a guard's matter."""

T = TypeVar("T")
Many = Annotated[tuple[T, ...], Field(max_length=LIST_LENGTH)]
"""A list, kept as a tuple so that an event never changes."""


def plain_data(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuse numbers that JSON does not know, and texts nobody can read."""
    _check_plain(value)
    return value


def _check_plain(value: JsonValue) -> None:
    match value:
        case str():
            readable(value)
        case float() if not math.isfinite(value):
            raise PydanticCustomError("finite_number", "A number should be finite")
        case dict():
            for key, inner in value.items():
                readable(key)
                _check_plain(inner)
        case list():
            for inner in value:
                _check_plain(inner)


PlainData = Annotated[dict[str, JsonValue], AfterValidator(plain_data)]
"""An object of no fixed fields, such as the rules of a profile."""


def personal_fields(model: type[BaseModel]) -> frozenset[str]:
    """Names of the fields of `model` that are marked personal."""
    return frozenset(
        name
        for name, field in model.model_fields.items()
        if _is_marked(field.metadata) or _is_personal(field.annotation)
    )


def _is_personal(annotation: Any) -> bool:
    marks = getattr(annotation, "__metadata__", ())
    inner = getattr(annotation, "__args__", ())
    return _is_marked(marks) or any(_is_personal(part) for part in inner)


def _is_marked(marks: Any) -> bool:
    return any(isinstance(mark, Personal) for mark in marks)
