"""The access chapter: who read what, what was refused, and what was handed out.

It stands in the access stream of what was read. The first three the service writes of
what people do; the others are asked for.
"""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    LEADERSHIP_AND_HOLDER,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Instant,
    Kind,
    Many,
    OptionalCode,
    OptionalId,
    OptionalRef,
    Part,
    Ref,
    Role,
    Stream,
    Whole,
    register,
)

AcuteNeed = Literal["life", "health"]
Form = Literal["digital", "paper"]
NoticeKind = Literal[
    "handover_offered", "consent_expiring", "answer_due", "something_new", "task"
]
NoticeChannel = Literal["email", "sms", "letter", "file"]

_HANDING_OUT = LEADERSHIP_AND_HOLDER | {Role.PRIVACY_OFFICER, Role.SYSTEM}


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


@register
class BreakGlassUsed(Event):
    """Somebody opened the case to themselves, because life or health was at stake.

    It opens what is shared, for an hour at the most, and is looked at afterwards.
    """

    NAME = "break-glass-used.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    STREAM = Stream.ACCESS
    BASIS = "acute need"
    SOURCE = "domain.md §5 Access and supervision"

    reader: Ref
    category: AcuteNeed
    reason: Confidential | None = None
    until: Instant
    reviewed_by: OptionalRef = None


@register
class OwnAccessLogIssued(Event):
    """Somebody was given the log of who has read about them."""

    NAME = "own-access-log-issued.v1"
    KIND = Kind.FACT
    RECORDED_BY = _HANDING_OUT
    STREAM = Stream.ACCESS
    BASIS = "Normen; GDPR art. 15"
    SOURCE = "domain.md §5 Access and supervision"

    to_person: Ref
    period_from: Day | None = None
    period_to: Day | None = None
    form: Form | None = None


class Redaction(Part):
    """An entry that was left out of what was handed out, and why."""

    entry: Id
    reason: Code


@register
class SubjectAccessIssued(Event):
    """Somebody was given what is recorded about them, and told what was left out."""

    NAME = "subject-access-issued.v1"
    KIND = Kind.FACT
    RECORDED_BY = _HANDING_OUT | {Role.ARCHIVE_OFFICER}
    STREAM = Stream.ACCESS
    BASIS = "GDPR art. 15; fvl 1967 § 18, new § 46"
    SOURCE = "domain.md §5 Access and supervision"

    to_person: Ref
    redactions: Many[Redaction]
    form: Form | None = None


@register
class NoticeSent(Event):
    """Somebody was told that there is something for them; the notice says not what.

    Never about a shielded entry to those it is hidden from.
    """

    NAME = "notice-sent.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM})
    STREAM = Stream.ACCESS
    SOURCE = "domain.md §2"

    to_person: Ref
    kind: NoticeKind
    channel: NoticeChannel
    link: OptionalCode = None  # without names or facts of the case


OF_READING: tuple[type[Event], ...] = (AccessRecorded, AccessDenied, CommandRefused)
"""What the service writes of what people do; they do not ask for it."""
