"""The concern chapter: who opened the case for whom, what worries, what is danger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ledger.access import may_read
from ledger.aggregates.guard import (
    Commands,
    Folds,
    in_order,
    is_empty,
    no_guard,
    while_open,
    with_reason,
)
from ledger.aggregates.state import replace
from ledger.codes import scale_named
from ledger.entry import Actor, Entry
from ledger.events.closing import CaseReopened
from ledger.events.concern import (
    CaseOpened,
    ConcernClarified,
    ConcernDiscussedAnonymously,
    ConcernGraded,
    ConcernRaised,
    ConcernSharedWithLeader,
    ObservationRecorded,
    RiskFlagRaised,
    RiskFlagResolved,
    SiblingsConsidered,
    UndringssamtaleHeld,
)
from ledger.events.event import Role
from ledger.profiles import Profile
from ledger.refusals import (
    AskLeader,
    BadGrade,
    CaseExists,
    Identifying,
    Invalid,
    NoCase,
    NoReason,
    NotGraded,
    Refusal,
    UnknownTarget,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

LEVEL_SET_BY = {"level1": 1, "level2": 2}  # outcomes that set a level at once
OF_VIOLENCE = frozenset({"violence", "sexual_abuse"})  # parents are not told first


@dataclass(frozen=True)
class Opening:
    """How the case began: for whom, by whom, under which rules."""

    subject: str
    kind: str  # born, unborn, pregnant, youth
    birth_date: date | None
    language: str
    profile: str
    opened_at: datetime
    opener: str
    service: str | None  # the opener's own
    unit: str | None


@dataclass(frozen=True)
class Concern:
    """A worry. `raised_at` is `None` for one that is only known by later entries."""

    raised_at: datetime | None = None
    shield: str | None = None
    grade: int | None = None
    graded_at: datetime | None = None
    leader: str | None = None  # whom it was shared with
    outcome: str | None = None
    clarified_at: datetime | None = None


@dataclass(frozen=True)
class Flag:
    """A sign of danger. `raised_at` is `None` when only its end is known."""

    kind: str = "other"
    raised_at: datetime | None = None
    resolved_at: datetime | None = None
    shield: str | None = None


@dataclass(frozen=True)
class Concerns:
    """State of the chapter."""

    concerns: Mapping[str, Concern] = field(default_factory=dict)  # by concern_id
    flags: Mapping[str, Flag] = field(default_factory=dict)  # by flag_id
    siblings_considered_at: datetime | None = None

    @property
    def grade(self) -> int:
        """The highest grade that any concern has now; 0 when none is graded."""
        return max((c.grade or 0 for c in self.concerns.values()), default=0)

    def violence_since(self) -> Iterator[datetime]:
        """When each unresolved flag of violence or sexual abuse was raised."""
        for flag in self.flags.values():
            if flag.kind in OF_VIOLENCE and flag.resolved_at is None and flag.raised_at:
                yield flag.raised_at


# --- commands -------------------------------------------------------------------------


def open_case(
    case: Case, event: CaseOpened, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Begin to follow up a child, unless this person may see an open case of it."""
    if case.opening is None and _others_wrote(case, by) and not may_read(case, by):
        yield AskLeader()  # else opening it would show them what others wrote
    elif case.opening is not None:
        yield CaseExists() if may_read(case, by) else NoCase()
    elif any(other.is_open and may_read(other, by) for other in case.others):
        yield CaseExists()
    if event.profile != rules.id:
        yield Invalid(("profile",))


def _others_wrote(case: Case, by: Actor) -> bool:
    """Whether anybody else has put something on the shared stream."""
    shared = (entry for entry in case.entries if entry.shield is None)
    return any(entry.by.ref != by.ref for entry in shared)


