"""Sharing and closing against plain models, in any order of commands.

One model knows the last word of each guardian on a service: yes until a day, or no. The
other knows which things are open. Nothing is shared without basis, nothing is closed on
what is open, and a replay tells the same case.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ledger.aggregates.case import fold
from ledger.aggregates.guard import local_day
from ledger.entry import Actor
from ledger.events.closing import Disposition
from ledger.events.event import Event
from ledger.events.people import ParticipantInvited
from tests.ledger.aggregates.story import (
    CASE,
    LEADER,
    SYSTEM,
    TEACHER,
    WITH_HOLDER,
    Past,
    called,
    closed,
    consented,
    disclosed,
    evaluated,
    expired,
    given,
    goal,
    heard,
    invited,
    measure,
    met,
    proposed,
    refused,
    renewed,
    reopened,
    taken_back,
    withdrawn,
)

GUARDIANS = ("mor", "far")
WHO = st.sampled_from(GUARDIANS)
DAYS = st.integers(1, 5)
ACT = {"act": "barnevernsloven", "section": "15-8"}


class Tale(RuleBasedStateMachine):
    """A case in which things are tried."""

    past: Past

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def tried(self, event: Event, by: Actor = TEACHER) -> bool:
        outcome = self.past.when(event, by=by)
        self.past = outcome.past
        return outcome.refused is None

    def new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.count}"

    @invariant()
    def replay_gives_the_same_case(self) -> None:
        assert fold(self.past.case.entries) == self.past.case


class Sharing(Tale):
    """The guardians say yes and no, days pass, and staff try to share with PPT."""

    def __init__(self) -> None:
        super().__init__()
        self.past = given(*CASE, goal())
        self.yes: dict[str, dict[str, date]] = {who: {} for who in GUARDIANS}
        self.no: set[str] = set()  # who said no, and not yes since

    @property
    def today(self) -> date:
        """The local day it is in the story."""
        return local_day(self.past.clock)

    @property
    def is_covered(self) -> bool:
        """One guardian's yes stands, and nobody has said no or let a yes lapse."""
        words = [max(days.values()) for days in self.yes.values() if days]
        return bool(words) and not self.no and min(words) >= self.today

    def newest(self, who: str) -> str | None:
        return next(reversed(self.yes[who]), None)

    @rule(who=WHO, days=DAYS)
    def say_yes(self, who: str, days: int) -> None:
        consent, last = self.new("s"), self.today + timedelta(days)
        said = {"consent_id": consent, "giver_ref": who}
        event = consented("ppt", valid_from=self.today, valid_to=last, **said)
        assert self.tried(event)
        if who in self.no:
            self.no.discard(who)
            self.yes[who] = {}
        self.yes[who][consent] = last

    @rule(who=WHO)
    def refuse(self, who: str) -> None:
        assert self.tried(refused("ppt", giver=who))
        self.no.add(who)

    @rule(who=WHO)
    def withdraw(self, who: str) -> None:
        consent = self.newest(who)
        assert self.tried(withdrawn(consent_id=consent or "s-0")) == bool(consent)
        if consent:
            self.no.add(who)

    @rule(who=WHO, days=DAYS)
    def renew(self, who: str, days: int) -> None:
        consent, last = self.newest(who), self.today + timedelta(days)
        event = renewed(last, consent_id=consent or "s-0")
        assert self.tried(event) == bool(consent)
        if consent:
            self.yes[who][consent] = last

    @rule(days=DAYS)
    def days_pass(self, days: int) -> None:
        self.past = replace(self.past, clock=self.past.clock + timedelta(days))

    @rule(who=WHO)
    def sweep(self, who: str) -> None:
        consent = self.newest(who)
        if consent and self.yes[who][consent] < self.today:
            assert self.tried(expired(consent), SYSTEM)

    @rule()
    def invite(self) -> None:
        assert self.tried(invited(self.new("p")), LEADER) == self.is_covered

    @rule()
    def plan(self) -> None:
        event = measure("ppt", measure_id=self.new("t"), evaluation_due=self.today)
        assert self.tried(event) == self.is_covered

    @rule(who=WHO)
    def disclose(self, who: str) -> None:
        consent = self.newest(who)
        stands = consent is not None and self.yes[who][consent] >= self.today
        event = disclosed("skole", consent_id=consent or "s-0")
        assert self.tried(event) == (stands and self.is_covered)

    @rule()
    def invite_a_colleague(self) -> None:
        assert self.tried(invited(self.new("k"), "skole"), LEADER)

    @rule()
    def invite_a_doctor_on_an_act(self) -> None:
        said = {**invited(self.new("l"), "lege").model_dump(), "legal_basis": ACT}
        assert self.tried(ParticipantInvited.model_validate(said), LEADER)


class Closing(Tale):
    """Things are begun and ended, and staff try to close."""

    def __init__(self) -> None:
        super().__init__()
        self.past = given(*WITH_HOLDER, goal(), heard())
        self.open: set[str] = set()  # measures, meetings and the proposal
        self.over = False

    @rule()
    def plan(self) -> None:
        name = self.new("t")
        event = measure(measure_id=name, evaluation_due=local_day(self.past.clock))
        self._begun(name, event)

    @rule()
    def call(self) -> None:
        name = self.new("mo")
        self._begun(name, called("larer", meeting_id=name))

    @precondition(lambda self: not self.over)
    @rule()
    def propose(self) -> None:
        name = self.new("h")
        event = proposed("kollega", proposal_id=name, to_service="skole")
        self._begun(name, event)
        self.open -= {old for old in self.open if old[0] == "h" and old != name}

    def _begun(self, name: str, event: Event) -> None:
        assert self.tried(event, LEADER) != self.over
        if not self.over:
            self.open.add(name)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.open)))
        ends: dict[str, Event] = {
            "t": evaluated("stop", evaluation_id=self.new("e"), measure_id=name),
            "mo": met("larer", meeting_id=name),
            "h": taken_back(name),
        }
        assert self.tried(ends[name.partition("-")[0]], LEADER)
        self.open.discard(name)

    @rule(says=st.booleans())
    def close(self, says: bool) -> None:
        said = [Disposition(item=name, outcome="stopped") for name in self.open]
        event = closed(dispositions=tuple(said) if says else None)
        may = not self.over and (says or not self.open)
        assert self.tried(event, LEADER) == may
        if may:
            self.over, self.open = True, set()

    @precondition(lambda self: self.over)
    @rule()
    def take_up_again(self) -> None:
        assert self.tried(reopened(), LEADER)
        self.over = False
        assert self.tried(heard())
        self.past = self.past.and_(*WITH_HOLDER[-3:])

    @invariant()
    def a_closed_case_has_nothing_open(self) -> None:
        case = self.past.case
        assert case.is_closed == self.over
        is_open = {*case.plan.open_measures(), *case.meeting.scheduled}
        assert is_open | set(case.baton.open_proposals()) == self.open


class TestSharingFollowsAPlainModel(Sharing.TestCase):
    settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


class TestClosingFollowsAPlainModel(Closing.TestCase):
    settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
