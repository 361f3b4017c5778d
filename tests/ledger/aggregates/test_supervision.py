"""An authority takes up a case on a provision for each sector, a closed case too."""

from __future__ import annotations

import pytest

from ledger.events.supervision import SupervisoryBasis, SupervisoryCaseOpened
from ledger.refusals import NoCase, NoLegalBasis, WrongRole
from tests.ledger.aggregates.story import (
    CASE,
    MOTHER,
    SUPERVISOR,
    TODAY,
    closed,
    given,
    heard,
)

SCHOOL = SupervisoryBasis(act="opplæringslova", section="tilsyn", sector="skole")


def taken_up(*basis: SupervisoryBasis) -> SupervisoryCaseOpened:
    return SupervisoryCaseOpened(
        supervisory_case="ts-1",
        authority="statsforvalter",
        basis=basis,
        period_from=TODAY,
        period_to=TODAY,
    )


def test_a_supervisor_takes_a_case_up_open_or_closed():
    past = given(*CASE).when(taken_up(SCHOOL), by=SUPERVISOR).then_recorded()
    assert past.case.supervision.cases["ts-1"].sectors == ("skole",)
    past = given(*CASE, closed())
    past.when(taken_up(SCHOOL), by=SUPERVISOR).then_recorded()


@pytest.mark.parametrize("missing", ["act", "section"])
def test_every_sector_has_a_provision(missing):
    unfounded = SCHOOL.model_copy(update={missing: " "})
    past = given(*CASE)
    past.when(taken_up(), by=SUPERVISOR).then_refused(NoLegalBasis)
    past.when(taken_up(SCHOOL, unfounded), by=SUPERVISOR).then_refused(NoLegalBasis)


def test_the_family_does_not_supervise():
    given(*CASE).when(taken_up(SCHOOL), by=MOTHER).then_refused(WrongRole)


def test_a_supervisor_records_nothing_of_the_services_work():
    past = given(*CASE)
    past.when(heard(), by=SUPERVISOR).then_refused(NoCase, WrongRole)
    past = past.and_(taken_up(SCHOOL), by=SUPERVISOR)
    past.when(heard(), by=SUPERVISOR).then_refused(WrongRole)