def grade_concern(
    case: Case, event: ConcernGraded, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Place a concern on a scale that has the grade."""
    scale = scale_named(event.scale_id)
    if scale is None or str(event.grade) not in scale:
        yield BadGrade(("grade",))
    yield from _known_concern(case, event.concern_id)


def discuss_anonymously(
    case: Case,
    event: ConcernDiscussedAnonymously,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Ask another service for advice; who names the child needs another basis."""
    if event.identifying:
        yield Identifying(("identifying",))


def clarify_concern(
    case: Case, event: ConcernClarified, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Decide with reasons what becomes of a concern that has been graded."""
    yield from while_open(case)
    if event.outcome in LEVEL_SET_BY:
        yield from in_order(case, at)
    yield from _known_concern(case, event.concern_id)
    concern = case.concern.concerns.get(event.concern_id)
    if concern is not None and concern.grade is None:
        yield NotGraded(("concern_id",))
    yield from with_reason(event.reasons, "reasons")


def resolve_flag(
    case: Case, event: RiskFlagResolved, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """End a flag once barnevern or police was met, or a leader says why."""
    flag = case.concern.flags.get(event.flag_id)
    if flag is None or flag.resolved_at is not None:
        yield UnknownTarget(("flag_id",))
    leader_says_why = by.role is Role.LEADER and not is_empty(event.reason)
    if case.barnevern.contact_at is None and not leader_says_why:
        yield NoReason(("reason",))


def _known_concern(case: Case, concern_id: str) -> Iterator[Refusal]:
    if concern_id not in case.concern.concerns:
        yield UnknownTarget(("concern_id",))


COMMANDS: Commands = {
    CaseOpened: open_case,
    ConcernRaised: no_guard,
    ObservationRecorded: no_guard,
    ConcernGraded: grade_concern,
    ConcernDiscussedAnonymously: discuss_anonymously,
    ConcernSharedWithLeader: no_guard,
    UndringssamtaleHeld: no_guard,
    ConcernClarified: clarify_concern,
    RiskFlagRaised: no_guard,
    RiskFlagResolved: resolve_flag,
    SiblingsConsidered: no_guard,
}


# --- folds ----------------------------------------------------------------------------


def opened(opening: Opening | None, entry: Entry[CaseOpened]) -> Opening:
    """The case begins; a second beginning changes nothing of the first."""
    event = entry.event
    return opening or Opening(
        subject=event.subject_ref,
        kind=event.subject_kind,
        birth_date=event.birth_date,
        language=event.language,
        profile=event.profile,
        opened_at=entry.occurred_at,
        opener=event.opened_by or entry.by.ref,
        service=entry.by.service,
        unit=entry.by.unit,
    )


def _with_concern(state: Concerns, concern_id: str, concern: Concern) -> Concerns:
    return replace(state, concerns={**state.concerns, concern_id: concern})


def _concern(state: Concerns, concern_id: str, entry: Entry[Any]) -> Concern:
    """The concern; one not seen before is created as unknown."""
    return state.concerns.get(concern_id) or Concern(shield=entry.shield)


def _raised(state: Concerns, entry: Entry[ConcernRaised]) -> Concerns:
    return _worried(state, entry.event.concern_id, entry)


def _reopened(state: Concerns, entry: Entry[CaseReopened]) -> Concerns:
    """The worry for which the case is taken up again is clarified like any other."""
    new = entry.event.new_concern
    return state if new is None else _worried(state, new.concern_id, entry)


def _worried(state: Concerns, concern_id: str, entry: Entry[Any]) -> Concerns:
    known = _concern(state, concern_id, entry)
    concern = replace(known, raised_at=known.raised_at or entry.occurred_at)
    return _with_concern(state, concern_id, concern)


def _spoken_of(
    state: Concerns, entry: Entry[ObservationRecorded | ConcernDiscussedAnonymously]
) -> Concerns:
    concern_id = entry.event.concern_id
    if not concern_id or concern_id in state.concerns:
        return state
    return _with_concern(state, concern_id, _concern(state, concern_id, entry))


def _graded(state: Concerns, entry: Entry[ConcernGraded]) -> Concerns:
    known = _concern(state, entry.event.concern_id, entry)
    concern = replace(known, grade=entry.event.grade, graded_at=entry.occurred_at)
    return _with_concern(state, entry.event.concern_id, concern)


def _shared(state: Concerns, entry: Entry[ConcernSharedWithLeader]) -> Concerns:
    known = _concern(state, entry.event.concern_id, entry)
    concern = replace(known, leader=entry.event.leader)
    return _with_concern(state, entry.event.concern_id, concern)


def _clarified(state: Concerns, entry: Entry[ConcernClarified]) -> Concerns:
    known = _concern(state, entry.event.concern_id, entry)
    concern = replace(
        known, outcome=entry.event.outcome, clarified_at=entry.occurred_at
    )
    return _with_concern(state, entry.event.concern_id, concern)


def _flag_raised(state: Concerns, entry: Entry[RiskFlagRaised]) -> Concerns:
    flag = Flag(entry.event.kind, entry.occurred_at, shield=entry.shield)
    known = state.flags.get(entry.event.flag_id, flag)
    elsewhere = known.shield != entry.shield
    key = _apart(entry) if elsewhere else entry.event.flag_id
    return replace(state, flags={**state.flags, key: flag})


def _apart(entry: Entry[RiskFlagRaised | RiskFlagResolved]) -> str:
    """The key of a flag whose id another flag has, under another shield.

    Whoever raised it could not see the other, and neither puts an end to the other.
    """
    return f"{entry.event.flag_id} ({entry.shield})"


def _flag_resolved(state: Concerns, entry: Entry[RiskFlagResolved]) -> Concerns:
    key = _apart(entry) if _apart(entry) in state.flags else entry.event.flag_id
    known = state.flags.get(key) or Flag(shield=entry.shield)
    flag = replace(known, resolved_at=entry.occurred_at)
    return replace(state, flags={**state.flags, key: flag})


def _siblings_considered(state: Concerns, entry: Entry[SiblingsConsidered]) -> Concerns:
    return replace(state, siblings_considered_at=entry.occurred_at)


OPENING_FOLDS: Folds = {CaseOpened: opened}

FOLDS: Folds = {
    ConcernRaised: _raised,
    ObservationRecorded: _spoken_of,
    ConcernDiscussedAnonymously: _spoken_of,
    ConcernGraded: _graded,
    ConcernSharedWithLeader: _shared,
    ConcernClarified: _clarified,
    RiskFlagRaised: _flag_raised,
    RiskFlagResolved: _flag_resolved,
    SiblingsConsidered: _siblings_considered,
    CaseReopened: _reopened,
}
