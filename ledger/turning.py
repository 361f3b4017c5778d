"""Puts on record what a day has brought: once, whichever process does it, however late.

Which cases there is something to tell of is read from a table that follows the log, so
none is opened in vain. What is then recorded follows from the case itself: the event,
the first moment at which it holds, and a request key made of both, kept for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any
from uuid import UUID

from eventsourcing.persistence import OperationalError
from psycopg_pool import ConnectionPool

from ledger.aggregates.case import fold, with_beside
from ledger.aggregates.deciding import decide
from ledger.aggregates.guard import local_day
from ledger.database.bounded import LOST
from ledger.events.event import Stream
from ledger.loaded import LoadedCase, RecordedEntry
from ledger.projections import grants, turns
from ledger.projections.corrections import corrected
from ledger.projections.row import from_line
from ledger.projections.turns import Turn
from ledger.refusals import Refused
from ledger.rules import judging, rules_of
from ledger.tables import Listed, Tables
from ledger.tenant import Tenant
from ledger.writing import SYSTEM

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turned:
    """How many entries were recorded, and in how many cases that failed."""

    recorded: int = 0
    failed: int = 0


class Turning:
    """Records the turns of one tenant; `pool` acts in the writer's role, as it does."""

    def __init__(self, tenant: Tenant, pool: ConnectionPool[Any]) -> None:
        self._ledger = tenant.ledger
        self._pool = pool
        self._tables = Tables(tenant.keyring, tenant.schema)

    def turn(self) -> Turned:
        """Record all that has come to hold by today and is not on record.

        What fails in one case is told and leaves the others alone. Raises when the
        database is away.
        """
        today = local_day(self._ledger.clock())
        recorded = failed = 0
        for case in self._with_something_due(today):
            try:
                recorded += self._record(case, today)
            except (*LOST, OperationalError):
                raise
            except Exception as error:  # whatever it is: the other cases go on
                logger.error("a case's day failed: %s", type(error).__name__)
                failed += 1
        return Turned(recorded, failed)

    def _with_something_due(self, today: date) -> Iterator[UUID]:
        """The cases that the tables have something of up to today, each once."""
        seen = set[UUID]()
        for row in self._due(turns.NAME, today):
            if row.case not in seen:
                seen.add(row.case)
                yield row.case
        ended = {_grant(row) for row in self._rows(grants.NAME, grants.ENDED)}
        for row in self._due(grants.NAME, today):
            if row.case not in seen and _grant(row) not in ended:
                seen.add(row.case)
                yield row.case

    def _due(self, view: str, today: date) -> Iterator[Listed]:
        return takewhile(lambda row: row.sort <= str(today), self._rows(view))

    def _rows(self, view: str, owner: str | None = None) -> Iterator[Listed]:
        return self._tables.every(self._pool, view, owner)

    def _record(self, case: UUID, today: date) -> int:
        loaded = self._ledger.load(case)
        recorded = 0
        for turn in self._turns(loaded):
            if turn.on <= today and self._is_allowed(loaded, turn):
                self._ledger.record(
                    case,
                    turn.event,
                    by=SYSTEM,
                    occurred_at=turn.occurred_at,
                    key=" ".join(("turn", str(case), *turn.what, str(turn.on))),
                    shield=turn.shield,
                    key_days=None,
                )
                recorded += 1
        return recorded

    def _turns(self, loaded: LoadedCase) -> Iterator[Turn]:
        """What a view of the case says, with its corrections; and of its grants."""
        case = loaded.state
        told = corrected(case.entries)
        if told.corrections:
            case = fold(told.entries)
        yield from turns.turns(case, rules_of(self._ledger.rules.book, case))
        if case.supervision.cases:
            yield from grants.grants_running_out(self._beside(loaded))

    def _beside(self, loaded: LoadedCase) -> list[RecordedEntry]:
        return self._ledger.access_log(loaded.streams)

    def _is_allowed(self, loaded: LoadedCase, turn: Turn) -> bool:
        """Whether the guards let it be recorded: what they refuse is no request."""
        event, at, book = turn.event, turn.occurred_at, self._ledger.rules.book
        case = loaded.state
        if event.STREAM is Stream.ACCESS:
            case = with_beside(case, self._beside(loaded))
        try:
            rules = judging(book, case, event, at)
            now = self._ledger.clock()
            decide(case, event, by=SYSTEM, at=at, now=now, rules=rules)
        except Refused:
            return False
        return True


def _grant(row: Listed) -> tuple[UUID, str]:
    """Of which case a grant is, and its id."""
    line: grants.GrantLine = from_line(grants.GrantLine, row.line)
    return row.case, line.grant_id
