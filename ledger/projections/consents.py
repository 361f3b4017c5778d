"""The consent matrix: what each person allows each service to know, on any day.

A cell is one person's last word on one service at the end of the day. Whether a service
is covered is judged as the guards judge it: a cell that counts and is not given stands
against it. Everything is read off the folded `Case` as the reader sees it. Days are
calendar days in Europe/Oslo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from ledger.aggregates.capacity import (
    has_capacity,
    may_refuse,
    subject_consents_alone,
    subject_of,
)
from ledger.aggregates.case import Case
from ledger.aggregates.consent import Consent, is_covered, needs_no_consent
from ledger.aggregates.guard import end_of, local_day
from ledger.events.consent import ConsentRequested, InformationWithheld
from ledger.profiles import Profile

Standing = Literal[
    "given",
    "refused",
    "withdrawn",  # taken back, or the service was taken off
    "lapsed",  # its last valid day is over, and it was not renewed by then
    "not_yet",  # given, and not valid by this day
    "excepted",  # it was decided to go on without this person's answer
    "asked",  # and has not answered
    "never_asked",
]
SAID_NO: Final = frozenset({"refused", "withdrawn"})
NO_COVER: Final = SAID_NO | {"lapsed"}


@dataclass(frozen=True, slots=True)
class Answerer:
    """Someone whose word is asked for, or who has given it.

    `part` is a guardian's authority on the day, `subject`, or the capacity of another
    giver. Who `has_say` can refuse; an exception lets the case go on without an answer.
    """

    ref: str
    part: str
    has_say: bool
    excepted_on: date | None
    review_on: date | None


@dataclass(frozen=True, slots=True)
class OfCategory:
    """How one category stands; `kept_out` of what is given otherwise."""

    category: str
    stands: Standing | Literal["kept_out"]


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Something the giver keeps back from the service: a category, or in words."""

    category: str | None
    text: str | None
    until: date | None  # as long as the consent that says so is valid


@dataclass(frozen=True, slots=True)
class Cell:
    """One person's last word on a service, since when, and until which last day.

    It `counts` when the person had capacity to say so. A category that is not named
    has not been asked for.
    """

    person: str
    stands: Standing
    counts: bool
    since: date | None
    until: date | None
    consent_id: str | None
    asked_on: date | None  # the last time
    categories: tuple[OfCategory, ...]
    kept_out: tuple[KeptOut, ...]


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """What all say on one service.

    A service that `needs_none` is the holder's or the opener's own; one that is there
    `on_legal_basis` takes part by an act.
    """

    service: str
    covered: bool
    needs_none: bool
    on_legal_basis: bool
    cells: tuple[Cell, ...]  # in the order of the persons


@dataclass(frozen=True, slots=True)
class Withheld:
    """Facts were kept from a service, because the family wants it so."""

    service: str
    categories: tuple[str, ...]
    on: date


@dataclass(frozen=True, slots=True)
class ConsentMatrix:
    """Who allows what, at the end of the day `at`."""

    at: date
    incomplete: bool  # the body of an entry is gone, so something may be missing here
    alone: bool  # the subject consents without guardians
    persons: tuple[Answerer, ...]
    categories: tuple[str, ...]  # all that somebody has named
    services: tuple[ServiceRow, ...]
    withheld: tuple[Withheld, ...]


def consent_matrix(case: Case, *, at: date, rules: Profile) -> ConsentMatrix:
    """Read who allows what on the day `at`, by the profile's ages."""
    look = _Look(case, at, rules)
    persons = tuple(look.persons())
    rows = tuple(look.row(service, persons) for service in sorted(look.services()))
    named = {of.category for r in rows for cell in r.cells for of in cell.categories}
    kept = {out.category for r in rows for c in r.cells for out in c.kept_out}
    return ConsentMatrix(
        at=at,
        incomplete=case.incomplete,
        alone=subject_consents_alone(case, at, rules),
        persons=persons,
        categories=tuple(sorted(named | {each for each in kept if each})),
        services=rows,
        withheld=tuple(each for each in _withheld(case) if each.on <= at),
    )


def _withheld(case: Case) -> Iterator[Withheld]:
    for entry in case.entries:
        if isinstance(entry.event, InformationWithheld):
            event, on = entry.event, local_day(entry.occurred_at)
            yield Withheld(event.from_service, event.categories, on)


