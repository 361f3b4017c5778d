"""The archive chapter: the case is packed for the archive, and how long it is kept."""

from __future__ import annotations

from ledger.events.event import (
    BlankCode,
    Code,
    Day,
    Event,
    Id,
    Kind,
    Role,
    register,
)


@register
class ArchivePackageMade(Event):
    """The case was packed for the archive; what was packed is known by its hash."""

    NAME = "archive-package-made.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.ARCHIVE_OFFICER, Role.SYSTEM, Role.ADMINISTRATOR})
    BASIS = "arkivlova 2025 §§ 5, 14"
    SOURCE = "domain.md §5 Close, move, archive"

    package_id: Id
    format: Code  # e.g. noark5
    hash: Code
    to: Code
    snapshot: bool | None = None  # a copy of an open case


@register
class ArchiveReceipted(Event):
    """The archive said that it has received a package."""

    NAME = "archive-receipted.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.ARCHIVE_OFFICER, Role.SYSTEM})
    BASIS = "arkivlova 2025 § 14"
    SOURCE = "domain.md §5 Close, move, archive"

    package_id: Id
    receipt: Code
    on: Day


@register
class RetentionClassSet(Event):
    """The one responsible for the archive said how long the case is kept, and why.

    A code of an open list; whatever that list does not say may go is kept.
    """

    NAME = "retention-class-set.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.ARCHIVE_OFFICER})
    BASIS = "arkivlova 2025 §§ 12–13"
    SOURCE = "domain.md §5 Close, move, archive"

    # The field is called `class`, which Python does not let a class body write down.
    __annotations__["class"] = "Code"
    authority: BlankCode  # the rule or decision it rests on

    @property
    def retention_class(self) -> str:
        """The field `class`."""
        name: str = getattr(self, "class")
        return name
