"""The baton chapter: one holder at a time, and a handover needs two.

A proposal moves nothing, its acceptance does. A vacancy comes from a forced event only;
an interim holder is a holder, also after the day it was meant to end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ledger.aggregates.consent import covered
from ledger.aggregates.guard import (
    Commands,
    Folds,
    in_order,
    local_day,
    while_open,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.baton import (
    HandoverProposed,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.closing import CaseClosed
from ledger.events.event import Role
from ledger.profiles import Profile
from ledger.refusals import (
    FutureDate,
    HolderExists,
    LevelRule,
    NotHolder,
    NotProposed,
    NoVacancy,
    Refusal,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class Holding:
    """Someone holds the baton, or held it until their `last_day`.

    `last_day` is `None` while they hold it.
    """

    ref: str
    service: str | None
    since: date
    interim: bool = False
    until: date | None = None  # how long an interim was meant to last
    last_day: date | None = None
    left: str | None = None  # why, when nobody took over


@dataclass(frozen=True)
class Proposal:
    """A question whether someone takes over; `answer` is `None` while it is open.

    The receiver is `None` for one that is only known by its answer.
    """

    from_holder: str | None = None
    to_holder: str | None = None
    to_service: str | None = None
    proposed_at: datetime | None = None
    planned_from: date | None = None
    answer: str | None = None  # accepted, replaced, closed
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Baton:
    """State of the chapter: all holdings in order, the last may be the present one."""

    holdings: tuple[Holding, ...] = ()
    proposals: Mapping[str, Proposal] = field(default_factory=dict)  # by proposal_id
    moved_at: datetime | None = None

    @property
    def holder(self) -> Holding | None:
        """Who holds the baton now."""
        if self.holdings and self.holdings[-1].last_day is None:
            return self.holdings[-1]
        return None

    @property
    def vacant_since(self) -> date | None:
        """The last day of the last holder, when nobody has followed."""
        return self.holdings[-1].last_day if self.holdings else None

    def has_held(self, ref: str) -> bool:
        """Whether a person holds the baton, or ever held it."""
        return any(holding.ref == ref for holding in self.holdings)

    def open_proposals(self) -> Iterator[str]:
        """Ids of the proposals that wait for an answer."""
        for proposal_id, proposal in self.proposals.items():
            if proposal.answer is None:
                yield proposal_id


# --- commands -------------------------------------------------------------------------


def appoint_holder(
    case: Case,
    event: StafettholderAppointed,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Name a holder where nobody holds the baton, at a level that has one."""
    yield from _not_ahead(event.from_date, at)
    yield from while_open(case)
    yield from in_order(case, at)
    if case.baton.holder is not None:
        yield HolderExists()
    if case.level.number < rules.holder_required_from_level:
        yield LevelRule()


