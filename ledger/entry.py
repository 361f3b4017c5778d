"""One event with all that surrounds it: its case and stream, who, when, and its place.

Two times: `occurred_at` is what the actor claims, `recorded_at` is ours. The body that
is signed holds the event, the actor and the case; the place (stream, version, previous
leaf) stands in the signed header; the position is given out by the recorder afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from ledger.events.event import Event, Role


class StreamKind(StrEnum):
    """The kind of a stream; the value is the stored topic and stands in the header."""

    SHARED = "stafettlogg.case.v1"
    SHIELDED = "stafettlogg.shielded.v1"
    ACCESS = "stafettlogg.access.v1"
    REGISTRY = "stafettlogg.registry.v1"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as they were called when they did it."""

    ref: str
    role: Role
    service: str | None = None
    unit: str | None = None
    name: str | None = None
    title: str | None = None
    auth: str = (
        "service"  # how the actor was known to us; "service": nobody else vouches
    )


@dataclass(frozen=True, slots=True)
class Erased:
    """Stands where an event was whose body is gone: it folds as a place, not a fact."""


E_co = TypeVar("E_co", bound=Event | Erased, covariant=True)


@dataclass(frozen=True, slots=True)
class Entry(Generic[E_co]):
    """One event on record, or about to be.

    `version` counts from 1 within `stream`; `previous` is the 32-byte leaf hash of the
    entry before it there (`None` at version 1); `position` counts from 1 over the whole
    tenant and is `None` until the entry is recorded, as is `leaf`. `profile` names the
    version of the process rules that it was judged by, as `id/version`.
    """

    event: E_co = field(repr=False)  # no words of a case in a log or traceback
    case: UUID
    by: Actor = field(repr=False)
    occurred_at: datetime
    recorded_at: datetime
    stream: UUID
    stream_kind: StreamKind
    version: int
    previous: bytes | None
    shield: str | None = None  # label of the shield, on entries of a shielded stream
    basis: str | None = None
    profile: str | None = None
    position: int | None = None
    leaf: bytes | None = None

    @property
    def originator_id(self) -> UUID:
        """The stream, under the name the eventsourcing library gives it."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, under the name the eventsourcing library gives it."""
        return self.version
