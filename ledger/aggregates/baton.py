"""The baton chapter: one holder at a time, and a handover needs two.

A proposal moves nothing, its acceptance does. A vacancy comes from a forced event only;
an interim holder is a holder, also after the day it was meant to end. A case that is
taken up again has no holder, and nobody is missed before it has a level again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ledger.aggregates.consent import covered
from ledger.aggregates.guard import (
    Commands,
    Fold,
    Folds,
    in_order,
    local_day,
    no_guard,
    while_open,
    with_reason,
)
from ledger.aggregates.moving import (
    has_transfer_consent,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.baton import (
    CoordinationResponsibilityDecided,
    HandoverDeclined,
    HandoverLapsed,
    HandoverMeetingHeld,
    HandoverProposed,
    HandoverWithdrawn,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.closing import CaseClosed, CaseReopened
from ledger.events.event import Role
from ledger.events.log import StafettloggSupersededByIndividuellPlan
from ledger.profiles import Profile
from ledger.refusals import (
    FutureDate,
    HolderExists,
    LevelRule,
    NotDue,
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
    proposed_by: str | None = None
    proposed_at: datetime | None = None
    planned_from: date | None = None
    # accepted, declined, withdrawn, lapsed, replaced, closed
    answer: str | None = None
    answered_at: datetime | None = None

    @property
    def lets_in(self) -> bool:
        """Whether its receiver has a part in the case by it: not once it has failed."""
        return self.answer in (None, "accepted")


@dataclass(frozen=True)
class Coordination:
    """The service that the municipality has made responsible, and who decided so."""

    service: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True)
class Baton:
    """State of the chapter: all holdings in order, the last may be the present one."""

    holdings: tuple[Holding, ...] = ()
    proposals: Mapping[str, Proposal] = field(default_factory=dict)  # by proposal_id
    moved_at: datetime | None = None
    rested_on: date | None = None  # when the case last ended
    coordination: Coordination | None = None
    met_at: datetime | None = None  # when a handover meeting was last held
    before: int = 0  # holdings from before the case was last taken up again

    @property
    def holder(self) -> Holding | None:
        """Who holds the baton now."""
        if self.holdings and self.holdings[-1].last_day is None:
            return self.holdings[-1]
        return None

    @property
    def vacant_since(self) -> date | None:
        """The last day of the last holder, when nobody has followed."""
        if len(self.holdings) == self.before:
            return None
        return self.holdings[-1].last_day

    def has_held(self, ref: str) -> bool:
        """Whether a person holds the baton, or ever held it."""
        return any(holding.ref == ref for holding in self.holdings)

    def open_proposals(self) -> Iterator[str]:
        """Ids of the proposals that wait for an answer."""
        for proposal_id, proposal in self.proposals.items():
            if proposal.answer is None:
                yield proposal_id

    def open_proposal(self, proposal_id: str) -> Proposal | None:
        """The proposal, if it waits for an answer."""
        proposal = self.proposals.get(proposal_id)
        return None if proposal is None or proposal.answer is not None else proposal


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
    if not has_transfer_consent(case, at=at, rules=rules):
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
    asked = _asked(case, event.proposal_id, at, rules)
    if asked is None or asked.to_holder != by.ref:
        yield NotProposed(("proposal_id",))
    carried = has_transfer_consent(case, at=at, rules=rules)
    if proposal is not None and proposal.to_service is not None and not carried:
        yield from covered(
            case, (proposal.to_service,), at=at, rules=rules, field="proposal_id"
        )


def decline_handover(
    case: Case, event: HandoverDeclined, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Say no with a reason, as the one who was asked."""
    yield from while_open(case)
    asked = _asked(case, event.proposal_id, at, rules)
    if asked is None or asked.to_holder != by.ref:
        yield NotProposed(("proposal_id",))
    yield from with_reason(event.reason)


