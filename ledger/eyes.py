"""What one reader may see across cases today, and by which ids it goes on record.

It is the decision, on the state, by which the case itself is opened.
"""

from __future__ import annotations

from uuid import UUID

from ledger.access import may_read, may_see
from ledger.aggregates.guard import local_day
from ledger.entry import Actor
from ledger.loaded import LoadedCase
from ledger.sealing import IntegrityFailure
from ledger.tenant import Tenant


class Eyes:
    """One reader's eyes, for one list; each case is loaded once.

    `opened` counts the cases that were; `is_whole` is `False` from when one of them
    could not be read: such a case is left out.
    """

    def __init__(self, tenant: Tenant, by: Actor) -> None:
        self._ledger = tenant.ledger
        self._by = by
        self._today = local_day(tenant.ledger.clock())
        self._loaded: dict[UUID, LoadedCase | None] = {}
        self.is_whole = True

    @property
    def opened(self) -> int:
        """How many cases have been loaded, or tried."""
        return len(self._loaded)

    def read(self, case: UUID, shield: str | None) -> bool:
        """Whether the reader may read the case, and see what is under the shield."""
        loaded = self._load(case)
        if loaded is None or not may_read(loaded.state, self._by, on=self._today):
            return False
        return may_see(loaded.state, self._by, shield)

    def see(self, case: UUID, shield: str | None) -> bool:
        """Whether the case is there for the reader, whatever they may read of it."""
        loaded = self._load(case)
        return loaded is not None and may_see(loaded.state, self._by, shield)

    def names(self, case: UUID, shield: str | None) -> frozenset[str]:
        """The ids by which what is read goes on record: the case's, or of streams.

        The case's id tells everybody who reads the case. That somebody reads it by what
        a shield holds is for those who see that shield.
        """
        loaded = self._load(case)
        told_in = loaded.shows_reader(self._by, on=self._today) if loaded else ()
        if shield is not None or loaded is None or loaded.streams[0] in told_in:
            return frozenset({self.place(case, shield)})
        return frozenset(str(each.stream) for each in told_in)

    def place(self, case: UUID, shield: str | None) -> str:
        """The id of where something stands: the case's, or a shielded stream's."""
        loaded = None if shield is None else self._load(case)
        stream = None if loaded is None else loaded.stream_of(shield)
        return str(case if stream is None else stream.stream)

    def _load(self, case: UUID) -> LoadedCase | None:
        if case not in self._loaded:
            try:
                loaded = self._ledger.readable(case)
                loaded.refuse_damage(self._by)
                self._loaded[case] = loaded if loaded.streams else None
            except IntegrityFailure:
                self._loaded[case] = None
                self.is_whole = False
        return self._loaded[case]
