"""The consent chapter: what the family allows, and whether it covers a service now.

A service is covered at a moment when at least one giver with capacity has a valid
consent naming it and no giver's consent naming it has lapsed unrenewed. The holder's
and the opener's own service need no coverage; statutory disclosure is covered by its
basis (catalogue, conventions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from ledger.access import OF_AGE, age_on
from ledger.aggregates.guard import (
    Commands,
    Folds,
    is_empty,
    local_day,
    months_after,
)
from ledger.aggregates.state import replace
from ledger.codes import code_list
from ledger.entry import Actor, Entry
from ledger.events.consent import ConsentExtended, ConsentGiven, Exclusion
from ledger.profiles import Profile
from ledger.refusals import ConsentInvalid, NoConsent, Refusal, UnknownTarget

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class Naming:
    """What a consent names from a moment on: the whole lists."""

    since: datetime
    services: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Consent:
    """A consent as given and extended; `valid_to` is its last valid day.

    `giver` is `None` for one that is only known by a later entry: it covers nothing.
    """

    giver: str | None
    capacity: str
    kind: str
    valid_from: date
    valid_to: date | None
    given_at: datetime
    exclusions: tuple[Exclusion, ...] = ()
    info_items: tuple[str, ...] = ()
    namings: tuple[Naming, ...] = ()

    def services_on(self, day: date) -> tuple[str, ...]:
        """The services it names on a day; the list told last is the whole list.

        The day decides, not the hour: a consent and what rests on it are often put on
        record together, in any order of their times.
        """
        named: tuple[str, ...] = ()
        for naming in self.namings:
            if naming is self.namings[0] or local_day(naming.since) <= day:
                named = naming.services
        return named

    def is_valid(self, day: date) -> bool:
        """Whether the day lies within its validity, the last day included."""
        return self.valid_to is not None and self.valid_from <= day <= self.valid_to

    def has_lapsed(self, day: date) -> bool:
        """Whether its last valid day is over."""
        return self.valid_to is not None and self.valid_to < day


@dataclass(frozen=True)
class Consents:
    """State of the chapter."""

    consents: Mapping[str, Consent] = field(default_factory=dict)  # by consent_id

    def services(self) -> frozenset[str]:
        """Every service that a consent names or has named."""
        return frozenset(
            service
            for consent in self.consents.values()
            for naming in consent.namings
            for service in naming.services
        )


# --- coverage -------------------------------------------------------------------------


def is_covered(case: Case, service: str, day: date, rules: Profile) -> bool:
    """Whether valid consents cover a service on a local day."""
    willing: set[str] = set()
    lapsed: set[str] = set()
    for consent in _with_capacity(case, day, rules):
        if consent.giver is None or service not in consent.services_on(day):
            continue
        if consent.is_valid(day):
            willing.add(consent.giver)
        elif consent.has_lapsed(day):
            lapsed.add(consent.giver)
    if subject_consents_alone(case, day, rules) and _subject(case) in willing:
        return True
    return bool(willing) and lapsed <= willing


def needs_no_consent(case: Case, service: str) -> bool:
    """Whether it is the holder's or the opener's own service."""
    holder = case.baton.holder
    own = (
        holder.service if holder else None,
        case.opening.service if case.opening else None,
    )
    return service in own


def covered(
    case: Case,
    services: Iterable[str],
    *,
    at: datetime,
    rules: Profile,
    field: str = "service",
) -> Iterator[Refusal]:
    """Refuse when one of the services is neither covered nor needs no coverage."""
    day = local_day(at)
    if not all(
        needs_no_consent(case, service) or is_covered(case, service, day, rules)
        for service in services
    ):
        yield NoConsent((field,))


def someone_consents(case: Case, day: date, rules: Profile) -> bool:
    """Whether anybody with capacity has a valid consent."""
    return any(
        consent.is_valid(day) and consent.services_on(day)
        for consent in _with_capacity(case, day, rules)
    )


def all_responsible_consent(case: Case, day: date, rules: Profile) -> bool:
    """Whether each guardian with parental responsibility has a valid consent.

    Nobody is asked beside a subject who consents alone (domain, F06).
    """
    if subject_consents_alone(case, day, rules):
        return True
    responsible = code_list("guardian-authorities").marked("responsible")
    willing = {c.giver for c in case.consent.consents.values() if c.is_valid(day)}
    return all(
        ref in willing
        for ref, guardian in case.people.guardians.items()
        if guardian.authority in responsible
    )


# --- capacity -------------------------------------------------------------------------


def _subject(case: Case) -> str | None:
    return case.opening.subject if case.opening else None


def _age(case: Case, day: date) -> int | None:
    """The subject's completed years, `None` when the birth date is not known."""
    if case.opening is None or case.opening.birth_date is None:
        return None
    return age_on(case.opening.birth_date, day)


