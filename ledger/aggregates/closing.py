"""The closing chapter: a case ends once everything open is decided for.

It may be taken up again; what that sets back is folded in the chapters it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.aggregates.child import is_unheard
from ledger.aggregates.guard import (
    Commands,
    Folds,
    in_order,
    while_open,
    with_reason,
)
from ledger.entry import Actor, Entry
from ledger.events.closing import CaseClosed, CaseReopened
from ledger.events.log import StafettloggSupersededByIndividuellPlan
from ledger.profiles import Profile
from ledger.refusals import (
    ChildUnheard,
    DutyNotAssessed,
    NotClosed,
    OpenItems,
    Refusal,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

CARRIED_ALONG = frozenset({"moved", "superseded", "death"})  # reasons; open measures


@dataclass(frozen=True)
class Closing:
    """State of the chapter: when the case was closed and why, when it is."""

    closed_at: datetime | None = None
    reason: str | None = None


def close_case(
    case: Case, event: CaseClosed, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """End the follow-up for a reason, when nothing is left open and the child heard."""
    yield from while_open(case)
    yield from in_order(case, at)
    still_open = tuple(open_items(case, event))
    if still_open:
        yield OpenItems(still_open)
    if _withdrawn_at_risk(case, event, rules):
        yield DutyNotAssessed()
    if rules.child_unheard_on_close == "refuse" and is_unheard(case):
        yield ChildUnheard()
    yield from with_reason(event.reason)


def open_items(case: Case, event: CaseClosed) -> Iterator[str]:
    """Kind and id of everything that is open and that the closing says nothing of."""
    if event.reason not in CARRIED_ALONG:
        yield from _left(event, "measure", case.plan.open_measures())
    yield from _left(event, "meeting", case.meeting.scheduled)
    yield from _left(event, "proposal", case.baton.open_proposals())


def _left(event: CaseClosed, kind: str, ids: Iterable[str]) -> Iterator[str]:
    for item_id in ids:
        if not is_disposed_of(event, item_id):
            yield f"{kind}:{item_id}"


def is_disposed_of(event: CaseClosed, item_id: str) -> bool:
    """Whether the closing says what becomes of a thing; it is named by kind and id."""
    return any(
        item_id in (disposition.item, disposition.item.partition(":")[2])
        for disposition in event.dispositions or ()
    )


def _withdrawn_at_risk(case: Case, event: CaseClosed, rules: Profile) -> bool:
    """A family that withdraws from a grave worry: was the duty assessed since then?"""
    if event.reason != "withdrawn":
        return False
    assessed, withdrawn = case.barnevern.assessed_at, case.consent.withdrawn_at
    stands = assessed is not None and (withdrawn is None or assessed >= withdrawn)
    return case.concern.grade >= rules.withdrawal_risk_grade and not stands


def reopen_case(
    case: Case, event: CaseReopened, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Take up a closed case again, for a reason."""
    if not case.is_closed:
        yield NotClosed()
    yield from in_order(case, at)
    yield from with_reason(event.reason)


COMMANDS: Commands = {CaseClosed: close_case, CaseReopened: reopen_case}


def _closed(closing: Closing, entry: Entry[CaseClosed]) -> Closing:
    return Closing(entry.occurred_at, entry.event.reason)


def _superseded(
    closing: Closing, entry: Entry[StafettloggSupersededByIndividuellPlan]
) -> Closing:
    return Closing(entry.occurred_at, "superseded")


def _reopened(closing: Closing, entry: Entry[CaseReopened]) -> Closing:
    return Closing()


FOLDS: Folds = {
    CaseClosed: _closed,
    StafettloggSupersededByIndividuellPlan: _superseded,
    CaseReopened: _reopened,
}
