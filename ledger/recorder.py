"""Records calls: dense positions and group commit, behind the library's contract.

A call is recorded whole or not at all, and only if every stream it was decided on still
stands where the decision saw it. Calls that arrive together share one commit: the
caller that finds nobody writing becomes the writer for all who wait, so a lone caller
pays for no hand-over. Entries of access streams are not decided but appended: the
writer gives them version and previous leaf, and signs them, while the batch is built.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event as Signal
from threading import Lock, Thread
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    OperationalError,
    StoredEvent,
)
from psycopg.pq.abc import PGresult
from psycopg_pool import ConnectionPool, PoolTimeout

from audit.record import leaf_hash, parse_envelope
from ledger.arrays import bigints, byteas, integer, ints, read_ints, texts, uuids
from ledger.database.bounded import LOST, asked_again, drop_lost
from ledger.database.bounded import Overloaded as Overloaded
from ledger.database.prepared import rows_of
from ledger.queries import Queries
from ledger.sealing import IntegrityFailure, SealedEvent

BATCH_ENTRIES = 1000
ATTEMPTS_AFTER_LOSS = 5
ATTEMPTS_ON_ACCESS_CONFLICT = 5
POLL_SECONDS = 0.05


class Conflict(IntegrityError):
    """A stream the call was decided on has moved, or a place or index key is taken."""


class AlreadyRecorded(IntegrityError):
    """The request's key is on record: nothing was recorded anew.

    `known` tells the positions of what was, and whether the request was the same.
    """

    def __init__(self, known: Known) -> None:
        super().__init__("the request is on record already")
        self.known = known


class OutcomeUnknown(OperationalError):
    """The connection was lost and nobody can say yet whether the commit happened.

    Asking again with the same request key tells.
    """


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stood when something was decided on it; version 0: empty."""

    stream: UUID
    version: int = 0
    leaf: bytes | None = None


KEY_DAYS = 30  # that a request may be repeated


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Makes repeating a request safe.

    `key` and `content` are 32-byte keyed hashes; `first` (from 0) and `count` say which
    of the call's entries belong to it; `days` how long it is kept, `None` for ever.
    """

    key: bytes
    content: bytes
    first: int = 0
    count: int = 1
    days: int | None = KEY_DAYS


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record under a request key: positions, inclusive; is it the same?"""

    first: int
    last: int
    same: bool


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A keyed pointer; of two calls that claim one key, one is in conflict."""

    key: bytes
    sealed: bytes


Sign = Callable[[Head, int], SealedEvent]
"""Signs a draft that follows a head, with an iat (ms) not before the one given."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to append to an access stream, signed when its place is known."""

    stream: UUID
    sign: Sign


@dataclass(frozen=True, slots=True)
class _Call:
    """What one caller wants recorded together."""

    events: Sequence[StoredEvent]
    decided_on: Sequence[Head] = ()
    requests: Sequence[RequestKey] = ()
    index: Sequence[IndexRow] = ()
    grants: int = 0

    def streams(self) -> set[UUID]:
        """Every stream it writes or rests on."""
        return {_stream(event) for event in self.events} | {
            head.stream for head in self.decided_on
        }


@dataclass(slots=True, eq=False)
class _Ticket:
    """One caller's place in the queue and, later, its answer."""

    call: _Call | None
    draft: Draft | None = None
    woken: Lock = field(default_factory=Lock)
    following: _Ticket | None = None  # whom to wake on waking
    leads: bool = False
    attempts: int = 0
    positions: list[int] | None = None
    error: BaseException | None = None

    def wait(self) -> None:
        """Wait for the answer or the lead; wake the next one before anything else."""
        self.woken.acquire()
        if self.following is not None:
            self.following.woken.release()

    def answer(self) -> list[int]:
        if self.error is not None:
            raise self.error
        assert self.positions is not None
        return self.positions


