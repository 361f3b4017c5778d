"""A batch of the log, opened and verified, and the cases it touches as of its end.

A case is loaded whole when it is first met, by its index rows, and kept for a while;
what a batch adds is verified as its continuation. An entry that cannot be read, or
folded, stops its own case there: the case stays as it was before, and is told as such.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from ledger.aggregates.case import Case, UnknownEvent, evolve
from ledger.entry import Erased, StreamKind
from ledger.index import LOOK_AHEAD, CaseIndex, CaseStream
from ledger.keyring import KeyringError
from ledger.loaded import RecordedEntry, position_of
from ledger.profiles import Rulebook, shipped
from ledger.recorder import Head
from ledger.sealing import IntegrityFailure, SealedEvent
from ledger.tables import SetAside
from ledger.tenant import Tenant

CACHED_CASES = 2000
CACHED_SECONDS = 900.0  # what is held is plaintext
_REMEMBERED_HEADS = 50_000
_OF_CASES = (StreamKind.SHARED.value, StreamKind.SHIELDED.value)
_OF_ACCESS = (StreamKind.ACCESS.value,)


class FollowedCase:
    """A case as the log tells it up to a position: shared, and with each shield."""

    def __init__(self, case: UUID, streams: Sequence[CaseStream]) -> None:
        self.case = case
        self.streams = {stream.stream: stream for stream in streams}
        self.heads = {stream: Head(stream) for stream in self.streams}
        self.aside: dict[
            UUID, SetAside
        ] = {}  # the first of a stream that is unreadable
        self.until = monotonic() + CACHED_SECONDS
        self.states: dict[
            UUID, Case
        ] = {}  # by stream; a shield's has the shared one in it
        self.named: set[UUID] = set()  # streams that an entry tells something through
        self._entries: list[RecordedEntry] = []
        self._folded = 0

    def add(self, entries: Iterable[RecordedEntry]) -> None:
        """Take over verified entries that follow those of their stream."""
        waiting = [*self._entries[self._folded :], *entries]
        self._entries[self._folded :] = sorted(waiting, key=position_of)

    def put_aside(self, entry: SetAside) -> None:
        """Let a stream end before an entry that cannot be read."""
        known = self.aside.get(entry.stream, entry)
        if entry.position <= known.position:
            self.aside[entry.stream] = entry

    def advance(self, position: int) -> None:
        """Fold what stands up to a position, and before what was set aside.

        What is wrong under a shield stops nothing of what is shared, whose readers must
        not notice it.
        """
        while self._folded < len(self._entries):
            entry = self._entries[self._folded]
            if position_of(entry) > position or self._is_aside(entry, self.shared):
                return
            if self._is_aside(entry, entry.stream) or self._fold(entry):
                self._folded += 1

    def is_outdated(self, stream: UUID, position: int) -> bool:
        """Whether an entry up to a position could not be read that its rows rest on."""
        rests_on = (self.aside.get(each) for each in (stream, self.shared))
        return any(found and found.position <= position for found in rests_on)

    @property
    def reached(self) -> int:
        """The position of the last entry that is folded."""
        return position_of(self._entries[self._folded - 1]) if self._folded else 0

    @property
    def shared(self) -> UUID:
        """The shared stream."""
        return next(iter(self.streams))

    def _is_aside(self, entry: RecordedEntry, stream: UUID) -> bool:
        found = self.aside.get(stream)
        return found is not None and found.position <= position_of(entry)

    def _fold(self, entry: RecordedEntry) -> bool:
        states = self._after(entry)
        if states is None:
            self.put_aside(SetAside(entry.stream, position_of(entry), "UNKNOWN_EVENT"))
            return False
        self.states |= states
        if not isinstance(entry.event, Erased):
            self.named.add(entry.stream)
        return True

    def _after(self, entry: RecordedEntry) -> dict[UUID, Case] | None:
        """The states that an entry changes, as they are after it."""
        before = self.states or {self.shared: Case()}
        if entry.stream == self.shared:
            touched = before
        else:
            touched = {entry.stream: before.get(entry.stream, before[self.shared])}
        try:
            return {s: evolve(state, entry) for s, state in touched.items()} | (
                {} if self.shared in touched else {self.shared: before[self.shared]}
            )
        except UnknownEvent:
            return None


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries after `first` up to and with `last`; none is left out.

    `touched` has the cases that they change, at `last`; `nameless` are the first
    entries of streams that lead to no case. `accesses` are the entries of access
    streams, `unread` the first of each such stream that could not be read. `book` has
    every version of the process rules that the entries name.
    """

    first: int
    last: int
    touched: tuple[FollowedCase, ...] = ()
    nameless: tuple[SetAside, ...] = ()
    accesses: tuple[RecordedEntry, ...] = ()
    unread: tuple[SetAside, ...] = ()
    book: Rulebook = field(default_factory=shipped)


