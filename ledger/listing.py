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
from datetime import date
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from ledger.access import may_list, may_read, may_see
from ledger.aggregates.guard import local_day
from ledger.application import Reading
from ledger.database.bounded import asked_again
from ledger.entry import Actor
from ledger.events.access import AccessDenied, AccessRecorded
from ledger.events.event import Role
from ledger.keyring import KeyringError
from ledger.loaded import LoadedCase, RecordedEntry, position_of
from ledger.projections import access_log, my_cases, register, vacancies
from ledger.projections.access_log import AccessLine
from ledger.projections.my_cases import MyCaseLine
from ledger.projections.register import RegisterLine
from ledger.projections.row import from_line
from ledger.projections.vacancies import VacancyLine
from ledger.reader_log import ReaderLog
from ledger.refusals import NoCase, Refused
from ledger.sealing import IntegrityFailure
from ledger.tables import Listed, Tables
from ledger.tenant import Tenant

LARGEST_PAGE = 100
MOST_NAMED = 500  # ids, by one entry
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

    `next` is the cursor of what follows, `None` at the end; `count` how many there are
    in all for this reader, where that is known. The list tells of all entries up to
    `position`, unless it is not `current`: then something could not be read.
    """

    items: tuple[Item[L], ...]
    next: str | None
    count: int | None
    position: int
    current: bool
    recorded: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for which list, whose it is, and from where on."""

    by: Actor
    view: str
    owner: str | None
    purpose: str
    after: str | None
    limit: int

    @property
    def bound(self) -> bytes:
        """What a cursor is good for: this list, this reader."""
        return json.dumps([self.view, self.owner, self.by.ref, self.by.role]).encode()

    @property
    def size(self) -> int:
        """How many items a page has at most."""
        return max(1, min(self.limit, LARGEST_PAGE))


@dataclass(frozen=True, slots=True)
class _Shown(Generic[L]):
    """An item, where it stands, and the ids by which it goes on record."""

    item: Item[L]
    place: Place
    names: frozenset[str]


