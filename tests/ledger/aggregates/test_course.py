"""Baton, level and closing against a plain model, in any order of commands.

The model knows only who holds the baton, the level and whether the case is closed.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from ledger.aggregates.case import fold
from ledger.entry import Actor
from ledger.events.event import Event, Role
from tests.ledger.aggregates.story import (
    CASE,
    COORDINATOR,
    LEADER,
    Past,
    accepted,
    appointed,
    as_holder,
    clarified,
    closed,
    consented,
    declined,
    escalated,
    given,
    graded,
    heard,
    interim,
    log_opened,
    lowered,
    proposed,
    raised,
    reopened,
    taken_back,
    vacated,
)

PEOPLE = {
    "larer": Actor("larer", Role.EMPLOYEE, "skole"),
    "kollega": Actor("kollega", Role.EMPLOYEE, "skole"),
    "radgiver": Actor("radgiver", Role.EMPLOYEE, "ppt"),
}
WHO = st.sampled_from(sorted(PEOPLE))
LEVELS = st.integers(-1, 5)


class Course(RuleBasedStateMachine):
    """Anyone tries anything; the ledger and the model must agree on what happens."""

    def __init__(self) -> None:
        super().__init__()
        consent = consented("skole", "ppt")
        self.past: Past = given(*CASE, consent, raised(), graded())
        self.holder: str | None = None
        self.level = 0
        self.over = False
        self.asked: tuple[str, str] | None = None  # proposal id, receiver
        self.proposals = 0

    def tried(self, event: Event, by: Actor) -> bool:
        outcome = self.past.when(event, by=by)
        self.past = outcome.past
        return outcome.refused is None

    @rule(who=WHO)
    def appoint(self, who: str) -> None:
        service = PEOPLE[who].service
        may = not self.over and self.holder is None and self.level >= 1
        assert self.tried(appointed(who, service=service), LEADER) == may
        if may:
            self.holder = who

    @rule(who=WHO)
    def assign_interim(self, who: str) -> None:
        may = not self.over and self.holder is None
        assert self.tried(interim(who, service=PEOPLE[who].service), LEADER) == may
        if may:
            self.holder = who

    @rule(who=WHO)
    def vacate(self, who: str) -> None:
        may = self.holder == who
        assert self.tried(vacated(), as_holder(PEOPLE[who])) == may
        if may:
            self.holder = None

    @rule(who=WHO, to=WHO)
    def propose(self, who: str, to: str) -> None:
        self.proposals += 1
        event = proposed(
            to,
            proposal_id=f"h-{self.proposals}",
            from_holder=who,
            to_service=PEOPLE[to].service,
        )
        may = not self.over and self.holder == who
        assert self.tried(event, as_holder(PEOPLE[who])) == may
        if may:
            self.asked = (event.proposal_id, to)

    @precondition(lambda self: self.proposals > 0)
    @rule(who=WHO, data=st.data())
    def accept(self, who: str, data: st.DataObject) -> None:
        proposal_id = f"h-{data.draw(st.integers(1, self.proposals))}"
        may = not self.over and self.asked == (proposal_id, who)
        assert self.tried(accepted(proposal_id), PEOPLE[who]) == may
        if may:
            self.holder, self.asked = who, None

    @precondition(lambda self: self.proposals > 0)
    @rule(who=WHO, data=st.data())
    def decline(self, who: str, data: st.DataObject) -> None:
        proposal_id = f"h-{data.draw(st.integers(1, self.proposals))}"
        may = not self.over and self.asked == (proposal_id, who)
        assert self.tried(declined(proposal_id), PEOPLE[who]) == may
        if may:
            self.asked = None

    @precondition(lambda self: self.proposals > 0)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        proposal_id = f"h-{data.draw(st.integers(1, self.proposals))}"
        may = not self.over and self.asked is not None and self.asked[0] == proposal_id
        assert self.tried(taken_back(proposal_id), LEADER) == may
        if may:
            self.asked = None

    @rule(from_level=LEVELS, to_level=LEVELS)
    def lower(self, from_level: int, to_level: int) -> None:
        may = not self.over and from_level == self.level and 0 <= to_level < from_level
        assert self.tried(lowered(from_level, to_level), COORDINATOR) == may
        if may:
            self.level = to_level

    @rule(from_level=LEVELS, to_level=LEVELS, emergency=st.booleans())
    def escalate(self, from_level: int, to_level: int, emergency: bool) -> None:
        event = escalated(from_level, to_level, emergency=emergency)
        step = to_level - from_level
        fits = from_level == self.level and 0 < step and to_level <= 3
        may = not self.over and fits and (step == 1 or emergency)
        assert self.tried(event, COORDINATOR) == may
        if may:
            self.level = to_level

    @rule(level=LEVELS)
    def open_log(self, level: int) -> None:
        may = not self.over and 1 <= level <= 3 and self.level in (0, level)
        assert self.tried(log_opened(level), LEADER) == may
        if may:
            self.level = level

    @rule(level=st.sampled_from([1, 2]))
    def clarify(self, level: int) -> None:
        may = not self.over
        assert self.tried(clarified(f"level{level}"), LEADER) == may
        if may:
            self.level = max(self.level, level)

    @rule()
    def hear_the_child(self) -> None:
        assert self.tried(heard(), PEOPLE["larer"])

    @precondition(lambda self: self.proposals > 3)
    @rule()
    def close(self) -> None:
        assert self.tried(heard(), PEOPLE["larer"])
        may = not self.over and self.asked is None
        assert self.tried(closed(), LEADER) == may
        self.over = self.over or may

    @rule()
    def reopen(self) -> None:
        assert self.tried(reopened(), LEADER) == self.over
        if self.over:
            self.over, self.holder, self.level = False, None, 0
            consent = consented("skole", "ppt", consent_id=f"s-{len(self.tale)}")
            assert self.tried(consent, PEOPLE["larer"])

    @property
    def tale(self) -> tuple[object, ...]:
        """All that happened."""
        return self.past.case.entries

    @invariant()
    def the_case_is_as_the_model_says(self) -> None:
        case = self.past.case
        holder = case.baton.holder
        assert (holder.ref if holder else None) == self.holder
        assert case.level.number == self.level
        assert case.is_closed == self.over

    @invariant()
    def at_most_one_holding_is_open(self) -> None:
        holdings = self.past.case.baton.holdings
        assert sum(held.last_day is None for held in holdings) <= 1

    @invariant()
    def the_level_is_one_of_four(self) -> None:
        assert self.past.case.level.number in (0, 1, 2, 3)

    @invariant()
    def replay_gives_the_same_case(self) -> None:
        assert fold(self.past.case.entries) == self.past.case


class TestBatonLevelAndClosingFollowAPlainModel(Course.TestCase):
    settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
