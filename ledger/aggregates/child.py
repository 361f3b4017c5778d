"""The child chapter: whether the child was heard, and where it is going."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from ledger.aggregates.guard import Commands, Folds, no_guard
from ledger.aggregates.state import replace
from ledger.entry import Entry
from ledger.events.child import ChildViewRecorded, TransitionNoted
from ledger.events.closing import CaseClosed
from ledger.events.concern import CaseOpened
from ledger.events.level import LevelEscalated, LevelLowered
from ledger.events.log import StafettloggSupersededByIndividuellPlan

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

NOT_BORN = frozenset({"unborn", "pregnant"})  # kinds of subject nobody can hear yet

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
    decided_at: datetime | None = None
    transitions: tuple[Transition, ...] = ()


def is_unheard(case: Case) -> bool:
    """Whether a born child's view is missing since the last decision.

    The time runs from CaseOpened when there was no decision (catalogue, conventions).
    """
    if case.opening is not None and case.opening.kind in NOT_BORN:
        return False
    since = case.child.decided_at
    return not any(since is None or view.at >= since for view in case.child.views)


COMMANDS: Commands = {
    ChildViewRecorded: no_guard,
    TransitionNoted: no_guard,
}


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
    ChildViewRecorded: _heard,
    LevelEscalated: _decided,
    LevelLowered: _decided,
    CaseClosed: _decided,
    StafettloggSupersededByIndividuellPlan: _decided,
    TransitionNoted: _moves_on,
}
