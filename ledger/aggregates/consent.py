"""The consent chapter: what the family allows, and whether it covers a service now.

A service is covered at a moment when at least one giver with capacity has a valid
consent naming it and no giver's consent naming it has been refused, withdrawn or has
lapsed unrenewed. To take a service off a consent is to withdraw it from that service.
The holder's and the opener's own service need no coverage; statutory disclosure is
covered by its basis (catalogue, conventions).

The last word of a giver on a service counts: who said no and consents anew has said
yes. A renewal prolongs what stands, and brings back nothing that was withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ledger.aggregates.capacity import (
    age_of,
    has_capacity,
    may_refuse,
    subject_consents_alone,
    subject_of,
)
from ledger.aggregates.guard import (
    Commands,
    Folds,
    carries,
    end_of,
    is_empty,
    local_day,
    months_after,
    no_guard,
    start_of,
    while_open,
    with_reason,
)
from ledger.aggregates.state import replace
from ledger.codes import code_list
from ledger.entry import Actor, Entry
from ledger.events.closing import CaseReopened
from ledger.events.consent import (
    ConsentCapacityChanged,
    ConsentExpired,
    ConsentExtended,
    ConsentGiven,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentRequested,
    ConsentWithdrawn,
    DisclosureBasis,
    Exclusion,
    GuardianConsentExceptionDecided,
    InformationDisclosed,
    InformationWithheld,
)
from ledger.events.event import (
    Role,
)
from ledger.events.fields import (
    FIRST_YEAR,
    LAST_YEAR,
)
from ledger.profiles import Profile
from ledger.refusals import (
    ConsentInvalid,
    NoConsent,
    NoLegalBasis,
    NotDue,
    Refusal,
    UnknownTarget,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Naming:
    """What a consent names from a moment on: the whole lists."""

    since: datetime
    services: tuple[str, ...]
    categories: tuple[str, ...]
    exclusions: tuple[Exclusion, ...] = ()
    narrows: bool = False
    names: bool = True  # says the services anew, so that a no before it is over

    def holds_at(self, moment: datetime) -> bool:
        """Whether it has come about by then.

        More is allowed for the whole day: a consent and what rests on it are often put
        on record together, in any order of their times. Less is allowed from the moment
        on.
        """
        if self.narrows:
            return self.since <= moment
        return local_day(self.since) <= local_day(moment)


@dataclass(frozen=True)
class Withdrawal:
    """What was taken back from a moment on; an empty list means all of it."""

    since: datetime
    services: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def takes(self, service: str) -> bool:
        """Whether it concerns the service."""
        return not self.services or service in self.services


@dataclass(frozen=True)
class SaidNo:
    """Who was asked has refused these services; an empty list means any."""

    giver: str
    since: datetime
    services: tuple[str, ...]

    def concerns(self, service: str) -> bool:
        """Whether the service is among those refused."""
        return not self.services or service in self.services


@dataclass(frozen=True)
class Consent:
    """A consent as given and changed; `valid_to` is its last valid day.

    `giver` is `None` for one that is only known by a later entry: it covers nothing.
    """

    giver: str | None
    capacity: str
    kind: str
    valid_from: date
    valid_to: date | None
    given_at: datetime
    info_items: tuple[str, ...] = ()
    namings: tuple[Naming, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    gaps: tuple[tuple[date, date], ...] = ()  # days between a lapse and a late renewal
    expired_at: datetime | None = None  # when its end was put on record

    def is_valid(self, day: date) -> bool:
        """Whether the day lies within its validity, the last day included."""
        if self.valid_to is None or self._in_gap(day):
            return False
        return self.valid_from <= day <= self.valid_to

    def has_lapsed(self, day: date) -> bool:
        """Whether its last valid day is over, and it was not renewed by then."""
        return self._in_gap(day) or (self.valid_to is not None and self.valid_to < day)

    def lapsed_after(self, day: date) -> date | None:
        """The last day it was valid, of one that has lapsed on a day."""
        before = (first - ONE_DAY for first, last in self.gaps if first <= day <= last)
        return next(before, self.valid_to)

    def _in_gap(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.gaps)

    def naming_at(self, moment: datetime) -> Naming | None:
        """What it names at a moment, as given at least; less what is withdrawn."""
        named = self.namings[0] if self.namings else None
        for naming in self.namings[1:]:
            if naming.holds_at(moment):
                named = naming
        return named

    def services_on(self, day: date) -> tuple[str, ...]:
        """The services it names at the end of a day, less those withdrawn."""
        moment = end_of(day)
        naming = self.naming_at(moment)
        services = naming.services if naming else ()
        return tuple(s for s in services if self.no_since(s, moment) is None)

    def stands_on(self, day: date) -> bool:
        """Whether it is valid on a day and names a service at the end of it."""
        return self.is_valid(day) and bool(self.services_on(day))

    def last_day(self) -> date | None:
        """The last day on which it stands, of its validity or of its withdrawal."""
        last = self.valid_to
        if last is None or not self.namings or self.services_on(last):
            return last
        named = {service for naming in self.namings for service in naming.services}
        taken = (self.no_since(service, end_of(last)) for service in named)
        return min(last, max((local_day(no) for no in taken if no), default=last))

    def allowed_at(self, moment: datetime, service: str) -> frozenset[str]:
        """The categories that may be shared with a service at a moment."""
        naming = self.naming_at(moment)
        if naming is None or service not in naming.services:
            return frozenset()
        if self.no_since(service, moment) is not None:
            return frozenset()
        kept = {
            exclusion.category
            for exclusion in naming.exclusions
            if exclusion.service in (None, "", service)
        }
        kept |= self.withdrawn_categories(service, moment)
        return frozenset(naming.categories) - kept

    def withdrawn_categories(self, service: str, moment: datetime) -> frozenset[str]:
        """The categories that were taken back from a service by a moment."""
        return frozenset(
            category
            for withdrawal in self.withdrawals
            if withdrawal.since <= moment and withdrawal.takes(service)
            for category in withdrawal.categories
        )

    def yes_since(self, service: str, moment: datetime) -> datetime | None:
        """When it last named the service anew; `None` when it has not by then."""
        said = [n.since for n in self._by(moment) if n.names and service in n.services]
        return max(said, default=None)

    def no_since(self, service: str, moment: datetime) -> datetime | None:
        """When the service was taken off or withdrawn, if that holds at the moment."""
        yes = self.yes_since(service, moment)
        if yes is None:
            return None
        taken = [
            withdrawal.since
            for withdrawal in self.withdrawals
            if not withdrawal.categories
            and withdrawal.takes(service)
            and yes <= withdrawal.since <= moment
        ]
        taken += [
            naming.since
            for naming in self._by(moment)
            if naming.since >= yes and service not in naming.services
        ]
        return max(taken, default=None)

    def _by(self, moment: datetime) -> Iterator[Naming]:
        yield from self.namings[:1]
        for naming in self.namings[1:]:
            if naming.holds_at(moment):
                yield naming


@dataclass(frozen=True)
class Excepted:
    """It was decided to go on without a guardian's consent; when to look again."""

    decided_at: datetime
    review_on: date | None = None


