"""The measure: a case as an ordinary application of the eventsourcing library keeps it.

Aggregate, JSON transcoder, mapper, recorder and table are the library's own, as it
makes them by default: no cipher, no compressor, no snapshots, no cache, nothing signed.
The recorder takes the path with the table lock; the one with database functions loses
events for readers. The event says what one of our entries says, and is about as long.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from tests.benchmarks.facts import CONCERN, DAY, SEEN, TEACHER

SAID_BY = {
    "ref": TEACHER.ref,
    "role": TEACHER.role.value,
    "service": TEACHER.service,
    "unit": TEACHER.unit,
    "name": TEACHER.name,
    "title": TEACHER.title,
    "auth": TEACHER.auth,
}


class PlainCase(Aggregate):
    """A child's case as the library's aggregate."""

    class Opened(Aggregate.Created):
        """The first event."""

        subject_ref: str
        profile: str

    class ObservationRecorded(Aggregate.Event):
        """The same fact as ours, with who said it."""

        concern_id: str
        arena: str
        facts: str
        period_from: str
        period_to: str
        occurred_at: datetime
        by: dict[str, Any]

    @event(Opened)
    def __init__(self, subject_ref: str, profile: str) -> None:
        self.subject_ref = subject_ref
        self.profile = profile
        self.observations: list[str] = []

    @event(ObservationRecorded)
    def observe(
        self,
        concern_id: str,
        arena: str,
        facts: str,
        period_from: str,
        period_to: str,
        occurred_at: datetime,
        by: dict[str, Any],
    ) -> None:
        """Put an observation on record."""
        self.observations.append(facts)


class PlainCases(Application[UUID]):
    """The library's application, as it comes."""

    name = "plain"
    is_snapshotting_enabled = False

    def open(self, length: int) -> UUID:
        """A case of so many events, saved together."""
        case = PlainCase(subject_ref="b-barn", profile="fjordvik")
        for _ in range(length - 1):
            case.observe(**observed())
        self.save(case)
        return case.id


def observed() -> dict[str, Any]:
    """The fields of an observation."""
    return {
        "concern_id": CONCERN,
        "arena": "kindergarten",
        "facts": SEEN,
        "period_from": DAY,
        "period_to": DAY,
        "occurred_at": datetime.now(UTC),
        "by": SAID_BY,
    }


def observation(case: UUID, version: int) -> PlainCase.ObservationRecorded:
    """One event of the library."""
    return PlainCase.ObservationRecorded(
        originator_id=case,
        originator_version=version,
        timestamp=datetime.now(UTC),
        **observed(),
    )
