"""May this role, in this relation to the case, see or do this: one decision table.

The rows below are all there is; whoever fits none of them is answered as if the case
did not exist. What a role may record once it has a right in the case is declared by
each event type, and what it may do *now* is a guard's matter.

Sources: design, section 3 (streams, shields, what the family sees); reliability,
section 4.4 (rows are named after it); catalogue, conventions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Protocol

from ledger.entry import Actor
from ledger.events.event import EVERYONE_OF_STAFF, Role

OF_AGE = 18  # completed years; from then on guardians have no part
OWN_LOGIN = 13  # completed years; below it a child reads together with an adult


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see what is recorded under one shield."""

    readers: frozenset[str] = frozenset()  # authors, who decided it, those it names
    leaders: frozenset[str] = frozenset()  # as long as they act as such
    hidden_from: frozenset[str] = frozenset()
    barnevern: bool = False  # it concerns barnevern's own matters
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Parties:
    """Everyone's relation to a case: all that access rests on.

    Persons are refs, services and units are codes.
    """

    exists: bool = False
    subject: str | None = None
    birth_date: date | None = None
    guardians: frozenset[str] = frozenset()  # registered, whatever their authority
    without_say: frozenset[str] = frozenset()  # guardians who may not follow the log
    say_changes: Mapping[str, tuple[tuple[date, bool], ...]] = field(
        default_factory=lambda: _NOTHING  # guardians: from which day with a say or not
    )
    told: frozenset[str] = frozenset()  # of the case, each in person
    everyone_told: bool = False  # the log is open, or a consent is on the shared record
    involved: frozenset[str] = frozenset()  # opener, holders, proposed, participants …
    named: frozenset[str] = frozenset()  # in an entry, such as those at a meeting
    recorders: frozenset[str] = frozenset()  # who wrote an entry
    services: frozenset[str] = frozenset()  # of those involved, and named in consents
    revoked: frozenset[str] = frozenset()  # staff whose way in was closed
    withdrawn: Mapping[str, date] = field(
        default_factory=lambda: _NOTHING  # services without consent, from which day
    )
    vacant: bool = False  # nobody holds the baton any more
    new_units: frozenset[str] = frozenset()  # where the child starts
    barnevern: bool = False  # consulted by name, or reported to
    supervised: bool = False
    shields: Mapping[str, Audience] = field(default_factory=lambda: _NO_SHIELDS)


_NO_SHIELDS: Mapping[str, Audience] = MappingProxyType({})
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class HasParties(Protocol):
    """A case, as far as access is concerned."""

    @property
    def parties(self) -> Parties:
        """Everyone's relation to the case."""


# --- relations ------------------------------------------------------------------------

Relation = Callable[[Parties, Actor], bool]


def _anyone(parties: Parties, actor: Actor) -> bool:
    return True


def _involved(parties: Parties, actor: Actor) -> bool:
    return actor.ref in parties.involved


def _named(parties: Parties, actor: Actor) -> bool:
    return actor.ref in parties.named


def _recorder(parties: Parties, actor: Actor) -> bool:
    return actor.ref in parties.recorders


def _service_connected(parties: Parties, actor: Actor) -> bool:
    return actor.service is not None and actor.service in parties.services


def _new_unit(parties: Parties, actor: Actor) -> bool:
    if not parties.new_units:
        return False
    return actor.unit is None or actor.unit in parties.new_units


def _vacancy(parties: Parties, actor: Actor) -> bool:
    return parties.vacant


def _barnevern_knows(parties: Parties, actor: Actor) -> bool:
    return parties.barnevern


def _told_guardian(parties: Parties, actor: Actor) -> bool:
    if actor.ref not in parties.guardians:
        return False
    return parties.everyone_told or actor.ref in parties.told


def _told_guardian_with_say(parties: Parties, actor: Actor) -> bool:
    return _told_guardian(parties, actor) and actor.ref not in parties.without_say


def _subject(parties: Parties, actor: Actor) -> bool:
    return actor.ref == parties.subject


def _told_subject(parties: Parties, actor: Actor) -> bool:
    told = parties.everyone_told or actor.ref in parties.told
    return told and _subject(parties, actor)


def _supervised(parties: Parties, actor: Actor) -> bool:
    return parties.supervised


# --- the table ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A permit: these roles, in this relation; `why` is for whoever reads the table."""

    roles: frozenset[Role]
    relation: Relation
    why: str


