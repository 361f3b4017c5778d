"""What of a case a supervisor is shown by a grant: the entries of its sectors.

A correction quotes what it corrects, whoever makes it. So it is shown with its target
alone, and where its target cannot be told it is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.aggregates.supervision import Grant
from ledger.events.correction import EntryCorrected
from ledger.projections.corrections import Recorded, corrected, place


def shown_by(grant: Grant, recorded: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """The entries that a grant opens; given and answered in position order."""
    whole = tuple(recorded)
    covered = [entry for entry in whole if grant.covers(entry)]
    if not any(isinstance(entry.event, EntryCorrected) for entry in covered):
        return tuple(covered)
    marks = corrected(whole).corrections.values()
    targets = {mark.by: mark.position for of_one in marks for mark in of_one}
    shown: dict[int, Recorded] = {}
    for entry in covered:  # a correction stands after what it corrects
        is_correction = isinstance(entry.event, EntryCorrected)
        if not is_correction or targets.get(place(entry)) in shown:
            shown[place(entry)] = entry
    return tuple(shown.values())
