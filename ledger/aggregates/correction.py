"""The correction chapter: an entry is corrected by another that points at it.

So is one that is disputed. What is restricted, held, asked to be erased and said to be
destroyed is kept as state, for those whose guards ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.aggregates.guard import (
    Commands,
    Folds,
    carries,
    is_empty,
    local_day,
    no_guard,
    two_officers,
    with_reason,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry, Erased
from ledger.events.child import ChildStrengthNoted, FamilyEntryMade
from ledger.events.consent import InformationDisclosed, InformationWithheld
from ledger.events.correction import (
    EntryCorrected,
    EntryDisputed,
    ErasureDecided,
    ErasureRequested,
    KeyDestroyed,
    LegalHoldPlaced,
    LegalHoldReleased,
    RestrictionApplied,
    RestrictionLifted,
    Scope,
    SealingExecuted,
    Target,
)
from ledger.events.event import Event, Stream, catalogue_name
from ledger.profiles import Profile
from ledger.refusals import Hold, NoLegalBasis, Refusal, Retention, UnknownTarget

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

OF_THE_BODY = frozenset({"occurred_at"})  # stands beside the event, is claimed like it


@dataclass(frozen=True)
class Dispute:
    """Who does not agree with which entry, since when."""

    target: Target
    disputed_by: str
    at: datetime


@dataclass(frozen=True)
class Restriction:
    """What may not be used, from when and until when."""

    scope: Scope
    applied_at: datetime
    shield: str | None = None
    lifted_at: datetime | None = None


@dataclass(frozen=True)
class LegalHold:
    """Who said that nothing must be destroyed, from when and until when."""

    placed_by: str
    placed_at: datetime
    shield: str | None = None
    released_at: datetime | None = None


@dataclass(frozen=True)
class ErasureRequest:
    """Who asked for what to be erased (`None`: everything), and what was decided."""

    requester: str
    scope: Scope | None
    at: datetime
    outcome: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Corrections:
    """State of the chapter. Entries that are corrected or disputed stay as they are."""

    disputes: tuple[Dispute, ...] = ()
    restrictions: Mapping[str, Restriction] = field(default_factory=dict)
    holds: Mapping[str, LegalHold] = field(default_factory=dict)
    requests: tuple[ErasureRequest, ...] = ()
    sealed: tuple[Scope, ...] = ()
    destroyed_keys: frozenset[str] = frozenset()

    @property
    def is_held(self) -> bool:
        """Whether a legal hold stands."""
        return any(hold.released_at is None for hold in self.holds.values())

    def may_be_destroyed(self) -> bool:
        """Whether a request for erasure was answered with kassasjon."""
        return any(request.outcome == "kassert" for request in self.requests)


# --- commands -------------------------------------------------------------------------


def correct_entry(
    case: Case, event: EntryCorrected, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Say what an entry of the case should have said in one of its fields."""
    entry = target_of(case, event.target)
    if entry is None:
        yield UnknownTarget(("target",))
    elif not _has_field(entry.event, event.field):
        yield UnknownTarget(("field",))


