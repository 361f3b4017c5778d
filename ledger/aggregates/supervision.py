"""The supervision chapter: which authorities have taken the case up, and on what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.aggregates.guard import Commands, Folds, is_empty
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.supervision import SupervisoryCaseOpened
from ledger.profiles import Profile
from ledger.refusals import NoLegalBasis, Refusal

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class SupervisoryCase:
    """An authority's case, and the sectors it has a basis for."""

    authority: str
    sectors: tuple[str, ...]
    opened_at: datetime


@dataclass(frozen=True)
class Supervision:
    """State of the chapter."""

    cases: Mapping[str, SupervisoryCase] = field(default_factory=dict)  # by their label


def open_supervisory_case(
    case: Case,
    event: SupervisoryCaseOpened,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Take the case up on a provision for each sector; a closed case too."""
    basis = event.basis or ()
    if not basis or any(is_empty(b.section) or is_empty(b.act) for b in basis):
        yield NoLegalBasis(("basis",))


COMMANDS: Commands = {SupervisoryCaseOpened: open_supervisory_case}


def _opened(state: Supervision, entry: Entry[SupervisoryCaseOpened]) -> Supervision:
    event = entry.event
    opened = SupervisoryCase(
        authority=event.authority,
        sectors=tuple(basis.sector for basis in event.basis or ()),
        opened_at=entry.occurred_at,
    )
    return replace(state, cases={**state.cases, event.supervisory_case: opened})


FOLDS: Folds = {SupervisoryCaseOpened: _opened}
