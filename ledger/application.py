"""The one write path: load a case, decide, seal, record. Reading is recorded too.

A decision rests on every stream of the case; the recorder refuses it when one of them
has moved, and it is taken again on the case as it then is. A cache of verified cases is
fast-forwarded on every use and changed only by what is committed.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from threading import Lock
from time import monotonic
from uuid import UUID

from ledger.access import may_read, may_see, may_write
from ledger.aggregates.case import Case, fold, with_beside
from ledger.aggregates.guard import local_day
from ledger.aggregates.supervision import Grant
from ledger.entry import Actor, Erased, StreamKind
from ledger.events.access import AccessDenied, AccessRecorded, BreakGlassUsed
from ledger.events.concern import CaseOpened
from ledger.events.event import EVERYONE_OF_STAFF, Event, Kind, Role
from ledger.index import CaseIndex, CaseStream
from ledger.keyring import DataKeys, Keyring, KeyringError
from ledger.loaded import Damage, LoadedCase, RecordedEntry
from ledger.profiles import Profile, Rulebook, shipped
from ledger.projections.corrections import Corrected
from ledger.projections.granted import shown_by
from ledger.projections.moment import PRESENT, Moment, seen_at
from ledger.projections.others_numbers import told_to
from ledger.reader_log import ReaderLog
from ledger.recorder import (
    KEY_DAYS,
    AlreadyRecorded,
    Conflict,
    Draft,
    Head,
    Known,
    LedgerRecorder,
    Overloaded,
    RequestKey,
)
from ledger.refusals import AskLeader, CaseExists, NoCase, Refused, StaleVersion
from ledger.requests import asked_for, asked_in
from ledger.rules import Rules, rules_of
from ledger.sealing import (
    IntegrityFailure,
    SealedEvent,
    SealingMapper,
    milliseconds,
    moment,
)
from ledger.writing import Writing, access_entry, refusal

logger = logging.getLogger(__name__)

DECISIONS = 4  # the first, and three more when others write to the same case


class KeyReused(Exception):
    """The request key was used before, for another request (422)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a recorded request is answered with.

    `version` counts in the entry's own stream, and is `None` for whoever does not read
    that stream, to whom it would tell how much is in it; `position` counts from 1 over
    the tenant; `leaf` is the 32-byte leaf hash, `key_id` the 32-byte thumbprint of the
    signing key. `tag` is that of the view as it is with this entry, for whoever had
    said which view they decided on, or opened the case; nobody else has seen all of it.
    """

    case: UUID
    version: int | None
    position: int
    leaf: bytes
    key_id: bytes
    tag: bytes | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Reading:
    """What a reader may see of a case, once the reading is on record.

    Who may read is judged on the present case; `at` then shows the past of what this
    person may see now. `recorded` and `folded` are the entries and the state as they
    were recorded; `entries` and `state` are as corrected and at the moment, and are
    what is shown. The entries at the positions `in_part` are told without the national
    numbers of others than the child and the reader. A supervisor who reads by a `grant`
    on record is told of every stream, and of its sectors alone.
    """

    case: UUID
    recorded: tuple[RecordedEntry, ...]
    folded: Case
    streams: tuple[CaseStream, ...]
    tag: bytes  # 32 bytes; another one as soon as any of the streams has gone on
    book: Rulebook
    moment: Moment = PRESENT
    in_part: frozenset[int] = frozenset()
    grant: Grant | None = None
    home_waits: bool = False  # nothing is said to the home now, whoever sees why

    def at(self, moment: Moment) -> Reading:
        """The same reading at another moment."""
        return replace(self, moment=moment)

    @property
    def entries(self) -> tuple[RecordedEntry, ...]:
        """What is known and has happened at the moment, in position order."""
        return self.seen.entries

    @cached_property
    def seen(self) -> Corrected:
        """The entries with the corrections that made them what they are."""
        return seen_at(self.recorded, self.moment)

    @cached_property
    def state(self) -> Case:
        """What the entries add up to."""
        is_folded = self.moment == PRESENT and not self.seen.corrections
        return self.folded if is_folded else fold(self.entries)

    @property
    def rules(self) -> Profile:
        """The process rules that what is shown is seen by."""
        return rules_of(self.book, self.state)


def utc_now() -> datetime:
    """The time by which entries are recorded."""
    return datetime.now(UTC)


class CaseLedger:
    """All cases of one tenant."""

    def __init__(
        self,
        recorder: LedgerRecorder,
        mapper: SealingMapper,
        keyring: Keyring,
        data_keys: DataKeys,
        *,
        clock: Callable[[], datetime] = utc_now,
        cached_cases: int = 1000,
        cached_seconds: float = 900.0,
    ) -> None:
        self.recorder = recorder
        self.mapper = mapper
        self.keyring = keyring
        self.data_keys = data_keys
        self.index = CaseIndex(keyring)
        self.clock = clock
        self.reader_log = ReaderLog(self)
        self._cache = _Cache(cached_cases, cached_seconds)
        self._rules = Rules(Head(self.index.registry), shipped())

    # -- writing -------------------------------------------------------------------

    def record(
        self,
        case: UUID,
        event: Event,
        *,
        by: Actor,
        occurred_at: datetime | None,
        key: str,
        shield: str | None = None,
        on_view: bytes | None = None,
        key_days: int | None = KEY_DAYS,
    ) -> Receipt:
        """Decide on an event and record it; the same `key` gives the same receipt.

        That holds for so many days, `None` for ever. Without `occurred_at` it happens
        now. `on_view` is the tag of the view it was
        decided on by whoever acts: `STALE_VERSION` when something they see has come
        since. Raises `Refused` (which is on record then), `KeyReused`, `Overloaded`,
        `OutcomeUnknown`, `IntegrityFailure`. Nothing is recorded in a case of which a
        stream is damaged; who does not see that stream is answered `Overloaded`.
        """
        stored_key = self.index.request_key(by.ref, key)
        asked = asked_for(case, event, by, occurred_at, shield)
        content = self.index.request_content(stored_key, asked)
        request = RequestKey(stored_key, content, days=key_days)
        for _ in range(DECISIONS):
            now = self.clock()
            at = occurred_at or moment(milliseconds(now))  # as it is recorded
            writing = Writing(self, self.readable(case))
            writing.before.refuse_damage(by)
            try:
                self._refuse_stale(writing.loaded, by, on_view)
                named = may_name(writing.loaded.state, event, by, shield)
                entry = writing.add(event, by=by, occurred_at=at, now=now, shield=named)
                if writing.before.damaged:
                    break
                positions = writing.commit([request])
            except Conflict:
                continue
            except AlreadyRecorded as repeated:
                return self._receipt_again(case, request, repeated.known, by)
            except Refused as refused:
                known = self._known(request)
                if known is not None:
                    return self._receipt_again(case, request, known, by)
                self._record_refusal(writing, event, by, refused, at, now, shield)
                raise
            key_id = self.keyring.service.key_id
            state = writing.loaded.state
            receipt = _receipt(entry, positions[0], key_id, state, by, now)
            return replace(receipt, tag=self._tag_after(writing, event, by, on_view))
        raise Overloaded("others write to the same case all the time")

    def _refuse_stale(self, loaded: LoadedCase, by: Actor, tag: bytes | None) -> None:
        """Refuse what was decided on an older view; who sees none is told nothing."""
        seen = loaded.heads_seen_by(by)
        if tag is not None and seen and self.index.view_tag(seen) != tag:
            raise Refused((StaleVersion(),))

    def _tag_after(
        self, writing: Writing, event: Event, by: Actor, on_view: bytes | None
    ) -> bytes | None:
        shared = (e for e in writing.before.entries if e.shield is None)
        opens = isinstance(event, CaseOpened) and all(
            e.by.ref == by.ref for e in shared
        )
        if on_view is None and not opens:
            return None  # others may have written what this person has not seen
        return self.index.view_tag(writing.loaded.heads_seen_by(by))

    def _known(self, request: RequestKey) -> Known | None:
        """Whether a request that is refused now was recorded before: then it is not."""
        found = self.recorder.known([request.key]).get(request.key)
        if found is None:
            return None
        content, first, last = found
        return Known(first, last, content == request.content)

    def _receipt_again(
        self, case: UUID, request: RequestKey, known: Known, by: Actor
    ) -> Receipt:
        """The receipt of a request on record, if its entry is what it asked for."""
        if not known.same:
            raise KeyReused("the key belongs to another request")
        for sealed in self.recorder.sealed_after(known.first - 1, 1):
            entry = replace(self.mapper.to_domain_event(sealed), case=case)
            if sealed.position == known.first == known.last and self._tells(
                sealed, request
            ):
                key_id = self.mapper.signed_by(sealed)
                state = self.readable(case).state
                return _receipt(entry, known.first, key_id, state, by, self.clock())
        raise IntegrityFailure("REQUEST_DAMAGED", self.index.registry, known.first)

    def _tells(self, sealed: SealedEvent, request: RequestKey) -> bool:
        """Whether an entry is what was asked for; an erased one does not say."""
        preimage = self.mapper.preimage(sealed)
        asked = None if preimage is None else asked_in(preimage)
        return asked is None or request.content in (
            self.index.request_content(request.key, each)
            for each in asked.as_requested()
        )

    def _record_refusal(
        self,
        writing: Writing,
        event: Event,
        by: Actor,
        refused: Refused,
        occurred_at: datetime,
        now: datetime,
        shield: str | None,
    ) -> None:
        loaded = writing.loaded
        pin = writing.pin(event, occurred_at)
        record = refusal(event, by, refused, pin)
        if loaded.streams:
            told_in = writing.told_in(event, by, refused, occurred_at, now, shield)
            for stream in told_in:
                self._append(loaded.case, stream, record)
            if not told_in:
                self.reader_log.record(record)
            return
        against = self._stood_against(event, by, refused)
        if against is None:  # also where there is no case: both take the same steps
            self.reader_log.record(record)
        else:
            self._append(against.case, against.streams[0], record)

    def _stood_against(
        self, event: Event, by: Actor, refused: Refused
    ) -> LoadedCase | None:
        """The case of the same child that this person may read, and so may not open."""
        if not isinstance(event, CaseOpened) or refused.true_code != CaseExists.code:
            return None
        cases = self.cases_of(event.national_id or "")
        return next((c for c in reversed(cases) if may_read(c.state, by)), None)

    @property
    def rules(self) -> Rules:
        """The process rules as they were when a case was last loaded."""
        return self._rules

    # -- reading -------------------------------------------------------------------

    def read(
        self,
        case: UUID,
        *,
        by: Actor,
        view: str,
        purpose: str,
        basis: str | None = None,
        grant: str | None = None,
    ) -> Reading:
        """What this person may see of a case; answered only once the read is on record.

        `grant` is the id of the one that covers the case, where a supervisor reads. A
        case the person may not see answers as one that does not exist: `NO_CASE`.
        """
        loaded, today = self.readable(case), local_day(self.clock())
        if by.role is Role.SYSTEM:
            loaded.refuse_damage(by)
        if grant is None:
            held = self.grant_of(loaded, by, view, today)
            if held is not None:
                return self._read_granted(loaded, by, view, purpose, basis, held)
        in_need = self._is_in_need(loaded, by, today)
        if not in_need:
            self._refuse_outside(loaded, by, view, today, granted=grant is not None)
        loaded.refuse_damage(by)
        seen = told_in = loaded.seen_by(by)
        if in_need:
            basis = basis or BreakGlassUsed.BASIS
        else:
            told_in = loaded.shows_reader(by, on=today, granted=grant is not None)
        for stream in told_in:
            head = loaded.heads[loaded.streams.index(stream)]
            versions = head.version if stream in seen else None
            self._append(case, stream, _read(by, view, versions, purpose, basis, grant))
        entries, in_part = told_to(by, loaded.of(seen))
        whole = loaded.visible_to(by) or loaded.state
        state = fold(entries) if in_part else whole
        tag = self.index.view_tag(loaded.heads_seen_by(by))
        book = self._rules.book
        return Reading(
            case,
            entries,
            state,
            tuple(seen),
            tag,
            book,
            in_part=in_part,
            home_waits=any(loaded.state.concern.violence_since()),
        )

    def _is_in_need(self, loaded: LoadedCase, by: Actor, on: date) -> bool:
        """Whether somebody of staff has opened to themselves what they may not read."""
        if by.role not in EVERYONE_OF_STAFF or not may_write(loaded.state, by):
            return False
        if may_read(loaded.state, by, on=on):
            return False
        state = self._with_beside(loaded)
        return state is not None and state.access.is_in_need(by.ref, self.clock())

    def _with_beside(self, loaded: LoadedCase) -> Case | None:
        """The case with what its access streams say; `None` where they are damaged."""
        try:
            return with_beside(loaded.state, self.access_log(loaded.streams))
        except IntegrityFailure as failure:
            logger.error("an access stream is damaged: %s", failure)
            return None

    def grant_of(
        self, loaded: LoadedCase, by: Actor, view: str, on: date
    ) -> tuple[str, Grant] | None:
        """The recorded grant by which a supervisor may read the view, with its id.

        Of several, the one that opens most sectors. One that cannot be read opens
        nothing.
        """
        if by.role is not Role.SUPERVISOR or not may_read(
            loaded.state, by, granted=True
        ):
            return None
        state = self._with_beside(loaded)
        found = state.supervision.granted(by.ref, view, on) if state else ()
        return max(found, key=lambda held: len(held[1].sectors), default=None)

    def _read_granted(
        self,
        loaded: LoadedCase,
        by: Actor,
        view: str,
        purpose: str,
        basis: str | None,
        held: tuple[str, Grant],
    ) -> Reading:
        """What a recorded grant opens: of every stream, the entries of its sectors."""
        grant_id, grant = held
        if loaded.damaged:
            raise loaded.damaged[0].failure
        for stream, head in zip(loaded.streams, loaded.heads, strict=True):
            read = _read(by, view, head.version, purpose, basis, grant_id)
            self._append(loaded.case, stream, read)
        entries = shown_by(grant, loaded.entries)
        tag = self.index.view_tag(loaded.heads_seen_by(by))
        return Reading(
            loaded.case,
            entries,
            fold(entries),
            loaded.streams,
            tag,
            self._rules.book,
            grant=grant,
            home_waits=any(loaded.state.concern.violence_since()),
        )

    def _refuse_outside(
        self, loaded: LoadedCase, by: Actor, view: str, on: date, *, granted: bool
    ) -> None:
        """Refuse who may not read, on record where that tells nothing of a shield."""

        def denies(state: Case) -> bool:
            return not may_read(state, by, on=on, granted=granted)

        if not loaded.streams:  # the same steps as below: time does not tell either
            self.reader_log.refuse(by, view)
        if denies(loaded.state):
            for stream in loaded.resting_on(denies):
                self._append(loaded.case, stream, _denied(by, view))
            raise Refused((NoCase(),))

    def access_log(self, streams: Sequence[CaseStream]) -> list[RecordedEntry]:
        """Every read and refusal recorded beside these streams, in position order."""
        heads = [Head(stream.access) for stream in streams]
        _, sealed, _ = self.recorder.advance(heads, [])
        return sorted(
            self._opened(heads, sealed), key=lambda entry: entry.position or 0
        )

    def _append(self, case: UUID, stream: CaseStream, event: Event) -> int:
        now = self.clock()

        def sign(head: Head, earliest: int) -> SealedEvent:
            entry = access_entry(
                case, stream, event, now=now, earliest=earliest, head=head
            )
            return self.mapper.to_stored_event(entry)

        return self.recorder.append(Draft(stream.access, sign))

    # -- loading -------------------------------------------------------------------

    def load(self, case: UUID) -> LoadedCase:
        """The case as it stands now, verified; without streams when it does not exist.

        Raises `IntegrityFailure` when what is stored is not what was signed.
        """
        cached = self._cache.get(case)
        loaded = self._go_on(cached or LoadedCase(case))
        if cached is not None and loaded.erasures != cached.erasures:
            self._cache.drop(case)
            loaded = self._go_on(LoadedCase(case))
        if loaded.streams and loaded is not cached:
            self._cache.put(loaded)
        return loaded

    def readable(self, case: UUID) -> LoadedCase:
        """The case as `load` answers it, or what can be read of it and how it fails.

        Whether somebody may see it is judged on that: damage tells outsiders nothing.
        """
        try:
            return self.load(case)
        except IntegrityFailure as failure:
            logger.error("a case is damaged: %s", failure)
            return self._readable(case, failure)

    def cases_of(self, number: str) -> list[LoadedCase]:
        """The cases about the person with this national number, oldest first.

        As far as they can be read: whether one is there for somebody is still judged.
        """
        return [self.readable(case) for case in self.case_ids_of(number)]

    def case_ids_of(self, number: str) -> list[UUID]:
        """The ids of the cases about the person with this number, oldest first."""
        found: list[UUID] = []
        while True:
            keys = self.index.subject_keys(number, len(found))
            rows = self.recorder.look_up(keys)
            for key in keys:
                if key not in rows:
                    return found
                try:
                    case = self.index.open_subject(key, rows[key])
                except (KeyringError, ValueError):
                    raise IntegrityFailure(
                        "INDEX_DAMAGED", self.index.registry, len(found)
                    ) from None
                found.append(case)

    def _go_on(self, loaded: LoadedCase) -> LoadedCase:
        """Bring a case up to now: new entries of its streams, and new streams."""
        keys = self.index.stream_keys(loaded.case, len(loaded.streams))
        rules = self._rules
        erasures, sealed, rows = self.recorder.advance(
            [*loaded.heads, rules.head], keys
        )
        sealed = self._learn(rules, sealed)
        if erasures != loaded.erasures:
            loaded = replace(loaded, erasures=erasures)
        if sealed:
            entries = self._opened(loaded.heads, sealed)
            _check_belonging(loaded, entries)
            loaded = loaded.with_entries(entries)
        if not rows:
            return loaded
        for ordinal, key in enumerate(keys[: len(rows)]):
            if key not in rows:  # a later stream is there, this one is not
                raise IntegrityFailure("INDEX_ABSENT", loaded.case, ordinal)
            loaded = loaded.with_stream(self._stream_at(key, rows[key], loaded.case))
        return self._go_on(loaded)

    def current_rules(self) -> Rules:
        """The process rules as the registry has them now."""
        rules = self._rules
        self._learn(rules, self.recorder.advance([rules.head], [])[1])
        return self._rules

    def _learn(self, rules: Rules, sealed: list[SealedEvent]) -> list[SealedEvent]:
        """Take over what follows `rules` in the registry; answer all the rest."""
        said = [event for event in sealed if event.stream == rules.head.stream]
        if said:
            self._rules = rules.after(self._opened([rules.head], said))
        return [event for event in sealed if event.stream != rules.head.stream]

    def _readable(self, case: UUID, failure: IntegrityFailure) -> LoadedCase:
        """What can be read of a damaged case, stream by stream."""
        streams, damaged = self._streams_found(case)
        loaded = LoadedCase(case)
        for stream in streams:
            loaded = loaded.with_stream(stream)
        heads = loaded.heads
        _, sealed, _ = self.recorder.advance(heads, [])
        for stream, head in zip(streams, heads, strict=True):
            own = [event for event in sealed if event.stream == stream.stream]
            try:
                entries = self._opened([head], own)
                _check_belonging(loaded, entries)
            except IntegrityFailure as found:
                damaged.append(Damage(stream, found))
                entries = _belonging(loaded, self.mapper.open_readable(own))
            loaded = loaded.with_entries(entries)
        failed = next((s for s in streams if s.stream == failure.stream), None)
        if failed not in [damage.stream for damage in damaged]:
            damaged.append(Damage(failed, failure))
        return replace(loaded, damaged=tuple(damaged))

    def _streams_found(self, case: UUID) -> tuple[list[CaseStream], list[Damage]]:
        """The streams that the case's index rows lead to, and the rows that fail.

        None, when it cannot be said which is the shared one.
        """
        streams: list[CaseStream] = []
        damaged: list[Damage] = []
        ordinal = 0
        while rows := self.recorder.look_up(self.index.stream_keys(case, ordinal)):
            keys = self.index.stream_keys(case, ordinal)
            for key in filter(rows.__contains__, keys):
                try:
                    streams.append(self._stream_at(key, rows[key], case))
                except IntegrityFailure as found:
                    damaged.append(Damage(None, found))
            ordinal += len(keys)
        if streams and streams[0].kind is not StreamKind.SHARED:
            streams = []
        return streams, damaged

    def _stream_at(self, key: bytes, sealed: bytes, case: UUID) -> CaseStream:
        try:
            return self.index.open_stream(key, sealed)
        except (KeyringError, ValueError):
            raise IntegrityFailure("INDEX_DAMAGED", case, 0) from None

    def _opened(
        self, heads: Sequence[Head], sealed: Sequence[SealedEvent]
    ) -> list[RecordedEntry]:
        """Entries that follow the heads, verified."""
        following: dict[UUID, list[SealedEvent]] = {head.stream: [] for head in heads}
        for event in sealed:
            following[event.stream].append(event)
        entries: list[RecordedEntry] = []
        for head in heads:
            entries += self.mapper.open_stream(
                following[head.stream], version=head.version, previous=head.leaf
            )
        return entries

    def committed(self, loaded: LoadedCase) -> None:
        """Take a case over into the cache, after its commit."""
        self._cache.put(loaded)

    def forget(self) -> None:
        """Empty the cache, as after an erasure."""
        self._cache.clear()


def _check_belonging(loaded: LoadedCase, entries: Sequence[RecordedEntry]) -> None:
    """Every entry must name the case and the shield that its stream is filed under."""
    filed = {stream.stream: stream for stream in loaded.streams}
    for entry in entries:
        stream = filed[entry.stream]
        code = None
        if entry.stream_kind is not stream.kind:
            code = "CHAIN_KIND"
        elif not isinstance(entry.event, Erased):  # it says neither any more
            if entry.case != loaded.case:
                code = "BODY_CASE"
            elif entry.shield != stream.shield:
                code = "BODY_SHIELD"
        if code is not None:
            raise IntegrityFailure(code, entry.stream, entry.version)


def _belonging(loaded: LoadedCase, entries: list[RecordedEntry]) -> list[RecordedEntry]:
    """The entries of a damaged stream; none, if one of them belongs elsewhere."""
    try:
        _check_belonging(loaded, entries)
    except IntegrityFailure:
        return []
    return entries


def may_name(case: Case, event: Event, by: Actor, shield: str | None) -> str | None:
    """The shield a request may name: one they see, or one that is not there yet.

    A shield this person does not see is not theirs to name: they are told to ask, and
    what is never refused goes under another one. Raises `Refused`.
    """
    if shield is None or shield not in case.people.shields:
        return shield
    if may_see(case, by, shield):
        return shield
    if event.KIND is Kind.NEVER:
        return None
    raise Refused((AskLeader(),))


class _Cache:
    """Verified cases in memory: few, for a short time, because they are plaintext."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._held: OrderedDict[UUID, tuple[float, LoadedCase]] = OrderedDict()
        self._lock = Lock()

    def get(self, case: UUID) -> LoadedCase | None:
        with self._lock:
            until, loaded = self._held.get(case, (0.0, None))
            if loaded is not None and until < monotonic():
                del self._held[case]
                return None
            return loaded

    def put(self, loaded: LoadedCase) -> None:
        with self._lock:
            self._held[loaded.case] = (monotonic() + self._seconds, loaded)
            self._held.move_to_end(loaded.case)
            while len(self._held) > self._limit:
                self._held.popitem(last=False)

    def drop(self, case: UUID) -> None:
        with self._lock:
            self._held.pop(case, None)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()


def _receipt(
    entry: RecordedEntry,
    position: int,
    key_id: bytes,
    state: Case,
    by: Actor,
    now: datetime,
) -> Receipt:
    assert entry.leaf is not None
    reads = may_read(state, by, on=local_day(now)) and may_see(state, by, entry.shield)
    version = entry.version if reads else None
    return Receipt(entry.case, version, position, entry.leaf, key_id)


def _denied(by: Actor, view: str) -> AccessDenied:
    return AccessDenied(
        reader=by.ref, reader_role=by.role.value, view=view, reason_code=NoCase.code
    )


def _read(
    by: Actor,
    view: str,
    versions: int | None,
    purpose: str,
    basis: str | None,
    grant: str | None,
) -> AccessRecorded:
    return AccessRecorded(
        reader=by.ref,
        reader_role=by.role.value,
        reader_service=by.service,
        view=view,
        entries_from=None if versions is None else 1,
        entries_to=versions,
        purpose=purpose,
        legal_basis=basis,
        grant_id=grant,
    )
