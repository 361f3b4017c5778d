"""Which entries somebody does not agree with; disputed and dispute both stand.

What a dispute means is looked for as for a correction (decision 13): among the entries
before it, no further than its own stream and the shared one; and where the entry it
names may be one whose body is gone, no other is taken for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ledger.aggregates.case import Case
from ledger.aggregates.correction import target_of
from ledger.entry import Erased
from ledger.events.correction import EntryDisputed, Target
from ledger.projections.corrections import Recorded, place, within_reach


def disputes(entries: Sequence[Recorded]) -> Mapping[int, tuple[int, ...]]:
    """For each disputed entry its position, and those of its disputes, in order.

    `entries` are in position order, already chosen for this reader.
    """
    found: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    for number, entry in enumerate(entries):
        if isinstance(entry.event, EntryDisputed):
            before = within_reach(entries[:number], entry)
            meant = _meant(before, entry.event.target)
            if meant is not None:
                found[place(meant)] += (place(entry),)
    return dict(found)


def _meant(before: Sequence[Recorded], target: Target) -> Recorded | None:
    meant = target_of(Case(entries=tuple(before)), target)
    if meant is None or target.entry:
        return meant
    later = (entry for entry in before if place(entry) > place(meant))
    return None if any(isinstance(e.event, Erased) for e in later) else meant
