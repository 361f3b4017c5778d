"""The access chapter: who read what, and what was refused.

Written by the service itself, into the access stream of what was read.
"""

from __future__ import annotations

from ledger.events.event import (
    Code,
    Event,
    Id,
    Kind,
    Many,
    OptionalCode,
    OptionalId,
    Ref,
    Role,
    Stream,
    Whole,
    register,
)


@register
class AccessRecorded(Event):
    """Someone read a view or an entry. Written for each read that was answered."""

    NAME = "access-recorded.v1"
    KIND = Kind.NEVER
    RECORDED_BY = frozenset({Role.SYSTEM})
    STREAM = Stream.ACCESS
    BASIS = "pasientjournalloven § 22; Normen faktaark 15"
    SOURCE = "domain.md §5 Access and supervision"

    reader: Ref
    reader_role: Code
    reader_service: OptionalCode = None
    view: Code  # which view or entry
    entries_from: Whole | None = None
    entries_to: Whole | None = None
    purpose: Code
    legal_basis: OptionalCode = None
    grant_id: OptionalId = None
    # of a list: the cases it showed, and the shielded streams it showed a row of
    cases: Many[Id] | None = None


@register
class AccessDenied(Event):
    """Someone asked to read and was not allowed to."""

    NAME = "access-denied.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM})
    STREAM = Stream.ACCESS
    SOURCE = "domain.md §5 Access and supervision"

    reader: Ref
    reader_role: Code
    view: Code
    reason_code: Code


@register
class CommandRefused(Event):
    """Someone tried to record something and was refused; it says what, not the content.

    It stands in the access stream of the stream the refusal rests on.
    """

    NAME = "command-refused.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM})
    STREAM = Stream.ACCESS
    SOURCE = "domain.md §5 Access and supervision"

    actor: Ref
    actor_role: Code
    command: Code  # event name, no content
    code: Code  # a refusal code
    rule_version: OptionalCode = None
    profile_version: OptionalCode = None


OF_READING: tuple[type[Event], ...] = (AccessRecorded, AccessDenied, CommandRefused)
"""What the service writes of what people do; they do not ask for it."""
