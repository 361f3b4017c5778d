import pytest
from pydantic import ValidationError

from ledger.events.event import Kind
from ledger.events.log import StafettloggOpened, StafettloggSupersededByIndividuellPlan


def test_a_log_is_digital_or_on_paper(made):
    assert made(StafettloggOpened, format="manual").format == "manual"
    with pytest.raises(ValidationError):
        made(StafettloggOpened, format="fax")


def test_a_log_opens_at_a_level_that_is_a_number(made):
    with pytest.raises(ValidationError):
        made(StafettloggOpened, level="1")


def test_who_was_told_of_the_individual_plan_is_left_to_its_guard(made):
    plan = made(StafettloggSupersededByIndividuellPlan, notified=None)
    assert plan.notified is None
    assert plan.KIND is Kind.ACT
