"""Whether an event may be recorded now, by this person: `decide` refuses or is silent.

First the door: does the case exist for this person, may the role do this, is it dated
in the future. Then the command, whose guards run in the catalogue's order. What is
never refused passes the door at once.

A refusal must not tell what is hidden. The family is judged by what it sees alone. A
member of staff is judged by all there is, but a refusal that rests on what they do not
see is answered by `ASK_LEADER` and keeps its reasons for the access record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ledger.access import may_be_told, may_join, may_write
from ledger.aggregates import (
    barnevern,
    baton,
    child,
    closing,
    concern,
    consent,
    correction,
    level,
    log,
    meeting,
    people,
    plan,
    supervision,
)
from ledger.aggregates.case import Case
from ledger.aggregates.guard import Command
from ledger.entry import Actor
from ledger.events.baton import (
    HandoverProposed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.concern import CaseOpened, ConcernRaised
from ledger.events.consent import ConsentGiven
from ledger.events.event import Event, Kind, Role
from ledger.profiles import Profile
from ledger.refusals import (
    AskLeader,
    ChildUnheard,
    DutyNotAssessed,
    FutureDate,
    NoCase,
    NoConsent,
    NotGraded,
    NotHolder,
    NotProposed,
    Refusal,
    Refused,
    UnknownTarget,
    WrongRole,
)

CLOCKS_DIFFER_BY = timedelta(seconds=2)  # how far ahead a claimed time may be

FAMILY = frozenset({Role.GUARDIAN, Role.YOUTH})
FROM_OUTSIDE = FAMILY | {Role.SUPERVISOR}

COMMANDS: Mapping[type[Event], Command] = {
    **concern.COMMANDS,
    **consent.COMMANDS,
    **people.COMMANDS,
    **child.COMMANDS,
    **baton.COMMANDS,
    **level.COMMANDS,
    **log.COMMANDS,
    **plan.COMMANDS,
    **meeting.COMMANDS,
    **barnevern.COMMANDS,
    **closing.COMMANDS,
    **correction.COMMANDS,
    **supervision.COMMANDS,
}

# Their own guards judge who holds the baton, as NOT_HOLDER; a case that is opened has
# no holder yet.
NOT_ASKED_FOR_BATON = (CaseOpened, HandoverProposed, StafettholderVacated)

# What they say is missing may be what was lost with an erased body.
RESTS_ON_WHAT_IS_MISSING = (
    UnknownTarget,
    NotGraded,
    NotHolder,
    NotProposed,
    NoConsent,
    ChildUnheard,
    DutyNotAssessed,
)


def decide(
    case: Case,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    now: datetime,
    rules: Profile,
    visible: Case | None = None,
) -> None:
    """Raise `Refused` when the event may not be recorded now.

    `case` is folded from all its streams, `visible` from those this person sees; `None`
    means they see all. `at` is when it is said to have happened, `now` our clock, both
    with an offset; `rules` is the case's profile at `at`. For CaseOpened, `case.others`
    holds the other cases of the same child.
    """

    def reasons(seen: Case, door_of: Case) -> tuple[Refusal, ...]:
        exists = _exists_for(door_of, event, by)
        return tuple(
            _reasons(seen, event, exists=exists, by=by, at=at, now=now, rules=rules)
        )

    if by.role in FAMILY:
        seen = visible if visible is not None and visible.exists else case
        _refuse(reasons(seen, case))
        return
    true_reasons = reasons(case, case)
    if visible is None or not true_reasons:
        _refuse(true_reasons)
        return
    seen = replace(visible, others=case.others)
    shown = reasons(seen, seen)
    _refuse(shown or (AskLeader(),), hidden=() if shown else true_reasons)


def _refuse(refusals: tuple[Refusal, ...], hidden: tuple[Refusal, ...] = ()) -> None:
    if refusals:
        raise Refused(refusals, hidden)


def _reasons(
    case: Case,
    event: Event,
    *,
    exists: bool,
    by: Actor,
    at: datetime,
    now: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    door = tuple(_at_the_door(case, event, exists, by, at, now))
    yield from door
    if any(isinstance(refusal, NoCase | WrongRole) for refusal in door):
        return  # what state the case is in is not for them to know
    command = COMMANDS[type(event)]
    for refusal in command(case, event, by=by, at=at, rules=rules):
        lost = case.incomplete and isinstance(refusal, RESTS_ON_WHAT_IS_MISSING)
        yield AskLeader() if lost else refusal


def _at_the_door(
    case: Case, event: Event, exists: bool, by: Actor, at: datetime, now: datetime
) -> Iterator[Refusal]:
    """NO_CASE, WRONG_ROLE and FUTURE_DATE, in this order."""
    in_role = by.role in event.RECORDED_BY
    if event.KIND is Kind.NEVER:
        if not in_role and by.role in FROM_OUTSIDE:
            yield WrongRole()
        return
    if not exists:
        yield NoCase()
    if not in_role or not _holds_baton_as_claimed(case, event, by):
        yield WrongRole()
    if at > now + CLOCKS_DIFFER_BY:
        yield FutureDate()


def _exists_for(case: Case, event: Event, by: Actor) -> bool:
    """Whether the case exists for this person, who may come into it by the event."""
    if isinstance(event, CaseOpened) or may_write(case, by):
        return True
    if isinstance(event, ConcernRaised):  # whoever worries is a party by saying so
        return may_join(case, by)
    if isinstance(event, ConsentGiven) and by.ref == event.giver_ref:
        return may_be_told(case, by)
    return False


def _holds_baton_as_claimed(case: Case, event: Event, by: Actor) -> bool:
    """A stafettholder holds the baton of this case, or held it and tells a fact."""
    if by.role is not Role.STAFETTHOLDER or isinstance(event, NOT_ASKED_FOR_BATON):
        return True
    if event.KIND is Kind.FACT:
        return case.baton.has_held(by.ref)
    if isinstance(event, StafettholderHandedOver):
        proposal = case.baton.proposals.get(event.proposal_id)
        if proposal is not None and proposal.to_holder == by.ref:
            return True
    holder = case.baton.holder
    return holder is not None and holder.ref == by.ref
