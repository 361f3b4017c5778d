"""Tells people that something waits for them: puts notices in the outbox, sends them.

Whether a notice stands is decided twice on the case as its receiver sees it: when it is
put, and again when it is sent, for the case may have gone on, and so may the receiver.
It is sent at least once: a process that dies between sending and noting it sends it
again, under the same id. That it was sent is on record beside what it is about.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from typing import Any, Protocol
from uuid import UUID

from eventsourcing.persistence import OperationalError
from psycopg_pool import ConnectionPool

from ledger.access import may_read, may_see
from ledger.aggregates.case import fold
from ledger.aggregates.guard import local_day
from ledger.database.bounded import LOST
from ledger.entry import Actor
from ledger.events.access import NoticeChannel, NoticeKind, NoticeSent
from ledger.outbox import Outbox, Tried, Waiting
from ledger.projections.corrections import corrected
from ledger.projections.notices import NAME, Notice, notices
from ledger.projections.row import from_line
from ledger.rules import rules_of
from ledger.tables import Listed, Tables
from ledger.tenant import Tenant
from ledger.writing import SYSTEM

TOLD_WITHIN = timedelta(days=7)  # later than that nobody is told any more
ROWS_AT_ONCE = 200
SENT_AT_ONCE = 500
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)

logger = logging.getLogger(__name__)


class NotDelivered(Exception):
    """A notice could not be handed over now; it is tried again."""


class NoAddress(Exception):
    """There is nowhere to send this person anything, or it is refused for good."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed over: a stable id, to whom, of which kind, and a path to look at.

    A receiver who gets the same id twice may drop the second.
    """

    id: UUID
    person: str
    kind: NoticeKind
    path: str


class Courier(Protocol):
    """Hands parcels over; `channel` is how, as the record says it."""

    @property
    def channel(self) -> NoticeChannel:
        """Which way they go."""

    def deliver(self, parcel: Parcel) -> None:
        """Hand a parcel over. Raises `NotDelivered`, `NoAddress`."""


@dataclass(frozen=True, slots=True)
class Notified:
    """How many notices were put, sent, not to be sent any more, and failed for now."""

    put: int = 0
    sent: int = 0
    dropped: int = 0
    failed: int = 0


class Notifying:
    """Notices of one tenant; `pool` acts in the writer's role, as the tenant does."""

    def __init__(
        self, tenant: Tenant, pool: ConnectionPool[Any], courier: Courier
    ) -> None:
        self._ledger = tenant.ledger
        self._pool = pool
        self._tables = Tables(tenant.keyring, tenant.schema)
        self._outbox = Outbox(tenant.keyring, pool, tenant.schema)
        self._courier = courier

    def notify(self) -> Notified:
        """Put what is to be told by today, and send what waits.

        What fails for one notice leaves the others alone. Raises when the database is
        away.
        """
        now = self._ledger.clock()
        put = self._put(now)
        ends = [self._send(each, now) for each in self._outbox.due(now, SENT_AT_ONCE)]
        self._outbox.forget(now)
        return Notified(
            put, ends.count("sent"), ends.count("dropped"), ends.count("failed")
        )

    # -- what is to be told ----------------------------------------------------------

    def _put(self, now: datetime) -> int:
        """Put what the days that may still be told of bring, some at a time."""
        rows = self._rows(local_day(now))
        put = 0
        while some := list(islice(rows, ROWS_AT_ONCE)):
            put += self._put_new(some, now)
        return put

    def _rows(self, today: date) -> Iterator[Listed]:
        first = str(today - TOLD_WITHIN), b""
        rows = self._tables.every(self._pool, NAME, None, after=first)
        return takewhile(lambda row: row.sort <= str(today), rows)

    def _put_new(self, rows: list[Listed], now: datetime) -> int:
        """Put those that are new and stand; those known open no case."""
        found = [Waiting(r.case, r.shield, from_line(Notice, r.line)) for r in rows]
        known = self._outbox.known(map(self._outbox.id_of, found))
        new = [each for each in found if self._outbox.id_of(each) not in known]
        return self._outbox.put([each for each in new if self._stands(each, now)], now)

    def _stands(self, waiting: Waiting, now: datetime) -> bool:
        """Whether its receiver may see the case, and sees in it what it tells of."""
        try:
            return waiting.notice in self._seen(waiting, now)
        except (*LOST, OperationalError):
            raise
        except Exception as error:  # whatever it is: the other notices go on
            logger.error("a notice could not be judged: %s", type(error).__name__)
            return False

    def _seen(self, waiting: Waiting, now: datetime) -> tuple[Notice, ...]:
        """What its receiver would be told of the case, by what they see of it."""
        receiver = Actor(waiting.notice.person, waiting.notice.role)
        loaded = self._ledger.load(waiting.case)
        reads = may_read(loaded.state, receiver, on=local_day(now))
        if not reads or not may_see(loaded.state, receiver, waiting.shield):
            return ()
        seen = loaded.visible_to(receiver) or loaded.state
        told = corrected(seen.entries)
        case = fold(told.entries) if told.corrections else seen
        return notices(case, rules_of(self._ledger.rules.book, case))

    # -- sending ---------------------------------------------------------------------

    def _send(self, tried: Tried, now: datetime) -> str:
        """Send a notice that still stands; answers what became of it."""
        waiting = tried.waiting
        is_late = tried.made_at < now - TOLD_WITHIN
        if is_late or not self._stands(waiting, now):
            self._outbox.end(tried.id, now)
            return "dropped"
        path = f"/saker/{waiting.case}"
        told = waiting.notice
        try:
            self._courier.deliver(Parcel(tried.id, told.person, told.kind, path))
            self._note(tried, path)
        except NoAddress:
            self._outbox.end(tried.id, now)
            return "dropped"
        except (*LOST, OperationalError):
            raise
        except Exception as error:  # whatever it is: the other notices go on
            logger.error("a notice was not sent: %s", type(error).__name__)
            self._outbox.again(tried.id, now, now + _pause(tried.tries))
            return "failed"
        self._outbox.end(tried.id, now)
        return "sent"

    def _note(self, tried: Tried, path: str) -> None:
        """Put it on record beside what it is about; once, however often it was sent."""
        told = tried.waiting.notice
        sent = NoticeSent(
            to_person=told.person,
            kind=told.kind,
            channel=self._courier.channel,
            link=path,
        )
        self._ledger.record(
            tried.waiting.case,
            sent,
            by=SYSTEM,
            occurred_at=None,
            key=f"notice {tried.id}",
            shield=tried.waiting.shield,
            key_days=None,
        )


def _pause(tries: int) -> timedelta:
    """Twice as long each time, up to some hours."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(tries, 10)))
