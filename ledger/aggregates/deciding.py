"""Whether an event may be recorded now, by this person: `decide` refuses or is silent.

First the door: does the case exist for this person, may the role do this, is it dated
in the future. Then the command, whose guards run in the catalogue's order. What is
never refused passes the door at once.

An answer must not tell what is hidden. Whoever it is, they are judged by what they see:
what only a hidden entry would make possible is refused as if that entry did not exist.
The family is judged by nothing else. A member of staff must pass by all there is, too;
a refusal that only then comes is answered by `ASK_LEADER` and keeps its reasons for the
access record. How the same rule places entries and makes readers is decision 19.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ledger.access import Parties, may_be_told, may_join, may_read, may_write
from ledger.aggregates import (
    access,
    archive,
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
    moving,
    people,
    plan,
    supervision,
)
from ledger.aggregates.case import Case, evolve, fold
from ledger.aggregates.guard import Command
from ledger.entry import Actor, Entry, StreamKind
from ledger.events.baton import (
    HandoverDeclined,
    HandoverProposed,
    HandoverWithdrawn,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.concern import CaseOpened, ConcernRaised
from ledger.events.consent import ConsentGiven, ConsentRefused
from ledger.events.event import EVERYONE_OF_STAFF, Event, Kind, Role
from ledger.events.log import StafettloggRequested
from ledger.events.people import ParticipantLeft, ShieldingLifted
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

NIL = UUID(int=0)  # of an entry that is thought of, and not recorded

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
    **moving.COMMANDS,
    **access.COMMANDS,
    **archive.COMMANDS,
    **correction.COMMANDS,
    **supervision.COMMANDS,
}

# Their own guards judge who holds the baton, as NOT_HOLDER; a case that is opened has
# no holder yet.
NOT_ASKED_FOR_BATON = (
    CaseOpened,
    HandoverProposed,
    HandoverWithdrawn,
    StafettholderVacated,
)

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

    exists = _exists_for(case, event, by)

    def reasons(judged: Case) -> tuple[Refusal, ...]:
        return tuple(
            _reasons(judged, event, exists=exists, by=by, at=at, now=now, rules=rules)
        )

    seen = _judged_on(case, visible, event, by)
    shown = reasons(seen)
    if shown:
        raise Refused(shown)
    if not _leaves_readers_as_they_are(seen, event, by, at):
        raise Refused((AskLeader(),))
    if seen is case or by.role in FAMILY:
        return
    hidden = reasons(case)
    if hidden:
        raise Refused((AskLeader(),), hidden)


def _judged_on(case: Case, visible: Case | None, event: Event, by: Actor) -> Case:
    """The part of the case that this person's guards are asked on first."""
    if visible is None:
        return case
    if by.role in FAMILY:  # who is only told by this has what is shared to go by
        return visible if visible.exists else _shared_of(case)
    if by.role is Role.SUPERVISOR:
        return case  # whose acts name their own case, findings and grants
    if isinstance(event, ShieldingLifted) and by.role is Role.PRIVACY_OFFICER:
        return case  # ends shields by office, and reads none of them
    return replace(visible, others=case.others)


def _shared_of(case: Case) -> Case:
    shared = fold(entry for entry in case.entries if entry.shield is None)
    return replace(shared, others=case.others)


def _leaves_readers_as_they_are(
    seen: Case, event: Event, by: Actor, at: datetime
) -> bool:
    """Whether a member of staff who may not read the case lets nobody into it.

    They may write down what happened (decision 8), but not bring themselves or others
    in by it. Duties that are never refused let in whom the law says.
    """
    if by.role not in EVERYONE_OF_STAFF or event.KIND is Kind.NEVER:
        return True
    if isinstance(event, CaseOpened | ParticipantLeft):
        return True  # its own guard judges the one; the other takes somebody out
    if not seen.exists or may_read(seen, by):
        return True
    before, after = seen.parties, evolve(seen, _unrecorded(event, by, at)).parties
    shut_out = before.revoked | before.withdrawn.keys()
    if not shut_out <= after.revoked | after.withdrawn.keys():
        return False
    return _let_in(after) == _let_in(before)


def _let_in(parties: Parties) -> Parties:
    """The relations that reading rests on, without those that it does not."""
    nobody: frozenset[str] = frozenset()
    return replace(
        parties,
        named=nobody,
        recorders=nobody,
        barnevern=False,
        revoked=nobody,
        withdrawn={},
    )


def _unrecorded(event: Event, by: Actor, at: datetime) -> Entry[Event]:
    return Entry(
        event=event,
        case=NIL,
        by=by,
        occurred_at=at,
        recorded_at=at,
        stream=NIL,
        stream_kind=StreamKind.SHARED,
        version=1,
        previous=None,
    )


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
        elif by.role in FAMILY and not exists:
            yield NoCase()
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
    if isinstance(event, ConsentGiven | ConsentRefused) and by.ref == event.giver_ref:
        return may_be_told(case, by)
    if isinstance(event, StafettloggRequested):  # a parent asks before they are told
        return may_be_told(case, by)
    return False


def _holds_baton_as_claimed(case: Case, event: Event, by: Actor) -> bool:
    """A stafettholder holds the baton of this case, or held it and tells a fact."""
    if by.role is not Role.STAFETTHOLDER or isinstance(event, NOT_ASKED_FOR_BATON):
        return True
    if event.KIND is Kind.FACT:
        return case.baton.has_held(by.ref)
    if isinstance(event, StafettholderHandedOver | HandoverDeclined):
        proposal = case.baton.proposals.get(event.proposal_id)
        if proposal is not None and proposal.to_holder == by.ref:
            return True
    holder = case.baton.holder
    return holder is not None and holder.ref == by.ref
