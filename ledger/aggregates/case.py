"""A case: what its entries add up to, chapter by chapter, in position order.

The state is a value: folding an entry gives a new one and leaves the old one alone. A
fold never refuses: what is on record is folded, even where the ledger would refuse it
today. Only an event type that no chapter knows stops it, because a legal record must
not lose an entry in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from ledger.access import Parties
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
from ledger.aggregates.access import Readings
from ledger.aggregates.archive import Archive
from ledger.aggregates.barnevern import Barnevern
from ledger.aggregates.baton import Baton
from ledger.aggregates.child import Child
from ledger.aggregates.closing import Closing
from ledger.aggregates.concern import Concerns, Opening
from ledger.aggregates.consent import Consents
from ledger.aggregates.correction import Corrections
from ledger.aggregates.guard import Fold, Folds
from ledger.aggregates.level import Level
from ledger.aggregates.log import Log
from ledger.aggregates.meeting import Meetings
from ledger.aggregates.moving import (
    Moving,
)
from ledger.aggregates.people import People
from ledger.aggregates.plan import Plan
from ledger.aggregates.state import replace
from ledger.aggregates.supervision import Supervision
from ledger.codes import code_list
from ledger.entry import Entry, Erased
from ledger.events.event import Event
from ledger.profiles import STANDARD


@dataclass(frozen=True)
class Case:
    """The state of a case; `Case()` is one that nothing has been recorded of."""

    opening: Opening | None = None
    concern: Concerns = field(default_factory=Concerns)
    consent: Consents = field(default_factory=Consents)
    people: People = field(default_factory=People)
    child: Child = field(default_factory=Child)
    baton: Baton = field(default_factory=Baton)
    level: Level = field(default_factory=Level)
    log: Log = field(default_factory=Log)
    plan: Plan = field(default_factory=Plan)
    meeting: Meetings = field(default_factory=Meetings)
    barnevern: Barnevern = field(default_factory=Barnevern)
    closing: Closing = field(default_factory=Closing)
    moving: Moving = field(default_factory=Moving)
    archive: Archive = field(default_factory=Archive)
    correction: Corrections = field(default_factory=Corrections)
    access: Readings = field(default_factory=Readings)
    supervision: Supervision = field(default_factory=Supervision)
    entries: tuple[Entry[Any], ...] = ()  # all that was folded; corrections point here
    incomplete: bool = False  # a body is gone
    judged_by: tuple[str, ...] = ()  # versions of profiles that entries name, each once
    others: tuple[Case, ...] = ()  # of the same child; set where CaseOpened is decided

    @property
    def exists(self) -> bool:
        """Whether anything has been recorded."""
        return bool(self.entries)

    @property
    def is_closed(self) -> bool:
        """Whether the case was closed, or superseded by an individual plan."""
        return self.closing.closed_at is not None

    @property
    def is_open(self) -> bool:
        """Whether the case was opened and not closed."""
        return self.opening is not None and not self.is_closed

    @property
    def profile(self) -> str:
        """Id of the profile that the case is judged by."""
        return self.opening.profile if self.opening else STANDARD

    @cached_property
    def parties(self) -> Parties:
        """Everyone's relation to the case."""
        subject = self.opening.subject if self.opening else None
        told = {subject} if subject and self.people.child_told else set()
        silent = code_list("guardian-authorities").marked("no-say")
        holder = self.baton.holder.ref if self.baton.holder else None
        return Parties(
            exists=self.exists,
            subject=subject,
            birth_date=self.opening.birth_date if self.opening else None,
            guardians=frozenset(self.people.guardians),
            without_say=frozenset(
                ref
                for ref, guardian in self.people.guardians.items()
                if guardian.authority in silent
            ),
            say_changes={
                ref: tuple((day, code not in silent) for day, code in guardian.changes)
                for ref, guardian in self.people.guardians.items()
                if guardian.changes
            },
            told=self.people.told | told,
            everyone_told=self.people.everyone_told,
            involved=frozenset(filter(None, self._involved())),
            named=self.people.named,
            revoked=self.people.revoked - {holder},
            withdrawn=consent.withdrawn_services(self, self._sharing_anyway()),
            recorders=self.people.recorders,
            services=frozenset(filter(None, self._services())),
            vacant=self.baton.vacant_since is not None,
            new_units=frozenset(move.to_unit for move in self.child.transitions),
            barnevern=self.barnevern.knows_child,
            supervised=bool(self.supervision.cases),
            shields={
                label: shield.readers() for label, shield in self.people.shields.items()
            },
        )

    def _sharing_anyway(self) -> frozenset[str]:
        """Services that share on another ground than consent."""
        holder = self.baton.holder
        here_by_law = (p.service for _, p in self.people.present() if p.on_legal_basis)
        own = (
            self.opening.service if self.opening else None,
            holder.service if holder else None,
        )
        return frozenset(filter(None, (*own, *here_by_law)))

    def _involved(self) -> Iterable[str | None]:
        return chain(
            [self.opening.opener] if self.opening else [],
            (holding.ref for holding in self.baton.holdings),
            (p.to_holder for p in self.baton.proposals.values() if p.lets_in),
            (ref for ref, _ in self.people.present()),
            (measure.person for measure in self.plan.measures.values()),
            self.people.confided,
        )

    def _services(self) -> Iterable[str | None]:
        return chain(
            [self.opening.service] if self.opening else [],
            (holding.service for holding in self.baton.holdings),
            (p.to_service for p in self.baton.proposals.values() if p.lets_in),
            (person.service for _, person in self.people.present()),
            (measure.service for measure in self.plan.measures.values()),
            self.consent.services(),
        )