def withdraw_handover(
    case: Case, event: HandoverWithdrawn, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Take a proposal back, as who made it, as the holder or as a leader."""
    yield from while_open(case)
    proposal = _asked(case, event.proposal_id, at, rules)
    if proposal is None:
        yield NotProposed(("proposal_id",))
    holder = case.baton.holder
    made = proposal is not None and proposal.proposed_by == by.ref
    holds = holder is not None and holder.ref == by.ref
    if not (made or holds or by.role is Role.LEADER):
        yield NotHolder()


def let_lapse(
    case: Case, event: HandoverLapsed, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """End a proposal that nobody answered in the days that the profile gives it."""
    proposal = case.baton.open_proposal(event.proposal_id)
    if proposal is None:
        yield NotProposed(("proposal_id",))
    due = proposal and lapses_on(proposal, rules)
    if rules.handover_lapse_days is None or (due and local_day(at) < due):
        yield NotDue(("proposal_id",))


def lapses_on(proposal: Proposal, rules: Profile) -> date | None:
    """The first day on which a proposal that nobody answers stands no more, if any.

    The day it was made is not counted, and the last of its days is one to answer on.
    """
    if rules.handover_lapse_days is None or proposal.proposed_at is None:
        return None
    return local_day(proposal.proposed_at) + timedelta(rules.handover_lapse_days + 1)


def _has_lapsed(proposal: Proposal, at: datetime, rules: Profile) -> bool:
    """By its dates, whether or not that is on record."""
    day = lapses_on(proposal, rules)
    return day is not None and local_day(at) >= day


def _asked(
    case: Case, proposal_id: str, at: datetime, rules: Profile
) -> Proposal | None:
    """The proposal, if it waits for an answer on the day."""
    proposal = case.baton.open_proposal(proposal_id)
    if proposal is None or _has_lapsed(proposal, at, rules):
        return None
    return proposal


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
    HandoverDeclined: decline_handover,
    HandoverWithdrawn: withdraw_handover,
    HandoverLapsed: let_lapse,
    StafettholderVacated: vacate,
    InterimHolderAssigned: assign_interim,
    CoordinationResponsibilityDecided: no_guard,
    HandoverMeetingHeld: no_guard,
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
        proposed_by=entry.by.ref,
        proposed_at=entry.occurred_at,
        planned_from=event.planned_from,
    )
    proposals = _answered(baton, "replaced", entry)
    return replace(baton, proposals={**proposals, event.proposal_id: proposal})


def _coordinated(
    baton: Baton, entry: Entry[CoordinationResponsibilityDecided]
) -> Baton:
    event = entry.event
    decided = Coordination(event.service, event.decided_by, entry.occurred_at)
    return replace(baton, coordination=decided)


def _met(baton: Baton, entry: Entry[HandoverMeetingHeld]) -> Baton:
    """To meet about a handover moves nothing."""
    return replace(baton, met_at=entry.occurred_at)


def _failed(answer: str) -> Fold:
    """The fold of an event by which a proposal ends and the baton stays."""

    def fold(
        baton: Baton,
        entry: Entry[HandoverDeclined | HandoverWithdrawn | HandoverLapsed],
    ) -> Baton:
        known = baton.proposals.get(entry.event.proposal_id) or Proposal()
        ended = replace(known, answer=answer, answered_at=entry.occurred_at)
        return replace(
            baton, proposals={**baton.proposals, entry.event.proposal_id: ended}
        )

    return fold


def _closed(
    baton: Baton, entry: Entry[CaseClosed | StafettloggSupersededByIndividuellPlan]
) -> Baton:
    """The last holder stays on record; no proposal outlives the case."""
    return replace(
        baton,
        proposals=_answered(baton, "closed", entry),
        rested_on=local_day(entry.occurred_at),
    )


def _reopened(baton: Baton, entry: Entry[CaseReopened]) -> Baton:
    """Whoever held the baton to the end of the case does not hold it again."""
    last_day = baton.rested_on or local_day(entry.occurred_at)
    holdings = baton.holdings
    if baton.holder is not None:
        holdings = (*holdings[:-1], replace(baton.holder, last_day=last_day))
    return replace(
        baton,
        holdings=holdings,
        proposals=_answered(baton, "closed", entry),
        moved_at=entry.occurred_at,
        before=len(holdings),
    )


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
    HandoverDeclined: _failed("declined"),
    HandoverWithdrawn: _failed("withdrawn"),
    HandoverLapsed: _failed("lapsed"),
    StafettholderVacated: _vacated,
    InterimHolderAssigned: _interim,
    CoordinationResponsibilityDecided: _coordinated,
    HandoverMeetingHeld: _met,
    CaseClosed: _closed,
    StafettloggSupersededByIndividuellPlan: _closed,
    CaseReopened: _reopened,
}
