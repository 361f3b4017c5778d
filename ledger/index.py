"""Finds the streams of a case and the cases of a person, without the database knowing.

Every pointer is a row of its own: its key is a keyed hash of the case (or the person's
number) and a counter, its content is sealed. So the database shows neither which case a
stream belongs to nor that two streams belong together, and two writers who claim the
same counter are in conflict instead of both winning.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from ledger.entry import StreamKind
from ledger.keyring import Keyring
from ledger.recorder import Head, IndexRow
from ledger.requests import Asked

LOOK_AHEAD = 4  # keys asked for at once; most cases have fewer streams than this


@dataclass(frozen=True, slots=True)
class CaseStream:
    """One stream of a case, its access stream, and whose matter it is."""

    stream: UUID
    access: UUID
    kind: StreamKind
    shield: str | None = None  # label of the shield; None: the shared stream


class CaseIndex:
    """The keyed index of one tenant."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._namespace = uuid5(NAMESPACE_URL, f"https://{keyring.origin}")

    def case_id(self, label: str) -> UUID:
        """The id of the case that a history file calls `label`."""
        return uuid5(self._namespace, f"case/{label}")

    @property
    def registry(self) -> UUID:
        """The stream of the tenant's key registry."""
        return uuid5(self._namespace, "registry")

    def stream_keys(
        self, case: UUID, first: int, count: int = LOOK_AHEAD
    ) -> list[bytes]:
        """Index keys of the case's streams, counted from `first`."""
        return self._keys("case-stream", case.bytes, first, count)

    def stream_row(self, case: UUID, ordinal: int, stream: CaseStream) -> IndexRow:
        """The row that makes `stream` the case's stream number `ordinal`."""
        (key,) = self.stream_keys(case, ordinal, 1)
        said = {"stream": str(stream.stream), "access": str(stream.access)}
        said |= {"kind": stream.kind.value, "shield": stream.shield or ""}
        return self._row("case-stream", key, json.dumps(said))

    def open_stream(self, key: bytes, sealed: bytes) -> CaseStream:
        """The stream a row points to. Raises `KeyringError` when it was changed."""
        said = json.loads(self._keyring.open_small("case-stream", sealed, key))
        return CaseStream(
            UUID(said["stream"]),
            UUID(said["access"]),
            StreamKind(said["kind"]),
            said["shield"] or None,
        )

    def subject_keys(
        self, number: str, first: int = 0, count: int = LOOK_AHEAD
    ) -> list[bytes]:
        """Index keys of the cases about the person with this national number."""
        return self._keys("subject", number.encode(), first, count)

    def subject_row(self, number: str, ordinal: int, case: UUID) -> IndexRow:
        """The row that makes `case` the person's case number `ordinal`."""
        (key,) = self.subject_keys(number, ordinal, 1)
        return self._row("subject", key, str(case))

    def open_subject(self, key: bytes, sealed: bytes) -> UUID:
        """The case a row points to. Raises `KeyringError` on a changed or moved row."""
        return UUID(self._keyring.open_small("subject", sealed, key).decode().strip())

    def reader_key(self, reader: str, day: date) -> bytes:
        """Index key of the stream that the lists a person reads on a day go to."""
        (key,) = self._keys("reader-day", f"{day} {reader}".encode(), 0, 1)
        return key

    def reader_row(self, reader: str, day: date, stream: UUID) -> IndexRow:
        """The row that makes `stream` the reader's stream of the day."""
        return self._row("reader-day", self.reader_key(reader, day), str(stream))

    def open_reader(self, key: bytes, sealed: bytes) -> UUID:
        """The stream a row points to. Raises `KeyringError` when it was changed."""
        found = self._keyring.open_small("reader-day", sealed, key)
        return UUID(found.decode().strip())

    def label_secret(self, case: UUID) -> bytes:
        """What the labels of a case's shields are made with, so that none is guessed.

        Whoever names a shield that is there is told to ask, and learns that it is.
        """
        return self._keyring.keyed_hash("shield-label", case.bytes)

    def request_key(self, person: str, key: str) -> bytes:
        """What an Idempotency-Key is stored under: one person's, one tenant's."""
        return self._hash("request-key", [person, key])

    def request_content(self, key: bytes, asked: Asked) -> bytes:
        """What a request is compared by when its key (as stored) comes again."""
        words = (asked.name, *asked.actor, asked.occurred_at, asked.shield or "")
        parts = (key, asked.case.bytes, asked.event, *map(str.encode, words))
        said = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
        return self._keyring.keyed_hash("request-content", said)

    def view_tag(self, heads: Sequence[Head]) -> bytes:
        """What a view is told apart by: the streams it is made of, and their versions.

        32 bytes that say nothing else, so a stream that the reader does not see does
        not show in them.
        """
        places = sorted((str(head.stream), str(head.version)) for head in heads)
        return self._hash("view-tag", [word for place in places for word in place])

    def _hash(self, purpose: str, parts: Sequence[str]) -> bytes:
        return self._keyring.keyed_hash(purpose, json.dumps(parts).encode())

    def _keys(self, purpose: str, whose: bytes, first: int, count: int) -> list[bytes]:
        return [
            self._keyring.keyed_hash(purpose, whose + b"#%d" % ordinal)
            for ordinal in range(first, first + count)
        ]

    def _row(self, purpose: str, key: bytes, content: str) -> IndexRow:
        # One length for all rows, so that a shield's does not stand out.
        padded = content.encode().ljust(384)
        return IndexRow(key, self._keyring.seal_small(purpose, padded, key))