def propose_handover(
    case: Case, event: HandoverProposed, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Ask someone of a covered service to take over from the holder."""
    yield from while_open(case)
    holder = case.baton.holder
    is_holder = holder is not None and by.ref == holder.ref
    if by.role is Role.STAFETTHOLDER and not is_holder:
        yield NotHolder()
    elif holder is None or event.from_holder != holder.ref:
        yield NotHolder(("from_holder",))
    yield from covered(
        case, (event.to_service,), at=at, rules=rules, field="to_service"
    )


def hand_over(
    case: Case,
    event: StafettholderHandedOver,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Accept the baton, as the one who was asked, while the service is covered."""
    yield from _not_ahead(event.from_date, at)
    yield from while_open(case)
    yield from in_order(case, at)
    proposal = case.baton.proposals.get(event.proposal_id)
    if proposal is None or proposal.answer is not None or proposal.to_holder != by.ref:
        yield NotProposed(("proposal_id",))
    if proposal is not None and proposal.to_service is not None:
        yield from covered(
            case, (proposal.to_service,), at=at, rules=rules, field="proposal_id"
        )


def vacate(
    case: Case,
    event: StafettholderVacated,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Record that the holder is gone; a holder who records it names themself."""
    yield from in_order(case, at)
    holder = case.baton.holder
    named = event.holder or (by.ref if by.role is Role.STAFETTHOLDER else None)
    if holder is None or (named is not None and named != holder.ref):
        yield NotHolder(("holder",))


def assign_interim(
    case: Case,
    event: InterimHolderAssigned,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Take the baton for a time, where nobody holds it."""
    yield from while_open(case)
    yield from in_order(case, at)
    if case.baton.holder is not None:
        yield NoVacancy()


def _not_ahead(from_date: date, at: datetime) -> Iterator[Refusal]:
    """The baton is held from the day of the entry at the latest (catalogue, note)."""
    if from_date > local_day(at):
        yield FutureDate(("from_date",))


COMMANDS: Commands = {
    StafettholderAppointed: appoint_holder,
    HandoverProposed: propose_handover,
    StafettholderHandedOver: hand_over,
    StafettholderVacated: vacate,
    InterimHolderAssigned: assign_interim,
}


# --- folds ----------------------------------------------------------------------------


def _appointed(baton: Baton, entry: Entry[StafettholderAppointed]) -> Baton:
    event = entry.event
    return _taken(baton, Holding(event.holder, event.service, event.from_date), entry)


def _interim(baton: Baton, entry: Entry[InterimHolderAssigned]) -> Baton:
    event = entry.event
    since = local_day(entry.occurred_at)
    holding = Holding(event.holder, event.service, since, True, event.until)
    return _taken(baton, holding, entry)


def _accepted(baton: Baton, entry: Entry[StafettholderHandedOver]) -> Baton:
    event = entry.event
    proposal = baton.proposals.get(event.proposal_id) or Proposal()
    holding = Holding(
        ref=proposal.to_holder or entry.by.ref,
        service=proposal.to_service or entry.by.service,
        since=event.from_date,
    )
    answered = replace(proposal, answer="accepted", answered_at=entry.occurred_at)
    proposals = {**baton.proposals, event.proposal_id: answered}
    return _taken(replace(baton, proposals=proposals), holding, entry)


def _taken(baton: Baton, holding: Holding, entry: Entry[Any]) -> Baton:
    """One holder at a time: who held the baton holds it no more."""
    before = baton.holdings
    if baton.holder is not None:
        before = (*before[:-1], replace(baton.holder, last_day=holding.since))
    return replace(baton, holdings=(*before, holding), moved_at=entry.occurred_at)


def _vacated(baton: Baton, entry: Entry[StafettholderVacated]) -> Baton:
    event = entry.event
    if baton.holder is None:
        return replace(baton, moved_at=entry.occurred_at)
    ended = replace(baton.holder, last_day=event.last_day, left=event.reason)
    holdings = (*baton.holdings[:-1], ended)
    return replace(baton, holdings=holdings, moved_at=entry.occurred_at)


def _proposed(baton: Baton, entry: Entry[HandoverProposed]) -> Baton:
    event = entry.event
    proposal = Proposal(
        from_holder=event.from_holder,
        to_holder=event.to_holder,
        to_service=event.to_service,
        proposed_at=entry.occurred_at,
        planned_from=event.planned_from,
    )
    proposals = _answered(baton, "replaced", entry)
    return replace(baton, proposals={**proposals, event.proposal_id: proposal})


def _closed(baton: Baton, entry: Entry[CaseClosed]) -> Baton:
    """The last holder stays on record; no proposal outlives the case."""
    return replace(baton, proposals=_answered(baton, "closed", entry))


def _answered(baton: Baton, answer: str, entry: Entry[Any]) -> Mapping[str, Proposal]:
    """All proposals, those that were open answered so."""
    return dict(baton.proposals) | {
        proposal_id: replace(
            baton.proposals[proposal_id],
            answer=answer,
            answered_at=entry.occurred_at,
        )
        for proposal_id in baton.open_proposals()
    }


FOLDS: Folds = {
    StafettholderAppointed: _appointed,
    HandoverProposed: _proposed,
    StafettholderHandedOver: _accepted,
    StafettholderVacated: _vacated,
    InterimHolderAssigned: _interim,
    CaseClosed: _closed,
}
