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
from typing import Any, Literal, get_args

from ledger.aggregates.case import Case, evolve, fold
from ledger.aggregates.child import View
from ledger.aggregates.consent import Consent
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
        return state_of(case, day=self.day, rules=self.rules)

    def last_movers(self, start: int) -> dict[Key, int]:
        """Position of the entry that last changed each value, from an index on."""
        case, movers = fold(self.seen.entries[:start]), dict[Key, int]()
        for entry in self.seen.entries[start:]:
            before, case = case, evolve(case, entry)
            for key in moved(before, case, day=self.day, rules=self.rules):
                movers[key] = place(entry)
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


def state_of(case: Case, *, day: date, rules: Profile) -> State:
    """What is compared, each by its own key; what is not there has none."""
    return _state(overview(case, at=day, rules=rules))


def _state(view: Overview) -> State:
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


# --- what one entry moved -------------------------------------------------------------


def moved(before: Case, after: Case, *, day: date, rules: Profile) -> list[Key]:
    """The keys whose values differ before and after an entry.

    Only what the entry touched is judged, else the time for a case would grow with the
    square of its entries. An end of the case lets go of all that is due.
    """
    if before.closing is after.closing:
        before, after = _beside(before, after), _beside(after, before)
    states = (state_of(case, day=day, rules=rules) for case in (before, after))
    return _unequal(*states)


def _beside(case: Case, other: Case) -> Case:
    """The case without things that are the same in the other one."""
    return replace(
        case,
        concern=_without_same(case.concern, other.concern, "concerns"),
        consent=replace(case.consent, consents=_consents_beside(case, other)),
        people=_without_same(case.people, other.people, "shields"),
        child=replace(case.child, views=_last_view(case)),
        baton=_without_same(case.baton, other.baton, "proposals"),
        plan=_without_same(case.plan, other.plan, "measures"),
        meeting=_without_same(case.meeting, other.meeting, "scheduled"),
        barnevern=_without_same(
            _without_same(case.barnevern, other.barnevern, "reports"),
            other.barnevern,
            "orders",
        ),
    )


def _without_same(chapter: Any, other: Any, things: str) -> Any:
    """The chapter with those things, by id, that the other has not as they are."""
    own, others = getattr(chapter, things), getattr(other, things)
    if own is others:
        return replace(chapter, **{things: {}})
    changed = {name: it for name, it in own.items() if others.get(name) is not it}
    return replace(chapter, **{things: changed})


def _consents_beside(case: Case, other: Case) -> Mapping[str, Consent]:
    """What changed, and what it may renew: the last of the same giver and kind."""
    own, others = case.consent.consents, other.consent.consents
    if own is others:
        return {}
    changed = [
        consent
        for these, those in ((own, others), (others, own))
        for name, consent in these.items()
        if those.get(name) is not consent
    ]
    whose = {(consent.giver, consent.kind) for consent in changed}
    kept: dict[str, Consent] = {}
    last: dict[object, tuple[date, str]] = {}
    for name, consent in own.items():
        if others.get(name) is not consent:
            kept[name] = consent
        elif (consent.giver, consent.kind) in whose and consent.valid_to is not None:
            end, by = (consent.valid_to, name), (consent.giver, consent.kind)
            last[by] = max(end, last.get(by, end))
    return {**kept, **{name: own[name] for _, name in last.values()}}


def _last_view(case: Case) -> tuple[View, ...]:
    views = case.child.views
    return (max(views, key=lambda view: view.at),) if views else ()


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