def subject_consents_alone(case: Case, day: date, rules: Profile) -> bool:
    """Whether the subject is pregnant, or old enough to consent without guardians."""
    if case.opening is not None and case.opening.kind == "pregnant":
        return True
    age = _age(case, day)
    return age is not None and age >= rules.youth_consent_age


def _with_capacity(case: Case, day: date, rules: Profile) -> Iterator[Consent]:
    for consent in case.consent.consents.values():
        if consent.giver is not None and has_capacity(
            case, consent.giver, consent.capacity, day=day, rules=rules
        ):
            yield consent


def has_capacity(
    case: Case, giver: str, capacity: str, *, day: date, rules: Profile
) -> bool:
    """Whether this person may consent in this capacity, by age and authority.

    A birth date that is not known speaks against nobody. What barnevern may decide for
    the child rests on decisions that need not be in the ledger.
    """
    age = _age(case, day)
    is_subject = giver == _subject(case)
    match capacity:
        case "guardian":
            return _has_say(case, giver) and (age is None or age < OF_AGE)
        case "youth":
            return is_subject and (age is None or age >= rules.youth_consent_age)
        case "adult":
            return is_subject and (age is None or age >= OF_AGE)
        case "pregnant":
            return _is_pregnant(case, giver)
        case _:
            return capacity == "barnevern"


def _has_say(case: Case, giver: str) -> bool:
    guardian = case.people.guardians.get(giver)
    silent = code_list("guardian-authorities").marked("no-say")
    return guardian is not None and guardian.authority not in silent


def _is_pregnant(case: Case, giver: str) -> bool:
    if case.opening is None or case.opening.kind not in ("unborn", "pregnant"):
        return False
    return giver == case.opening.subject or giver in case.people.guardians


# --- commands -------------------------------------------------------------------------


def give_consent(
    case: Case, event: ConsentGiven, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record a consent that can be valid; one that informs badly is a finding."""
    day = local_day(at)
    known = event.giver_ref == _subject(case) or event.giver_ref in (
        case.people.guardians
    )
    if not known and event.giver_capacity != "barnevern":
        yield UnknownTarget(("giver_ref",))
    elif not _may_consent(case, event, day, rules):
        yield ConsentInvalid(("giver_capacity",))
    if not any(not case.people.is_person(name) for name in event.services):
        yield ConsentInvalid(("services",))
    if not _has_validity(event, rules):
        yield ConsentInvalid(("valid_to",))


def _may_consent(case: Case, event: ConsentGiven, day: date, rules: Profile) -> bool:
    """A youth below the age does not consent alone, but beside a guardian."""
    if has_capacity(case, event.giver_ref, event.giver_capacity, day=day, rules=rules):
        return True
    beside = event.giver_capacity == "youth" and event.giver_ref == _subject(case)
    return beside and someone_consents(case, day, rules)


def _has_validity(event: ConsentGiven, rules: Profile) -> bool:
    if event.valid_to is None:
        return False
    longest = months_after(event.valid_from, rules.consent_max_months)
    return event.valid_from <= event.valid_to <= longest


def extend_consent(
    case: Case, event: ConsentExtended, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Let a consent name more."""
    if event.consent_id not in case.consent.consents:
        yield UnknownTarget(("consent_id",))


COMMANDS: Commands = {
    ConsentGiven: give_consent,
    ConsentExtended: extend_consent,
}


# --- folds ----------------------------------------------------------------------------


def _given(state: Consents, entry: Entry[ConsentGiven]) -> Consents:
    event = entry.event
    consent = Consent(
        giver=event.giver_ref,
        capacity=event.giver_capacity,
        kind=event.kind,
        valid_from=event.valid_from,
        valid_to=event.valid_to,
        given_at=entry.occurred_at,
        exclusions=event.exclusions,
        info_items=event.info_items,
        namings=(Naming(entry.occurred_at, event.services, event.categories),),
    )
    return replace(state, consents={**state.consents, event.consent_id: consent})


def _extended(state: Consents, entry: Entry[ConsentExtended]) -> Consents:
    event = entry.event
    known = state.consents.get(event.consent_id) or _unknown(entry)
    last = known.namings[-1] if known.namings else Naming(entry.occurred_at, (), ())
    naming = Naming(
        since=entry.occurred_at,
        services=last.services if is_empty(event.services) else event.services or (),
        categories=(
            last.categories if is_empty(event.categories) else event.categories or ()
        ),
    )
    consent = replace(
        known,
        namings=(*known.namings, naming),
        info_items=event.info_items or known.info_items,
    )
    return replace(state, consents={**state.consents, event.consent_id: consent})


def _unknown(entry: Entry[ConsentExtended]) -> Consent:
    """A consent whose giving is lost: it covers nothing, and later entries find it."""
    return Consent(
        giver=None,
        capacity="guardian",
        kind="log_participation",
        valid_from=local_day(entry.occurred_at),
        valid_to=None,
        given_at=entry.occurred_at,
    )


FOLDS: Folds = {ConsentGiven: _given, ConsentExtended: _extended}
