"""What changed in a case between two moments: what came in, and what it came to.

Two moments differ in what was known (what has been recorded since), or in what had
happened, or in both. Whoever was away reads the first; whoever compares two states of a
case reads the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal, get_args

from ledger.aggregates.case import Case, evolve, fold
from ledger.profiles import Profile
from ledger.projections.corrections import Corrected, Correction, Recorded, place
from ledger.projections.moment import Moment, seen_at
from ledger.projections.overview import (
    Due,
    Holder,
    OpenMeasure,
    Overview,
    ScheduledMeeting,
    ValidConsent,
    overview,
)
from ledger.projections.timeline import Row, rows

Topic = Literal[
    "level",
    "holder",
    "log",  # whether it is open
    "consent",
    "measure",
    "meeting",
    "child_heard",
    "closing",
    "due",
]


@dataclass(frozen=True, slots=True)
class Closed:
    """The case is closed."""

    on: date | None
    reason: str | None


Value = (
    bool | int | date | Holder | ValidConsent | OpenMeasure | ScheduledMeeting
    | Due | Closed
)  # fmt: skip
Key = tuple[Topic, str | None, str | None]  # topic, kind of what is due, about what
State = Mapping[Key, Value]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that stands otherwise; `None` is: there is no such thing.

    `by` is the position of the entry that made the difference, or of the correction
    that did; `None` when the passing of days did.
    """

    topic: Topic
    about: str | None  # id of the consent, measure or meeting, or of what is due
    before: Value | None
    after: Value | None
    by: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that is otherwise at `until` than it was at `since`."""

    since: Moment
    until: Moment
    came: tuple[Row, ...]  # seen at `until` alone, as recorded one after another
    left: tuple[Row, ...]  # seen at `since` alone: dated later since then
    corrected: tuple[Correction, ...]  # since then, of entries that are seen at both
    differences: tuple[Difference, ...]


def changes(
    recorded: Sequence[Recorded],
    *,
    since: Moment,
    until: Moment,
    today: date,
    rules: Profile,
) -> Changes:
    """Compare a case at two moments.

    `recorded` are entries as recorded, in position order, already chosen for this
    reader; `today` is the day of a moment that is the present.
    """
    before, after = (
        _Side(
            known=seen_at(recorded, replace(moment, as_of=None)),
            seen=seen_at(recorded, moment),
            day=moment.day(today),
            rules=rules,
        )
        for moment in (since, until)
    )
    return Changes(
        since=since,
        until=until,
        came=tuple(after.rows_not_in(before)),
        left=tuple(before.rows_not_in(after)),
        corrected=tuple(_corrected(before, after)),
        differences=tuple(_differences(before, after)),
    )


@dataclass(frozen=True)
class _Side:
    """One of the two moments: what is known and seen there, judged on its day."""

    known: Corrected
    seen: Corrected
    day: date
    rules: Profile

    @cached_property
    def entries(self) -> dict[int, Recorded]:
        """What is seen, by position."""
        return {place(entry): entry for entry in self.seen.entries}

    def rows_not_in(self, other: _Side) -> Iterator[Row]:
        only = [e for at, e in self.entries.items() if at not in other.entries]
        return rows(only, self.seen.corrections, self.rules.recording_lag_days)

    def state(self, case: Case) -> State:
        return _state(overview(case, at=self.day, rules=self.rules))

    def last_movers(self, start: int) -> dict[Key, int]:
        """Position of the entry that last changed each value, from an index on."""
        case = fold(self.seen.entries[:start])
        before, movers = self.state(case), dict[Key, int]()
        for entry in self.seen.entries[start:]:
            case = evolve(case, entry)
            after = self.state(case)
            for key in _unequal(before, after):
                movers[key] = place(entry)
            before = after
        return movers


def _corrected(before: _Side, after: _Side) -> Iterator[Correction]:
    for mark in _marks_of_one(after, before):
        if mark.position in before.entries and mark.position in after.entries:
            yield mark.without_words()


def _marks_of_one(side: _Side, other: _Side) -> list[Correction]:
    """Corrections in effect that are not, or do not say the same, on the other side."""
    own, others = (
        {
            (mark.by, mark.position, mark.field, mark.right): mark
            for marks in side.known.corrections.values()
            for mark in marks
            if mark.took_effect
        }
        for side in (side, other)
    )
    only = [mark for says, mark in own.items() if says not in others]
    return sorted(only, key=lambda mark: mark.by)


# --- the state that a reader asks for -------------------------------------------------


def _state(view: Overview) -> State:
    """What is compared, each by its own key; what is not there has none."""
    found: dict[Key, Value | None] = {
        ("level", None, None): view.level,
        ("holder", None, None): view.holder,
        ("log", None, None): view.log_is_open,
        ("child_heard", None, None): view.child_heard_on,
    }
    for consent in view.consents:
        found["consent", None, consent.consent_id] = consent
    for measure in view.measures:
        found["measure", None, measure.measure_id] = measure
    for meeting in view.meetings:
        found["meeting", None, meeting.meeting_id] = meeting
    for due in view.due:
        found["due", due.kind, due.about] = due
    if view.closed_on is not None:
        closed = Closed(view.closed_on, view.closing_reason)
        found["closing", None, None] = closed
    return {key: value for key, value in found.items() if value is not None}


def _unequal(before: State, after: State) -> list[Key]:
    keys = [*before, *(key for key in after if key not in before)]
    return [key for key in keys if before.get(key) != after.get(key)]


def _differences(before: _Side, after: _Side) -> Iterator[Difference]:
    was = before.state(fold(before.seen.entries))
    now = after.state(fold(after.seen.entries))
    unequal = _unequal(was, now)
    if not unequal:
        return
    touched = _touched(before, after)
    start = _first_unequal(before.seen.entries, after.seen.entries)
    movers = (after.last_movers(start), before.last_movers(start))
    for key in sorted(unequal, key=_order):
        causes = (touched.get(found.get(key, 0)) for found in movers)
        by = next((cause for cause in causes if cause is not None), None)
        yield Difference(key[0], key[2], was.get(key), now.get(key), by)


def _order(key: Key) -> tuple[int, str, str]:
    topic, kind, about = key
    return get_args(Topic).index(topic), kind or "", about or ""


def _first_unequal(before: Sequence[Recorded], after: Sequence[Recorded]) -> int:
    """Index of the first entry that is another; up to there both fold to the same."""
    pairs = enumerate(zip(before, after, strict=False))
    shorter = min(len(before), len(after))
    return next((number for number, (a, b) in pairs if a != b), shorter)


def _touched(before: _Side, after: _Side) -> dict[int, int]:
    """Position of each entry that is otherwise → of what made it so.

    That is the entry itself when it became known or had happened since; of one that was
    known already, the newest of its new corrections, or what corrected that one.
    """
    known = {place(entry) for entry in before.known.entries}
    marks = [*_marks_of_one(before, after), *_marks_of_one(after, before)]
    newest = {mark.position: mark.by for mark in marks}
    was, now = before.entries, after.entries
    unequal = [at for at in was.keys() | now.keys() if was.get(at) != now.get(at)]
    return {at: _last(at, newest) if at in known else at for at in unequal}


def _last(position: int, newest: Mapping[int, int]) -> int:
    """The end of a chain of corrections; each stands after what it corrects."""
    while position in newest:
        position = newest[position]
    return position
