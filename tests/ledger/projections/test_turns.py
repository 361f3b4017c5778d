"""What a day brings by itself: on which day, and when there is nothing to tell."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from audit.findings.recording import SWEPT
from ledger.access import age_on, birthday
from ledger.aggregates.consent import subject_consents_alone
from ledger.events import catalogue_name
from ledger.events.event import Stream
from ledger.profiles import Profile
from ledger.projections.turns import NAMED_BY, Turn, turns
from tests.ledger.aggregates.story import (
    ADVISER,
    MONDAY,
    RULES,
    SYSTEM,
    TODAY,
    accepted,
    appointed,
    capacity_changed,
    closed,
    consented,
    expired,
    given,
    guardian,
    opened,
    proposed,
    protected,
    renewed,
    withdrawn,
)

CASE = (opened(), guardian())
LAST = date(2026, 6, 1)


def brought(past, rules: Profile = RULES) -> list[tuple[str, str]]:
    """What each day brings: its kind or new capacity, and the day."""
    return [
        (getattr(turn.event, "new_capacity", turn.what[0]), str(turn.on))
        for turn in turns(past.case, rules)
    ]


def ends(past) -> list[str]:
    return [day for kind, day in brought(past) if kind == "ConsentExpired"]


def birthdays(born: date, **said) -> list[tuple[str, str]]:
    return brought(given(opened(birth_date=born, **said)))


def test_what_the_sweep_writes_late_is_nobodys_late_recording():
    of_cases = {kind for kind in NAMED_BY if kind.STREAM is Stream.CASE}
    assert {catalogue_name(kind) for kind in of_cases} == SWEPT


# --- consents -------------------------------------------------------------------------


def test_a_consent_ends_the_day_after_its_last_valid_one():
    past = given(*CASE, consented("ppt", valid_to=LAST))
    (turn, *_) = turns(past.case, RULES)
    assert turn.on == LAST + timedelta(days=1)
    assert turn.occurred_at.isoformat() == "2026-06-02T00:00:00+02:00"
    past.when(turn.event, by=SYSTEM, at=turn.occurred_at).then_recorded()


@pytest.mark.parametrize(
    ("last", "from_then_on"),
    [
        (date(2028, 2, 29), "2028-03-01T00:00:00+01:00"),
        (date(2027, 2, 28), "2027-03-01T00:00:00+01:00"),
        (date(2026, 3, 28), "2026-03-29T00:00:00+01:00"),  # clocks go forward at 2
        (date(2026, 3, 29), "2026-03-30T00:00:00+02:00"),
        (date(2026, 10, 24), "2026-10-25T00:00:00+02:00"),  # and back at 3
        (date(2026, 10, 25), "2026-10-26T00:00:00+01:00"),
        (date(2026, 12, 31), "2027-01-01T00:00:00+01:00"),
    ],
)
def test_a_day_begins_at_midnight_where_the_case_is_led(last, from_then_on):
    turn = Turn(expired(), last + timedelta(days=1))
    assert turn.occurred_at.isoformat() == from_then_on


def test_what_is_on_record_is_not_told_again():
    past = given(*CASE, consented("ppt", valid_to=LAST))
    assert ends(past) == ["2026-06-02"]
    (turn, *_) = turns(past.case, RULES)
    past = past.and_(turn.event, by=SYSTEM, at=turn.occurred_at)
    assert ends(past) == []


def test_a_consent_that_is_renewed_ends_later():
    past = given(*CASE, consented("ppt", valid_to=LAST), renewed(date(2026, 12, 1)))
    assert ends(past) == ["2026-12-02"]


def test_a_consent_that_was_renewed_too_late_had_ended_before():
    past = given(*CASE, consented("ppt", valid_to=LAST))
    late = MONDAY + timedelta(days=120)
    past = past.and_(renewed(date(2026, 12, 1)), at=late)
    assert ends(past) == ["2026-06-02", "2026-12-02"]


def test_a_consent_that_was_withdrawn_has_ended_already():
    past = given(*CASE, consented("ppt", valid_to=LAST), withdrawn())
    assert ends(past) == []


def test_of_a_consent_taken_back_in_part_the_rest_ends():
    past = given(*CASE, consented("ppt", "bup", valid_to=LAST), withdrawn("bup"))
    assert ends(past) == ["2026-06-02"]


def test_the_end_of_a_consent_goes_under_the_shield_of_the_consent():
    past = given(*CASE).and_(consented("ppt", valid_to=LAST), under="sk-1")
    (turn, *_) = turns(past.case, RULES)
    assert turn.shield == "sk-1"


def test_a_closed_case_is_left_as_it_was():
    past = given(*CASE, consented("ppt", valid_to=LAST), closed())
    assert brought(past) == []


# --- proposals ------------------------------------------------------------------------

LAPSE = RULES.model_copy(update={"handover_lapse_days": 14})
PROPOSED = (*CASE, consented("ppt"), appointed(), proposed())


def lapses(past, rules=LAPSE) -> list[str]:
    return [day for kind, day in brought(past, rules) if kind == "HandoverLapsed"]


def test_a_proposal_lapses_the_day_after_the_last_one_to_answer_on():
    past = given(*PROPOSED)
    assert lapses(past) == [str(TODAY + timedelta(days=15))]
    (turn,) = (t for t in turns(past.case, LAPSE) if t.what[0] == "HandoverLapsed")
    lapse = past.when(turn.event, by=SYSTEM, at=turn.occurred_at, rules=LAPSE)
    assert lapses(lapse.then_recorded()) == []


def test_where_the_profile_knows_no_lapse_a_proposal_stands():
    assert lapses(given(*PROPOSED), RULES) == []


def test_a_proposal_that_was_answered_does_not_lapse():
    assert lapses(given(*PROPOSED).and_(accepted(), by=ADVISER)) == []


# --- addresses ------------------------------------------------------------------------


def test_the_protection_of_an_address_lapses_the_day_after_its_last():
    past = given(*CASE, protected(valid_to=LAST))
    assert ("ProtectedAddressLapsed", "2026-06-02") in brought(past)
    (turn, *_) = turns(past.case, RULES)
    lapse = past.when(turn.event, by=SYSTEM, at=turn.occurred_at).then_recorded()
    assert turn.what not in [other.what for other in turns(lapse.case, RULES)]


def test_a_protection_without_a_last_day_does_not_lapse():
    assert brought(given(*CASE, protected(valid_to=None))) == brought(given(*CASE))


# --- birthdays ------------------------------------------------------------------------


def test_a_child_comes_to_consent_and_comes_of_age_on_birthdays():
    young = RULES.youth_consent_age
    assert birthdays(date(2016, 9, 5)) == [
        ("youth", f"{2016 + young}-09-05"),
        ("adult", "2034-09-05"),
    ]


def test_the_age_at_which_a_youth_consents_is_the_profiles():
    past = given(opened(birth_date=date(2012, 5, 4)))
    for age in (15, 16):
        rules = RULES.model_copy(update={"youth_consent_age": age})
        assert ("youth", f"{2012 + age}-05-04") in brought(past, rules)


def test_who_is_born_on_29_february_waits_for_1_march():
    born = date(2012, 2, 29)
    assert birthdays(born)[-1] == ("adult", "2030-03-01")
    assert birthday(born, 16) == date(2028, 2, 29)
    for age in range(1, 30):
        on = birthday(born, age)
        assert (age_on(born, on - timedelta(days=1)), age_on(born, on)) == (
            age - 1,
            age,
        )


def test_an_age_reached_before_the_case_was_opened_has_not_changed_in_it():
    years = RULES.youth_consent_age
    today = TODAY.replace(year=TODAY.year - years)
    assert birthdays(today) == [("adult", f"{today.year + 18}-03-02")]
    assert birthdays(today + timedelta(days=1))[0] == ("youth", "2026-03-03")


def test_of_somebody_pregnant_only_coming_of_age_changes_who_decides():
    born = date(2012, 5, 4)
    assert birthdays(born, subject_kind="pregnant") == [("adult", "2030-05-04")]


def test_without_a_birth_date_there_is_no_birthday():
    assert brought(given(opened(birth_date=None))) == []


def test_a_birthday_on_record_is_not_told_again():
    past = given(opened(birth_date=date(2010, 5, 4)))
    (youth, adult) = turns(past.case, RULES)
    past = past.and_(youth.event, by=SYSTEM, at=youth.occurred_at)
    assert turns(past.case, RULES) == (adult,)


def test_a_birthday_counts_by_its_date_whatever_was_noted():
    day = TODAY + timedelta(days=1)
    noted = given(*CASE).and_(capacity_changed("youth"), by=SYSTEM)
    decided = given(*CASE, capacity_changed("youth"))
    assert not subject_consents_alone(noted.case, day, RULES)
    assert subject_consents_alone(decided.case, day, RULES)
    unknown = given(opened(birth_date=None)).and_(capacity_changed("youth"), by=SYSTEM)
    assert subject_consents_alone(unknown.case, day, RULES)
