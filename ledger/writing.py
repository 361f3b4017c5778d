"""One or more decisions on one case, sealed in memory and recorded together.

A request is one decision; an import is as many as its file has lines for the case. Both
rest on the heads the case had when it was loaded, and on nothing recorded in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from ledger.access import may_see
from ledger.aggregates.case import Case, with_beside
from ledger.aggregates.deciding import decide
from ledger.aggregates.guard import local_day
from ledger.aggregates.placing import placement
from ledger.entry import Actor, Entry, StreamKind
from ledger.events.access import CommandRefused
from ledger.events.baton import (
    HandoverDeclined,
    HandoverLapsed,
    HandoverWithdrawn,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.closing import CaseReopened
from ledger.events.concern import CaseOpened
from ledger.events.consent import (
    ConsentCapacityChanged,
    ConsentExpired,
    ConsentExtended,
    ConsentGiven,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentRequested,
    ConsentWithdrawn,
)
from ledger.events.event import (
    Event,
    Role,
    Stream,
)
from ledger.events.log import (
    StafettloggRequested,
)
from ledger.events.moving import (
    ChildBorn,
)
from ledger.events.people import (
    GuardianChanged,
    GuardianRegistered,
    ParticipantAccessRevoked,
    ParticipantInvited,
    ParticipantJoined,
    ParticipantLeft,
    ShieldingDecided,
    ShieldingLifted,
)
from ledger.events.supervision import AccessGranted, GrantExpired, GrantRevoked
from ledger.index import CaseStream
from ledger.loaded import LoadedCase, RecordedEntry, position_of
from ledger.profiles import Profile
from ledger.recorder import Head, IndexRow, RequestKey
from ledger.refusals import AskLeader, Refused, StaleVersion
from ledger.rules import judging
from ledger.sealing import SealedEvent, milliseconds, moment

if TYPE_CHECKING:
    from ledger.application import CaseLedger

SYSTEM = Actor(ref="system", role=Role.SYSTEM)

CHANGES_ACCESS = (
    ConsentRequested,
    ConsentGiven,
    ConsentRefused,
    ConsentNarrowed,
    ConsentExtended,
    ConsentRenewed,
    ConsentWithdrawn,
    ConsentExpired,
    ConsentCapacityChanged,
    GuardianRegistered,
    GuardianChanged,
    ParticipantInvited,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantAccessRevoked,
    StafettloggRequested,
    ShieldingDecided,
    ShieldingLifted,
    StafettholderAppointed,
    StafettholderHandedOver,
    InterimHolderAssigned,
    StafettholderVacated,
    HandoverDeclined,
    HandoverWithdrawn,
    HandoverLapsed,
    CaseReopened,
    ChildBorn,
    AccessGranted,
    GrantExpired,
    GrantRevoked,
)
"""Events after which somebody may see more or less; the head row counts them."""


NUMBERS_A_CHILD = (CaseOpened, ChildBorn)
"""Events by whose national number the case is found from then on."""


class Writing:
    """What is decided on one loaded case and not yet recorded."""

    def __init__(self, ledger: CaseLedger, loaded: LoadedCase) -> None:
        self._ledger = ledger
        self.before = loaded
        self._loaded = loaded
        self._pending: list[RecordedEntry] = []
        self._sealed: list[SealedEvent] = []
        self._entries: list[RecordedEntry] = []  # parallel to `_sealed`
        self._index: list[IndexRow] = []
        self._heads = {head.stream: head for head in loaded.heads}
        rules = ledger.rules
        self._book = rules.book
        self._rests_on = [*loaded.heads, rules.head]
        self._access: dict[UUID, tuple[Head, int]] = {}
        self._beside: list[RecordedEntry] | None = None  # of the access streams
        self._own: dict[tuple[str, date], CaseStream] = {}
        self._iat_ms = loaded.iat_ms
        self._next = max(map(position_of, loaded.entries), default=0) + 1

    @property
    def size(self) -> int:
        """How many entries were added so far, access entries counted."""
        return len(self._sealed)

    def opens(self, number: str) -> bool:
        """Whether a case about the person with this national number is opened here."""
        return any(
            isinstance(entry.event, NUMBERS_A_CHILD)
            and entry.event.national_id == number
            for entry in self._entries
        )

    @property
    def loaded(self) -> LoadedCase:
        """The case with everything added so far."""
        if self._pending:
            self._loaded = self._loaded.with_entries(self._pending)
            self._pending = []
        return self._loaded

    def add(
        self,
        event: Event,
        *,
        by: Actor,
        occurred_at: datetime,
        now: datetime,
        shield: str | None = None,
        others: Sequence[LoadedCase] = (),
    ) -> RecordedEntry:
        """Decide on one event and seal it. Raises `Refused`; then nothing was added.

        `others` are further cases of the same child that are not on record yet.
        """
        loaded = self.loaded
        subject_rows: list[IndexRow] = []
        if isinstance(event, NUMBERS_A_CHILD):
            others, subject_rows = self._same_child(event, by, others)
        seen = loaded.visible_to(by)
        rules = judging(self._book, loaded.state, event, occurred_at)
        self._decide(loaded, seen, event, by, occurred_at, now, rules, others)
        label = self._placed(loaded, seen, event, by, shield)
        self._index += subject_rows
        stream = self._stream(label)
        if event.STREAM is Stream.ACCESS:
            return self._seal_beside(stream, event, by, occurred_at, now)
        return self._seal(stream, event, by, occurred_at, now, rules.pin)

    def _decide(
        self,
        loaded: LoadedCase,
        visible: Case | None,
        event: Event,
        by: Actor,
        occurred_at: datetime,
        now: datetime,
        rules: Profile,
        others: Sequence[LoadedCase],
    ) -> None:
        state = replace(loaded.state, others=tuple(other.state for other in others))
        if event.STREAM is Stream.ACCESS:
            beside = self._decided_beside()
            state = with_beside(state, beside)
            visible = None if visible is None else with_beside(visible, beside)
        decide(
            state,
            event,
            by=by,
            at=occurred_at,
            now=now,
            rules=rules,
            visible=visible,
        )

    def _placed(
        self,
        loaded: LoadedCase,
        visible: Case | None,
        event: Event,
        by: Actor,
        named: str | None,
    ) -> str | None:
        """The label that the event goes under, as its writer sees the case."""
        return placement(
            loaded.state,
            event,
            by=by,
            named=named,
            visible=visible,
            secret=self._ledger.index.label_secret(self.before.case),
        )

    def _same_child(
        self, event: CaseOpened | ChildBorn, by: Actor, others: Sequence[LoadedCase]
    ) -> tuple[Sequence[LoadedCase], list[IndexRow]]:
        """All other cases of the child, and the claim to be the next one."""
        if event.national_id is None:
            return others, []
        every = [*self._ledger.cases_of(event.national_id), *others]
        for other in every:
            other.refuse_damage(by)
        row = self._ledger.index.subject_row(
            event.national_id, len(every), self.before.case
        )
        return every, [row]

    def _stream(self, label: str | None) -> CaseStream:
        """The stream that entries under this label go to; a new one gets its keys."""
        found = self._loaded.stream_of(label)
        if found is not None:
            return found
        if label is not None and not self._loaded.streams:
            self._stream(None)  # the shared stream is always the first
        kind = StreamKind.SHARED if label is None else StreamKind.SHIELDED
        stream = CaseStream(uuid4(), uuid4(), kind, label)
        self._ledger.data_keys.create([stream.stream, stream.access])
        ordinal = len(self._loaded.streams)
        row = self._ledger.index.stream_row(self.before.case, ordinal, stream)
        self._index.append(row)
        self._rests_on += [Head(stream.stream), Head(stream.access)]
        self._heads[stream.stream] = Head(stream.stream)
        self._access[stream.access] = (Head(stream.access), 0)
        self._loaded = self.loaded.with_stream(stream)
        return stream

    def _seal(
        self,
        stream: CaseStream,
        event: Event,
        by: Actor,
        occurred_at: datetime,
        now: datetime,
        profile: str,
    ) -> RecordedEntry:
        head = self._heads[stream.stream]
        self._iat_ms = max(milliseconds(now), self._iat_ms)
        entry: RecordedEntry = Entry(
            event=event,
            case=self.before.case,
            by=by,
            occurred_at=occurred_at,
            recorded_at=moment(self._iat_ms),
            stream=stream.stream,
            stream_kind=stream.kind,
            version=head.version + 1,
            previous=head.leaf,
            shield=stream.shield,
            basis=type(event).BASIS,
            profile=profile,
        )
        sealed = self._ledger.mapper.to_stored_event(entry)
        self._heads[stream.stream] = Head(stream.stream, entry.version, sealed.leaf)
        entry = replace(entry, leaf=sealed.leaf, position=self._next)
        self._next += 1
        self._sealed.append(sealed)
        self._entries.append(entry)
        self._pending.append(entry)
        return entry

    def pin(self, event: Event, occurred_at: datetime) -> str | None:
        """Which version of the rules judges an event; `None` when there is none."""
        try:
            return judging(self._book, self.loaded.state, event, occurred_at).pin
        except Refused:
            return None

    def add_refusal(
        self,
        event: Event,
        by: Actor,
        refused: Refused,
        *,
        occurred_at: datetime,
        now: datetime,
        shield: str | None = None,
    ) -> None:
        """Put a refusal on record together with what is recorded."""
        if not self.loaded.streams:
            return
        record = refusal(event, by, refused, self.pin(event, occurred_at))
        told_in = self.told_in(event, by, refused, occurred_at, now, shield)
        for stream in told_in:
            self._seal_access(self.before.case, stream, record, now)
        if not told_in:
            own = self._own_stream(by.ref, local_day(now))
            self._seal_access(own.stream, own, record, now)

    def _seal_access(
        self, case: UUID, stream: CaseStream, record: Event, now: datetime
    ) -> None:
        head, iat_ms = self._access_head(stream.access)
        entry = access_entry(case, stream, record, now=now, earliest=iat_ms, head=head)
        self._append_beside(stream, entry)

    def _seal_beside(
        self,
        stream: CaseStream,
        event: Event,
        by: Actor,
        occurred_at: datetime,
        now: datetime,
    ) -> RecordedEntry:
        """Seal what somebody decided, or noted, about reading the stream."""
        head, iat_ms = self._access_head(stream.access)
        earliest = max(iat_ms, self._iat_ms)
        entry = access_entry(
            self.before.case, stream, event, now=now, earliest=earliest, head=head
        )
        entry = replace(entry, by=by, occurred_at=occurred_at)
        return self._append_beside(stream, entry)

    def _append_beside(self, stream: CaseStream, entry: Entry[Event]) -> RecordedEntry:
        sealed = self._ledger.mapper.to_stored_event(entry)
        after = Head(stream.access, entry.version, sealed.leaf)
        self._access[stream.access] = (after, sealed.iat_ms)
        done: RecordedEntry = replace(entry, leaf=sealed.leaf)
        self._sealed.append(sealed)
        self._entries.append(done)
        if self._beside is not None:
            self._beside.append(done)
        return done

    def _decided_beside(self) -> list[RecordedEntry]:
        """All that is on record in the case's access streams, and was added here.

        The heads are taken first: what comes in afterwards is a conflict.
        """
        if self._beside is None:
            streams = self.before.streams
            for stream in streams:
                self._access_head(stream.access)
            self._beside = self._ledger.access_log(streams)
            self._beside += [
                e for e in self._entries if e.stream_kind is StreamKind.ACCESS
            ]
        return self._beside

    def _own_stream(self, reader: str, day: date) -> CaseStream:
        """A person's own stream of the day; it may begin with what is recorded here."""
        if (reader, day) not in self._own:
            log = self._ledger.reader_log
            found = log.stream_of(reader, day)
            if found is None:
                found, row = log.new_stream(reader, day)
                self._index.append(row)
            self._own[reader, day] = found
        return self._own[reader, day]

    def _access_head(self, stream: UUID) -> tuple[Head, int]:
        if stream not in self._access:
            self._access |= self._ledger.recorder.heads_of([stream])
            self._rests_on.append(self._access[stream][0])
        return self._access[stream]

    def told_in(
        self,
        event: Event,
        by: Actor,
        refused: Refused,
        occurred_at: datetime,
        now: datetime,
        named: str | None,
    ) -> list[CaseStream]:
        """The streams in whose access streams a refusal may be told of.

        Those it rests on; but of what would have gone under a shield, the shared one
        tells nothing: then it is that shield, if this person sees it, and else none.
        Where it would have gone is judged on what they see, so that it does not tell
        whether a thing that they named is hidden.
        """
        loaded = self.loaded
        rests_on = self._rests_on_streams(event, by, refused, occurred_at, now, named)
        label = self._placed(loaded, loaded.visible_to(by), event, by, named)
        own = None if label is None else loaded.stream_of(label)
        is_shielded = event.SHIELDED_BY_RULE or named is not None or own is not None
        if loaded.streams[0] not in rests_on or not is_shielded:
            return rests_on
        return [own] if own and may_see(loaded.state, by, label) else []

    def _rests_on_streams(
        self,
        event: Event,
        by: Actor,
        refused: Refused,
        occurred_at: datetime,
        now: datetime,
        named: str | None,
    ) -> list[CaseStream]:
        loaded = self.loaded
        if refused.true_code == StaleVersion.code:  # rests on what they have not read
            return [loaded.streams[0]]
        unseen = loaded.stream_of(named)
        if named and unseen and refused.true_code == AskLeader.code:
            return [unseen]  # `may_name`

        def refuses(state: Case) -> bool:
            try:
                rules = judging(self._book, state, event, occurred_at)
                decide(state, event, by=by, at=occurred_at, now=now, rules=rules)
            except Refused as again:
                return again.true_code == refused.true_code
            return False

        return loaded.resting_on(refuses)

    def commit(self, requests: Sequence[RequestKey]) -> list[int]:
        """Record all that was added, and take the case over into the cache.

        Returns positions, one for each entry sealed. Raises as `LedgerRecorder.record`.
        """
        positions = self._ledger.recorder.record(
            self._sealed,
            decided_on=self._rests_on,
            requests=requests,
            index=self._index,
            grants=sum(isinstance(e.event, CHANGES_ACCESS) for e in self._entries),
        )
        self._ledger.committed(self._numbered(positions))
        return positions

    def _numbered(self, positions: Sequence[int]) -> LoadedCase:
        """The case after the commit, its new entries at their positions."""
        loaded = self.before
        for stream in self._loaded.streams[len(loaded.streams) :]:
            loaded = loaded.with_stream(stream)
        recorded = [
            replace(entry, position=position)
            for entry, position in zip(self._entries, positions, strict=True)
            if entry.stream_kind is not StreamKind.ACCESS
        ]
        return loaded.with_entries(recorded)


def refusal(
    event: Event, by: Actor, refused: Refused, pin: str | None
) -> CommandRefused:
    """What is recorded of a refused command: its name and the true code, no content.

    `pin` is the version of the process rules that judged it.
    """
    return CommandRefused(
        actor=by.ref,
        actor_role=by.role.value,
        command=type(event).__name__,
        code=refused.true_code,
        profile_version=pin,
    )


def access_entry(
    case: UUID,
    stream: CaseStream,
    event: Event,
    *,
    now: datetime,
    earliest: int,
    head: Head,
) -> Entry[Event]:
    """An entry of an access stream after `head`, recorded by the service itself."""
    recorded_at = moment(max(milliseconds(now), earliest))
    return Entry(
        event=event,
        case=case,
        by=SYSTEM,
        occurred_at=recorded_at,
        recorded_at=recorded_at,
        stream=stream.access,
        stream_kind=StreamKind.ACCESS,
        version=head.version + 1,
        previous=head.leaf,
        shield=stream.shield,
        basis=type(event).BASIS,
    )