_STAFF = EVERYONE_OF_STAFF
_LEADER = frozenset({Role.LEADER})
_BARNEVERN = frozenset({Role.BARNEVERN})
_COORDINATOR = frozenset({Role.KOORDINERENDE_ENHET})
_OFFICERS = frozenset({Role.PRIVACY_OFFICER, Role.ARCHIVE_OFFICER, Role.ADMINISTRATOR})
_FOLLOWING_UP = frozenset({Role.EMPLOYEE, Role.LEADER, Role.STAFETTHOLDER})
_GUARDIAN = frozenset({Role.GUARDIAN})
_YOUTH = frozenset({Role.YOUTH})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_SYSTEM = frozenset({Role.SYSTEM})

WRITING: tuple[Row, ...] = (
    Row(_STAFF, _involved, "18, 21, 24: opener, holder, proposed, participant …"),
    Row(_STAFF, _named, "18: had to do with it, by what an entry says"),
    Row(_STAFF, _recorder, "12: who wrote in the case goes on writing in it"),
    Row(_STAFF, _service_connected, "18, 47: of a service that follows the child up"),
    Row(_LEADER, _new_unit, "47: leader of the unit where the child starts"),
    Row(_LEADER, _vacancy, "47: any leader may end a vacancy"),
    Row(_BARNEVERN, _barnevern_knows, "30, 31: asked by name, or reported to"),
    Row(_COORDINATOR, _anyone, "28: coordinates every case of the municipality"),
    Row(_OFFICERS, _anyone, "38, 40, 41: their own acts; each event names its roles"),
    Row(_GUARDIAN, _told_guardian, "4, 5: a registered guardian who has been told"),
    Row(_YOUTH, _told_subject, "7: the child or youth itself, once told"),
    Row(_SUPERVISOR, _supervised, "49: within a supervisory case"),
    Row(_SYSTEM, _anyone, "50: sweep and deliveries"),
)

READING: tuple[Row, ...] = (
    Row(_STAFF, _involved, "14, 21, 24: opener, holder, proposed, participant …"),
    Row(_LEADER, _service_connected, "47: leader in a service that follows up"),
    Row(_LEADER, _new_unit, "47: leader of the unit where the child starts"),
    Row(_LEADER, _vacancy, "47: who is to end a vacancy must see the case"),
    Row(_BARNEVERN, _barnevern_knows, "30: asked by name, or reported to"),
    Row(_COORDINATOR, _anyone, "26–28: who decides on a case must see it; on record"),
    Row(_GUARDIAN, _told_guardian_with_say, "1: has been told, and has a say"),
    Row(_YOUTH, _told_subject, "7, 8: the child or youth itself, once told"),
    Row(
        _SYSTEM,
        _anyone,
        "42: the service's own jobs and the operator's console; on record",
    ),
)


SEARCH = "search"
"""What looking a person up by number is called on record."""

LISTS: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "register": _COORDINATOR | _SYSTEM,
        "vacancies": _COORDINATOR | _LEADER | _BARNEVERN | _SYSTEM,
        "statistics": _COORDINATOR | _LEADER | _SYSTEM,
        "access_log": frozenset({Role.PRIVACY_OFFICER}),
        SEARCH: _STAFF,
    }
)
"""Who may ask for which list of others; everybody of staff asks for their own."""


def _permits(table: tuple[Row, ...], parties: Parties, actor: Actor) -> bool:
    return any(
        actor.role in row.roles and row.relation(parties, actor) for row in table
    )


def _is_own_family(parties: Parties, actor: Actor) -> bool:
    """Forbid D5: nobody works professionally with their own family."""
    of_family = actor.ref == parties.subject or actor.ref in parties.guardians
    return of_family and actor.role not in (Role.GUARDIAN, Role.YOUTH)


def _is_shut_out(parties: Parties, actor: Actor, on: date | None) -> bool:
    """Forbids D2 and D13: access was revoked, or the service's consent taken back."""
    if actor.role not in _FOLLOWING_UP:
        return False
    if actor.ref in parties.revoked:
        return True
    since = parties.withdrawn.get(actor.service or "")
    return since is not None and (on is None or on >= since)


def _as_of(parties: Parties, on: date) -> Parties:
    """The parties on a day, as far as guardians' say changes from one to the next."""
    if not parties.say_changes:
        return parties
    without_say = set(parties.without_say)
    for ref, changes in parties.say_changes.items():
        begun = [has_say for since, has_say in changes if since <= on]
        if begun:
            (without_say.discard if begun[-1] else without_say.add)(ref)
    return replace(parties, without_say=frozenset(without_say))


CLEARED = frozenset(
    {Role.LEADER, Role.KOORDINERENDE_ENHET, Role.BARNEVERN, Role.SYSTEM}
)
"""Who may know that an address is protected: those who answer for the case.

Until sign-in vouches for a clearance, the role stands for it. An administrator sees no
content, and so has none.
"""