class Batches:
    """Reads one tenant's log, with what it needs to remember of it."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._cases: OrderedDict[UUID, FollowedCase] = OrderedDict()
        self._case_of: dict[UUID, UUID] = {}  # by stream, of the cases held
        self._access_heads: dict[UUID, Head] = {}
        self._book: Rulebook | None = None  # until it is asked for

    def read(
        self,
        sealed: Sequence[SealedEvent],
        first: int,
        *,
        cases: bool = True,
        accesses: bool = True,
    ) -> Batch:
        """Open what follows `first` in the log, as far as it is asked for.

        Raises `LogGap`, whatever kind of entry is missing.
        """
        last = _check_dense(sealed, first)
        if any(event.topic == StreamKind.REGISTRY.value for event in sealed):
            self._book = None
        wanted = {*(_OF_CASES if cases else ()), *(_OF_ACCESS if accesses else ())}
        sealed = [event for event in sealed if event.topic in wanted]
        self._preload(sealed)
        of_cases = _by_stream(e for e in sealed if e.topic in _OF_CASES)
        of_access = _by_stream(e for e in sealed if e.topic in _OF_ACCESS)
        touched, nameless = self._touched(of_cases, last)
        read, unread = self._accesses(of_access)
        return Batch(
            first,
            last,
            tuple(touched),
            tuple(nameless),
            tuple(read),
            tuple(unread),
            self._known_rules(),
        )

    def cases_at(
        self, streams: Iterable[UUID], cases: Iterable[UUID], position: int
    ) -> Batch:
        """Cases made anew as of a position: those given, and those of some streams."""
        streams = list(streams)
        _, sealed, _ = self._tenant.recorder.advance([Head(s) for s in streams], [])
        self._preload(sealed)
        by_stream = _by_stream(sealed)
        named = {self._case_named(events) for events in by_stream.values()}
        found = self._load({case for case in {*cases, *named} if case}, position)
        return Batch(position, position, tuple(found), book=self._known_rules())

    def _known_rules(self) -> Rulebook:
        """Every version there is; an entry names its own, so newer ones do no harm."""
        if self._book is None:
            self._book = self._tenant.ledger.current_rules().book
        return self._book

    def forget(self) -> None:
        """Hold nothing any more, as after an erasure."""
        self._cases.clear()
        self._case_of.clear()

    def _preload(self, sealed: Sequence[SealedEvent]) -> None:
        """Fetch keys at once; one that does not open is met with its entry."""
        try:
            self._tenant.data_keys.load_all(e.key_id for e in sealed if e.key_id)
        except KeyringError:
            return

    # -- cases -----------------------------------------------------------------------

    def _touched(
        self, streams: dict[UUID, list[SealedEvent]], last: int
    ) -> tuple[list[FollowedCase], list[SetAside]]:
        """The cases of some streams at a position, and what names no case."""
        continued: dict[UUID, FollowedCase] = {}
        unknown: dict[UUID, SealedEvent] = {}
        nameless: list[SetAside] = []
        for stream, events in streams.items():
            held = self._held(stream)
            if held is not None and self._continue(held, events, last):
                continued[held.case] = held
                continue
            case = held.case if held is not None else self._named_by(events)
            if case is not None:
                unknown[case] = events[0]
            elif not all(event.is_erased for event in events):
                nameless.append(self._unread(events))
        found = [held for case, held in continued.items() if case not in unknown]
        for held in found:
            held.advance(last)
        loaded = self._load(unknown, last)
        lost = unknown.keys() - {held.case for held in loaded}
        return found + loaded, nameless + [_unindexed(unknown[case]) for case in lost]

    def _held(self, stream: UUID) -> FollowedCase | None:
        case = self._case_of.get(stream)
        held = None if case is None else self._cases.get(case)
        if held is None or held.until < monotonic():
            return None
        self._cases.move_to_end(held.case)
        return held

    def _continue(
        self, held: FollowedCase, events: Sequence[SealedEvent], last: int
    ) -> bool:
        """Add what is new; `False` when the case has to be read from its start."""
        if held.aside:
            return False  # it may have been mended since
        if held.reached > last:
            return False  # another view is further on
        head = held.heads[events[0].stream]
        new = [event for event in events if event.originator_version > head.version]
        return self._extend(held, head, new) is None

    def _extend(
        self, held: FollowedCase, head: Head, events: Sequence[SealedEvent]
    ) -> SetAside | None:
        entries, aside = self._opened(head, events, _belongs(held))
        if entries:
            newest = entries[-1]
            held.heads[head.stream] = Head(head.stream, newest.version, newest.leaf)
            held.add(entries)
        return aside

    def _load(self, cases: Iterable[UUID], position: int) -> list[FollowedCase]:
        """Cases read from their start, all with a few queries, as of a position."""
        streams = self._streams(cases)
        found = {case: FollowedCase(case, streams[case]) for case in streams}
        heads = [head for held in found.values() for head in held.heads.values()]
        _, sealed, _ = self._tenant.recorder.advance(heads, [])
        self._preload(sealed)
        by_stream = _by_stream(sealed)
        for held in found.values():
            for head in list(held.heads.values()):
                aside = self._extend(held, head, by_stream[head.stream])
                if aside is not None:
                    held.put_aside(aside)
            held.advance(position)
            self._hold(held)
        return list(found.values())

    def _streams(self, cases: Iterable[UUID]) -> dict[UUID, list[CaseStream]]:
        """All streams of some cases, by their index rows."""
        index, found = self._tenant.ledger.index, dict[UUID, list[CaseStream]]()
        left = {case: index.stream_keys(case, 0) for case in cases}
        while left:
            rows = self._tenant.recorder.look_up(
                [k for keys in left.values() for k in keys]
            )
            for case, keys in list(left.items()):
                there = [key for key in keys if key in rows]
                found.setdefault(case, []).extend(_pointed_to(index, there, rows))
                left[case] = index.stream_keys(case, len(found[case]))
                if len(there) < LOOK_AHEAD:
                    del left[case]
        return {case: streams for case, streams in found.items() if streams}

    def _hold(self, held: FollowedCase) -> None:
        self._cases[held.case] = held
        self._cases.move_to_end(held.case)
        self._case_of |= dict.fromkeys(held.streams, held.case)
        while len(self._cases) > CACHED_CASES:
            _, dropped = self._cases.popitem(last=False)
            for stream in dropped.streams:
                self._case_of.pop(stream, None)

    def _case_named(self, events: Iterable[SealedEvent]) -> UUID | None:
        """The case that the first readable entry of a stream names."""
        for event in events:
            try:
                entry = self._tenant.mapper.to_domain_event(event)
            except (IntegrityFailure, KeyringError):
                continue
            if not isinstance(entry.event, Erased):
                return entry.case
        return None

    def _named_by(self, events: Sequence[SealedEvent]) -> UUID | None:
        """The case of a stream, by its new entries or else by those before them."""
        before = [Head(events[0].stream)]
        return self._case_named(events) or self._case_named(
            self._tenant.recorder.advance(before, [])[1]
        )

    def _unread(self, events: Sequence[SealedEvent]) -> SetAside:
        """Why the first of entries that name no case cannot be read."""
        head = Head(events[0].stream, events[0].originator_version - 1)
        aside = self._opened(head, events, lambda entry: None)[1]
        return aside or SetAside(head.stream, events[0].position or 0, "CASE_UNKNOWN")

    # -- access streams --------------------------------------------------------------

    def _accesses(
        self, streams: dict[UUID, list[SealedEvent]]
    ) -> tuple[list[RecordedEntry], list[SetAside]]:
        self._find_heads({s: events[0] for s, events in streams.items()})
        entries: list[RecordedEntry] = []
        unread: list[SetAside] = []
        for stream, events in streams.items():
            head = self._access_heads.pop(stream)
            read, aside = self._opened(head, events, lambda entry: None)
            entries += read
            if aside is not None:
                unread.append(aside)
            elif read:
                self._access_heads[stream] = Head(
                    stream, read[-1].version, read[-1].leaf
                )
        return sorted(entries, key=position_of), unread

    def _find_heads(self, firsts: dict[UUID, SealedEvent]) -> None:
        """Where each access stream stood before its first entry here."""
        if len(self._access_heads) > _REMEMBERED_HEADS:
            self._access_heads.clear()
        missing = {
            stream: event.originator_version - 1
            for stream, event in firsts.items()
            if self._access_heads.get(stream, Head(stream)).version
            != event.originator_version - 1
        }
        self._access_heads |= {
            s: Head(s) for s in firsts if s not in self._access_heads
        }
        if missing:
            leaves = self._tenant.recorder.leaves_at(list(missing.items()))
            for stream, version in missing.items():
                leaf = leaves.get((stream, version))
                self._access_heads[stream] = Head(stream, version, leaf)

    # -- opening ---------------------------------------------------------------------

    def _opened(
        self,
        head: Head,
        events: Sequence[SealedEvent],
        check: Callable[[RecordedEntry], str | None],
    ) -> tuple[list[RecordedEntry], SetAside | None]:
        """Entries that follow a head up to the first that is not as it was signed."""
        aside = None
        while events:
            try:
                entries = self._tenant.mapper.open_stream(
                    events, version=head.version, previous=head.leaf
                )
            except IntegrityFailure as failed:
                broken, code = failed.version - head.version - 1, failed.code
            else:
                codes = [check(entry) for entry in entries]
                broken = next((n for n, found in enumerate(codes) if found), len(codes))
                if broken == len(codes):
                    return entries, aside
                code = codes[broken] or ""
            broken = min(max(broken, 0), len(events) - 1)
            position = events[broken].position or 0
            aside, events = SetAside(head.stream, position, code), events[:broken]
        return [], aside


class LogGap(Exception):
    """A position is missing in the log: nothing after it may be followed."""

    def __init__(self, position: int) -> None:
        super().__init__(f"LOG_GAP at position {position}")
        self.code = "LOG_GAP"
        self.position = position


def _by_stream(events: Iterable[SealedEvent]) -> defaultdict[UUID, list[SealedEvent]]:
    found: defaultdict[UUID, list[SealedEvent]] = defaultdict(list)
    for event in events:
        found[event.stream].append(event)
    return found


def _check_dense(sealed: Sequence[SealedEvent], first: int) -> int:
    """The last position, when every one from after `first` is there."""
    last = first
    for event in sealed:
        if event.position != last + 1:
            raise LogGap(last + 1)
        last += 1
    return last


def _pointed_to(
    index: CaseIndex, keys: Sequence[bytes], rows: dict[bytes, bytes]
) -> list[CaseStream]:
    """The streams that index rows lead to; none when one of the rows is damaged."""
    try:
        return [index.open_stream(key, rows[key]) for key in keys]
    except (KeyringError, ValueError):
        return []


def _unindexed(event: SealedEvent) -> SetAside:
    return SetAside(event.stream, event.position or 0, "INDEX_DAMAGED")


def _belongs(held: FollowedCase) -> Callable[[RecordedEntry], str | None]:
    """Every entry must name the case and the shield that its stream is filed under."""

    def check(entry: RecordedEntry) -> str | None:
        stream = held.streams[entry.stream]
        if entry.stream_kind is not stream.kind:
            return "CHAIN_KIND"
        if isinstance(entry.event, Erased):  # it says neither any more
            return None
        if entry.case != held.case:
            return "BODY_CASE"
        return None if entry.shield == stream.shield else "BODY_SHIELD"

    return check
