"""The action guide of a case: the next step, what is due and what is missing.

It never blocks: guards do. A step is taken when one entry of each of its groups has
come in the round, and done when nothing that it looks for is missing either. A level
begins a round, and so does a measure that is planned after an evaluation: then its
carrying out and its evaluation come again.

While a suspicion of violence is open, no step says to talk with the home, whoever asks:
on level 0 a reader who does not see why waits for the leader's go-ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from ledger.aggregates.capacity import subject_consents_alone
from ledger.aggregates.case import Case
from ledger.aggregates.guard import local_day
from ledger.codes.guide import GuideStep, action_guide
from ledger.entry import Entry
from ledger.events import catalogue_name
from ledger.events.level import StepEntered
from ledger.events.plan import MeasureEvaluated, MeasurePlanned
from ledger.profiles import Profile
from ledger.projections.missing import Missing, missing
from ledger.projections.overview import Due, due_dates

GO_AHEAD: Final = "0.3"  # the step at which the leader says who talks with the home
TELLS_HOME: Final = frozenset({"0.4", "0.5"})
ASKS_OF_HOME: Final = frozenset({"M05", "M27"})
BEFORE_BIRTH: Final = frozenset({"pregnant", "unborn"})
ROUND_FROM: Final = 3  # number of the step within a level with which a round begins
FROM_LEVEL: Final = frozenset({"joint_meeting_days"})  # limits that begin with a level
DUE_OF: Final = {
    "clarify_days": "clarification",
    "feedback_days": "feedback",
    "first_evaluation_days": "evaluation",
    "handover_answer_days": "handover_answer",
    "measure_start_days": "measure_start",
}
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it stands: done, next, or still to come; `by` is its last day."""

    step: str
    done: bool
    next: bool
    by: date | None
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """What a case's reader is advised to do on the day `at`.

    `waits`: the next step is to wait for the leader's go-ahead. `tracks` are laid over
    the level's steps; the first of them that holds a next step comes before the level.
    """

    at: date
    level: int
    waits: bool
    steps: tuple[Step, ...]
    tracks: tuple[tuple[Step, ...], ...]
    due: tuple[Due, ...]

    @property
    def next_step(self) -> Step | None:
        """What to do first; `None` in a closed case, where nothing is left to do."""
        every = (step for steps in (*self.tracks, self.steps) for step in steps)
        return next((step for step in every if step.next), None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is advised on, and whether nothing may be said of talking with the home."""

    case: Case
    at: date
    rules: Profile
    is_held_back: bool


def guide(case: Case, *, at: date, rules: Profile, home_waits: bool = False) -> Guide:
    """Advise on a case. `home_waits` for a reason that this reader need not see."""
    number = case.level.number
    if not case.is_open:
        return Guide(at, number, False, (), (), ())
    suspected = any(case.concern.violence_since())
    asked = _Asked(case, at, rules, home_waits or suspected)
    steps = _steps(asked, str(number))
    waits = home_waits and not suspected and number == 0
    tracks = (_steps(asked, letter) for letter in _tracks(asked, suspected=suspected))
    return Guide(
        at=at,
        level=number,
        waits=waits,
        steps=tuple(map(_waiting, steps)) if waits else steps,
        tracks=tuple(tracks),
        due=due_dates(case, rules=rules),
    )


def _tracks(asked: _Asked, *, suspected: bool) -> Iterator[str]:
    opening = asked.case.opening
    if suspected:
        yield "V"
    if opening is not None and opening.kind in BEFORE_BIRTH:
        yield "G"
    elif subject_consents_alone(asked.case, asked.at, asked.rules):
        yield "U"


def _steps(asked: _Asked, letter: str) -> tuple[Step, ...]:
    """The steps of a level or a track, one of which is next."""
    known = [
        step
        for step in action_guide().track(letter)
        if not (asked.is_held_back and step.step in TELLS_HOME)
    ]
    come = [_has_come(asked.case, step) for step in known]
    first = _next(asked.case, [step.step for step in known], come)
    return tuple(
        _step(asked, step, has_come=come[place], is_next=place == first)
        for place, step in enumerate(known)
    )


def _next(case: Case, names: Sequence[str], come: Sequence[bool]) -> int:
    """The place after the last step that was taken, or the step that was entered.

    What an earlier step lacks is still told, but it does not hold the case back there.
    """
    taken = [place + 1 for place, has_come in enumerate(come) if has_come]
    entered = [place for place, name in enumerate(names) if name == _entered(case)]
    return min(max([0, *taken, *entered]), len(names) - 1)


def _entered(case: Case) -> str | None:
    since = case.level.moved_at or _BEGINNING
    said = (
        entry.event.step
        for entry in reversed(case.entries)
        if isinstance(entry.event, StepEntered) and entry.occurred_at >= since
    )
    return next(said, None)


def _name(entry: Entry[Any]) -> str:
    return catalogue_name(type(entry.event))


def _step(asked: _Asked, step: GuideStep, *, has_come: bool, is_next: bool) -> Step:
    case, hides = asked.case, ASKS_OF_HOME if asked.is_held_back else frozenset()
    ids = [each for each in step.looked_for if each not in hides]
    lacks = tuple(missing(case, ids, at=asked.at, rules=asked.rules))
    done = has_come and not lacks
    by = None if done else _last_day(case, step, asked.rules)
    return Step(step.step, done, is_next, by, lacks)


def _has_come(case: Case, step: GuideStep) -> bool:
    """Whether an entry of each of the step's groups has come in its round."""
    came = _came(case, step)
    come = {_name(entry) for entry in case.entries if came(entry.occurred_at)}
    return all(come.intersection(group) for group in step.done)


def _came(case: Case, step: GuideStep) -> Callable[[datetime], bool]:
    """Whether a moment counts for a step: after what moved the level, in the round."""
    moved_at = case.level.moved_at
    if step.track in "0VGU" or step.carried or moved_at is None:
        return lambda at: True
    began = _planned_anew(case) if step.place >= ROUND_FROM else _BEGINNING
    return lambda at: at > moved_at and at >= began


def _planned_anew(case: Case) -> datetime:
    """When a measure was last planned after an evaluation."""
    has_evaluated, began = False, _BEGINNING
    for entry in case.entries:
        if isinstance(entry.event, MeasureEvaluated):
            has_evaluated = True
        elif isinstance(entry.event, MeasurePlanned) and has_evaluated:
            has_evaluated, began = False, entry.occurred_at
    return began


def _last_day(case: Case, step: GuideStep, rules: Profile) -> date | None:
    """The last day for a step that has a limit, where something sets it off."""
    if step.limit in FROM_LEVEL:
        began = case.level.moved_at
        days = timedelta(days=getattr(rules, step.limit))
        return None if began is None else local_day(began) + days
    kind = DUE_OF.get(step.limit or "")
    due = (each.on for each in due_dates(case, rules=rules) if each.kind == kind)
    return min(due, default=None)


def _waiting(step: Step) -> Step:
    """On level 0 nothing comes before the leader's go-ahead, or after it."""
    is_waited_for = step.step == GO_AHEAD
    return replace(step, done=step.done and not is_waited_for, next=is_waited_for)
