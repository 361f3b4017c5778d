"""Who is to be told that something waits for them in a case: kinds and days, no facts.

Each notice is worked out on what its receiver may see, so none rests on what is hidden
from them; whoever sends one asks again. What is told of is a matter of some days: a
notice that could not be sent by then is not sent at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.aggregates.case import Case
from ledger.aggregates.guard import local_day
from ledger.events.access import NoticeKind
from ledger.events.event import Role
from ledger.profiles import Profile
from ledger.projections.overview import due_dates
from ledger.projections.row import Row, to_line

NAME = "notices"
CONSENT_ENDS_IN = timedelta(days=30)  # told ahead, so that there is time for a meeting
ANSWER_DUE_IN = timedelta(days=3)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Notice:
    """A person is told, from a local day on, that something of a kind waits for them.

    `role` is the one in which they see it; `about` the id of what it is about.
    """

    person: str
    role: Role
    kind: NoticeKind
    about: str
    on: date


def rows(case: Case, rules: Profile) -> Iterator[Row]:
    """A row for each notice, whether or not it was sent, and however far ahead."""
    for notice in notices(case, rules):
        what = f"{notice.kind} {notice.on} {notice.person} {notice.about}"
        yield Row(what, None, str(notice.on), to_line(notice))


def notices(case: Case, rules: Profile) -> tuple[Notice, ...]:
    """All that people are told of a case, folded from what they see, day by day."""
    found = {*_something_new(case)}
    if case.is_open:
        found |= {*_offers(case), *_reminders(case, rules)}
    return tuple(sorted(found, key=lambda told: (told.on, told.kind, told.person)))


def _offers(case: Case) -> Iterator[Notice]:
    """Somebody is asked to take over."""
    for proposal_id in case.baton.open_proposals():
        asked = case.baton.proposals[proposal_id]
        if asked.to_holder is not None and asked.proposed_at is not None:
            person, on = asked.to_holder, local_day(asked.proposed_at)
            yield Notice(person, Role.EMPLOYEE, "handover_offered", proposal_id, on)


def _reminders(case: Case, rules: Profile) -> Iterator[Notice]:
    """What is due is told ahead; an answer to the family that is late, again."""
    for due in due_dates(case, rules=rules):
        about = due.about or due.kind
        match due.kind:
            case "handover_answer":
                asked = case.baton.proposals[about]
                if asked.to_holder is not None:
                    on = due.on - ANSWER_DUE_IN
                    who = asked.to_holder, Role.EMPLOYEE
                    yield Notice(*who, "answer_due", about, on)
            case "consent_end":
                giver = case.consent.consents[about].giver
                on = due.on - CONSENT_ENDS_IN
                for who in (*_family_member(case, giver), *_responsible(case)):
                    yield Notice(*who, "consent_expiring", about, on)
            case "log_request":
                for who in _responsible(case):
                    on = due.on - ANSWER_DUE_IN
                    yield Notice(*who, "answer_due", about, on)
                    yield Notice(*who, "task", about, due.on + ONE_DAY)


def _something_new(case: Case) -> Iterator[Notice]:
    """The family is told the day after, once a day at most, however much is new."""
    family = [*case.people.guardians, *filter(None, [case.parties.subject])]
    for ref in family:
        by_others = (e.recorded_at for e in case.entries if e.by.ref != ref)
        newest: datetime | None = max(by_others, default=None)
        if newest is not None:
            for person, role in _family_member(case, ref):
                on = local_day(newest) + ONE_DAY
                yield Notice(person, role, "something_new", "case", on)


def _family_member(case: Case, ref: str | None) -> Iterator[tuple[str, Role]]:
    if ref is None:
        return
    if ref in case.people.guardians:
        yield ref, Role.GUARDIAN
    elif ref == case.parties.subject:
        yield ref, Role.YOUTH


def _responsible(case: Case) -> Iterator[tuple[str, Role]]:
    """Who holds the baton; before anybody did, whoever opened the case."""
    if case.baton.holder is not None:
        yield case.baton.holder.ref, Role.STAFETTHOLDER
    elif case.opening is not None and not case.baton.holdings:
        yield case.opening.opener, Role.EMPLOYEE
