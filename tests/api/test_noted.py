"""What was decided about reading stands among the readings, told as far as one may."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from api import views
from ledger.entry import StreamKind
from tests.ledger.aggregates.story import COLLEAGUE, LEADER, MOTHER, SYSTEM, given
from tests.ledger.aggregates.test_access import OPENED, broken
from tests.ledger.aggregates.test_supervision import OFFICER, granted


def beside(event, by):
    (entry,) = given(event, by=by).case.entries
    return replace(entry, stream=UUID(int=9), stream_kind=StreamKind.ACCESS)


def test_staff_see_who_opened_the_case_in_need_and_who_was_granted_access():
    log = [beside(broken(), COLLEAGUE), beside(granted(), OFFICER)]
    rows = views.access(log, LEADER)
    assert [(row.what, row.who, row.subject) for row in rows] == [
        ("opened", "kollega", "BreakGlassUsed"),
        ("noted", "ombud", "AccessGranted"),
    ]


def test_a_family_sees_that_its_case_was_opened_in_need_and_not_by_whom():
    log = [beside(broken(), COLLEAGUE), beside(granted(), OFFICER)]
    (row,) = views.access(log, MOTHER)
    assert (row.what, row.who, row.service) == ("opened", None, "skole")


def test_no_word_of_the_reason_stands_in_the_log():
    (row,) = views.access([beside(broken(), COLLEAGUE)], SYSTEM)
    assert OPENED.case.access.needs == ()
    assert "Innlagt" not in views.access_text([row])
