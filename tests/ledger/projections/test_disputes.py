"""A dispute stays visible at what is disputed, and changes nothing of it."""

from __future__ import annotations

from ledger.entry import Erased
from ledger.projections.disputes import disputes
from ledger.projections.timeline import Depth, timeline
from tests.ledger.aggregates.story import LEADER, WITH_HOLDER, flagged, given, met
from tests.ledger.aggregates.test_correction import corrected
from tests.ledger.aggregates.test_restricting import MEETING, disputed

HELD = given(*WITH_HOLDER, met("mor"))
PLACE = HELD.case.entries[-1].position


def test_an_entry_names_what_disputes_it():
    past = HELD.and_(disputed(**MEETING), disputed(entry=str(PLACE)))
    assert disputes(past.case.entries) == {PLACE: (PLACE + 1, PLACE + 2)}


def test_the_timeline_shows_both_and_says_which_is_disputed():
    past = HELD.and_(disputed(**MEETING))
    told = {row.position: row for row in timeline(past.case.entries).rows}
    assert told[PLACE].disputed_by == (PLACE + 1,)
    assert told[PLACE + 1].disputes == PLACE
    undisputed = {row.position: row for row in timeline(HELD.case.entries).rows}
    assert told[PLACE].fact == undisputed[PLACE].fact
    assert "Det sa jeg ikke" not in told[PLACE + 1].fact


def test_a_milestone_is_shown_as_disputed_where_the_case_is_told_in_short():
    past = HELD.and_(disputed(**MEETING))
    short = timeline(past.case.entries, depth=Depth.MILESTONES).rows
    assert [row.position for row in short if row.disputed_by] == [PLACE]


def test_what_was_corrected_and_disputed_shows_both():
    past = HELD.and_(corrected(MEETING), disputed(**MEETING))
    told = {row.position: row for row in timeline(past.case.entries).rows}
    assert told[PLACE].corrected_by == (PLACE + 1,)
    assert told[PLACE].disputed_by == (PLACE + 2,)


def test_a_shared_dispute_points_at_nothing_shielded():
    past = given(*WITH_HOLDER).and_(flagged(), by=LEADER, under="sk-1")
    place = past.case.entries[-1].position
    past = past.and_(disputed(entry=str(place)))
    assert disputes(past.case.entries) == {}


def test_where_the_disputed_entry_may_be_gone_no_other_is_taken_for_it():
    past = HELD.and_(Erased(), disputed(**MEETING))
    assert disputes(past.case.entries) == {}
    past = HELD.and_(Erased(), disputed(entry=str(PLACE)))
    assert disputes(past.case.entries) == {PLACE: (PLACE + 2,)}
