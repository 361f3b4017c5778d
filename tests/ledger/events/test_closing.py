import pytest
from pydantic import ValidationError

from ledger.events.closing import CaseClosed


def test_what_guards_ask_of_a_closing_may_be_left_out(made):
    asked = ("reason", "final_evaluation", "dispositions", "child_view_ref")
    bare = made(CaseClosed, **dict.fromkeys(asked))
    assert [getattr(bare, name) for name in asked] == [None] * len(asked)


def test_a_closing_says_who_was_told_even_when_nobody_was(made):
    assert made(CaseClosed, informed=[]).informed == ()
    with pytest.raises(ValidationError):
        made(CaseClosed, informed=None)


def test_an_open_item_gets_an_outcome(made):
    done = [{"item": "measure:g-t1", "outcome": "done"}]
    assert made(CaseClosed, dispositions=done).dispositions[0].reason is None
    with pytest.raises(ValidationError):
        made(CaseClosed, dispositions=[{"item": "measure:g-t1"}])


def test_a_case_closes_for_a_known_reason(made):
    with pytest.raises(ValidationError):
        made(CaseClosed, reason="budget")
