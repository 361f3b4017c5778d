"""Whether consents cover a service at a moment, read from plain entries.

A service is covered when at least one giver with capacity has a valid consent naming it
and no giver's consent naming it has been refused, withdrawn or has lapsed unrenewed;
who was not asked says nothing. The last word of a giver on a service counts. To take a
service off a consent is to withdraw it. What allows more holds for its whole day, since
a consent and what rests on it are often put on record together; what allows less holds
from its moment. Source: domain.md, section 5, "Covered".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Literal

from audit.findings.entry import LOCAL, Entry, local_day
from audit.findings.history import History
from audit.findings.subject import NOT_BORN, OWN, consents_alone_from, kind_of, turns

CHANGES: Final = (
    "ConsentExtended",
    "ConsentNarrowed",
    "ConsentRenewed",
    "ConsentWithdrawn",
)
REGISTERS: Final = ("GuardianRegistered", "GuardianChanged")
OF_AGE: Final = 18
Answer = Literal["yes", "no", "lapsed"]


@dataclass(frozen=True, slots=True)
class Word:
    """What a giver last said of a service in one consent, and since when."""

    answer: Answer
    since: datetime


def end_of(day: date) -> datetime:
    """The last moment of a local day."""
    return datetime.combine(day, time.max, LOCAL)


def is_covered(history: History, service: str, moment: datetime) -> bool:
    """Whether valid consents cover the service at the moment."""
    words: dict[str, list[Word]] = {}
    for giver, word in _words(history, service, moment):
        words.setdefault(giver, []).append(word)
    last = {giver: _last(said) for giver, said in words.items()}
    willing = {giver for giver, answer in last.items() if answer == "yes"}
    alone, day = consents_alone_from(history), local_day(moment)
    if alone is not None and alone <= day and _subject(history) in willing:
        return True
    return bool(willing) and willing == last.keys()


def was_covered(history: History, service: str, moment: datetime) -> bool:
    """Whether the service was covered at some time before the moment."""
    events = ("ConsentGiven", "ConsentRefused", *CHANGES)
    said = (e.occurred_at for e in history.of(*events) if e.occurred_at < moment)
    return any(is_covered(history, service, each) for each in said)


def _last(said: list[Word]) -> Answer:
    """A yes counts against an earlier no, and against another consent's lapse."""
    yes = max((w.since for w in said if w.answer == "yes"), default=None)
    no = max((w.since for w in said if w.answer == "no"), default=None)
    if yes is not None and (no is None or yes >= no):
        return "yes"
    return "no" if no is not None else "lapsed"


def _words(
    history: History, service: str, moment: datetime
) -> Iterator[tuple[str, Word]]:
    """Every word on the service by those who may give or refuse it on the day."""
    day = local_day(moment)
    reopened = _reopened(history, moment)
    for given in history.of("ConsentGiven"):
        giver, capacity = given.text("giver_ref"), given.text("giver_capacity")
        if given.day > day or not has_capacity(history, giver, capacity, day):
            continue
        word = word_of(history, given, service, moment)
        is_earlier = reopened is not None and given.occurred_at < reopened
        if word is not None and (word.answer == "no" or not is_earlier):
            yield giver, word
    for refused in history.of("ConsentRefused"):
        services, giver = refused.texts("services"), refused.text("giver_ref")
        concerns = not services or service in services
        if concerns and refused.occurred_at <= moment and _may(history, giver, day):
            yield giver, Word("no", refused.occurred_at)


def _reopened(history: History, moment: datetime) -> datetime | None:
    """When the case was last reopened: sharing needs a new consent since."""
    times = [e.occurred_at for e in history.of("CaseReopened")]
    return max((each for each in times if each <= moment), default=None)


# --- one consent ----------------------------------------------------------------------