@dataclass(frozen=True, slots=True)
class _Word:
    """What a person has said on a service once; `consent` of what they consented to."""

    stands: Standing
    counts: bool
    since: datetime
    until: date | None = None
    consent_id: str | None = None
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """A case at the end of a day."""

    case: Case
    at: date
    rules: Profile

    # -- who and which -----------------------------------------------------------------

    def persons(self) -> Iterator[Answerer]:
        """Guardians, the subject once its word matters, and who else has spoken."""
        case = self.case
        for ref, guardian in case.people.guardians.items():
            yield self._answerer(ref, guardian.authority_on(self.at))
        known, subject = set(case.people.guardians), subject_of(case)
        alone = subject_consents_alone(case, self.at, self.rules)
        for spoken in dict.fromkeys([*([subject] if alone else []), *self._spoken()]):
            if spoken is not None and spoken not in known:
                part = "subject" if spoken == subject else self._capacity(spoken)
                yield self._answerer(spoken, part)

    def _answerer(self, ref: str, part: str) -> Answerer:
        excepted = self.case.consent.excepted.get(ref)
        if excepted is not None and excepted.decided_at > end_of(self.at):
            excepted = None
        return Answerer(
            ref=ref,
            part=part,
            has_say=may_refuse(self.case, ref, self.at, self.rules),
            excepted_on=local_day(excepted.decided_at) if excepted else None,
            review_on=excepted.review_on if excepted else None,
        )

    def _spoken(self) -> Iterator[str | None]:
        consent = self.case.consent
        yield from (given.giver for given in consent.consents.values())
        yield from (given.giver for given in consent.earlier)
        yield from (refused.giver for refused in consent.refused)
        yield from (request.asked_ref for request, _ in self._requests())

    def _capacity(self, ref: str) -> str:
        given = (*self.case.consent.consents.values(), *self.case.consent.earlier)
        return next((c.capacity for c in given if c.giver == ref), "other")

    def _requests(self) -> Iterator[tuple[ConsentRequested, datetime]]:
        for entry in self.case.entries:
            asks = isinstance(entry.event, ConsentRequested)
            if asks and entry.occurred_at <= end_of(self.at):
                yield entry.event, entry.occurred_at

    def services(self) -> set[str]:
        """Every service anybody has spoken of, that takes part or has a measure."""
        case, consent = self.case, self.case.consent
        found = set(consent.services())
        found |= {s for c in consent.earlier for n in c.namings for s in n.services}
        found |= {
            service for refused in consent.refused for service in refused.services
        }
        found |= {s for request, _ in self._requests() for s in request.services}
        found |= {person.service for _, person in case.people.present()}
        measures = (case.plan.measures[each] for each in case.plan.open_measures())
        found |= {measure.service for measure in measures if measure.service}
        own = (case.baton.holder, case.opening)
        return found | {each.service for each in own if each and each.service}

    # -- a row -------------------------------------------------------------------------

    def row(self, service: str, persons: Iterable[Answerer]) -> ServiceRow:
        """What all say on one service."""
        case = self.case
        return ServiceRow(
            service=service,
            covered=is_covered(case, service, end_of(self.at), self.rules),
            needs_none=needs_no_consent(case, service),
            on_legal_basis=case.people.on_legal_basis(service),
            cells=tuple(self._cell(service, person) for person in persons),
        )

    def _cell(self, service: str, person: Answerer) -> Cell:
        words = list(self._words(service, person.ref))
        said = [word for word in words if word.counts] or words
        word, asked = _last(said), self._asked_on(service, person.ref)
        consents = [w for w in said if w.stands == "given"]
        return Cell(
            person=person.ref,
            stands=word.stands if word else _silent(person, asked),
            counts=word is not None and word.counts,
            since=local_day(word.since) if word else None,
            until=word.until if word else None,
            consent_id=word.consent_id if word else None,
            asked_on=asked,
            categories=tuple(self._categories(service, word, consents)),
            kept_out=tuple(self._kept_out(service, word, consents)),
        )

    def _asked_on(self, service: str, ref: str) -> date | None:
        asked = (
            local_day(moment)
            for request, moment in self._requests()
            if request.asked_ref == ref
            and (not request.services or service in request.services)
        )
        return max(asked, default=None)

    def _words(self, service: str, ref: str) -> Iterator[_Word]:
        consent, at, rules = self.case.consent, self.at, self.rules
        for consent_id, given in consent.consents.items():
            if given.giver == ref:
                counts = has_capacity(
                    self.case, ref, given.capacity, day=at, rules=rules
                )
                yield from self._said(service, given, consent_id, counts=counts)
        for before in consent.earlier:
            if before.giver == ref:
                yield from self._said(service, before, None, counts=False)
        for refused in consent.refused:
            is_known = refused.since <= end_of(at)
            if is_known and refused.giver == ref and refused.concerns(service):
                counts = may_refuse(self.case, ref, at, rules)
                stands = self._kind_of_no(service, ref, refused.since)
                yield _Word(stands, counts, refused.since)

    def _kind_of_no(self, service: str, ref: str, since: datetime) -> Standing:
        """A no from before the case was taken up again may have been a withdrawal."""
        taken = (
            given.no_since(service, end_of(self.at)) == since
            for given in self.case.consent.earlier
            if given.giver == ref
        )
        return "withdrawn" if any(taken) else "refused"

    def _said(
        self, service: str, given: Consent, consent_id: str | None, *, counts: bool
    ) -> Iterator[_Word]:
        yes = given.yes_since(service, end_of(self.at))
        if yes is None:
            return
        no = given.no_since(service, end_of(self.at))
        until = given.valid_to
        stands: Standing = "not_yet"
        if no is not None:
            stands, until = "withdrawn", local_day(no)
        elif given.is_valid(self.at):
            stands = "given"
        elif given.has_lapsed(self.at):
            stands, until = "lapsed", given.lapsed_after(self.at)
        yield _Word(stands, counts, no or yes, until, consent_id, given)

    # -- categories --------------------------------------------------------------------

    def _categories(
        self, service: str, word: _Word | None, consents: Iterable[_Word]
    ) -> Iterator[OfCategory]:
        if word is None or word.consent is None:
            return
        if word.stands != "given":
            naming = word.consent.naming_at(end_of(self.at))
            for category in sorted(naming.categories) if naming else ():
                yield OfCategory(category, word.stands)
            return
        stands: dict[str, Standing | Literal["kept_out"]] = {}
        for given in consents:
            for of in self._of_consent(service, given.consent):
                if stands.get(of.category) != "given":
                    stands[of.category] = of.stands
        yield from (OfCategory(name, stands[name]) for name in sorted(stands))

    def _of_consent(self, service: str, given: Consent | None) -> Iterator[OfCategory]:
        moment = end_of(self.at)
        naming = given.naming_at(moment) if given else None
        if given is None or naming is None:
            return
        allowed = given.allowed_at(moment, service)
        taken = given.withdrawn_categories(service, moment)
        for category in naming.categories:
            if category in allowed:
                yield OfCategory(category, "given")
            else:
                stands = category in taken
                yield OfCategory(category, "withdrawn" if stands else "kept_out")

    def _kept_out(
        self, service: str, word: _Word | None, consents: Iterable[_Word]
    ) -> Iterator[KeptOut]:
        if word is None or word.stands != "given":
            return
        for given in consents:
            naming = given.consent.naming_at(end_of(self.at)) if given.consent else None
            for kept in naming.exclusions if naming else ():
                if kept.service in (None, "", service):
                    yield KeptOut(kept.category or None, kept.text, given.until)


def _last(words: Iterable[_Word]) -> _Word | None:
    """What holds of all that one person has said: the later of yes and no.

    A yes of the same moment as a no is the last word. What has lapsed is asked for only
    where neither was said.
    """
    by = {word.stands: word for word in sorted(words, key=lambda word: word.since)}
    noes = [by[stands] for stands in ("refused", "withdrawn") if stands in by]
    no = max(noes, key=lambda word: word.since, default=None)
    yes = _longest(words)
    if yes is not None and (no is None or by["given"].since >= no.since):
        return yes
    return no or by.get("lapsed") or by.get("not_yet")


def _longest(words: Iterable[_Word]) -> _Word | None:
    """The consent that is valid longest."""
    given = (word for word in words if word.stands == "given")
    return max(given, key=lambda word: word.until or date.min, default=None)


def _silent(person: Answerer, asked: date | None) -> Standing:
    """How it stands with somebody who has said nothing on a service."""
    if person.excepted_on is not None:
        return "excepted"
    return "never_asked" if asked is None else "asked"
