"""The tenant's registry stream: which keys may sign, and from where in the log.

Entries about keys are signed by the registry's root, which is kept offline; the root's
public key is what a supervisor pins. They are the first entries of every log.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime

from audit.record import thumbprint
from ledger.entry import Actor, Entry, Erased, StreamKind
from ledger.events.event import Event, Role
from ledger.events.trust import (
    KeyPurpose,
    SigningKeyIntroduced,
    SigningKeyRevoked,
    SigningKeyRotated,
)
from ledger.index import CaseIndex
from ledger.keyring import DataKeys, Keyring, RootKey, Signer
from ledger.recorder import Head, LedgerRecorder
from ledger.sealing import (
    IntegrityFailure,
    SealedEvent,
    SealingMapper,
    milliseconds,
    moment,
)

ABOUT_KEYS = (SigningKeyIntroduced, SigningKeyRotated, SigningKeyRevoked)
ADMINISTRATOR = Actor(ref="administrator", role=Role.ADMINISTRATOR)


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
        self._record(
            [
                introduced(self._keyring.service, "service", "the service", now),
                introduced(
                    self._keyring.checkpoint, "checkpoint", "the publisher", now
                ),
            ],
            root,
            now,
        )

    def rotate(self, root: RootKey, old: Signer, *, now: datetime) -> None:
        """Introduce the keyring's present service key and let it replace `old`."""
        new = self._keyring.service
        replaced = SigningKeyRotated(
            key_id=new.key_id.hex(), replaces=old.key_id.hex(), valid_from=now
        )
        self._record(
            [introduced(new, "service", "the service", now), replaced], root, now
        )

    def entries(self) -> list[Entry[Event | Erased]]:
        """The registry's entries; what they say of keys is signed by the root.

        Every signature is checked here, since keys are trusted on the strength of them.
        Raises `IntegrityFailure`.
        """
        _, sealed, _ = self._recorder.advance([Head(self.stream)], [])
        entries = self._mapper.open_stream(sealed)
        for event, entry in zip(sealed, entries, strict=True):
            self._mapper.to_domain_event(event)
            about_keys = isinstance(entry.event, ABOUT_KEYS)
            if about_keys and self._mapper.signed_by(event) != self._root:
                raise IntegrityFailure("KEY_NOT_ROOT", event.stream, entry.version)
        return entries

    def trusted_keys(self) -> list[tuple[bytes, bytes]]:
        """Every key introduced for signing entries: its id and its 32 bytes."""
        return [
            (bytes.fromhex(entry.event.key_id), b64decode(entry.event.public_key))
            for entry in self.entries()
            if isinstance(entry.event, SigningKeyIntroduced)
            and entry.event.purpose == "service"
        ]

    def _record(self, events: list[Event], root: RootKey, now: datetime) -> None:
        head, earliest = self._recorder.heads_of([self.stream])[self.stream]
        before = head
        sealed: list[SealedEvent] = []
        for event in events:
            recorded_at = moment(max(milliseconds(now), earliest))
            entry = Entry(
                event=event,
                case=self.stream,
                by=ADMINISTRATOR,
                occurred_at=recorded_at,
                recorded_at=recorded_at,
                stream=self.stream,
                stream_kind=StreamKind.REGISTRY,
                version=head.version + 1,
                previous=head.leaf,
            )
            sealed.append(self._mapper.to_stored_event(entry, signer=root.signer))
            head = Head(self.stream, entry.version, sealed[-1].leaf)
        self._recorder.record(sealed, decided_on=[before])


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