class LedgerRecorder(ApplicationRecorder):
    """Writes and reads one tenant's ledger in the schema of that name."""

    def __init__(self, pool: ConnectionPool[Any], schema: str) -> None:
        self._pool = pool
        self._queries = Queries(schema)
        self._queue: deque[_Ticket] = deque()
        self._writing = False
        self._mutex = Lock()
        self._access_heads: dict[UUID, tuple[Head, int]] = {}

    # -- writing -------------------------------------------------------------------

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Record events together; returns their positions, `None` for none.

        Keywords: `decided_on`, `requests`, `index`, `grants` as `record` has them.
        Raises `Conflict`, `AlreadyRecorded`, `OutcomeUnknown`, `Overloaded`.
        """
        if not stored_events:
            return None
        return self.record(stored_events, **kwargs)

    def record(
        self,
        events: Sequence[StoredEvent],
        *,
        decided_on: Sequence[Head] = (),
        requests: Sequence[RequestKey] = (),
        index: Sequence[IndexRow] = (),
        grants: int = 0,
    ) -> list[int]:
        """Record decided entries as one call; returns their positions.

        `grants` is how many of them change who may see what.
        """
        call = _Call(events, decided_on, requests, index, grants)
        return self._submit(_Ticket(call))

    def append(self, draft: Draft) -> int:
        """Append an entry to an access stream; returns its position."""
        return self._submit(_Ticket(None, draft))[0]

    def _submit(self, ticket: _Ticket) -> list[int]:
        ticket.woken.acquire()
        with self._mutex:
            self._queue.append(ticket)
            leads = not self._writing
            self._writing = True
        if not leads:
            self._wait(ticket)
            leads = ticket.leads
        if leads:
            self._lead()
        return ticket.answer()

    def _wait(self, ticket: _Ticket) -> None:
        try:
            ticket.wait()
        except BaseException:  # interrupted: whoever waits behind must not wait on
            if not self._withdrawn(ticket):
                ticket.wait()  # it is being written; that takes a moment
            raise

    def _lead(self) -> None:
        """Write one batch for all who wait, then pass the lead on."""
        with self._mutex:
            batch = self._next_batch()
        again: list[_Ticket] = []
        try:
            again = self._write(batch)
        except BaseException as error:
            for ticket in batch:
                if ticket.positions is None and ticket.error is None:
                    ticket.error = error
        finally:
            self._pass_on(batch, again)

    def _pass_on(self, batch: list[_Ticket], again: list[_Ticket]) -> None:
        done = [ticket for ticket in batch[1:] if ticket not in again]
        if batch[0] in again:  # the leader's own work goes on: it stays the writer
            with self._mutex:
                self._queue.extendleft(reversed(again))
            _wake(done)
            return self._lead()
        with self._mutex:
            self._queue.extendleft(reversed(again))
            self._promote()
        _wake(done)
        return None

    def _promote(self) -> None:
        """Let the first who waits write next; called under the mutex."""
        self._writing = bool(self._queue)
        if self._queue:
            self._queue[0].leads = True
            self._queue[0].woken.release()

    def _withdrawn(self, ticket: _Ticket) -> bool:
        """Take a caller who gave up waiting out of the queue, and the lead along."""
        with self._mutex:
            if ticket not in self._queue:
                return False
            self._queue.remove(ticket)
            if ticket.leads:
                self._promote()
            return True

    def _next_batch(self) -> list[_Ticket]:
        """Tickets from the front, none of which rests on what another one writes.

        Drafts of one access stream chain on each other, so they go together.
        """
        batch: list[_Ticket] = []
        kept: list[_Ticket] = []
        called: set[UUID] = set()
        drafted: set[UUID] = set()
        entries = 0
        while self._queue and entries < BATCH_ENTRIES:
            ticket = self._queue.popleft()
            if ticket.draft is not None:
                fits = ticket.draft.stream not in called
                drafted.add(ticket.draft.stream)
                entries += 1
            else:
                assert ticket.call is not None
                streams = ticket.call.streams()
                fits = called.isdisjoint(streams) and drafted.isdisjoint(streams)
                called |= streams
                entries += len(ticket.call.events)
            (batch if fits else kept).append(ticket)
        self._queue.extendleft(reversed(kept))
        return batch

    def _write(self, batch: list[_Ticket]) -> list[_Ticket]:
        """Record a batch; returns the tickets whose drafts must be signed again."""
        drafts = [ticket for ticket in batch if ticket.draft is not None]
        contended = [ticket for ticket in drafts if ticket.attempts]
        if contended:
            self._write_held(contended)
            batch = [ticket for ticket in batch if ticket not in contended]
            drafts = [ticket for ticket in drafts if ticket not in contended]
        groups = [
            ([ticket], ticket.call) for ticket in batch if ticket.call is not None
        ]
        groups += self._signed(drafts)
        outcomes = self._record_all([call for _, call in groups])
        again: list[_Ticket] = []
        for (tickets, call), outcome in zip(groups, outcomes, strict=True):
            again += self._settle(tickets, call, outcome)
        return again

    def _write_held(self, tickets: list[_Ticket]) -> None:
        """Sign and append while nobody else can record.

        For drafts that lost their place to another process: two that read one case
        much would else sign for each other in vain.
        """
        groups: list[tuple[list[_Ticket], _Call]] = []
        base, refused = self._append_held_surely(tickets, groups)
        if refused:
            raise Overloaded("an access stream does not stand as it is stored")
        outcomes: list[_Outcome | None] = [None] * len(groups)
        calls = [call for _, call in groups]
        _number(calls, base, list(range(len(calls))), outcomes)
        for (group, call), outcome in zip(groups, outcomes, strict=True):
            assert outcome is not None
            self._settle(group, call, outcome)

    def _append_held_surely(
        self, tickets: list[_Ticket], groups: list[tuple[list[_Ticket], _Call]]
    ) -> tuple[int, list[int]]:
        """As `_append_surely`; `groups` is left holding what was signed last."""
        for _ in range(ATTEMPTS_AFTER_LOSS):
            try:
                return self._append_held(tickets, groups)
            except _Found as found:
                return found.base, []
            except psycopg.errors.UniqueViolation:
                raise Overloaded("a place is taken that should be free") from None
            except (PoolTimeout, Overloaded):
                if not groups:
                    raise Overloaded("no connection to the database is free") from None
            except LOST:
                drop_lost(self._pool)
        raise OutcomeUnknown("the connection was lost while recording")

    def _append_held(
        self, tickets: list[_Ticket], groups: list[tuple[list[_Ticket], _Call]]
    ) -> tuple[int, list[int]]:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(self._queries.hold)
            if (
                groups
            ):  # an attempt was lost; under the lock it has ended, or never will
                self._look_for([call for _, call in groups])
            for ticket in tickets:
                assert ticket.draft is not None
                self._access_heads.pop(ticket.draft.stream, None)
            groups[:] = self._signed(tickets)
            arguments = _arguments([call for _, call in groups])
            return _read_answer(self._queries.append(connection, arguments))

    def _settle(
        self, tickets: list[_Ticket], call: _Call, outcome: _Outcome
    ) -> list[_Ticket]:
        if tickets[0].draft is None:
            _give(tickets[0], outcome)
            return []
        if isinstance(outcome, IntegrityError):
            self._access_heads.pop(_stream(call.events[0]), None)
            return [ticket for ticket in tickets if not _gives_up(ticket)]
        last = call.events[-1]
        assert isinstance(last, SealedEvent)
        head = Head(_stream(last), last.originator_version, last.leaf)
        self._remember(head, last.iat_ms)
        for ticket, position in zip(tickets, outcome, strict=True):
            ticket.positions = [position]
        return []

    def _signed(self, drafts: list[_Ticket]) -> list[tuple[list[_Ticket], _Call]]:
        """Drafts as calls, one a stream, each entry linked to the one before it."""
        by_stream: dict[UUID, list[_Ticket]] = {}
        for ticket in drafts:
            assert ticket.draft is not None
            by_stream.setdefault(ticket.draft.stream, []).append(ticket)
        self._load_access_heads(by_stream)
        chained = [self._chained(s, tickets) for s, tickets in by_stream.items()]
        return [(tickets, call) for tickets, call in chained if call.events]

    def _chained(
        self, stream: UUID, tickets: list[_Ticket]
    ) -> tuple[list[_Ticket], _Call]:
        """One stream's drafts, signed; a draft that cannot be fails by itself."""
        start, iat_ms = self._access_heads[stream]
        head = start
        signed, events = [], []
        for ticket in tickets:
            assert ticket.draft is not None
            try:
                event = ticket.draft.sign(head, iat_ms)
            except Exception as error:
                ticket.error = error
                continue
            head, iat_ms = Head(stream, head.version + 1, event.leaf), event.iat_ms
            signed.append(ticket)
            events.append(event)
        return signed, _Call(events, decided_on=[start])

    def _load_access_heads(self, streams: Iterable[UUID]) -> None:
        missing = [s for s in streams if s not in self._access_heads]
        for stream, (head, iat_ms) in self.heads_of(missing).items():
            assert head.stream == stream
            self._remember(head, iat_ms)

    def _remember(self, head: Head, iat_ms: int) -> None:
        if len(self._access_heads) > 50_000:
            self._access_heads.clear()
        self._access_heads[head.stream] = (head, iat_ms)

    # -- one batch, one commit -----------------------------------------------------

    def _record_all(self, calls: list[_Call]) -> list[_Outcome]:
        """What became of each call; those not in conflict are recorded together."""
        outcomes: list[_Outcome | None] = [None] * len(calls)
        left = list(range(len(calls)))
        while left:
            try:
                base, refused = self._append_surely([calls[n] for n in left])
            except _Found as found:
                base, refused = found.base, []
            except psycopg.errors.UniqueViolation:
                if len(left) > 1:
                    for n in left:
                        outcomes[n] = self._record_all([calls[n]])[0]
                    break
                refused = [1]
            if not refused:
                _number([calls[n] for n in left], base, left, outcomes)
                break
            for n in {left[number - 1] for number in refused}:
                outcomes[n] = self._explain(calls[n])
                left.remove(n)
        return [outcome for outcome in outcomes if outcome is not None]

    def _explain(self, call: _Call) -> IntegrityError:
        """Why a call was refused: it is on record already, or something has moved."""
        stored = self.known([request.key for request in call.requests])
        for request in call.requests:
            if request.key in stored:
                content, first, last = stored[request.key]
                return AlreadyRecorded(Known(first, last, content == request.content))
        return Conflict("something this rests on has moved, or its place is taken")

    def _append_surely(self, calls: list[_Call]) -> tuple[int, list[int]]:
        """Call `append`; when the connection breaks, find out whether it committed."""
        lost = False
        for _ in range(ATTEMPTS_AFTER_LOSS):
            try:
                if lost:
                    self._look_for(calls)
                base, refused = self._append_once(calls)
                if lost and refused:  # the lost attempt may have ended only now
                    self._look_for(calls)
                return base, refused
            except (PoolTimeout, Overloaded):
                if not lost:
                    raise Overloaded("no connection to the database is free") from None
            except LOST:
                lost = True
                drop_lost(self._pool)
            except psycopg.errors.UniqueViolation:
                if lost:  # the lost attempt may have ended only now
                    self._look_for(calls)
                raise
        raise OutcomeUnknown("the connection was lost while recording")

    def _append_once(self, calls: list[_Call]) -> tuple[int, list[int]]:
        arguments = _arguments(calls)
        connection = self._pool.getconn()
        try:
            result = self._queries.append(connection, arguments)
        finally:
            self._pool.putconn(connection)
        return _read_answer(result)

    def _look_for(self, calls: list[_Call]) -> None:
        """Raise `_Found` when the batch is on record, envelope for envelope."""
        first = calls[0].events[0]
        place = (first.originator_id, first.originator_version)
        for position, state in self._fetch(self._queries.place, place):
            if state == first.state:
                raise _Found(position - 1)

    def _fetch(self, query: bytes, parameters: Sequence[object]) -> list[Any]:
        """Rows of a query. Raises `Overloaded` when no connection can be had."""

        def rows(connection: psycopg.Connection[Any]) -> list[Any]:
            found = connection.execute(query, parameters, prepare=True, binary=True)
            return found.fetchall()

        return asked_again(self._pool, rows)

    # -- reading -------------------------------------------------------------------

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Events of one stream by version, without their bodies."""
        query = self._queries.of_stream_down if desc else self._queries.of_stream
        rows = self._fetch(query, (originator_id, gt, lte, limit))
        return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events by position; positions are dense, and none appears below one seen."""
        after = (start or 0) - (1 if inclusive_of_start else 0)
        parameters = (after, stop, list(topics) or None, limit)
        rows = self._fetch(self._queries.notifications, parameters)
        return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        """The last position, `None` before the first."""
        ((position,),) = self._fetch(self._queries.position, ())
        return position or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription:
        """Events as they are recorded, from after position `gt`, without end."""
        return Subscription(self, gt, topics)

    def sealed_after(self, position: int, limit: int) -> list[SealedEvent]:
        """Sealed entries by position, bodies joined on where there are any."""
        rows = self._fetch(self._queries.sealed, (position, limit))
        return [sealed_event(*row) for row in rows]

    def sealed_at(self, positions: Sequence[int]) -> list[SealedEvent]:
        """The sealed entries at some positions, those that exist."""
        rows = self._fetch(self._queries.sealed_at, (list(positions),))
        return [sealed_event(*row) for row in rows]

    def known(self, keys: Sequence[bytes]) -> dict[bytes, tuple[bytes, int, int]]:
        """Request keys on record: key to content hash, first and last position."""
        rows = self._fetch(self._queries.requests, (list(keys),))
        return {bytes(key): (bytes(content), a, b) for key, content, a, b in rows}

    def look_up(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Index rows by key, those that exist."""
        rows = self._fetch(self._queries.index, (list(keys),))
        return {bytes(key): bytes(sealed) for key, sealed in rows}

    def heads_of(self, streams: Sequence[UUID]) -> dict[UUID, tuple[Head, int]]:
        """Where streams stand, and the iat (ms) of the last entry of each."""
        found = {stream: (Head(stream), 0) for stream in streams}
        if not streams:
            return found
        rows = self._fetch(self._queries.heads, (list(streams),))
        for stream, version, leaf, state in rows:
            if leaf_hash(state) != leaf:  # nothing is signed onto a head that is not
                raise IntegrityFailure("CHAIN_HEAD_DIFFERS", stream, version)
            iat_ms = parse_envelope(state).header.iat_ms
            found[stream] = (Head(stream, version, leaf), iat_ms)
        return found

    def leaves_at(
        self, places: Sequence[tuple[UUID, int]]
    ) -> dict[tuple[UUID, int], bytes]:
        """Leaf hashes of the entries at some places, each a stream and a version."""
        columns = [list(column) for column in zip(*places, strict=True)] or [[], []]
        rows = self._fetch(self._queries.places, columns)
        return {(stream, version): leaf_hash(state) for stream, version, state in rows}

    def state_of_log(self) -> tuple[int, int]:
        """The last position, 0 before the first, and how many bodies were erased."""
        ((position, erasures),) = self._fetch(self._queries.state_of_log, ())
        return position, erasures

    def erased(self) -> list[tuple[UUID, int]]:
        """The entries whose bodies were erased: stream and position of each."""
        rows = self._fetch(self._queries.erased, ())
        return [(stream, position) for stream, position in rows]

    def advance(
        self, heads: Sequence[Head], index_keys: Sequence[bytes]
    ) -> tuple[int, list[SealedEvent], dict[bytes, bytes]]:
        """What is new in some streams, at one moment: the way a cached case goes on.

        Returns the erasure count, the entries after each head in position order, and
        those of `index_keys` that exist.
        """
        values = [
            byteas(index_keys),
            uuids(head.stream for head in heads),
            bigints(head.version for head in heads),
        ]

        def ask(connection: psycopg.Connection[Any]) -> list[Any]:
            return rows_of(connection, self._queries.advance(connection, values))

        rows = asked_again(self._pool, ask)
        erasures, keys, sealed = rows[0][:3]
        entries = [sealed_event(*row[3:]) for row in rows if row[3] is not None]
        found = zip(keys or (), sealed or (), strict=True)
        return erasures, entries, {bytes(k): bytes(s) for k, s in found}


class Subscription(ListenNotifySubscription[LedgerRecorder]):
    """Wakes the library's pulling thread often instead of listening.

    A `NOTIFY` inside the append would make all tenants' commits wait for each other.
    """

    def __init__(
        self, recorder: LedgerRecorder, gt: int | None, topics: Sequence[str]
    ) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._ended = Signal()
        self._waker = Thread(target=self._wake_often, daemon=True)
        self._waker.start()

    def _wake_often(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            self._has_been_notified.set()

    def stop(self) -> None:
        """Stop following."""
        self._ended.set()
        super().stop()


def sealed_event(
    position: int,
    stream: UUID,
    version: int,
    topic: str,
    state: bytes,
    key_id: UUID | None,
    nonce: bytes | None,
    ciphertext: bytes | None,
    is_erased: bool,
) -> SealedEvent:
    """A row of envelope and body; the leaf is computed from what is stored."""
    return SealedEvent(
        originator_id=stream,
        originator_version=version,
        topic=topic,
        state=state,
        leaf=leaf_hash(state),
        iat_ms=0,
        key_id=key_id,
        nonce=nonce,
        ciphertext=ciphertext,
        position=position,
        is_erased=is_erased,
    )


def _stream(event: StoredEvent) -> UUID:
    stream = event.originator_id
    if not isinstance(stream, UUID):
        raise TypeError("streams are named by UUIDs")
    return stream


def _wake(tickets: Sequence[_Ticket]) -> None:
    """Wake one after the other: each wakes the next, so they do not all wait to run."""
    for ticket, following in pairwise(tickets):
        ticket.following = following
    if tickets:
        tickets[0].woken.release()


def _give(ticket: _Ticket, outcome: _Outcome) -> None:
    if isinstance(outcome, IntegrityError):
        ticket.error = outcome
    else:
        ticket.positions = outcome


def _gives_up(ticket: _Ticket) -> bool:
    ticket.attempts += 1
    if ticket.attempts < ATTEMPTS_ON_ACCESS_CONFLICT:
        return False
    ticket.error = Overloaded("others write to the same access stream all the time")
    return True


_Outcome = list[int] | IntegrityError


class _Found(Exception):
    """A batch whose connection was lost is on record, after position `base`."""

    def __init__(self, base: int) -> None:
        self.base = base


def _read_answer(result: PGresult) -> tuple[int, list[int]]:
    """What `append` answered: base, and the calls refused."""
    base, refused = result.get_value(0, 0), result.get_value(0, 1)
    assert base is not None, "the function sets it first"
    return int.from_bytes(base, "big"), read_ints(refused) if refused else []


def _number(
    calls: list[_Call], base: int, places: list[int], outcomes: list[_Outcome | None]
) -> None:
    """Positions of recorded calls: dense, in their order, from after `base`."""
    for place, call in zip(places, calls, strict=True):
        outcomes[place] = list(range(base + 1, base + 1 + len(call.events)))
        base += len(call.events)


# -- the database's side -----------------------------------------------------------


def _arguments(calls: list[_Call]) -> list[bytes]:
    """The parallel arrays that `append` takes; calls are counted from 1."""
    entries = [event for call in calls for event in call.events]
    bodies = [_body(event) for event in entries]
    numbered = list(enumerate(calls, start=1))
    decided = [(n, head) for n, call in numbered for head in call.decided_on]
    heads = [(n, head) for n, call in numbered for head in _new_heads(call)]
    requests = _placed_requests(calls)
    index = [row for call in calls for row in call.index]
    return [
        integer(len(calls)),
        ints(n for n, _ in decided),
        uuids(head.stream for _, head in decided),
        bigints(head.version for _, head in decided),
        byteas(head.leaf for _, head in decided),
        uuids(_stream(event) for event in entries),
        bigints(event.originator_version for event in entries),
        texts(event.topic for event in entries),
        byteas(event.state for event in entries),
        uuids(key_id for key_id, _, _ in bodies),
        byteas(nonce for _, nonce, _ in bodies),
        byteas(ciphertext for _, _, ciphertext in bodies),
        ints(n for n, _ in heads),
        uuids(head.stream for _, head in heads),
        bigints(head.version for _, head in heads),
        byteas(head.leaf for _, head in heads),
        byteas(request.key for _, request in requests),
        byteas(request.content for _, request in requests),
        ints(place for place, _ in requests),
        ints(request.count for _, request in requests),
        ints(request.days for _, request in requests),
        byteas(row.key for row in index),
        byteas(row.sealed for row in index),
        integer(sum(call.grants for call in calls)),
    ]


def _body(event: StoredEvent) -> tuple[UUID | None, bytes | None, bytes | None]:
    """Data key, nonce and ciphertext; the library's plain events have no body."""
    if isinstance(event, SealedEvent):
        return event.key_id, event.nonce, event.ciphertext
    return None, None, None


def _placed_requests(calls: list[_Call]) -> list[tuple[int, RequestKey]]:
    """Requests with the place (from 1) of their first entry in the whole batch."""
    placed = []
    start = 1
    for call in calls:
        placed += [(start + request.first, request) for request in call.requests]
        start += len(call.events)
    return placed


def _new_heads(call: _Call) -> Iterable[Head]:
    """Where each stream stands after the call."""
    last: dict[UUID, Head] = {}
    for event in call.events:
        leaf = event.leaf if isinstance(event, SealedEvent) else leaf_hash(event.state)
        stream = _stream(event)
        last[stream] = Head(stream, event.originator_version, leaf)
    return last.values()
