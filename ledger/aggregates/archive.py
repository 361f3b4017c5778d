"""The archive chapter: what went to the archive, and how long the case is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from ledger.aggregates.guard import Commands, Folds, is_empty
from ledger.aggregates.state import replace
from ledger.codes import code_list
from ledger.entry import Actor, Entry
from ledger.events.archive import (
    ArchivePackageMade,
    ArchiveReceipted,
    RetentionClassSet,
)
from ledger.profiles import Profile
from ledger.refusals import NoLegalBasis, NotClosed, Refusal, UnknownTarget

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class Package:
    """What was packed for the archive, and from when the archive has it."""

    hash: str
    made_at: datetime
    received_on: date | None = None


@dataclass(frozen=True)
class Archive:
    """State of the chapter; a case that has no retention class is kept."""

    packages: Mapping[str, Package] = field(default_factory=dict)
    retention_class: str | None = None
    authority: str | None = None  # that the class rests on

    @property
    def must_be_kept(self) -> bool:
        """Whether the class is another than one by which entries may go."""
        may_go = code_list("retention-classes").marked("may-go")
        return self.retention_class is not None and self.retention_class not in may_go


def make_package(
    case: Case, event: ArchivePackageMade, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Pack a case that is closed, or a copy of one that is not."""
    if not case.is_closed and event.snapshot is not True:
        yield NotClosed()


def note_receipt(
    case: Case, event: ArchiveReceipted, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Note that the archive has a package that was made."""
    if event.package_id not in case.archive.packages:
        yield UnknownTarget(("package_id",))


def set_retention_class(
    case: Case, event: RetentionClassSet, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Say how long the case is kept, by a rule or decision."""
    if is_empty(event.authority):
        yield NoLegalBasis(("authority",))


COMMANDS: Commands = {
    ArchivePackageMade: make_package,
    ArchiveReceipted: note_receipt,
    RetentionClassSet: set_retention_class,
}


def _made(archive: Archive, entry: Entry[ArchivePackageMade]) -> Archive:
    event = entry.event
    package = Package(event.hash, entry.occurred_at)
    return replace(archive, packages={**archive.packages, event.package_id: package})


def _received(archive: Archive, entry: Entry[ArchiveReceipted]) -> Archive:
    event = entry.event
    known = archive.packages.get(event.package_id)
    if known is None:
        return archive
    received = replace(known, received_on=event.on)
    return replace(archive, packages={**archive.packages, event.package_id: received})


def _classed(archive: Archive, entry: Entry[RetentionClassSet]) -> Archive:
    event = entry.event
    return replace(
        archive, retention_class=event.retention_class, authority=event.authority
    )


FOLDS: Folds = {
    ArchivePackageMade: _made,
    ArchiveReceipted: _received,
    RetentionClassSet: _classed,
}
