import pytest
from pydantic import ValidationError

from ledger.events.event import Kind, Role
from ledger.events.supervision import SupervisoryCaseOpened


def test_a_supervisory_case_is_opened_by_the_authority_and_never_refused():
    assert {Role.SUPERVISOR} == SupervisoryCaseOpened.RECORDED_BY
    assert SupervisoryCaseOpened.KIND is Kind.NEVER


def test_a_supervisory_case_without_a_basis_is_left_to_its_guard(made):
    assert made(SupervisoryCaseOpened, basis=None).basis is None
    assert made(SupervisoryCaseOpened, basis=[]).basis == ()


def test_a_basis_reaches_one_sector(made):
    with pytest.raises(ValidationError):
        made(SupervisoryCaseOpened, basis=[{"act": "bvl", "section": "17-4"}])