@dataclass(frozen=True)
class ChangeOfCapacity:
    """From a day on somebody else consents; `noted` by the service, at a birthday."""

    since: date
    capacity: str
    noted: bool


@dataclass(frozen=True)
class Consents:
    """State of the chapter."""

    consents: Mapping[str, Consent] = field(default_factory=dict)  # by consent_id
    refused: tuple[SaidNo, ...] = ()
    excepted: Mapping[str, Excepted] = field(default_factory=dict)  # by guardian
    capacities: tuple[ChangeOfCapacity, ...] = ()  # in the order of their days
    withdrawn_at: datetime | None = None  # when something was last taken back
    earlier: tuple[Consent, ...] = ()  # from before the case was taken up again

    def services(self) -> frozenset[str]:
        """Every service that a consent names or has named."""
        return frozenset(
            service
            for consent in self.consents.values()
            for naming in consent.namings
            for service in naming.services
        )

    def capacity_on(self, day: date, *, also_noted: bool = True) -> str | None:
        """Who consents by the last change of capacity, `None` when nothing changed.

        What the service noted itself may be left out, where something else tells it.
        """
        by_then = [
            change.capacity
            for change in self.capacities
            if change.since <= day and (also_noted or not change.noted)
        ]
        return by_then[-1] if by_then else None


# --- coverage -------------------------------------------------------------------------


