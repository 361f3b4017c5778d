"""Makes a view's rows anew from the whole log, beside those that readers see.

The new generation goes through the log in batches as following does, by the same
code, so wherever it is interrupted it goes on from its last commit. At the end the live
one is held where it is, the few entries that are left are taken in the same
transaction, and readers are switched: no row is lost, doubled or older than one seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ledger.following import SWEEP_ROWS, Follower, lock, unlock
from ledger.tables import Generation
from ledger.views import VIEWS

Progress = Callable[[int, int], None]
"""Told which position is reached of which."""


class UnknownView(ValueError):
    """No view has this name."""


class AlreadyRebuilding(Exception):
    """Another process rebuilds this tenant's views."""


def rebuild(
    follower: Follower, view: str, progress: Progress = lambda done, of: None
) -> int:
    """Make a view anew and switch to it; returns the position it then rests on.

    May run while another process follows; goes on with what was interrupted. The
    follower is this rebuild's own: what it remembers is of where it has come to.
    Raises `UnknownView`, `AlreadyRebuilding`, and as `Follower.turn` does.
    """
    if view not in VIEWS:
        raise UnknownView(view)
    with _alone(follower):
        _begin(follower, view)
        while not _takes_last(follower, view, progress):
            pass
        _clear_away(follower)
    return follower.lag()[view].position


@contextmanager
def _alone(follower: Follower) -> Iterator[None]:
    name = f"rebuild/{follower.schema}"
    with follower.pool.connection() as connection:
        if not lock(connection, name):
            raise AlreadyRebuilding("another process rebuilds this tenant's views")
        try:
            yield
        finally:
            unlock(connection, name)


def _begin(follower: Follower, view: str) -> None:
    with follower.pool.connection() as connection:
        follower.tables.begin(connection, view)
        follower.tables.build(connection, view)


def _takes_last(follower: Follower, view: str, progress: Progress) -> bool:
    """Take one batch; `True` when it was the last and readers are switched."""
    building = _generation(follower, view, "building")
    batch, erasures = follower.read(building.position, {view})
    progress(batch.last, follower.head())
    if batch.last - batch.first == follower.batch:  # there may be more
        follower.take(building, batch, erasures)
        return False
    return _switches(follower, view)


def _switches(follower: Follower, view: str) -> bool:
    """Hold the live generation, take what is left, and switch when it is passed."""
    with follower.pool.connection() as connection, connection.transaction():
        held = {g.status: g for g in follower.tables.hold(connection, view)}
        building = held["building"]
        batch, erasures = follower.read(building.position, {view})
        follower.write(connection, building, batch, erasures)
        if batch.last < held["live"].position:
            return False
        follower.tables.switch(connection, building)
        return True


def _generation(follower: Follower, view: str, status: str) -> Generation:
    with follower.pool.connection() as connection:
        found = follower.tables.generations(connection)
    return next(g for g in found if (g.view, g.status) == (view, status))


def _clear_away(follower: Follower) -> None:
    """Delete the rows that nobody sees any more, a few at a time."""
    deleted = 1
    while deleted:
        with follower.pool.connection() as connection, connection.transaction():
            deleted = follower.tables.sweep(connection, SWEEP_ROWS)
