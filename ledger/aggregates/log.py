"""The log chapter: when a relay log may be opened, and what takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from ledger.aggregates.consent import all_responsible_consent, someone_consents
from ledger.aggregates.guard import (
    Commands,
    Folds,
    complete,
    in_order,
    no_guard,
    while_open,
    with_reason,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.closing import (
    CaseClosed,
    CaseReopened,
)
from ledger.events.log import (
    StafettloggOpened,
    StafettloggRequestDecided,
    StafettloggRequested,
    StafettloggSupersededByIndividuellPlan,
)
from ledger.profiles import Profile
from ledger.refusals import LevelRule, NoConsent, Refusal, UnknownTarget

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class Log:
    """State of the chapter: since when there is a log, and which plan took over.

    `requested_at` is when the oldest request was made that nobody has decided.
    """

    requested_at: datetime | None = None
    opened_at: datetime | None = None
    format: str | None = None
    superseded_on: date | None = None
    system: str | None = None
    coordinator: str | None = None


def decide_request(
    case: Case,
    event: StafettloggRequestDecided,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Answer a family that has asked for a log, with a reason."""
    yield from while_open(case)
    if case.log.requested_at is None:
        yield UnknownTarget()
    yield from with_reason(event.reason)


def open_log(
    case: Case, event: StafettloggOpened, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Begin a relay log, at a level that has one, on somebody's valid consent."""
    yield from while_open(case)
    yield from in_order(case, at)
    if not _fits_level(case, event.level, rules):
        yield LevelRule(("level",))
    missing = rules.guardian_consent == "refuse" and not all_responsible_consent(
        case, at, rules
    )
    if missing or not someone_consents(case, at, rules):
        yield NoConsent()


def _fits_level(case: Case, level: int, rules: Profile) -> bool:
    if level < rules.log_allowed_from_level or not rules.has_level(level):
        return False
    return case.level.number in (0, level)


def supersede_log(
    case: Case,
    event: StafettloggSupersededByIndividuellPlan,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Let an individual plan take over, once those concerned have been told."""
    yield from while_open(case)
    yield from in_order(case, at)
    yield from complete(notified=event.notified)


COMMANDS: Commands = {
    StafettloggRequested: no_guard,
    StafettloggRequestDecided: decide_request,
    StafettloggOpened: open_log,
    StafettloggSupersededByIndividuellPlan: supersede_log,
}


def _requested(log: Log, entry: Entry[StafettloggRequested]) -> Log:
    return replace(log, requested_at=log.requested_at or entry.occurred_at)


def _answered(log: Log, entry: Entry[StafettloggRequestDecided | CaseClosed]) -> Log:
    return replace(log, requested_at=None)


def _opened(log: Log, entry: Entry[StafettloggOpened]) -> Log:
    first = log.opened_at or entry.occurred_at
    return replace(log, opened_at=first, format=entry.event.format)


def _superseded(log: Log, entry: Entry[StafettloggSupersededByIndividuellPlan]) -> Log:
    event = entry.event
    return replace(
        log,
        superseded_on=event.on,
        system=event.system,
        coordinator=event.coordinator_ref,
    )


def _reopened(log: Log, entry: Entry[CaseReopened]) -> Log:
    """A log is opened again, on a new consent, or there is none."""
    return Log()


FOLDS: Folds = {
    StafettloggRequested: _requested,
    StafettloggRequestDecided: _answered,
    CaseClosed: _answered,
    StafettloggOpened: _opened,
    StafettloggSupersededByIndividuellPlan: _superseded,
    CaseReopened: _reopened,
}
