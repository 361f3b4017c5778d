"""How far the tables are behind the log, and waiting for them to reach a position.

Any process that may read the tables may ask: who answers a request need not be the one
that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event as Signal
from time import monotonic
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from audit.record import parse_envelope
from ledger.recorder import LedgerRecorder
from ledger.sealing import moment
from ledger.tables import Generation, Tables

LOOK_SECONDS = 0.025
CURRENT_SECONDS = 5.0  # that an entry may wait before a list without it is said to lag


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a view is behind: entries, and the age in seconds of the first of them.

    `aside` counts streams with an entry that could not be read: other than 0, the view
    says less than the log and somebody must look. `building` is how far a rebuild has
    come, `None` when there is none.
    """

    view: str
    position: int
    entries: int
    seconds: float
    aside: int
    building: int | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a list is: it tells of all entries up to `position`.

    It is `current` when nothing was set aside and no entry waits that is older than
    some seconds.
    """

    position: int
    current: bool

    def by(self, recorder: LedgerRecorder, now: datetime) -> Reached:
        """The same, judged by what the log holds beyond it."""
        late = waited(recorder, self.position, now) > CURRENT_SECONDS
        return Reached(self.position, self.current and not late)


def reached(tables: Tables, connection: psycopg.Connection[Any], view: str) -> Reached:
    """How far the live rows of a view are, and whether any of them was set aside."""
    found = tables.generations(connection)
    live = [g for g in found if (g.view, g.status) == (view, "live")]
    if not live:
        return Reached(0, False)
    aside = tables.how_many_aside(connection)
    return Reached(live[0].position, (view, live[0].number) not in aside)


def waited(recorder: LedgerRecorder, position: int, now: datetime) -> float:
    """Seconds since the entry after a position was recorded, 0 for none."""
    found = recorder.select_notifications(position + 1, 1)
    if not found:
        return 0.0
    recorded_at = moment(parse_envelope(bytes(found[0].state)).header.iat_ms)
    return max(0.0, (now - recorded_at).total_seconds())


class Followed:
    """What the tables of one tenant rest on, for whoever reads them."""

    def __init__(
        self,
        tables: Tables,
        recorder: LedgerRecorder,
        pool: ConnectionPool[Any],
        views: Sequence[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._tables = tables
        self._recorder = recorder
        self._pool = pool
        self._views = views
        self._clock = clock

    def lag(self) -> dict[str, Lag]:
        """How far each view is behind."""
        with self._pool.connection() as connection:
            generations = self._tables.generations(connection)
            aside = self._tables.how_many_aside(connection)
        head = self._recorder.state_of_log()[0]
        return {view: self._lag(view, head, generations, aside) for view in self._views}

    def wait_for(
        self, position: int, timeout: float, views: Sequence[str] | None = None
    ) -> bool:
        """Whether all views, or those given, reach a position in so many seconds."""
        until, pause = monotonic() + timeout, Signal()
        wanted = set(views or self._views)
        while True:
            with self._pool.connection() as connection:
                generations = self._tables.generations(connection)
            reached = {
                g.view
                for g in generations
                if g.status == "live" and g.position >= position
            }
            if wanted <= reached:
                return True
            if monotonic() >= until:
                return False
            pause.wait(LOOK_SECONDS)

    def _lag(
        self,
        view: str,
        head: int,
        generations: Sequence[Generation],
        aside: dict[tuple[str, int], int],
    ) -> Lag:
        mine = {g.status: g for g in generations if g.view == view}
        live, building = mine.get("live"), mine.get("building")
        position = live.position if live else 0
        return Lag(
            view=view,
            position=position,
            entries=max(0, head - position),
            seconds=waited(self._recorder, position, self._clock()),
            aside=aside.get((view, live.number), 0) if live else 0,
            building=building.position if building else None,
        )