def is_covered(case: Case, service: str, moment: datetime, rules: Profile) -> bool:
    """Whether valid consents cover a service at a moment."""
    yes, no, lapsed = _words_on(case, service, moment, rules)
    willing = {
        giver for giver in yes if giver not in no or max(yes[giver]) >= max(no[giver])
    }
    day = local_day(moment)
    if subject_consents_alone(case, day, rules) and subject_of(case) in willing:
        return True
    return bool(willing) and lapsed | no.keys() <= willing


_Words = dict[str, list[datetime]]  # when each giver said so


def _words_on(
    case: Case, service: str, moment: datetime, rules: Profile
) -> tuple[_Words, _Words, set[str]]:
    """Who said yes to the service, who said no, and whose consent has lapsed."""
    day = local_day(moment)
    yes: _Words = {}
    no: _Words = {}
    lapsed: set[str] = set()
    for giver, consent in _with_capacity(case, day, rules):
        said = consent.yes_since(service, moment)
        if said is None:
            continue
        taken = consent.no_since(service, moment)
        if taken is not None:
            no.setdefault(giver, []).append(taken)
        elif consent.is_valid(day):
            yes.setdefault(giver, []).append(said)
        elif consent.has_lapsed(day):
            lapsed.add(giver)
    for refused in case.consent.refused:
        counts = refused.concerns(service) and refused.since <= moment
        if counts and may_refuse(case, refused.giver, day, rules):
            no.setdefault(refused.giver, []).append(refused.since)
    return yes, no, lapsed


YOUNGEST_ALONE = 15  # completed years; the lowest consent age found (domain, §0.1)
AT_FIRST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
AT_LAST = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)  # whatever is to begin has begun


def withdrawn_services(case: Case, apart: Set[str]) -> Mapping[str, date]:
    """Services whose consent somebody has taken back, each from the day of it.

    Whoever works there reads no more (reliability, D13). `apart` share on another
    ground. What has merely lapsed is a question for the findings.
    """
    found: dict[str, date] = {}
    for service in case.consent.services() - apart:
        yes, no = _last_words(case.consent, service)
        taken = [
            since
            for giver, since in no.items()
            if since > yes.get(giver, AT_FIRST) and _has_part(case, giver)
        ]
        if taken and not _own_word(case, yes, max(taken)):
            found[service] = local_day(max(taken))
    return found


def _last_words(
    consents: Consents, service: str
) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """When each giver last said yes to a service, and when no."""
    yes: dict[str, datetime] = {}
    no: dict[str, datetime] = {}
    for consent in consents.consents.values():
        said = consent.yes_since(service, AT_LAST)
        if consent.giver is None or said is None:
            continue
        taken = consent.no_since(service, AT_LAST)
        words, moment = (yes, said) if taken is None else (no, taken)
        words[consent.giver] = max(moment, words.get(consent.giver, moment))
    for refused in consents.refused:
        if refused.concerns(service):
            no[refused.giver] = max(refused.since, no.get(refused.giver, refused.since))
    return yes, no


def _has_part(case: Case, giver: str) -> bool:
    """Whether this is the subject, or a guardian with a say."""
    silent = code_list("guardian-authorities").marked("no-say")
    guardian = case.people.guardians.get(giver)
    if guardian is None:
        return giver == subject_of(case)
    return guardian.authority not in silent


def _own_word(case: Case, yes: Mapping[str, datetime], moment: datetime) -> bool:
    """Whether a subject old enough to consent alone stands by the service."""
    age = age_of(case, local_day(moment))
    pregnant = case.opening is not None and case.opening.kind == "pregnant"
    alone = pregnant or (age is not None and age >= YOUNGEST_ALONE)
    return alone and subject_of(case) in yes


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
    if not all(
        needs_no_consent(case, service) or is_covered(case, service, at, rules)
        for service in services
    ):
        yield NoConsent((field,))


def someone_consents(case: Case, moment: datetime, rules: Profile) -> bool:
    """Whether anybody with capacity has a valid consent."""
    day = local_day(moment)
    return any(
        _stands(consent, moment) for _, consent in _with_capacity(case, day, rules)
    )