class Lists:
    """One tenant's lists; `pool` acts in the writer's role, as the tenant does.

    Each list raises `Refused`, which is on record then, `BadCursor`, and what recording
    raises. `purpose` goes on record; `limit` is at most 100.
    """

    def __init__(self, tenant: Tenant, pool: ConnectionPool[Any]) -> None:
        self._tenant = tenant
        self._pool = pool
        self._tables = Tables(tenant.keyring, tenant.schema)
        self._log = ReaderLog(tenant)

    def register(
        self, *, by: Actor, purpose: str, after: str | None = None, limit: int = 50
    ) -> Page[RegisterLine]:
        """All cases of the municipality, the one opened last first."""
        asked = _Asked(by, register.NAME, None, purpose, after, limit)
        eyes = self._eyes(asked)
        rows = self._rows(asked, eyes)
        return self._page(asked, eyes, _seen(rows, RegisterLine, eyes))

    def my_cases(
        self, *, by: Actor, purpose: str, after: str | None = None, limit: int = 50
    ) -> Page[MyCaseLine]:
        """The reader's own cases by next due date; closed ones last."""
        asked = _Asked(by, my_cases.NAME, by.ref, purpose, after, limit)
        eyes = self._eyes(asked)
        found = _fullest(_seen(self._rows(asked, eyes), MyCaseLine, eyes))
        placed = [replace(each, place=_by_due(each)) for each in found]
        placed.sort(key=lambda each: each.place)
        start = self._start(asked)
        left = (each for each in placed if start is None or each.place > start)
        return self._page(asked, eyes, left, count=len(placed))

    def vacancies(
        self, *, by: Actor, purpose: str, after: str | None = None, limit: int = 50
    ) -> Page[VacancyLine]:
        """Stretches without a holder, proposals and periods; without an end first.

        A leader is shown those of their own service, and unit where one is known.
        """
        asked = _Asked(by, vacancies.NAME, None, purpose, after, limit)
        eyes = self._eyes(asked)
        rows = (row for row in self._rows(asked, eyes) if _concerns(row, by))
        return self._page(asked, eyes, _seen(rows, VacancyLine, eyes))

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
        eyes = self._eyes(asked, person)
        rows = self._rows(asked, eyes)
        found = (_access(row, eyes, is_own=person == by.ref) for row in rows)
        return self._page(asked, eyes, (each for each in found if each is not None))

    def readings_of(self, reading: Reading) -> list[RecordedEntry]:
        """Who has read a case: in it, as far as this reading saw it, and in lists.

        Every entry is verified; in position order. Reading it is on record already.
        """
        streams = {str(stream.stream) for stream in reading.streams if stream.shield}
        named = (str(reading.case), *streams)
        lines = [line for each in named for line in self._lists_naming(each)]
        positions = sorted({line.position for line in lines})
        sealed = self._tenant.recorder.sealed_at(positions)
        lists = map(self._tenant.mapper.to_domain_event, sealed)
        own = self._tenant.ledger.access_log(reading.streams)
        return sorted([*own, *lists], key=position_of)

    def _lists_naming(self, shown: str) -> list[AccessLine]:
        """The readings of lists that showed a case, or a row under a shield."""
        owner = access_log.of_shown(shown)
        rows = self._ask(partial(self._tables.page, view=access_log.NAME, owner=owner))
        return [from_line(AccessLine, row.line) for row in rows]

    # -- asking ----------------------------------------------------------------------

    def _eyes(self, asked: _Asked, person: str | None = None) -> _Eyes:
        """What decides on each row; whoever may not ask is refused, on record."""
        by = asked.by
        about = asked.owner if asked.view == my_cases.NAME else person
        if not may_list(by, asked.view, about):
            denied = AccessDenied(
                reader=by.ref,
                reader_role=by.role.value,
                view=asked.view,
                reason_code=NoCase.code,
            )
            self._log.record(denied)
            raise Refused((NoCase(),))
        today = local_day(self._tenant.ledger.clock())
        return _Eyes(self._tenant, by, today, *self._ask(self._follows(asked.view)))

    def _follows(
        self, view: str
    ) -> Callable[[psycopg.Connection[Any]], tuple[int, bool]]:
        def ask(connection: psycopg.Connection[Any]) -> tuple[int, bool]:
            found = self._tables.generations(connection)
            live = [g for g in found if (g.view, g.status) == (view, "live")]
            if not live:
                return 0, False
            aside = self._tables.how_many_aside(connection)
            return live[0].position, (view, live[0].number) not in aside

        return ask

    def _rows(self, asked: _Asked, eyes: _Eyes) -> Iterator[Listed]:
        """The rows of a list in its own order, from where it is asked for."""
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
        self,
        asked: _Asked,
        eyes: _Eyes,
        found: Iterable[_Shown[L]],
        count: int | None = None,
    ) -> Page[L]:
        """A page of what was found; on record before it is returned."""
        shown, more = _cut(found, asked.size)
        read = AccessRecorded(
            reader=asked.by.ref,
            reader_role=asked.by.role.value,
            reader_service=asked.by.service,
            view=asked.view,
            purpose=asked.purpose,
            cases=tuple(sorted({name for each in shown for name in each.names})),
        )
        return Page(
            items=tuple(each.item for each in shown),
            next=self._cursor(asked, shown[-1].place) if more else None,
            count=count,
            position=eyes.position,
            current=eyes.current,
            recorded=self._log.record(read),
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


class _Eyes:
    """What one reader may see today, case by case."""

    def __init__(
        self, tenant: Tenant, by: Actor, today: date, position: int, current: bool
    ) -> None:
        self._tenant = tenant
        self._by = by
        self.today = today
        self.position = position
        self.current = current
        self._loaded: dict[UUID, LoadedCase | None] = {}

    def load(self, case: UUID) -> LoadedCase | None:
        """The case as it is now; one that cannot be read is left out, and that said."""
        if case not in self._loaded:
            try:
                loaded = self._tenant.ledger.load(case)
                self._loaded[case] = loaded if loaded.streams else None
            except IntegrityFailure:
                self._loaded[case] = None
                self.current = False
        return self._loaded[case]

    def read(self, row: Listed) -> bool:
        """Whether the reader may read the row's case, and see what it rests on."""
        loaded = self.load(row.case)
        if loaded is None or not may_read(loaded.state, self._by, on=self.today):
            return False
        return may_see(loaded.state, self._by, row.shield)

    def see(self, case: UUID, shield: str | None) -> bool:
        """Whether the case is there for the reader, whatever they may read of it."""
        loaded = self.load(case)
        return loaded is not None and may_see(loaded.state, self._by, shield)

    def name(self, case: UUID, shield: str | None) -> str:
        """The id by which it goes on record: the case's, or a shielded stream's."""
        loaded = None if shield is None else self.load(case)
        stream = None if loaded is None else loaded.stream_of(shield)
        return str(case if stream is None else stream.stream)


# --- rows -----------------------------------------------------------------------------


def _seen(rows: Iterable[Listed], kind: type[L], eyes: _Eyes) -> Iterator[_Shown[L]]:
    for row in rows:
        if eyes.read(row):
            names = frozenset({eyes.name(row.case, row.shield)})
            yield _shown(row, from_line(kind, row.line), names)


def _shown(row: Listed, line: L, names: frozenset[str]) -> _Shown[L]:
    item = Item(str(row.case), row.shield, row.outdated, line)
    return _Shown(item, (row.sort, row.key.hex()), names)


def _cut(found: Iterable[_Shown[L]], size: int) -> tuple[list[_Shown[L]], bool]:
    """As many as fit on a page and into one entry, and whether more follow."""
    shown: list[_Shown[L]] = []
    names: frozenset[str] = frozenset()
    for each in found:
        names |= each.names
        if len(shown) == size or (shown and len(names) > MOST_NAMED):
            return shown, True
        shown.append(each)
    return shown, False


def _fullest(found: Iterable[_Shown[MyCaseLine]]) -> Iterator[_Shown[MyCaseLine]]:
    """What is told under a shield is told with all that is shared: that is left out."""
    by_case: dict[str, list[_Shown[MyCaseLine]]] = {}
    for each in found:
        by_case.setdefault(each.item.case, []).append(each)
    for same in by_case.values():
        yield from [each for each in same if each.item.shield] or same


def _by_due(shown: _Shown[MyCaseLine]) -> Place:
    line = shown.item.line
    due = line.next_due
    day = str(due.on) if due else "none"
    return f"{not line.is_open:d} {day}", f"{shown.item.case} {shown.item.shield or ''}"


def _concerns(row: Listed, by: Actor) -> bool:
    """A leader's vacancies are those of their own service, and unit where known."""
    if by.role is not Role.LEADER:
        return True
    line = from_line(VacancyLine, row.line)
    own_unit = by.unit is None or line.unit in (None, by.unit)
    return by.service is not None and line.service == by.service and own_unit


def _access(row: Listed, eyes: _Eyes, *, is_own: bool) -> _Shown[AccessLine] | None:
    """A reading, if it may be shown: of others', only what is told of every case."""
    line: AccessLine = from_line(AccessLine, row.line)
    is_list = row.case == row.stream  # it is of the reader's own stream
    if not is_own:
        if not is_list and not eyes.see(row.case, row.shield):
            return None
        seen = (each for each in line.cases if eyes.see(UUID(each), None))
        line = replace(line, cases=tuple(seen))
    names = () if is_list else (eyes.name(row.case, row.shield),)
    return _shown(row, line, frozenset((*names, *line.cases)))