def word_of(
    history: History, given: Entry, service: str, moment: datetime
) -> Word | None:
    """What a consent, as changed by then, says of a service; `None` for nothing."""
    day = local_day(moment)
    named = given.texts("services")
    yes = given.occurred_at if service in named else None
    no: datetime | None = None
    until = given.date("valid_to")
    for change in _changes(history, given, moment):
        since = change.occurred_at
        if change.event == "ConsentRenewed":
            until = change.date("valid_to") or until
        elif change.event == "ConsentWithdrawn":
            no = _withdrawn(change) if _takes(change, service, moment) else no
        else:
            remaining = _named_by(change, named)
            if change.event == "ConsentExtended" and service in remaining:
                yes, no = (since, None) if change.texts("services") else (yes, no)
            elif service not in remaining:
                no = since
            named = remaining
    if yes is None:
        return None
    if no is not None and no >= yes:
        return Word("no", no)
    begins = given.date("valid_from") or given.day
    if until is None or day < begins:
        return None
    return Word("yes" if day <= until else "lapsed", yes)


def _changes(history: History, given: Entry, moment: datetime) -> Iterator[Entry]:
    for change in history.of(*CHANGES):
        is_less = change.event in ("ConsentNarrowed", "ConsentWithdrawn")
        by_then = (
            change.occurred_at <= moment if is_less else change.day <= local_day(moment)
        )
        if by_then and change.text("consent_id") == given.text("consent_id"):
            yield change


def _named_by(change: Entry, named: tuple[str, ...]) -> tuple[str, ...]:
    services = change.texts("services")
    if change.event == "ConsentExtended":
        return services or named
    if "services" not in change.data:
        return named
    return tuple(service for service in named if service in services)


def _takes(change: Entry, service: str, moment: datetime) -> bool:
    """Whether a withdrawal concerns the service as such, and has begun."""
    services = change.texts("services")
    concerns = not services or service in services
    return concerns and not change.texts("categories") and _withdrawn(change) <= moment


def _withdrawn(change: Entry) -> datetime:
    """At once, or when the named day begins."""
    day = change.date("from_date")
    if day is None:
        return change.occurred_at
    return max(datetime.combine(day, time.min, LOCAL), change.occurred_at)


# --- capacity -------------------------------------------------------------------------


def has_capacity(history: History, giver: str, capacity: str, day: date) -> bool:
    """Whether this person may consent in this capacity, by age and authority.

    A birth date that is not known speaks against nobody.
    """
    match capacity:
        case "guardian":
            return _has_say(history, giver, day) and not _is(history, OF_AGE, day)
        case "youth":
            age = history.rule("youth_consent_age", day)
            decided = _decided(history, day) in OWN
            return _is_own(history, giver) and (_may_be(history, age, day) or decided)
        case "adult":
            decided = _decided(history, day) == "adult"
            return _is_own(history, giver) and (
                _may_be(history, OF_AGE, day) or decided
            )
        case "pregnant":
            return kind_of(history) in NOT_BORN and (
                _is_own(history, giver) or authority(history, giver, day) is not None
            )
        case _:
            return capacity == "barnevern"


def _may(history: History, giver: str, day: date) -> bool:
    """Whether this person's no counts, in whichever capacity they have."""
    capacities = ("guardian", "youth", "adult", "pregnant")
    return any(has_capacity(history, giver, each, day) for each in capacities)


def _subject(history: History) -> str:
    return history.opening.text("subject_ref") if history.opening else ""


def _is_own(history: History, giver: str) -> bool:
    return giver == _subject(history)


def _is(history: History, age: int, day: date) -> bool:
    birthday = turns(history, age)
    return birthday is not None and birthday <= day


def _may_be(history: History, age: int, day: date) -> bool:
    birthday = turns(history, age)
    return birthday is None or birthday <= day


def _decided(history: History, day: date) -> str | None:
    """Who consents by the last change of capacity, `None` when nothing changed."""
    changes = [e for e in history.of("ConsentCapacityChanged") if e.day <= day]
    return changes[-1].text("new_capacity") if changes else None


def _has_say(history: History, giver: str, day: date) -> bool:
    held = authority(history, giver, day)
    if held is None or held in history.marked("guardian-authorities", "no-say"):
        return False
    decided = _decided(history, day)
    if decided == "barnevern":
        return held not in history.marked("guardian-authorities", "responsible")
    return decided != "adult"


def authority(history: History, guardian: str, day: date) -> str | None:
    """What a registered guardian has the right to on a day, by the last word on it."""
    held: str | None = None
    for entry in history.of(*REGISTERS):
        since = entry.date("from_date") or entry.day
        if entry.text("guardian_ref") == guardian and since <= day:
            held = entry.text("authority") or held
    return held
