"""The lists across cases that follow the log, and what a batch of it makes of each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from ledger.aggregates.case import Case, fold
from ledger.batches import Batch, FollowedCase
from ledger.loaded import RecordedEntry, position_of
from ledger.profiles import Profile, Rulebook
from ledger.projections import (
    access_log,
    grants,
    my_cases,
    notices,
    register,
    statistics,
    turns,
    vacancies,
)
from ledger.projections.corrections import corrected
from ledger.projections.row import Row
from ledger.rules import rules_of
from ledger.tables import Part, SetAside

OfCase = Callable[[Case, Profile], Iterable[Row]]
OfEntry = Callable[[RecordedEntry], Iterable[Row]]

OF_CASES: dict[str, OfCase] = {
    register.NAME: register.rows,
    my_cases.NAME: my_cases.rows,
    vacancies.NAME: vacancies.rows,
    turns.NAME: turns.rows,
    statistics.NAME: statistics.rows,
    notices.NAME: notices.rows,
}
OF_ENTRIES: dict[str, OfEntry] = {
    access_log.NAME: access_log.rows,
    grants.NAME: grants.rows,
}
VIEWS = (*OF_CASES, *OF_ENTRIES)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch makes of one view."""

    parts: tuple[Part, ...]
    aside: tuple[SetAside, ...]
    healed: frozenset[UUID]  # streams that are read again, if they were set aside


def changes(view: str, batch: Batch) -> Changes:
    """The parts of a view that a batch makes anew, and what it cannot read."""
    if view in OF_ENTRIES:
        rows = OF_ENTRIES[view]
        parts = tuple(_of_entries(rows, batch.accesses))
        return Changes(parts, batch.unread, frozenset())
    made, aside, healed = list[Part](), list(batch.nameless), set[UUID]()
    for held in batch.touched:
        own, failed = _of_case(OF_CASES[view], held, batch)
        made += own
        aside += failed
        if not failed:
            healed |= set(held.streams)
    return Changes(tuple(made), tuple(aside), frozenset(healed))


def _of_entries(rows: OfEntry, entries: Iterable[RecordedEntry]) -> Iterator[Part]:
    for entry in entries:
        made = tuple(rows(entry))
        if made:
            yield Part(
                entry.case,
                entry.stream,
                entry.shield,
                made,
                position=position_of(entry),
            )


def _of_case(
    rows: OfCase, held: FollowedCase, batch: Batch
) -> tuple[list[Part], list[SetAside]]:
    """The parts of one case; what fails here stops this case and no other."""
    last = batch.last
    aside = [found for found in held.aside.values() if found.position <= last]
    try:
        return list(_parts(rows, held, batch.book, last)), aside
    except Exception as error:  # whatever it is: the other cases go on
        logger.error("rows of a case failed: %s", type(error).__name__)
        return [], [SetAside(stream, last, "ROWS_FAILED") for stream in held.streams]


def _parts(
    rows: OfCase, held: FollowedCase, book: Rulebook, last: int
) -> Iterator[Part]:
    """The shared part, and for each shield what is told only with it."""
    shared = _rows(rows, held, held.shared, book)
    for stream, place in held.streams.items():
        made = shared if stream == held.shared else _rows(rows, held, stream, book)
        own = tuple(r for r in made if stream == held.shared or r not in shared)
        outdated = held.is_outdated(stream, last)
        yield Part(held.case, stream, place.shield, own, outdated)


def _rows(
    rows: OfCase, held: FollowedCase, stream: UUID, book: Rulebook
) -> tuple[Row, ...]:
    """Rows of the case as that stream shows it; one that names nobody shows nothing."""
    if stream not in held.named:
        return ()
    case = held.states[stream]
    told = corrected(case.entries)
    if told.corrections:  # a list says what a view of the case says
        case = fold(told.entries)
    return tuple(rows(case, rules_of(book, case)))
