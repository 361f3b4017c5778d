"""Lists across cases: what a reader may see of the tables, once that is on record.

A row is shown where the reader may read its case and see the stream that it rests on,
by the same decision and on the same state as when the case itself is opened. So what
the tables still hold, or hold already, is never more than the reader may see now. One
entry names all that is shown, before anything is.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from ledger.access import may_list
from ledger.aggregates.guard import local_day
from ledger.application import Reading
from ledger.database.bounded import asked_again
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.eyes import Eyes
from ledger.keyring import KeyringError
from ledger.lag import Reached, reached
from ledger.loaded import RecordedEntry, position_of
from ledger.projections import access_log, my_cases, register, statistics, vacancies
from ledger.projections.access_log import AccessLine
from ledger.projections.my_cases import MyCaseLine
from ledger.projections.plain import as_json
from ledger.projections.register import Filter, RegisterLine
from ledger.projections.row import from_line
from ledger.projections.statistics import Statistics, StatisticsLine
from ledger.projections.vacancies import VacancyLine
from ledger.tables import Listed, Tables
from ledger.tenant import Tenant

LARGEST_PAGE = 100
MOST_NAMED = 500  # ids, by one entry
MOST_ROWS = 2000  # looked at for one page
MOST_CASES = 500  # opened for one page
_ROWS_AT_ONCE = 200

L = TypeVar("L")
T = TypeVar("T")
Place = tuple[str, str]
"""Where in a list something stands: what it is sorted by, and what tells it apart."""


class BadCursor(ValueError):
    """A cursor is not one that this list gave to this reader."""


@dataclass(frozen=True, slots=True)
class Item(Generic[L]):
    """One row of a list: its case, and the shield it rests on, if it does on one.

    `outdated`: its case holds an entry that could not be read; it may say too little.
    """

    case: str
    shield: str | None
    outdated: bool
    line: L


@dataclass(frozen=True, slots=True)
class Page(Generic[L]):
    """A part of a list, on record at position `recorded`.

    `next` is the cursor of what follows, `None` at the end; a page that would be too
    much work holds fewer items than asked for, or none. `count` is how many there are
    in all for this reader, where that is known. The list tells of all entries up to
    `position`. When it is not `current` it lacks what could not be read, or what was
    recorded more than some seconds ago and has not been followed.
    """

    items: tuple[Item[L], ...]
    next: str | None
    count: int | None
    position: int
    current: bool
    recorded: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The municipality in numbers, of the entries up to `position`.

    `current` and `recorded` are as those of a page.
    """

    statistics: Statistics
    position: int
    current: bool
    recorded: int


