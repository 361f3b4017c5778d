"""Which entries become marks, what sort they are, and in which order they are numbered.

A mark is a milestone, a place the child comes to, or a consent that ran out. What the
bands show already, the baton's way from hand to hand, gets no mark of its own. A
picture of some weeks has room for talks and observations too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from api.pages.picture.contents import ConsentRow, Mark, Shape
from api.pages.picture.persons import person
from api.views import Named
from ledger.aggregates.guard import local_day
from ledger.entry import Entry, Erased
from ledger.events import catalogue_name
from ledger.events.barnevern import (
    AvvergingspliktInvoked,
    MeldingTilBarnevernSent,
    PoliceReported,
    SeriousIncidentNotified,
)
from ledger.events.baton import (
    HandoverDeclined,
    HandoverLapsed,
    HandoverMeetingHeld,
    HandoverProposed,
    HandoverWithdrawn,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
from ledger.events.child import ChildViewRecorded, TransitionNoted
from ledger.events.concern import (
    CaseOpened,
    ConcernClarified,
    ConcernGraded,
    ConcernRaised,
    ObservationRecorded,
    UndringssamtaleHeld,
)
from ledger.events.consent import (
    ConsentExtended,
    ConsentGiven,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentWithdrawn,
)
from ledger.events.event import Event
from ledger.events.level import (
    IndividuellPlanAssessed,
    LevelEscalated,
    LevelLowered,
)
from ledger.events.meeting import MeetingHeld, MeetingScheduled
from ledger.events.moving import (
    ChildBorn,
)
from ledger.events.plan import MeasureEvaluated
from ledger.projections.corrections import place
from ledger.projections.timeline import is_milestone

Entries = Sequence[Entry[Event | Erased]]

_CIRCLES = (
    ConcernGraded,
    ConcernRaised,
    HandoverMeetingHeld,
    MeasureEvaluated,
    MeetingHeld,
    MeetingScheduled,
    ObservationRecorded,
    UndringssamtaleHeld,
)
_DIAMONDS = (
    ConsentExtended,
    ConsentGiven,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentWithdrawn,
)
_SHOWN_ELSEWHERE = (
    ConsentExtended,  # names further services, which the bars do not tell apart
    ConsentNarrowed,
    ConsentRenewed,
    HandoverDeclined,
    HandoverLapsed,
    HandoverProposed,
    HandoverWithdrawn,
    InterimHolderAssigned,
    StafettholderAppointed,
    StafettholderHandedOver,
    StafettholderVacated,
)
_ONLY_OF_WEEKS = (ConcernGraded, ObservationRecorded, UndringssamtaleHeld)
_WEIGHTY = (
    AvvergingspliktInvoked,
    SeriousIncidentNotified,
    ChildViewRecorded,
    IndividuellPlanAssessed,
    LevelEscalated,
    LevelLowered,
    MeldingTilBarnevernSent,
    PoliceReported,
)
# A decision names the day best, and the child's mark must not part the others.
_WITHIN_A_DAY = (Shape.SQUARE, Shape.CIRCLE, Shape.DIAMOND, Shape.BUBBLE)
_BY_OBSERVATION = "1.3"  # SSB code of the form in which the child was heard


def marks_of(
    recorded: Entries,
    consents: Iterable[ConsentRow],
    *,
    since: date,
    until: date,
    weekly: bool,
    names: Mapping[str, Named],
) -> tuple[Mark, ...]:
    """The marks from a day to a day, numbered from 1 in order of time.

    What happened several times on a day, such as two evaluations, is one mark.
    """
    told = [entry for entry in recorded if _is_told(entry, weekly)]
    found = [*_of_entries(told, names), *_lapses(consents)]
    within = sorted((mark for mark in found if since <= mark.day <= until), key=_order)
    merged = _without_opening([_merged(same) for same in _alike(within)])
    return tuple(replace(mark, number=n) for n, mark in enumerate(merged, start=1))


def _is_told(entry: Entry[Event | Erased], weekly: bool) -> bool:
    if isinstance(entry.event, _SHOWN_ELSEWHERE):
        return False
    if isinstance(entry.event, _ONLY_OF_WEEKS):
        return weekly
    return is_milestone(entry) or isinstance(entry.event, TransitionNoted)


def _of_entries(told: Entries, names: Mapping[str, Named]) -> Iterator[Mark]:
    subject = _subject(told)
    given: set[str] = set()
    for entry in told:
        if isinstance(entry.event, Event):
            yield _mark(entry, entry.event, subject, given, names)


def _subject(told: Entries) -> str | None:
    named = [
        e.event.subject_ref for e in told if isinstance(e.event, CaseOpened | ChildBorn)
    ]
    return named[-1] if named else None


def _mark(
    entry: Entry[Event | Erased],
    event: Event,
    subject: str | None,
    given: set[str],
    names: Mapping[str, Named],
) -> Mark:
    """The mark of one entry; `given` holds who has consented before it."""
    kind = catalogue_name(type(event))
    mark = Mark(
        number=0,
        day=local_day(entry.occurred_at),
        shape=shape_of(event),
        key=kind,
        positions=(place(entry),),
        weighty=isinstance(event, _WEIGHTY),
    )
    match event:
        case LevelEscalated(to_level=level) | LevelLowered(to_level=level):
            return replace(mark, level=level)
        case ConcernClarified(outcome=variant) | MeasureEvaluated(effect=variant):
            return replace(mark, key=f"{kind}.{variant}")
        case TransitionNoted(kind=variant, starts=starts):
            return replace(mark, key=f"{kind}.{variant}", day=starts)
        case MeetingHeld(type=code):
            return replace(mark, meeting=code)
        case ChildViewRecorded(form=form):
            how = "seen" if form == _BY_OBSERVATION else "heard"
            child = person(subject, names).given if subject else None
            return replace(mark, key=f"{kind}.{how}", person=child)
        case ConsentGiven(giver_ref=giver):
            how = "renewed" if giver in given else "one"
            given.add(giver)
            name = person(giver, names).given
            return replace(mark, key=f"{kind}.{how}", person=name)
        case _:
            return mark


def shape_of(event: Event | Erased) -> Shape:
    """The shape that stands for this kind of thing, in the picture as in the list."""
    if isinstance(event, ChildViewRecorded):
        return Shape.BUBBLE
    if isinstance(event, _DIAMONDS):
        return Shape.DIAMOND
    return Shape.CIRCLE if isinstance(event, _CIRCLES) else Shape.SQUARE


def _lapses(consents: Iterable[ConsentRow]) -> Iterator[Mark]:
    """A mark on the last day of each consent that ran out."""
    for row in consents:
        for valid, after in zip(row.stretches, row.stretches[1:], strict=False):
            if after.state == "lapsed":
                yield Mark(
                    number=0,
                    day=valid.to_date,
                    shape=Shape.DIAMOND,
                    key="ConsentLapsed.one",
                    positions=(),
                    person=row.giver.given,
                )


# --- one day --------------------------------------------------------------------------


def _order(mark: Mark) -> tuple[date, int]:
    return mark.day, _WITHIN_A_DAY.index(mark.shape)


def _kind(mark: Mark) -> str:
    return mark.key.partition(".")[0]


def _alike(marks: Iterable[Mark]) -> Iterable[list[Mark]]:
    """The marks of one day and kind, in the order in which the first of them stands."""
    alike: dict[tuple[date, str], list[Mark]] = {}
    for mark in marks:
        alike.setdefault((mark.day, _kind(mark)), []).append(mark)
    return alike.values()


def _merged(same: list[Mark]) -> Mark:
    """One mark for what happened several times on a day; it says what they share."""
    first = same[0]
    people = {mark.person for mark in same}
    together = replace(
        first,
        positions=tuple(p for mark in same for p in mark.positions),
        level=max((m.level for m in same if m.level is not None), default=None),
        person=first.person if len(people) == 1 else None,
        meeting=first.meeting if len({mark.meeting for mark in same}) == 1 else None,
    )
    if len(people) == len(same) == 2 and first.shape is Shape.DIAMOND:
        return replace(together, key=f"{_kind(first)}.both")
    keys = {mark.key for mark in same}
    return together if len(keys) == 1 else replace(together, key=_kind(first))


def _without_opening(marks: list[Mark]) -> list[Mark]:
    """Leave out the opening of the case where the day has a mark that says more."""
    days = [mark.day for mark in marks]
    opened = catalogue_name(CaseOpened)
    return [m for m in marks if m.key != opened or days.count(m.day) == 1]
