"""The consent matrix tells each person's last word, and is covered as guards judge."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from ledger.aggregates.case import fold
from ledger.aggregates.consent import is_covered
from ledger.aggregates.guard import end_of
from ledger.events.consent import Exclusion
from ledger.profiles import profile_named
from ledger.projections.consents import NO_COVER, consent_matrix
from tests.ledger.aggregates.story import (
    CASE,
    MONDAY,
    MOTHER,
    RULES,
    SYSTEM,
    TODAY,
    Past,
    asked,
    capacity_changed,
    closed,
    consented,
    excepted,
    expired,
    extended,
    given,
    guardian,
    narrowed,
    opened,
    refused,
    renewed,
    reopened,
    withdrawn,
    withheld,
)


def matrix(past, day: date = TODAY):
    return consent_matrix(past.case, at=day, rules=RULES)


def row(view, service: str):
    (found,) = [each for each in view.services if each.service == service]
    return found


def cell(view, service: str, person: str):
    (found,) = [c for c in row(view, service).cells if c.person == person]
    return found


def stands(past, person: str = "mor", service: str = "ppt", day: date = TODAY) -> str:
    return cell(matrix(past, day), service, person).stands


def as_of(entries, text: str):
    day = date.fromisoformat(text)
    known = [e for e in entries if e.occurred_at <= end_of(day)]
    return consent_matrix(fold(known), at=day, rules=profile_named("standard"))


# --- the word of a person -------------------------------------------------------------


def test_who_was_asked_and_has_not_answered_is_told_from_who_never_was():
    past = given(*CASE, asked("mor", "ppt"))
    assert stands(past, "mor") == "asked"
    assert cell(matrix(past), "ppt", "mor").asked_on == TODAY
    assert stands(past, "far") == "never_asked"


def test_a_consent_is_given_until_its_last_valid_day_and_has_lapsed_on_the_next():
    past = given(*CASE, consented("ppt"))
    last = date(2027, 3, 1)
    told = cell(matrix(past, last), "ppt", "mor")
    assert (told.stands, told.until, told.consent_id) == ("given", last, "s-1")
    after = cell(matrix(past, last + timedelta(days=1)), "ppt", "mor")
    assert (after.stands, after.until) == ("lapsed", last)


def test_the_days_between_a_lapse_and_a_late_renewal_stay_lapsed():
    past = given(*CASE, consented("ppt", valid_to=date(2026, 3, 10)))
    late = datetime.fromisoformat("2026-03-20T09:00+01:00")
    past = past.and_(renewed(date(2026, 6, 1)), at=late)
    told = cell(matrix(past, date(2026, 3, 15)), "ppt", "mor")
    assert (told.stands, told.until) == ("lapsed", date(2026, 3, 10))
    assert stands(past, day=date(2026, 3, 20)) == "given"


def test_a_consent_that_begins_later_is_not_valid_yet():
    past = given(*CASE, consented("ppt", valid_from=date(2026, 3, 9)))
    assert stands(past) == "not_yet"
    assert stands(past, day=date(2026, 3, 9)) == "given"


def test_refusing_and_taking_back_are_two_words():
    assert stands(given(*CASE, refused("ppt"))) == "refused"
    assert stands(given(*CASE, consented("ppt"), withdrawn())) == "withdrawn"
    assert stands(given(*CASE, consented("ppt", "bup"), narrowed("bup"))) == "withdrawn"


def test_the_last_word_of_a_person_holds():
    past = given(*CASE, consented("ppt"), refused("ppt"))
    assert stands(past) == "refused"
    assert stands(past.and_(consented("ppt", consent_id="s-2"))) == "given"


def test_a_yes_of_the_same_moment_as_a_no_is_the_last_word():
    past = given(*CASE).and_(refused("ppt"), at=MONDAY)
    past = past.and_(consented("ppt"), at=MONDAY)
    assert stands(past) == "given"
    assert row(matrix(past), "ppt").covered


def test_an_exception_stands_where_a_guardian_has_said_nothing():
    past = given(*CASE, consented("ppt"), excepted("far", review_on=date(2026, 9, 1)))
    view = matrix(past)
    assert cell(view, "ppt", "far").stands == "excepted"
    (far,) = [person for person in view.persons if person.ref == "far"]
    assert (far.excepted_on, far.review_on) == (TODAY, date(2026, 9, 1))
    assert stands(past.and_(refused("ppt", giver="far")), "far") == "refused"


def test_the_word_of_somebody_without_a_say_does_not_count():
    past = given(opened(), guardian("mor"), guardian("far", authority="without"))
    past = past.and_(consented("ppt"), refused("ppt", giver="far"))
    told = cell(matrix(past), "ppt", "far")
    assert (told.stands, told.counts) == ("refused", False)
    assert row(matrix(past), "ppt").covered


def test_what_was_said_before_a_case_was_taken_up_again_does_not_count():
    past = given(*CASE, consented("ppt", "bup"), withdrawn("bup"), closed(), reopened())
    ppt, bup = (cell(matrix(past), s, "mor") for s in ("ppt", "bup"))
    assert (ppt.stands, ppt.counts) == ("lapsed", False)
    assert (bup.stands, bup.counts) == ("withdrawn", True)


def test_a_subject_who_consents_alone_stands_among_the_persons():
    young, old = given(*CASE), given(opened(birth_date=date(2008, 3, 2)), guardian())
    assert [p.ref for p in matrix(young).persons] == ["mor", "far"]
    view = matrix(old)
    assert (view.alone, [p.ref for p in view.persons]) == (True, ["mor", "barn"])
    assert [person.has_say for person in view.persons] == [False, True]


# --- what is shared, and what is kept out ---------------------------------------------


def categories(past, service: str, person: str = "mor") -> dict[str, str]:
    told = cell(matrix(past), service, person)
    return {each.category: each.stands for each in told.categories}


def test_what_is_kept_out_is_told_with_the_service_and_how_long():
    kept = (Exclusion(service="bup", category="helse", text="Ikke om søvnen."),)
    past = given(
        *CASE,
        consented("ppt", "bup", categories=("skole", "helse"), exclusions=kept),
    )
    assert categories(past, "ppt") == {"skole": "given", "helse": "given"}
    assert categories(past, "bup") == {"skole": "given", "helse": "kept_out"}
    (out,) = cell(matrix(past), "bup", "mor").kept_out
    assert (out.category, out.text) == ("helse", "Ikke om søvnen.")
    assert out.until == date(2027, 3, 1)


def test_a_category_taken_back_is_told_from_one_that_was_kept_out():
    past = given(*CASE, consented("ppt", categories=("skole", "helse")))
    past = past.and_(withdrawn(categories=("helse",)))
    assert categories(past, "ppt") == {"skole": "given", "helse": "withdrawn"}


def test_a_category_is_given_when_one_of_two_consents_gives_it():
    kept = (Exclusion(category="helse"),)
    both = {"categories": ("skole", "helse")}
    past = given(*CASE, consented("ppt", exclusions=kept, **both))
    past = past.and_(consented("ppt", consent_id="s-2", categories=("helse",)))
    assert categories(past, "ppt") == {"skole": "given", "helse": "given"}


def test_what_was_withheld_is_told_with_its_day():
    (each,) = matrix(given(*CASE, withheld("helse"))).withheld
    assert (each.service, each.categories, each.on) == ("ppt", ("helse",), TODAY)


# --- the samples ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "mother", "father", "covered"),
    [
        ("2024-09-23", None, None, None),
        ("2024-12-01", None, None, None),
        ("2024-12-02", "given", "never_asked", True),
        ("2025-01-20", "given", "given", True),
        ("2025-09-24", "lapsed", "given", False),
    ],
)
def test_the_school_history_has_a_matrix_on_every_day(
    sample, day, mother, father, covered
):
    view = as_of(sample("c"), day)
    ppt = [each for each in view.services if each.service == "ppt"]
    told = [(c.stands, row.covered) for row in ppt for c in row.cells]
    expected = [(mother, covered), (father, covered)] if mother else []
    assert told == expected


def test_nothing_under_a_shield_shows_to_who_does_not_see_it():
    shared = given(*CASE, consented("ppt"))
    past = shared.and_(refused("bup", giver="barn"), asked("far", "nav"), under="f-1")
    seen = past.seen_by(MOTHER)
    assert seen is not None
    assert consent_matrix(seen, at=TODAY, rules=RULES) == matrix(shared)
    assert cell(matrix(past), "bup", "barn").stands == "refused"


# --- the matrix and the guards --------------------------------------------------------

GIVERS = ("mor", "far", "barn")
SERVICES = ("ppt", "bup")
_services = st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2, unique=True)
_ids = st.sampled_from(("s-1", "s-2"))
_days = st.integers(0, 40).map(lambda n: TODAY + timedelta(days=n))
_said = st.one_of(
    st.builds(
        lambda services, giver, n, begins, ends: consented(
            *services,
            consent_id=n,
            giver_ref=giver,
            giver_capacity="youth" if giver == "barn" else "guardian",
            valid_from=begins,
            valid_to=ends,
        ),
        _services,
        st.sampled_from(GIVERS),
        _ids,
        _days,
        _days,
    ),
    st.builds(lambda s, g: refused(*s, giver=g), _services, st.sampled_from(GIVERS)),
    st.builds(lambda s, n: withdrawn(*s, consent_id=n), _services, _ids),
    st.builds(lambda n: withdrawn(consent_id=n), _ids),
    st.builds(lambda s, n: narrowed(*s, consent_id=n), _services, _ids),
    st.builds(lambda s, n: extended(*s, consent_id=n), _services, _ids),
    st.builds(lambda day, n: renewed(day, consent_id=n), _days, _ids),
    st.builds(excepted, st.sampled_from(("mor", "far"))),
    st.builds(capacity_changed, st.sampled_from(("guardian", "youth", "barnevern"))),
    st.builds(expired, _ids),
    st.just(closed()),
    st.just(reopened()),
)


def judged_by_cells(view, service: str) -> bool:
    told = [c for c in row(view, service).cells if c.counts]
    willing = {c.person for c in told if c.stands == "given"}
    alone = view.alone and "barn" in willing
    return alone or (bool(willing) and not any(c.stands in NO_COVER for c in told))


@settings(max_examples=300, deadline=None)
@drawn(
    st.lists(st.tuples(st.integers(0, 40), _said), max_size=8),
    st.integers(-1, 45),
    st.sampled_from((date(2016, 9, 5), date(2010, 3, 20), None)),
)
def test_the_cells_of_a_service_say_whether_it_is_covered_as_guards_judge_it(
    told, days_on, born
):
    past: Past = given(opened(birth_date=born), guardian("mor"), guardian("far"))
    for days, event in told:
        past = past.and_(event, by=SYSTEM, at=MONDAY + timedelta(days=days))
    day = TODAY + timedelta(days=days_on)
    view = matrix(past, day)
    for each in view.services:
        covered = is_covered(past.case, each.service, end_of(day), RULES)
        assert each.covered == covered
        assert judged_by_cells(view, each.service) == covered