@dataclass(frozen=True, slots=True)
class Readings:
    """Who has read a case, in position order; of lists as far as `reached` says."""

    entries: tuple[RecordedEntry, ...]
    reached: Reached


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for which list, whose it is, and from where on."""

    by: Actor
    view: str
    owner: str | None
    purpose: str
    after: str | None
    limit: int
    only: Filter | None = None

    @property
    def bound(self) -> bytes:
        """What a cursor is good for: this list, this filter, this reader."""
        only = as_json(self.only)
        said = [self.view, self.owner, self.by.ref, self.by.role, only]
        return json.dumps(said).encode()

    @property
    def size(self) -> int:
        """How many items a page has at most."""
        return max(1, min(self.limit, LARGEST_PAGE))


@dataclass(frozen=True, slots=True)
class _Look:
    """What is asked for, who looks, and how far the list is."""

    asked: _Asked
    eyes: Eyes
    reached: Reached


@dataclass(frozen=True, slots=True)
class _Shown(Generic[L]):
    """An item, where it stands, and the ids by which it goes on record."""

    item: Item[L]
    place: Place
    names: frozenset[str]


Judged = tuple[Place, _Shown[L] | None]
"""What a row comes to: where it stands, and what is shown of it, if anything is."""


class Lists:
    """One tenant's lists; `pool` acts in the writer's role, as the tenant does.

    Each list raises `Refused`, which is on record then, `BadCursor`, and what recording
    raises. `purpose` goes on record; `limit` is at most 100.
    """

    def __init__(self, tenant: Tenant, pool: ConnectionPool[Any]) -> None:
        self._tenant = tenant
        self._pool = pool
        self._tables = Tables(tenant.keyring, tenant.schema)
        self._log = tenant.ledger.reader_log

    def register(
        self,
        only: Filter = register.ALL,
        *,
        by: Actor,
        purpose: str,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[RegisterLine]:
        """The cases of the municipality that are asked for, the last opened first."""
        asked = _Asked(by, register.NAME, None, purpose, after, limit, only)
        look = self._look(asked)
        passes = partial(_passes, only=only)
        judged = _judged(self._rows(look), RegisterLine, look.eyes, passes)
        return self._page(look, judged)

    def my_cases(
        self, *, by: Actor, purpose: str, after: str | None = None, limit: int = 50
    ) -> Page[MyCaseLine]:
        """The reader's own cases by next due date; closed ones last."""
        look = self._look(_Asked(by, my_cases.NAME, by.ref, purpose, after, limit))
        judged = _judged(self._rows(look), MyCaseLine, look.eyes)
        found = _fullest(each for _, each in judged if each is not None)
        placed = [replace(each, place=_by_due(each)) for each in found]
        placed.sort(key=lambda each: each.place)
        start = self._start(look.asked)
        left = (each for each in placed if start is None or each.place > start)
        pages = ((each.place, each) for each in left)
        return self._page(look, pages, count=len(placed))

    def vacancies(
        self, *, by: Actor, purpose: str, after: str | None = None, limit: int = 50
    ) -> Page[VacancyLine]:
        """Stretches without a holder, proposals and periods; without an end first.

        A leader is shown those of their own service, and unit where one is known.
        """
        look = self._look(_Asked(by, vacancies.NAME, None, purpose, after, limit))
        concerns = partial(_concerns, by=by)
        judged = _judged(self._rows(look), VacancyLine, look.eyes, concerns)
        return self._page(look, judged)

    def statistics(self, *, by: Actor, purpose: str) -> Counted:
        """The municipality in numbers; it names no case, on record or in the answer.

        Rows under a shield are not counted, whoever asks.
        """
        asked = _Asked(by, statistics.NAME, None, purpose, None, LARGEST_PAGE)
        look = self._look(asked)
        shared = (row for row in self._rows(look) if row.shield is None)
        lines = (from_line(StatisticsLine, row.line) for row in shared)
        today = local_day(self._tenant.ledger.clock())
        told = statistics.statistics(lines, at=today)
        recorded = self._log.read(by, statistics.NAME, purpose)
        return Counted(told, look.reached.position, look.reached.current, recorded)

    def accesses(
        self,
        person: str,
        *,
        by: Actor,
        purpose: str,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[AccessLine]:
        """What a person has read, or asked to read, the last first."""
        owner = access_log.of_person(person)
        asked = _Asked(by, access_log.NAME, owner, purpose, after, limit)
        look = self._look(asked, person)
        rows = self._rows(look)
        if person == by.ref:
            return self._page(look, _own_accesses(rows, look.eyes))
        return self._page(look, _accesses(rows, look.eyes))

    def readings_of(self, reading: Reading) -> Readings:
        """Who has read a case: in it, as far as this reading saw it, and in lists.

        Every entry is verified. Reading it is on record already.
        """
        so_far = self._reached(access_log.NAME)
        streams = {str(stream.stream) for stream in reading.streams if stream.shield}
        named = (str(reading.case), *streams)
        lines = [line for each in named for line in self._lists_naming(each)]
        positions = sorted({line.position for line in lines})
        sealed = self._tenant.recorder.sealed_at(positions)
        lists = map(self._tenant.mapper.to_domain_event, sealed)
        own = self._tenant.ledger.access_log(reading.streams)
        return Readings(tuple(sorted([*own, *lists], key=position_of)), so_far)

    def _lists_naming(self, shown: str) -> list[AccessLine]:
        """The readings of lists that showed a case, or a row under a shield."""
        owner = access_log.of_shown(shown)
        rows = self._ask(partial(self._tables.page, view=access_log.NAME, owner=owner))
        return [from_line(AccessLine, row.line) for row in rows]

    # -- asking ----------------------------------------------------------------------

    def _look(self, asked: _Asked, person: str | None = None) -> _Look:
        """What decides on each row; whoever may not ask is refused, on record."""
        about = asked.owner if asked.view == my_cases.NAME else person
        if not may_list(asked.by, asked.view, about):
            self._log.refuse(asked.by, asked.view)
        return _Look(asked, Eyes(self._tenant, asked.by), self._reached(asked.view))

    def _reached(self, view: str) -> Reached:
        of_view = partial(reached, self._tables, view=view)
        return self._ask(of_view).by(self._tenant.recorder, self._tenant.ledger.clock())

    def _rows(self, look: _Look) -> Iterator[Listed]:
        """The rows of a list in its own order, from where it is asked for."""
        asked = look.asked
        start = None if asked.view == my_cases.NAME else self._start(asked)
        after = None if start is None else (start[0], bytes.fromhex(start[1]))
        while True:
            page = partial(self._tables.page, view=asked.view, owner=asked.owner)
            rows = self._ask(partial(page, after=after, limit=_ROWS_AT_ONCE))
            yield from rows
            if len(rows) < _ROWS_AT_ONCE:
                return
            after = (rows[-1].sort, rows[-1].key)

    def _ask(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        return asked_again(self._pool, work)

    # -- answering -------------------------------------------------------------------

    def _page(
        self, look: _Look, judged: Iterable[Judged[L]], count: int | None = None
    ) -> Page[L]:
        """A page of what was judged; on record before it is returned."""
        asked = look.asked
        shown, last = _cut(judged, asked.size, look.eyes)
        names = frozenset[str]().union(*(each.names for each in shown))
        recorded = self._log.read(asked.by, asked.view, asked.purpose, names)
        return Page(
            items=tuple(each.item for each in shown),
            next=None if last is None else self._cursor(asked, last),
            count=count,
            position=look.reached.position,
            current=look.reached.current and look.eyes.is_whole,
            recorded=recorded,
        )

    def _cursor(self, asked: _Asked, place: Place) -> str:
        said = json.dumps(place).encode()
        sealed = self._tenant.keyring.seal_alike("cursor", said, asked.bound)
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def _start(self, asked: _Asked) -> Place | None:
        if asked.after is None:
            return None
        try:
            sealed = urlsafe_b64decode(asked.after + "=" * (-len(asked.after) % 4))
            said = self._tenant.keyring.open_small("cursor", sealed, asked.bound)
        except (KeyringError, ValueError):
            raise BadCursor("the cursor is not one of this list") from None
        sort, apart = json.loads(said)
        return sort, apart


# --- rows -----------------------------------------------------------------------------


def _judged(
    rows: Iterable[Listed],
    kind: type[L],
    eyes: Eyes,
    concerns: Callable[[Listed], bool] = lambda row: True,
) -> Iterator[Judged[L]]:
    for row in rows:
        if concerns(row) and eyes.read(row.case, row.shield):
            names = eyes.names(row.case, row.shield)
            yield _place(row), _shown(row, from_line(kind, row.line), names)
        else:
            yield _place(row), None


def _place(row: Listed) -> Place:
    return row.sort, row.key.hex()


def _shown(row: Listed, line: L, names: frozenset[str]) -> _Shown[L]:
    item = Item(str(row.case), row.shield, row.outdated, line)
    return _Shown(item, _place(row), names)


def _cut(
    judged: Iterable[Judged[L]], size: int, eyes: Eyes
) -> tuple[list[_Shown[L]], Place | None]:
    """What fits on a page and into one entry; and after which place more follows."""
    shown: list[_Shown[L]] = []
    names: frozenset[str] = frozenset()
    last: Place | None = None
    most = eyes.opened + MOST_CASES
    for looked, (place, each) in enumerate(judged):
        names |= each.names if each else frozenset()
        is_full = each and (len(shown) == size or (shown and len(names) > MOST_NAMED))
        if last and (is_full or looked >= MOST_ROWS or eyes.opened > most):
            return shown, last
        shown += [each] if each else []
        last = place
    return shown, None


def _fullest(found: Iterable[_Shown[MyCaseLine]]) -> Iterator[_Shown[MyCaseLine]]:
    """What is told under a shield is told with all that is shared: that is left out.

    It is on record all the same, for all who see that it was told.
    """
    by_case: dict[str, list[_Shown[MyCaseLine]]] = {}
    for each in found:
        by_case.setdefault(each.item.case, []).append(each)
    for same in by_case.values():
        shared = frozenset[str]().union(*(e.names for e in same if not e.item.shield))
        shielded = [e for e in same if e.item.shield]
        yield from [replace(e, names=e.names | shared) for e in shielded] or same


def _by_due(shown: _Shown[MyCaseLine]) -> Place:
    line = shown.item.line
    due = line.next_due
    day = str(due.on) if due else "none"
    return f"{not line.is_open:d} {day}", f"{shown.item.case} {shown.item.shield or ''}"


def _passes(row: Listed, only: Filter) -> bool:
    return only == register.ALL or only.passes(from_line(RegisterLine, row.line))


def _concerns(row: Listed, by: Actor) -> bool:
    """A leader's vacancies are those of their own service, and unit where known."""
    if by.role is not Role.LEADER:
        return True
    line = from_line(VacancyLine, row.line)
    own_unit = by.unit is None or line.unit in (None, by.unit)
    return by.service is not None and line.service == by.service and own_unit


def _own_accesses(rows: Iterable[Listed], eyes: Eyes) -> Iterator[Judged[AccessLine]]:
    """What one has read oneself, of cases that are there for one.

    Nothing tells whether a case exists that one was denied: not a row, not the work.
    """
    for row in rows:
        line: AccessLine = from_line(AccessLine, row.line)
        if line.denied is not None:
            continue
        if _is_list(row):
            yield _place(row), _shown(row, line, frozenset(line.cases))
        else:
            yield _place(row), _in_case(row, line, eyes)


def _accesses(rows: Iterable[Listed], eyes: Eyes) -> Iterator[Judged[AccessLine]]:
    """What somebody else has read, as far as it is told of every case."""
    for row in rows:
        line: AccessLine = from_line(AccessLine, row.line)
        seen = tuple(each for each in line.cases if eyes.see(UUID(each), None))
        line = replace(line, cases=seen)
        if _is_list(row):
            yield _place(row), _shown(row, line, frozenset(seen))
        else:
            yield _place(row), _in_case(row, line, eyes)


def _is_list(row: Listed) -> bool:
    """Whether it is of the reader's own stream, which stands for many cases."""
    return row.case == row.stream


def _in_case(row: Listed, line: AccessLine, eyes: Eyes) -> _Shown[AccessLine] | None:
    if not eyes.see(row.case, row.shield):
        return None
    return _shown(row, line, frozenset({eyes.place(row.case, row.shield)}))
