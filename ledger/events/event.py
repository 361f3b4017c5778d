"""What every event type declares about itself, and nothing about any one of them.

An event is the words of one action: who did it, when and on what basis stand in the
`Entry` around it. The class is also the request body, so it is strict: a field that the
catalogue does not name is refused, and nothing is silently converted.

What a type declares is written in capitals, its fields in small letters. So the two
never meet: `CaseOpened.NAME` is the type's name on the wire, and the field `name` of a
`CaseOpened` is the name of a child.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from ledger.events.fields import (
    BlankCode,
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
    Personal,
    PersonalDay,
    PersonName,
    PlainData,
    Quotation,
    Ref,
    Text,
    Whole,
    personal_fields,
)

__all__ = [
    "EVERYONE_OF_STAFF",
    "LEADERSHIP",
    "LEADERSHIP_AND_HOLDER",
    "MUNICIPAL_STAFF",
    "BlankCode",
    "Code",
    "Confidential",
    "Day",
    "Event",
    "Id",
    "Instant",
    "Kind",
    "Many",
    "NationalId",
    "OptionalCode",
    "OptionalId",
    "OptionalRef",
    "Part",
    "PersonName",
    "Personal",
    "PersonalDay",
    "PlainData",
    "Quotation",
    "Ref",
    "Role",
    "Stream",
    "Text",
    "Whole",
    "all_types",
    "catalogue_name",
    "from_json",
    "personal_fields",
    "register",
    "to_json",
    "type_called",
    "type_named",
]


class Role(StrEnum):
    """In which capacity a person acts; one per request, rights never add up."""

    EMPLOYEE = "employee"
    LEADER = "leader"
    STAFETTHOLDER = "stafettholder"
    KOORDINERENDE_ENHET = "koordinerende_enhet"
    GUARDIAN = "guardian"
    YOUTH = "youth"
    BARNEVERN = "barnevern"
    PRIVACY_OFFICER = "privacy_officer"
    ARCHIVE_OFFICER = "archive_officer"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


LEADERSHIP = frozenset({Role.LEADER, Role.KOORDINERENDE_ENHET})
LEADERSHIP_AND_HOLDER = LEADERSHIP | {Role.STAFETTHOLDER}
MUNICIPAL_STAFF = LEADERSHIP_AND_HOLDER | {Role.EMPLOYEE}
EVERYONE_OF_STAFF = MUNICIPAL_STAFF | {Role.BARNEVERN}


class Kind(StrEnum):
    """How far an event may be refused."""

    ACT = "act"  # something is done now: guarded
    FACT = "fact"  # something has happened: accepted, a breach becomes a finding
    NEVER = "never"  # a duty or a right: refused only by its own guards


class Stream(StrEnum):
    """Which kind of stream an event type belongs to."""

    CASE = "case"  # shared, or shielded when recorded under a shield
    ACCESS = "access"  # reads and refusals
    REGISTRY = "registry"  # keys, checkpoints and profiles of the tenant


class Part(BaseModel):
    """An inner object of an event."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", hide_input_in_errors=True
    )


class Event(Part):
    """Base of every event type.

    A field that is not required has the default `None`, which is also what `null`
    means: where a guard asks for it, its absence is that guard's refusal.
    """

    NAME: ClassVar[str]  # "<past-tense>.v<n>": part of the signed bytes for ever
    KIND: ClassVar[Kind]
    RECORDED_BY: ClassVar[frozenset[Role]]
    STREAM: ClassVar[Stream] = Stream.CASE
    SHIELDED_BY_RULE: ClassVar[bool] = False
    MILESTONE: ClassVar[bool] = False  # shown also where a case is told in short
    BASIS: ClassVar[str | None] = None  # legal basis as the catalogue names it
    SOURCE: ClassVar[str]  # where the rule comes from


_TYPES: dict[str, type[Event]] = {}
E = TypeVar("E", bound=Event)


def register(event_type: type[E]) -> type[E]:
    """Make an event type known by its name. Two types of one name are a mistake."""
    if event_type.NAME in _TYPES:
        raise ValueError(f"event type {event_type.NAME} is declared twice")
    _TYPES[event_type.NAME] = event_type
    return event_type


def type_named(name: str) -> type[Event]:
    """The event type with this wire name. Raises `KeyError` for an unknown one."""
    return _TYPES[name]


def all_types() -> dict[str, type[Event]]:
    """Every declared event type by wire name."""
    return dict(_TYPES)


def catalogue_name(event_type: type[Event]) -> str:
    """The type's name in the catalogue and in history files: `ConcernRaised`."""
    return event_type.__name__


def type_called(name: str) -> type[Event]:
    """The type called so in the catalogue. Raises `KeyError` for an unknown name."""
    by_name = {catalogue_name(known): known for known in _TYPES.values()}
    return by_name[name]


def to_json(event: Event) -> bytes:
    """The event's one form as bytes: UTF-8, compact, in field order, without nulls."""
    return event.model_dump_json(exclude_none=True).encode()


def from_json(name: str, data: bytes | str) -> Event:
    """The event of the type with this wire name that `data` holds.

    Raises `KeyError` for an unknown name and `pydantic.ValidationError` for anything
    that does not fit the type's fields; its text repeats no value of `data`.
    """
    return type_named(name).model_validate_json(data)