def dispute_entry(
    case: Case, event: EntryDisputed, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Say that one does not agree with an entry of the case."""
    if target_of(case, event.target) is None:
        yield UnknownTarget(("target",))


def target_of(case: Case, target: Target) -> Entry[Event] | None:
    """The newest entry of the case that is meant, `None` when there is none.

    An entry's id is its place: `<stream>/<version>`, or its position in the ledger.
    Records of reading are in other streams, so no target reaches them.
    """
    return next((e for e in reversed(case.entries) if _is_meant(target, e)), None)


def _is_meant(target: Target, entry: Entry[Any]) -> bool:
    event = entry.event
    if isinstance(event, Erased) or event.STREAM is not Stream.CASE:
        return False
    if not target.event and not target.entry:
        return False
    if target.entry and not _is_id(target.entry, entry):
        return False
    if target.event and target.event not in (catalogue_name(type(event)), event.NAME):
        return False
    return all(
        getattr(event, key, None) == wanted for key, wanted in target.ids.items()
    )


def _is_id(text: str, entry: Entry[Any]) -> bool:
    if text == str(entry.position):
        return True
    if not text.endswith(f"/{entry.version}"):  # spares writing out most streams
        return False
    place = f"{entry.stream}/{entry.version}"
    return text in (place, f"urn:uuid:{place}")


def _has_field(event: Event, field: str) -> bool:
    """Whether the event's type has the field, or the body that the event stands in."""
    outermost = field.partition(".")[0]
    return outermost in type(event).model_fields or outermost in OF_THE_BODY


def apply_restriction(
    case: Case, event: RestrictionApplied, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Restrict the use of the case, with a reason."""
    yield from with_reason(event.reason)


def lift_restriction(
    case: Case, event: RestrictionLifted, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """End a restriction that stands, with a reason."""
    known = case.correction.restrictions.get(event.restriction_id)
    if known is None or known.lifted_at is not None:
        yield UnknownTarget(("restriction_id",))
    yield from with_reason(event.reason)


def decide_erasure(
    case: Case, event: ErasureDecided, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Answer a request that waits, on a provision."""
    if all(request.outcome is not None for request in case.correction.requests):
        yield UnknownTarget()
    basis = event.basis
    if basis is None or not carries(basis.act, basis.section, local_day(at)):
        yield NoLegalBasis(("basis",))


def note_sealing(
    case: Case, event: SealingExecuted, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Note, by two officers, that something was put beyond daily use."""
    yield from two_officers(event.officers)


def note_destruction(
    case: Case, event: KeyDestroyed, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Note, by two officers, that a data key was destroyed, where it could be.

    The ground is on record: a request that was answered with kassasjon, or a retention
    class by which the entries may go, set on the authority that is named.
    """
    if is_empty(event.authority) or not _may_go(case, event.authority):
        yield Retention(("authority",))
    if case.correction.is_held or case.supervision.open_cases():
        yield Hold()
    yield from two_officers(event.officers)


def _may_go(case: Case, authority: str | None) -> bool:
    archive = case.archive
    if archive.must_be_kept:
        return False
    by_class = archive.retention_class is not None and archive.authority == authority
    return by_class or case.correction.may_be_destroyed()


def place_hold(
    case: Case, event: LegalHoldPlaced, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Keep everything from being destroyed, with a reason."""
    yield from with_reason(event.reason)


def release_hold(
    case: Case, event: LegalHoldReleased, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """End a hold that stands, with a reason."""
    known = case.correction.holds.get(event.hold_id)
    if known is None or known.released_at is not None:
        yield UnknownTarget(("hold_id",))
    yield from with_reason(event.reason)


COMMANDS: Commands = {
    EntryCorrected: correct_entry,
    EntryDisputed: dispute_entry,
    RestrictionApplied: apply_restriction,
    RestrictionLifted: lift_restriction,
    ErasureRequested: no_guard,
    ErasureDecided: decide_erasure,
    SealingExecuted: note_sealing,
    KeyDestroyed: note_destruction,
    LegalHoldPlaced: place_hold,
    LegalHoldReleased: release_hold,
}


# --- folds ----------------------------------------------------------------------------


def _disputed(state: Corrections, entry: Entry[EntryDisputed]) -> Corrections:
    event = entry.event
    dispute = Dispute(event.target, event.disputed_by, entry.occurred_at)
    return replace(state, disputes=(*state.disputes, dispute))


def _restricted(state: Corrections, entry: Entry[RestrictionApplied]) -> Corrections:
    event = entry.event
    restriction = Restriction(event.scope, entry.occurred_at, entry.shield)
    return _with_restriction(state, event.restriction_id, restriction)


def _lifted(state: Corrections, entry: Entry[RestrictionLifted]) -> Corrections:
    label = entry.event.restriction_id
    known = state.restrictions.get(label)
    if known is None:
        return state
    return _with_restriction(state, label, replace(known, lifted_at=entry.occurred_at))


def _with_restriction(
    state: Corrections, label: str, restriction: Restriction
) -> Corrections:
    return replace(state, restrictions={**state.restrictions, label: restriction})


def _asked(state: Corrections, entry: Entry[ErasureRequested]) -> Corrections:
    event = entry.event
    requester = event.requester_ref or entry.by.ref
    request = ErasureRequest(requester, event.scope, entry.occurred_at)
    return replace(state, requests=(*state.requests, request))


def _decided(state: Corrections, entry: Entry[ErasureDecided]) -> Corrections:
    """The request that has waited longest is answered; a decision names none."""
    waiting = next((r for r in state.requests if r.outcome is None), None)
    if waiting is None:
        return state
    outcome, at = entry.event.outcome, entry.occurred_at
    answered = replace(waiting, outcome=outcome, decided_at=at)
    requests = (answered if r is waiting else r for r in state.requests)
    return replace(state, requests=tuple(requests))


def _sealed(state: Corrections, entry: Entry[SealingExecuted]) -> Corrections:
    return replace(state, sealed=(*state.sealed, entry.event.scope))


def _destroyed(state: Corrections, entry: Entry[KeyDestroyed]) -> Corrections:
    destroyed = state.destroyed_keys | {entry.event.key_id}
    return replace(state, destroyed_keys=destroyed)


def _held(state: Corrections, entry: Entry[LegalHoldPlaced]) -> Corrections:
    event = entry.event
    hold = LegalHold(event.placed_by, entry.occurred_at, entry.shield)
    return replace(state, holds={**state.holds, event.hold_id: hold})


def _released(state: Corrections, entry: Entry[LegalHoldReleased]) -> Corrections:
    label = entry.event.hold_id
    known = state.holds.get(label)
    if known is None:
        return state
    released = replace(known, released_at=entry.occurred_at)
    return replace(state, holds={**state.holds, label: released})


FOLDS: Folds = {
    EntryDisputed: _disputed,
    RestrictionApplied: _restricted,
    RestrictionLifted: _lifted,
    ErasureRequested: _asked,
    ErasureDecided: _decided,
    SealingExecuted: _sealed,
    KeyDestroyed: _destroyed,
    LegalHoldPlaced: _held,
    LegalHoldReleased: _released,
}

UNCHANGING: frozenset[type[Event]] = frozenset(
    {
        ChildStrengthNoted,
        EntryCorrected,
        FamilyEntryMade,
        InformationDisclosed,
        InformationWithheld,
    }
)
"""Types that change no chapter: that they stand among the entries is all there is."""