def _stands(consent: Consent, moment: datetime) -> bool:
    """Whether it is valid and names a service that was not taken back."""
    naming = consent.naming_at(moment)
    return (
        naming is not None
        and consent.is_valid(local_day(moment))
        and any(consent.no_since(s, moment) is None for s in naming.services)
    )


def all_responsible_consent(case: Case, moment: datetime, rules: Profile) -> bool:
    """Whether each guardian with parental responsibility consents, or is excepted."""
    return not any(unanswered_guardians(case, moment, rules))


def unanswered_guardians(case: Case, moment: datetime, rules: Profile) -> Iterator[str]:
    """Guardians with parental responsibility who neither consent nor are excepted.

    Nobody is asked beside a subject who consents alone (domain, F06).
    """
    day = local_day(moment)
    if subject_consents_alone(case, day, rules):
        return
    responsible = code_list("guardian-authorities").marked("responsible")
    consents = case.consent.consents.values()
    answered = {c.giver for c in consents if _stands(c, moment)}
    answered |= case.consent.excepted.keys()
    for ref, guardian in case.people.guardians.items():
        if guardian.authority_on(day) in responsible and ref not in answered:
            yield ref


def _with_capacity(
    case: Case, day: date, rules: Profile
) -> Iterator[tuple[str, Consent]]:
    """Each consent whose giver may consent on the day, with the giver."""
    for consent in case.consent.consents.values():
        giver = consent.giver
        if giver is not None and has_capacity(
            case, giver, consent.capacity, day=day, rules=rules
        ):
            yield giver, consent


# --- commands -------------------------------------------------------------------------


