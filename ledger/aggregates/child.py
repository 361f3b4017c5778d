"""The child chapter: whether the child was heard, and where it is going.

A reasoned exception counts as heard: the child had no chance, or did not wish it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from ledger.aggregates.guard import (
    Commands,
    Folds,
    is_empty,
    local_day,
    no_guard,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.child import (
    ChildInformed,
    ChildNotHeard,
    ChildStrengthNoted,
    ChildViewRecorded,
    FamilyEntryMade,
    TransitionNoted,
)
from ledger.events.closing import CaseClosed
from ledger.events.concern import CaseOpened
from ledger.events.event import (
    Role,
)
from ledger.events.level import (
    LevelEscalated,
    LevelLowered,
)
from ledger.events.log import StafettloggSupersededByIndividuellPlan
from ledger.profiles import Profile
from ledger.refusals import NoReason, NotInScope, Refusal

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

NOT_BORN = frozenset({"unborn", "pregnant"})  # kinds of subject nobody can hear yet
NO_CHANCE = "2.1"  # SSB code of why the child was not heard

Decision = (
    LevelEscalated | LevelLowered | CaseClosed | StafettloggSupersededByIndividuellPlan
)


@dataclass(frozen=True)
class View:
    """What the child said or showed: when, in which form, and about what."""

    at: datetime
    form: str
    about: str
    view_id: str | None = None


@dataclass(frozen=True)
class Transition:
    """A new place where the child starts."""

    to_unit: str
    starts: date
    noted_at: datetime


@dataclass(frozen=True)
class Child:
    """State of the chapter. `decided_at`: the last decision, or the case's opening."""

    views: tuple[View, ...] = ()
    not_heard: tuple[datetime, ...] = ()  # when it was said why the child was not
    informed_at: datetime | None = None
    decided_at: datetime | None = None
    transitions: tuple[Transition, ...] = ()


def is_unheard(case: Case) -> bool:
    """Whether a born child was neither heard nor excepted since the last decision.

    The time runs from CaseOpened when there was no decision (catalogue, conventions).
    """
    if case.opening is not None and case.opening.kind in NOT_BORN:
        return False
    since = case.child.decided_at
    told = (*case.child.not_heard, *(view.at for view in case.child.views))
    return not any(since is None or moment >= since for moment in told)


# --- commands -------------------------------------------------------------------------


def except_child(
    case: Case, event: ChildNotHeard, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record why the child was not heard; for "no chance" a leader explains it."""
    if event.reason != NO_CHANCE:
        return
    stands_for_it = event.leader or (by.ref if by.role is Role.LEADER else None)
    asked = {"explanation": event.explanation, "leader": stands_for_it}
    missing = tuple(name for name, value in asked.items() if is_empty(value))
    if missing:
        yield NoReason(missing)


def write_as_family(
    case: Case, event: FamilyEntryMade, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Write in the log as one whose log it is: a guardian with a say, or the child."""
    of_family = by.role in (Role.GUARDIAN, Role.YOUTH)
    writer = by.ref if of_family else event.written_by
    is_subject = case.opening is not None and writer == case.opening.subject
    if not is_subject and not case.people.has_say(writer or "", local_day(at)):
        yield NotInScope(("written_by",))


COMMANDS: Commands = {
    ChildInformed: no_guard,
    ChildViewRecorded: no_guard,
    ChildNotHeard: except_child,
    ChildStrengthNoted: no_guard,
    FamilyEntryMade: write_as_family,
    TransitionNoted: no_guard,
}


# --- folds ----------------------------------------------------------------------------


def _informed(child: Child, entry: Entry[ChildInformed]) -> Child:
    return replace(child, informed_at=entry.occurred_at)


def _not_heard(child: Child, entry: Entry[ChildNotHeard]) -> Child:
    return replace(child, not_heard=(*child.not_heard, entry.occurred_at))


def _heard(child: Child, entry: Entry[ChildViewRecorded]) -> Child:
    event = entry.event
    view = View(entry.occurred_at, event.form, event.about, event.view_id)
    return replace(child, views=(*child.views, view))


def _decided(child: Child, entry: Entry[CaseOpened | Decision]) -> Child:
    return replace(child, decided_at=entry.occurred_at)


def _moves_on(child: Child, entry: Entry[TransitionNoted]) -> Child:
    event = entry.event
    transition = Transition(event.to_unit, event.starts, entry.occurred_at)
    return replace(child, transitions=(*child.transitions, transition))


FOLDS: Folds = {
    CaseOpened: _decided,
    ChildInformed: _informed,
    ChildViewRecorded: _heard,
    ChildNotHeard: _not_heard,
    LevelEscalated: _decided,
    LevelLowered: _decided,
    CaseClosed: _decided,
    StafettloggSupersededByIndividuellPlan: _decided,
    TransitionNoted: _moves_on,
}
