"""The tenant's registry stream: which keys may sign, since when, and adopted rules.

Entries about keys are signed by the registry's root, which is kept offline; the root's
public key is what a supervisor pins. They are the first entries of every log. The root
also signs that a log was restored from a backup shorter than what it had signed, and
that gives the log another name. Process rules that the municipality adopts are signed
by the service's key, as what happens in a case is.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from audit.record import thumbprint
from audit.restored import Restoration, names
from ledger.aggregates.trust import adopt_profile, note_witness
from ledger.entry import Actor, Entry, Erased, StreamKind
from ledger.events.event import Event, Role
from ledger.events.trust import (
    CheckpointMade,
    CheckpointWitnessed,
    IntegrityFailureDetected,
    KeyPurpose,
    LedgerRestored,
    ProfileAdopted,
    SigningKeyIntroduced,
    SigningKeyRevoked,
    SigningKeyRotated,
)
from ledger.index import CaseIndex
from ledger.keyring import DataKeys, Keyring, RootKey, Signer
from ledger.profiles import Rulebook
from ledger.recorder import Conflict, Head, LedgerRecorder, Overloaded
from ledger.refusals import Refused
from ledger.rollback import LastSigned
from ledger.rules import book_of
from ledger.sealing import (
    IntegrityFailure,
    SealedEvent,
    SealingMapper,
    milliseconds,
    moment,
)

DECISIONS = 4  # the first, and three more when others write here too

BY_THE_ROOT = (
    SigningKeyIntroduced,
    SigningKeyRotated,
    SigningKeyRevoked,
    LedgerRestored,
)
ADMINISTRATOR = Actor(ref="administrator", role=Role.ADMINISTRATOR)
SERVICE = Actor(ref="publisher", role=Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class _Said:
    """An event to be recorded, who says it, and who signs it instead of the others."""

    event: Event
    by: Actor = ADMINISTRATOR
    signer: Signer | None = None


class Registry:
    """Reads and extends one tenant's registry stream."""

    def __init__(
        self,
        recorder: LedgerRecorder,
        mapper: SealingMapper,
        keyring: Keyring,
        data_keys: DataKeys,
    ) -> None:
        self._recorder = recorder
        self._mapper = mapper
        self._keyring = keyring
        self._data_keys = data_keys
        self._root = thumbprint(keyring.root)
        self.stream = CaseIndex(keyring).registry

    def found(self, root: RootKey, *, now: datetime) -> None:
        """Open the stream and introduce the keys that sign entries and checkpoints.

        Does nothing when that is done already.
        """
        if self._recorder.heads_of([self.stream])[self.stream][0].version:
            return
        self._data_keys.create([self.stream])
        keyring, publisher = self._keyring, "the publisher"
        self._record(
            [
                _Said(introduced(keyring.service, "service", "the service", now)),
                _Said(introduced(keyring.checkpoint, "checkpoint", publisher, now)),
            ],
            root.signer,
            now,
        )

    def rotate(self, root: RootKey, old: Signer, *, now: datetime) -> None:
        """Introduce the keyring's present service key and let it replace `old`."""
        new = self._keyring.service
        known = _Said(introduced(new, "service", "the service", now))
        replaced = _Said(replacing(old.key_id, new, now))
        self._record([known, replaced], root.signer, now)

    def entries(self) -> list[Entry[Event | Erased]]:
        """The registry's entries; what is the root's to say is signed by it.

        Every signature is checked here, since keys are trusted on the strength of them;
        a key may sign here from where the root has introduced it. Raises
        `IntegrityFailure`.
        """
        _, sealed, _ = self._recorder.advance([Head(self.stream)], [])
        entries = self._mapper.open_stream(sealed)
        for event, entry in zip(sealed, entries, strict=True):
            self._mapper.to_domain_event(event)
            is_the_roots = isinstance(entry.event, BY_THE_ROOT)
            if is_the_roots and self._mapper.signed_by(event) != self._root:
                raise IntegrityFailure("KEY_NOT_ROOT", event.stream, entry.version)
            self._mapper.trust(_introduced_by([entry]))
        return entries

    def accept_loss(
        self, root: RootKey, lost: LastSigned, *, reason: str, by: Actor, now: datetime
    ) -> None:
        """Declare that the log, which had signed `lost`, goes on from fewer entries.

        A service key that only lost entries had introduced is introduced again.
        """
        service = self._keyring.service
        keys = [key_id for key_id, _ in self.trusted_keys()]
        said: list[_Said] = []
        if service.key_id not in keys:
            said.append(_Said(introduced(service, "service", "the service", now)))
            said.append(_Said(replacing(keys[-1], service, now)))
        signed = CheckpointMade(
            size=lost.size,
            root=b64encode(lost.root).decode(),
            key_id=self._keyring.checkpoint.key_id.hex(),
        )
        size = self._recorder.max_notification_id() or 0
        loss = LedgerRestored(from_size=lost.size, to_size=size, reason=reason)
        said += [_Said(signed, SERVICE, service), _Said(loss, by)]
        self._record(said, root.signer, now)

    def adopt(self, event: ProfileAdopted, *, by: Actor, now: datetime) -> bool:
        """Put adopted process rules on record; `False` when they were before.

        Raises `Refused` (`PROFILE_INVALID`), and `Overloaded` when others keep writing
        here meanwhile.
        """
        for _ in range(DECISIONS):
            with suppress(Conflict):
                return self._adopt(event, by, now)
        raise Overloaded("others write to the registry all the time")

    def _adopt(self, event: ProfileAdopted, by: Actor, now: datetime) -> bool:
        entries = self.entries()
        refusals = tuple(adopt_profile(book_of(entries), event))
        if refusals:
            raise Refused(refusals)
        return self._record_once(entries, event, by, now)

    def witness(
        self,
        event: CheckpointWitnessed,
        signed: LastSigned | None,
        *,
        by: Actor,
        now: datetime,
    ) -> bool:
        """Put on record who vouched for a checkpoint; `False` when it was before.

        It is one that the registry tells of, or that was `signed` last. Raises
        `Refused` (`UNKNOWN_TARGET`) and `Conflict`.
        """
        entries = self.entries()
        told = (e.event for e in entries if isinstance(e.event, CheckpointMade))
        made = {(checkpoint.size, checkpoint.root) for checkpoint in told}
        if signed is not None:
            made.add((signed.size, b64encode(signed.root).decode()))
        refusals = tuple(note_witness(made, event))
        if refusals:
            raise Refused(refusals)
        return self._record_once(entries, event, by, now)

    def tell_failure(
        self, event: IntegrityFailureDetected, *, by: Actor, now: datetime
    ) -> bool:
        """Put on record what a check found; `False` when it was before.

        Raises `Conflict`.
        """
        return self._record_once(self.entries(), event, by, now)

    def _record_once(
        self,
        entries: Sequence[Entry[Event | Erased]],
        event: Event,
        by: Actor,
        now: datetime,
    ) -> bool:
        """Record after `entries` what does not stand among them."""
        if event in [entry.event for entry in entries]:
            return False
        last = entries[-1]
        seen = Head(self.stream, last.version, last.leaf)
        self._record([_Said(event, by)], self._keyring.service, now, seen=seen)
        return True

    def book(self) -> Rulebook:
        """Every version of process rules that is known here."""
        return book_of(self.entries())

    def losses(self) -> list[tuple[LastSigned, Restoration]]:
        """What was signed before each restoration, and the restoration, in order."""
        entries, found = self.entries(), list[tuple[LastSigned, Restoration]]()
        called = self._keyring.origin
        for before, entry in pairwise(entries):
            signed, loss = before.event, entry.event
            if isinstance(loss, LedgerRestored) and isinstance(signed, CheckpointMade):
                assert entry.leaf is not None, "it was read from the database"
                root = b64decode(signed.root)
                restored = Restoration(loss.from_size, loss.to_size, entry.leaf)
                found.append((LastSigned(called, signed.size, root), restored))
                called = restored.name(self._keyring.origin)
        return found

    def log_name(self) -> str:
        """What the log is called: its origin, until it was restored short."""
        restorations = [restored for _, restored in self.losses()]
        return names(self._keyring.origin, restorations)[-1]

    def trusted_keys(self) -> list[tuple[bytes, bytes]]:
        """Every key introduced for signing entries: its id and its 32 bytes."""
        return _introduced_by(self.entries())

    def _record(
        self,
        said: Sequence[_Said],
        signer: Signer,
        now: datetime,
        *,
        seen: Head | None = None,
    ) -> None:
        """Sign and record after the last entry, which is `seen` where that matters."""
        head, earliest = self._recorder.heads_of([self.stream])[self.stream]
        before = head = seen or head
        sealed: list[SealedEvent] = []
        for each in said:
            recorded_at = moment(max(milliseconds(now), earliest))
            entry = Entry(
                event=each.event,
                case=self.stream,
                by=each.by,
                occurred_at=recorded_at,
                recorded_at=recorded_at,
                stream=self.stream,
                stream_kind=StreamKind.REGISTRY,
                version=head.version + 1,
                previous=head.leaf,
            )
            signed_by = each.signer or signer
            sealed.append(self._mapper.to_stored_event(entry, signer=signed_by))
            head = Head(self.stream, entry.version, sealed[-1].leaf)
        self._recorder.record(sealed, decided_on=[before])


def _introduced_by(
    entries: Iterable[Entry[Event | Erased]],
) -> list[tuple[bytes, bytes]]:
    return [
        (bytes.fromhex(entry.event.key_id), b64decode(entry.event.public_key))
        for entry in entries
        if isinstance(entry.event, SigningKeyIntroduced)
        and entry.event.purpose == "service"
    ]


def replacing(old: bytes, new: Signer, now: datetime) -> SigningKeyRotated:
    """The event that lets a key take the place of the one with the id `old`."""
    return SigningKeyRotated(
        key_id=new.key_id.hex(), replaces=old.hex(), valid_from=now
    )


def introduced(
    signer: Signer, purpose: KeyPurpose, holder: str, now: datetime
) -> SigningKeyIntroduced:
    """The event that makes a key known."""
    return SigningKeyIntroduced(
        key_id=signer.key_id.hex(),
        algorithm="Ed25519",
        purpose=purpose,
        holder=holder,
        valid_from=now,
        public_key=b64encode(signer.public_key).decode(),
    )