def is_cleared(actor: Actor) -> bool:
    """Whether this person may record what is known of a protected address."""
    return actor.role in CLEARED


# --- questions ------------------------------------------------------------------------


def may_write(case: HasParties, actor: Actor) -> bool:
    """Whether the case exists for this person who wants to record something in it."""
    parties = case.parties
    if not parties.exists or _is_own_family(parties, actor):
        return False
    if actor.role in _FOLLOWING_UP and actor.ref in parties.revoked:
        return False
    return _permits(WRITING, parties, actor)


def may_list(actor: Actor, view: str, person: str | None = None) -> bool:
    """Whether this person may ask for a list across cases, about a person or all.

    What it then shows is decided case by case, by the questions above and below.
    """
    if person is not None and person == actor.ref:
        return view == "access_log" or actor.role in EVERYONE_OF_STAFF
    if view == "statistics" and actor.role is Role.LEADER:
        return actor.service is None and actor.unit is None  # leads all of it
    return actor.role in LISTS.get(view, frozenset())


def may_join(case: HasParties, actor: Actor) -> bool:
    """Whether someone of staff without a part in the case may bring a worry to it."""
    parties = case.parties
    if not parties.exists or _is_own_family(parties, actor):
        return False
    return actor.role in EVERYONE_OF_STAFF


def has_views(actor: Actor) -> bool:
    """Whether there is any view of a case for this role to decide on."""
    return actor.role is Role.SUPERVISOR or any(actor.role in r.roles for r in READING)


def may_be_told(case: HasParties, actor: Actor) -> bool:
    """Whether one of the family who has not been told is so by being asked for consent.

    Not one from whom something is kept: that a consent arrives tells nothing then.
    """
    parties = case.parties
    is_guardian = actor.role is Role.GUARDIAN and actor.ref in parties.guardians
    if not is_guardian and not (actor.role is Role.YOUTH and _subject(parties, actor)):
        return False
    shields = parties.shields.values()
    return not any(actor.ref in s.hidden_from and not s.lifted for s in shields)


def may_read(
    case: HasParties, actor: Actor, *, on: date | None = None, granted: bool = False
) -> bool:
    """Whether this person may open the case and read what they may see of it.

    With a day `on`, the subject's age counts too: guardians of someone of age and
    children below 13 do not read; and so does a guardian's authority that changes.
    Nobody of a service whose consent was taken back reads, nor anybody whose access was
    revoked. A supervisor reads only what a grant covers, which
    whoever asks has looked up (`granted`), and within a supervisory case.
    """
    parties = case.parties
    if actor.role is Role.SUPERVISOR:
        return granted and _supervised(parties, actor)
    if not parties.exists or _is_own_family(parties, actor):
        return False
    if _is_shut_out(parties, actor, on):
        return False
    if on is not None:
        if not _age_allows(parties, actor, on):
            return False
        parties = _as_of(parties, on)
    return _permits(READING, parties, actor)


def may_see(case: HasParties, actor: Actor, shield: str | None) -> bool:
    """Whether this person may see one stream: the shared one, or that under a shield.

    Who may see a stream sees all of it. Until a shield is lifted, its stream is for its
    audience; afterwards it is open to everyone who sees the shared one.
    """
    parties = case.parties
    if shield is None:
        return may_write(case, actor)
    audience = parties.shields.get(shield, Audience())
    if audience.lifted:
        return may_write(case, actor)
    if not parties.exists or _is_own_family(parties, actor):
        return False
    return is_audience(audience, actor)


def is_audience(audience: Audience, actor: Actor) -> bool:
    """Whether an unlifted shield is open to this person, family ties aside."""
    if actor.role is Role.SYSTEM:
        return True
    if actor.role not in EVERYONE_OF_STAFF:
        return False
    if actor.ref in audience.hidden_from:
        return False
    if actor.ref in audience.readers:
        return True
    if actor.role is Role.LEADER and actor.ref in audience.leaders:
        return True
    return actor.role is Role.BARNEVERN and audience.barnevern


def _age_allows(parties: Parties, actor: Actor, on: date) -> bool:
    if parties.birth_date is None:
        return True
    age = age_on(parties.birth_date, on)
    if actor.role is Role.GUARDIAN:
        return age < OF_AGE
    return actor.role is not Role.YOUTH or age >= OWN_LOGIN


def age_on(born: date, day: date) -> int:
    """Completed years on a local day; who is born on 29 February waits for 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birthday(born: date, age: int) -> date:
    """The local day on which somebody completes so many years, as `age_on` counts."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # 29 February, in a year that has none
        return date(born.year + age, 3, 1)
