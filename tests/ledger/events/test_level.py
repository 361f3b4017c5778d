import pytest
from pydantic import ValidationError

from ledger.events.level import IndividuellPlanAssessed, LevelEscalated


def test_what_guards_ask_of_a_higher_level_may_be_left_out(made):
    asked = ("reason", "evaluation_id", "emergency", "services", "child_view_ref")
    bare = made(LevelEscalated, **dict.fromkeys(asked))
    assert [getattr(bare, name) for name in asked] == [None] * len(asked)


def test_a_higher_level_says_from_where_and_to_where(made):
    for field in ("from_level", "to_level"):
        with pytest.raises(ValidationError):
            made(LevelEscalated, **{field: None})


def test_an_emergency_is_yes_or_no(made):
    with pytest.raises(ValidationError):
        made(LevelEscalated, emergency="yes")


def test_an_assessment_may_be_without_an_answer_yet(made):
    assert made(IndividuellPlanAssessed, answer=None).answer is None
    assert made(IndividuellPlanAssessed, answer="open").answer == "open"