class UnknownEvent(Exception):
    """No chapter folds this type of event: the replay of a case stops here."""


def evolve(case: Case, entry: Entry[Any]) -> Case:
    """The case after one more entry. Raises `UnknownEvent`, and nothing else."""
    folds = _FOLDS.get(type(entry.event))
    if folds is None:
        raise UnknownEvent(type(entry.event).__name__)
    after = object.__new__(Case)
    chapters = after.__dict__  # written to before anyone else knows the new case
    chapters.update(case.__dict__)
    chapters.pop("parties", None)  # remembered of the old case alone
    for chapter, fold_chapter in folds:
        chapters[chapter] = fold_chapter(chapters[chapter], entry)
    chapters["people"] = people.noticing(chapters["people"], entry)
    chapters["entries"] = (*case.entries, entry)
    if entry.profile is not None and entry.profile not in case.judged_by:
        chapters["judged_by"] = (*case.judged_by, entry.profile)
    return after


def fold(entries: Iterable[Entry[Any]], case: Case | None = None) -> Case:
    """What entries, in position order, add up to; on top of `case` when it is given."""
    state = case or Case()
    for entry in entries:
        state = evolve(state, entry)
    return state


def _body_is_gone(incomplete: bool, entry: Entry[Erased]) -> bool:
    """An erased entry folds as a place, not as a fact."""
    return True


_CHAPTERS: Mapping[str, Folds] = {
    "opening": {**concern.OPENING_FOLDS, **moving.OPENING_FOLDS},
    "concern": concern.FOLDS,
    "consent": consent.FOLDS,
    "people": people.FOLDS,
    "child": child.FOLDS,
    "baton": baton.FOLDS,
    "level": level.FOLDS,
    "log": log.FOLDS,
    "plan": plan.FOLDS,
    "meeting": meeting.FOLDS,
    "barnevern": barnevern.FOLDS,
    "closing": closing.FOLDS,
    "moving": moving.FOLDS,
    "archive": archive.FOLDS,
    "correction": correction.FOLDS,
    "access": access.FOLDS,
    "supervision": supervision.FOLDS,
    "incomplete": {Erased: _body_is_gone},
}


def with_beside(case: Case, beside: Iterable[Entry[Any]]) -> Case:
    """The case with what was decided in its access streams, such as grants.

    They are not folded with the others: reading must not conflict with writing.
    """
    entries = tuple(beside)
    return replace(
        case,
        access=access.needing(case.access, entries),
        supervision=supervision.granting(case.supervision, entries),
    )


_Table = dict[type[Event] | type[Erased], tuple[tuple[str, Fold], ...]]


def _by_type() -> _Table:
    """Which chapters an event type changes, and how."""
    unchanging = access.UNCHANGING | correction.UNCHANGING | supervision.UNCHANGING
    table: _Table = dict.fromkeys(unchanging, ())
    for chapter, folds in _CHAPTERS.items():
        for event_type, fold_chapter in folds.items():
            before = table.get(event_type, ())
            table[event_type] = (*before, (chapter, fold_chapter))
    return table


_FOLDS = _by_type()


def folded_types() -> frozenset[type[Event] | type[Erased]]:
    """Every type that a case can hold."""
    return frozenset(_FOLDS)
