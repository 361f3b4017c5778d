"""Who may consent for the child: by age, by authority, or by what was decided.

A birthday counts by its date, whether or not anybody has recorded that it came. What is
recorded of a change of capacity counts beside it: where no birth date is known, or
where a decision and no birthday changed who consents.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ledger.access import OF_AGE, age_on
from ledger.codes import code_list
from ledger.profiles import Profile

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

OWN = frozenset({"youth", "adult"})  # capacities of a subject who consents alone


def subject_of(case: Case) -> str | None:
    """The child, youth or pregnant woman that the case is about."""
    return case.opening.subject if case.opening else None


def subject_consents_alone(case: Case, day: date, rules: Profile) -> bool:
    """Whether the subject is pregnant, or old enough to consent without guardians."""
    if case.opening is not None and case.opening.kind == "pregnant":
        return True
    if _decided(case, day) in OWN:
        return True
    age = age_of(case, day)
    return age is not None and age >= rules.youth_consent_age


def has_capacity(
    case: Case, giver: str, capacity: str, *, day: date, rules: Profile
) -> bool:
    """Whether this person may consent in this capacity, by age and authority.

    A birth date that is not known speaks against nobody. What barnevern may decide for
    the child rests on decisions that need not be in the ledger.
    """
    age, decided = age_of(case, day), _decided(case, day)
    is_subject = giver == subject_of(case)
    match capacity:
        case "guardian":
            return _has_say(case, giver, day) and (age is None or age < OF_AGE)
        case "youth":
            of_age = age is None or age >= rules.youth_consent_age or decided in OWN
            return is_subject and of_age
        case "adult":
            of_age = age is None or age >= OF_AGE or decided == "adult"
            return is_subject and of_age
        case "pregnant":
            return _is_pregnant(case, giver)
        case _:
            return capacity == "barnevern"


def may_refuse(case: Case, giver: str, day: date, rules: Profile) -> bool:
    """Whether this person's no counts, in whichever capacity they have."""
    capacities = ("guardian", "youth", "adult", "pregnant")
    return any(
        has_capacity(case, giver, capacity, day=day, rules=rules)
        for capacity in capacities
    )


def _decided(case: Case, day: date) -> str | None:
    """Who consents by what was decided; a birthday that is known tells for itself."""
    born = case.opening.birth_date if case.opening else None
    return case.consent.capacity_on(day, also_noted=born is None)


def age_of(case: Case, day: date) -> int | None:
    """The subject's completed years, `None` when the birth date is not known."""
    if case.opening is None or case.opening.birth_date is None:
        return None
    return age_on(case.opening.birth_date, day)


def _has_say(case: Case, giver: str, day: date) -> bool:
    """Parents consent no more once it was decided that barnevern does so instead."""
    if not case.people.has_say(giver, day):
        return False
    decided = _decided(case, day)
    if decided == "barnevern":
        authority = case.people.guardians[giver].authority_on(day)
        return authority not in code_list("guardian-authorities").marked("responsible")
    return decided != "adult"


def _is_pregnant(case: Case, giver: str) -> bool:
    if case.opening is None or case.opening.kind not in ("unborn", "pregnant"):
        return False
    return giver == case.opening.subject or giver in case.people.guardians
