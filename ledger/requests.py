"""What a request asked for: derived from the request, and again from what it recorded.

A request's key is stored with a keyed hash of what was asked. Because the entry tells
nearly all of it, the hash can be computed anew from the entry: a row that names another
entry, or was changed, is found out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from audit.record import split_preimage
from ledger.entry import Actor
from ledger.events import to_json
from ledger.events.access import CommandRefused
from ledger.events.event import Event
from ledger.sealing import parts_of_body

_ACTOR = ("ref", "role", "service", "unit", "name", "title")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked to have recorded, as far as the entry tells it afterwards.

    `event` is the event's JSON, `actor` the actor's fields without how they were known.
    `occurred_at` is empty where the request left it to us: it is then the moment of the
    first try, and the same however often it is sent. `shield` is the shield that the
    request named, `placed_under` the one it was recorded under: a rule may have named
    one where the request did not.
    """

    case: UUID
    name: str
    event: bytes
    actor: tuple[str, ...]
    occurred_at: str
    shield: str | None
    placed_under: str | None = None

    @property
    def is_refusal(self) -> bool:
        """Whether this is the record of a refusal, which does not keep the words."""
        return self.name == CommandRefused.NAME

    def as_requested(self) -> Iterator[Asked]:
        """The requests that may have led to an entry: shield and time named, or not."""
        for shield in {None, self.placed_under}:
            for occurred_at in (self.occurred_at, ""):
                yield replace(self, shield=shield, occurred_at=occurred_at)


def asked_for(
    case: UUID,
    event: Event,
    by: Actor,
    occurred_at: datetime | None,
    shield: str | None,
) -> Asked:
    """What a request asks to have recorded."""
    at = "" if occurred_at is None else occurred_at.isoformat()
    return Asked(case, event.NAME, to_json(event), _words_of(by), at, shield)


@lru_cache(maxsize=4096)
def _words_of(by: Actor) -> tuple[str, ...]:
    return tuple(str(getattr(by, name) or "") for name in _ACTOR)


def asked_in(preimage: bytes) -> Asked | None:
    """What must have been asked for an entry to be recorded; `None` for no body."""
    try:
        around, event = parts_of_body(split_preimage(preimage)[1])
        actor = tuple(around["actor"].get(name, "") for name in _ACTOR)
        return Asked(
            case=UUID(around["case"]),
            name=around["type"],
            event=event,
            actor=actor,
            occurred_at=around["occurred_at"],
            shield=around.get("shield"),
            placed_under=around.get("shield"),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
