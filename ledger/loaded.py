"""A case in memory: verified entries, their state, and where its streams stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from uuid import UUID

from ledger.access import may_read, may_see
from ledger.aggregates.case import Case, fold
from ledger.entry import Actor, Entry, Erased
from ledger.events.event import Event, Role
from ledger.index import CaseStream
from ledger.recorder import Head
from ledger.sealing import IntegrityFailure, milliseconds

RecordedEntry = Entry[Event | Erased]
UNOPENED = Case()


@dataclass(frozen=True, slots=True)
class Damage:
    """How a stream fails; `None` where its index row does not say which it is."""

    stream: CaseStream | None
    failure: IntegrityFailure


@dataclass(frozen=True)
class LoadedCase:
    """A case with its verified entries in position order.

    Of `damaged` streams it holds what is whole, so that it can be said who may see
    them; nobody is shown them, and nothing is recorded after them.
    """

    case: UUID
    streams: tuple[CaseStream, ...] = ()
    heads: tuple[Head, ...] = ()  # parallel to `streams`
    entries: tuple[RecordedEntry, ...] = ()
    state: Case = UNOPENED
    iat_ms: int = 0  # of the newest entry
    erasures: int = 0
    damaged: tuple[Damage, ...] = ()

    @cached_property
    def shared_state(self) -> Case:
        """What the shared stream alone adds up to; every reading asks for it."""
        if len(self.streams) == 1:
            return self.state
        return fold(self.of(self.streams[:1]))

    def stream_of(self, shield: str | None) -> CaseStream | None:
        """The stream that entries under this shield (`None`: shared ones) go to."""
        return next((s for s in self.streams if s.shield == shield), None)

    def of(self, streams: Sequence[CaseStream]) -> tuple[RecordedEntry, ...]:
        """The entries of some of the streams."""
        wanted = {s.stream for s in streams}
        return tuple(entry for entry in self.entries if entry.stream in wanted)

    def seen_by(self, actor: Actor) -> list[CaseStream]:
        """The streams this person may see."""
        return [s for s in self.streams if may_see(self.state, actor, s.shield)]

    def heads_seen_by(self, actor: Actor) -> list[Head]:
        """Where the streams stand that this person may see."""
        seen = self.seen_by(actor)
        pairs = zip(self.streams, self.heads, strict=True)
        return [head for stream, head in pairs if stream in seen]

    def resting_on(self, holds: Callable[[Case], bool]) -> list[CaseStream]:
        """The streams that something which holds of the whole case follows from.

        The shared one when it holds of that alone; else each shield with which it does.
        """
        shared, *shields = self.streams
        if not shields or holds(self.shared_state):
            return [shared]
        return [s for s in shields if holds(fold(self.of([shared, s])))] or shields

    def shows_reader(
        self, actor: Actor, *, on: date, granted: bool = False
    ) -> list[CaseStream]:
        """The streams whose audience may know that this person reads the case.

        Those the person sees, if what is shared gives them the right; else only what
        gives it, and what lets them see it without the rest.
        """

        def reads(state: Case) -> bool:
            return may_read(state, actor, on=on, granted=granted)

        given_by, seen = self.resting_on(reads), self.seen_by(actor)
        shared, *shields = self.streams
        if shared in given_by:
            return seen
        return [
            s
            for s in shields
            if s in given_by
            or (s in seen and may_see(fold(self.of([shared, s])), actor, s.shield))
        ]

    def refuse_damage(self, actor: Actor) -> None:
        """Raise `IntegrityFailure` if this person sees a stream that is damaged."""
        for damage in self.damaged:
            if self._sees_damage(actor, damage.stream):
                raise damage.failure

    def _sees_damage(self, actor: Actor, stream: CaseStream | None) -> bool:
        if actor.role is Role.SYSTEM:  # sees every stream, also what cannot be told of
            return True
        return stream is not None and may_see(self.state, actor, stream.shield)

    def visible_to(self, actor: Actor) -> Case | None:
        """The case as this person sees it; `None` when that is all of it."""
        seen = self.seen_by(actor)
        if len(seen) == len(self.streams):
            return None
        return self.shared_state if seen == [self.streams[0]] else fold(self.of(seen))

    def with_stream(self, stream: CaseStream) -> LoadedCase:
        """The case with one more, empty stream."""
        return replace(
            self,
            streams=(*self.streams, stream),
            heads=(*self.heads, Head(stream.stream)),
        )

    def with_entries(self, new: Sequence[RecordedEntry]) -> LoadedCase:
        """The case with entries that follow; folded in position order."""
        if not new:
            return self
        new = sorted(new, key=position_of)
        entries = (*self.entries, *new)
        if self.entries and position_of(new[0]) < position_of(self.entries[-1]):
            entries = tuple(sorted(entries, key=position_of))
            state = fold(entries)
        else:
            state = fold(new, self.state)
        last = {
            entry.stream: Head(entry.stream, entry.version, entry.leaf) for entry in new
        }
        heads = tuple(last.get(head.stream, head) for head in self.heads)
        newest = max(milliseconds(entry.recorded_at) for entry in new)
        return replace(
            self,
            entries=entries,
            state=state,
            heads=heads,
            iat_ms=max(self.iat_ms, newest),
        )


def position_of(entry: RecordedEntry) -> int:
    """Where a recorded entry stands in the tenant's log, from 1."""
    assert entry.position is not None, "only recorded entries have a place in a case"
    return entry.position
