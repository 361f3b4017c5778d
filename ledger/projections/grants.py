"""Until when supervisors may read by each grant, for whoever notes that it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from ledger.aggregates.supervision import Supervision, granting
from ledger.entry import Entry, Erased
from ledger.events.event import Event
from ledger.events.supervision import AccessGranted, GrantExpired, GrantRevoked
from ledger.projections.row import Row, to_line
from ledger.projections.turns import Turn

NAME = "grants"
ENDED = "ended"
"""Whose list the grants stand in that need no noting any more."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant of the case that the row is of."""

    grant_id: str


def rows(entry: Entry[Event | Erased]) -> Iterator[Row]:
    """A row for a grant by the day after its last one, and one for its end."""
    match entry.event:
        case AccessGranted(grant_id=grant_id, until=until):
            line = to_line(GrantLine(grant_id))
            yield Row("", None, str(until + ONE_DAY), line)
        case GrantExpired(grant_id=grant_id) | GrantRevoked(grant_id=grant_id):
            yield Row("", ENDED, "", to_line(GrantLine(grant_id)))


def grants_running_out(beside: Iterable[Entry[Event | Erased]]) -> Iterator[Turn]:
    """The end of each grant that has not ended, by a case's access streams.

    It goes beside the stream that the grant stands beside.
    """
    entries = list(beside)
    where = {
        entry.event.grant_id: entry.shield
        for entry in entries
        if isinstance(entry.event, AccessGranted)
    }
    for grant_id, grant in granting(Supervision(), entries).grants.items():
        if grant.ended_at is None:
            expired = GrantExpired(grant_id=grant_id)
            yield Turn(expired, grant.until + ONE_DAY, where.get(grant_id))