def give_consent(
    case: Case, event: ConsentGiven, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record a consent that can be valid; one that informs badly is a finding."""
    known = event.giver_ref == subject_of(case) or event.giver_ref in (
        case.people.guardians
    )
    if not known and event.giver_capacity != "barnevern":
        yield UnknownTarget(("giver_ref",))
    elif not _may_consent(case, event, at, rules):
        yield ConsentInvalid(("giver_capacity",))
    if not any(not case.people.is_person(name) for name in event.services):
        yield ConsentInvalid(("services",))
    if not _has_validity(event, rules):
        yield ConsentInvalid(("valid_to",))


def _may_consent(case: Case, event: ConsentGiven, at: datetime, rules: Profile) -> bool:
    """A youth below the age does not consent alone, but beside a guardian."""
    day, giver = local_day(at), event.giver_ref
    if has_capacity(case, giver, event.giver_capacity, day=day, rules=rules):
        return True
    beside = event.giver_capacity == "youth" and giver == subject_of(case)
    return beside and someone_consents(case, at, rules)


def _has_validity(event: ConsentGiven, rules: Profile) -> bool:
    if event.valid_to is None:
        return False
    longest = months_after(event.valid_from, rules.consent_max_months)
    return event.valid_from <= event.valid_to <= longest


def change_consent(
    case: Case,
    event: ConsentExtended | ConsentNarrowed | ConsentWithdrawn,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Let a consent name more or less, or take it back; nobody asks in which form."""
    yield from _known_consent(case, event.consent_id)


def renew_consent(
    case: Case, event: ConsentRenewed, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Let a consent go on, no longer than one that is given anew."""
    yield from _known_consent(case, event.consent_id)
    if event.valid_to > months_after(local_day(at), rules.consent_max_months):
        yield ConsentInvalid(("valid_to",))


def expire_consent(
    case: Case, event: ConsentExpired, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Put on record that a consent has ended, once its last valid day is over."""
    yield from _known_consent(case, event.consent_id)
    consent = case.consent.consents.get(event.consent_id)
    if consent is not None and not consent.has_lapsed(local_day(at)):
        yield NotDue(("consent_id",))


def _known_consent(case: Case, consent_id: str) -> Iterator[Refusal]:
    if consent_id not in case.consent.consents:
        yield UnknownTarget(("consent_id",))


def except_guardian(
    case: Case,
    event: GuardianConsentExceptionDecided,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Go on without the consent of a guardian of the case, for a reason."""
    yield from while_open(case)
    if event.guardian_ref not in case.people.guardians:
        yield UnknownTarget(("guardian_ref",))
    yield from with_reason(event.reason)


def disclose(
    case: Case,
    event: InformationDisclosed,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Share facts with a service on an act's section, or on a consent that allows it.

    A consent carries no more than it names, also to a service that needs none.
    """
    if not _is_carried(case, event, event.basis or DisclosureBasis(), at, rules):
        yield NoLegalBasis(("basis",))


def _is_carried(
    case: Case,
    event: InformationDisclosed,
    basis: DisclosureBasis,
    at: datetime,
    rules: Profile,
) -> bool:
    if not basis.consent_id or is_empty(basis.consent_id):
        return carries(basis.act, basis.section, local_day(at))
    consent = case.consent.consents.get(basis.consent_id)
    if consent is None or not consent.is_valid(local_day(at)):
        return False
    allowed = consent.allowed_at(at, event.to_service)
    if not allowed.issuperset(event.categories):
        return False
    return is_covered(case, event.to_service, at, rules)


COMMANDS: Commands = {
    ConsentRequested: no_guard,
    ConsentGiven: give_consent,
    ConsentRefused: no_guard,
    ConsentNarrowed: change_consent,
    ConsentExtended: change_consent,
    ConsentRenewed: renew_consent,
    ConsentWithdrawn: change_consent,
    ConsentExpired: expire_consent,
    GuardianConsentExceptionDecided: except_guardian,
    ConsentCapacityChanged: no_guard,
    InformationDisclosed: disclose,
    InformationWithheld: no_guard,
}


# --- folds ----------------------------------------------------------------------------


def _given(state: Consents, entry: Entry[ConsentGiven]) -> Consents:
    event = entry.event
    naming = Naming(
        entry.occurred_at, event.services, event.categories, event.exclusions
    )
    consent = Consent(
        giver=event.giver_ref,
        capacity=event.giver_capacity,
        kind=event.kind,
        valid_from=event.valid_from,
        valid_to=event.valid_to,
        given_at=entry.occurred_at,
        info_items=event.info_items,
        namings=(naming,),
    )
    return _with_consent(state, event.consent_id, consent)


def _extended(state: Consents, entry: Entry[ConsentExtended]) -> Consents:
    event = entry.event
    known = _consent(state, event.consent_id, entry)
    last = _naming_before(known, entry)
    naming = replace(
        last,
        since=entry.occurred_at,
        services=event.services or last.services,
        categories=event.categories or last.categories,
        narrows=False,
        names=not is_empty(event.services),
    )
    info_items = event.info_items or known.info_items
    consent = replace(_named(known, naming), info_items=info_items)
    return _with_consent(state, event.consent_id, consent)


def _narrowed(state: Consents, entry: Entry[ConsentNarrowed]) -> Consents:
    """What remains is among what there was; an empty list leaves nothing."""
    event = entry.event
    known = _consent(state, event.consent_id, entry)
    last = _naming_before(known, entry)
    naming = replace(
        last,
        since=entry.occurred_at,
        services=_remaining(last.services, event.services),
        categories=_remaining(last.categories, event.categories),
        exclusions=last.exclusions if event.exclusions is None else event.exclusions,
        narrows=True,
        names=False,
    )
    return _with_consent(state, event.consent_id, _named(known, naming))


def _remaining(
    before: tuple[str, ...], after: tuple[str, ...] | None
) -> tuple[str, ...]:
    return before if after is None else tuple(it for it in before if it in after)


def _naming_before(consent: Consent, entry: Entry[Any]) -> Naming:
    """What it named when the entry happened, which may be on record after others."""
    named = Naming(entry.occurred_at, (), ())
    for naming in consent.namings:
        if naming is consent.namings[0] or naming.since <= entry.occurred_at:
            named = naming
    return named


def _named(consent: Consent, naming: Naming) -> Consent:
    """The consent with one more naming, in the order in which they happened."""
    later = sorted((*consent.namings[1:], naming), key=lambda each: each.since)
    first = consent.namings[:1]
    return replace(consent, namings=(*first, *later) if first else (naming,))


def _renewed(state: Consents, entry: Entry[ConsentRenewed]) -> Consents:
    event = entry.event
    known = _consent(state, event.consent_id, entry)
    day = local_day(entry.occurred_at)
    gaps = known.gaps
    if known.valid_to is not None and known.valid_to + ONE_DAY < day:
        gaps = (*gaps, (known.valid_to + ONE_DAY, day - ONE_DAY))
    consent = replace(
        known,
        valid_to=event.valid_to,
        gaps=gaps,
        expired_at=None,
        info_items=event.info_items or known.info_items,
    )
    return _with_consent(state, event.consent_id, consent)


def _withdrawn(state: Consents, entry: Entry[ConsentWithdrawn]) -> Consents:
    event = entry.event
    known = _consent(state, event.consent_id, entry)
    withdrawal = Withdrawal(
        since=_withdrawn_from(known, entry),
        services=event.services or (),
        categories=event.categories or (),
    )
    consent = replace(known, withdrawals=(*known.withdrawals, withdrawal))
    state = _with_consent(state, event.consent_id, consent)
    return replace(state, withdrawn_at=entry.occurred_at)


def _withdrawn_from(consent: Consent, entry: Entry[ConsentWithdrawn]) -> datetime:
    """At once, or when the named day begins, and never before what is taken back."""
    day = entry.event.from_date
    if day is None:
        return entry.occurred_at
    named = _naming_before(consent, entry).since
    return max(start_of(day), min(named, entry.occurred_at))


def _expired(state: Consents, entry: Entry[ConsentExpired]) -> Consents:
    """The end is on record; that it has ended follows from its last valid day."""
    known = _consent(state, entry.event.consent_id, entry)
    consent = replace(known, expired_at=entry.occurred_at)
    return _with_consent(state, entry.event.consent_id, consent)


def _refused(state: Consents, entry: Entry[ConsentRefused]) -> Consents:
    event = entry.event
    said_no = SaidNo(event.giver_ref, entry.occurred_at, event.services)
    return replace(state, refused=(*state.refused, said_no))


def _excepted(
    state: Consents, entry: Entry[GuardianConsentExceptionDecided]
) -> Consents:
    event = entry.event
    excepted = Excepted(entry.occurred_at, event.review_on)
    return replace(state, excepted={**state.excepted, event.guardian_ref: excepted})


def _capacity_changed(
    state: Consents, entry: Entry[ConsentCapacityChanged]
) -> Consents:
    change = ChangeOfCapacity(
        since=local_day(entry.occurred_at),
        capacity=entry.event.new_capacity,
        noted=entry.by.role is Role.SYSTEM,
    )
    changes = sorted((*state.capacities, change), key=lambda each: each.since)
    return replace(state, capacities=tuple(changes))


def _consent(state: Consents, consent_id: str, entry: Entry[Any]) -> Consent:
    """The consent; one whose giving is lost covers nothing, and can still be found."""
    return state.consents.get(consent_id) or Consent(
        giver=None,
        capacity="guardian",
        kind="log_participation",
        valid_from=local_day(entry.occurred_at),
        valid_to=None,
        given_at=entry.occurred_at,
    )


def _with_consent(state: Consents, consent_id: str, consent: Consent) -> Consents:
    return replace(state, consents={**state.consents, consent_id: consent})


def _reopened(state: Consents, entry: Entry[CaseReopened]) -> Consents:
    """Sharing needs a new consent; a no that was said before still stands."""
    last = local_day(entry.occurred_at) - ONE_DAY
    known = state.consents.values()
    ended = (
        replace(consent, valid_to=min(consent.valid_to, last))
        for consent in known
        if consent.valid_to is not None
    )
    taken = (no for consent in known for no in _taken_back(consent, entry.occurred_at))
    return replace(
        state,
        consents={},
        refused=(*state.refused, *taken),
        earlier=(*state.earlier, *ended),
    )


def _taken_back(consent: Consent, moment: datetime) -> Iterator[SaidNo]:
    """The services that a consent once named and does not name any more."""
    if consent.giver is None:
        return
    named = {service for naming in consent.namings for service in naming.services}
    for service in sorted(named):
        since = consent.no_since(service, moment)
        if since is not None:
            yield SaidNo(consent.giver, since, (service,))


FOLDS: Folds = {
    ConsentGiven: _given,
    ConsentRefused: _refused,
    ConsentNarrowed: _narrowed,
    ConsentExtended: _extended,
    ConsentRenewed: _renewed,
    ConsentWithdrawn: _withdrawn,
    ConsentExpired: _expired,
    GuardianConsentExceptionDecided: _excepted,
    ConsentCapacityChanged: _capacity_changed,
    CaseReopened: _reopened,
}
