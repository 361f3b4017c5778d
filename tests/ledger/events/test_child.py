import pytest
from pydantic import ValidationError

from ledger.events.child import ChildViewRecorded, TransitionNoted


@pytest.mark.parametrize("form", ["1.1", "1.2", "1.3", "1.4"])
def test_a_child_is_heard_in_one_of_four_ways(made, form):
    assert made(ChildViewRecorded, form=form).form == form


def test_a_form_is_a_code_and_not_a_number(made):
    with pytest.raises(ValidationError):
        made(ChildViewRecorded, form=1.1)


def test_it_is_always_said_whether_the_child_approved_the_wording(made):
    with pytest.raises(ValidationError):
        made(ChildViewRecorded, approved_by_child=None)


def test_a_view_is_about_something(made):
    with pytest.raises(ValidationError):
        made(ChildViewRecorded, about="")


def test_a_transition_has_a_first_day(made):
    with pytest.raises(ValidationError):
        made(TransitionNoted, starts=None)
