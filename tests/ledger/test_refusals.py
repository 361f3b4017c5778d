"""The codes go out to callers: they and their statuses are promises."""

from __future__ import annotations

import pytest

from ledger.refusals import (
    AskLeader,
    Closed,
    NoReason,
    ParentsFirstForbidden,
    Refusal,
    Refused,
    all_refusals,
)

STATUS = {
    "NO_CASE": 404,
    "CLOSED": 409,
    "CASE_EXISTS": 409,
    "NOT_CLOSED": 409,
    "WRONG_ROLE": 403,
    "NOT_HOLDER": 403,
    "NOT_IN_SCOPE": 403,
    "ASK_LEADER": 409,
    "STALE_VERSION": 412,
    "FUTURE_DATE": 409,
    "OUT_OF_ORDER": 409,
    "INVALID": 422,
    "INCOMPLETE": 409,
    "NO_REASON": 409,
    "UNKNOWN_TARGET": 409,
    "NOT_DUE": 409,
    "NOT_GRADED": 409,
    "BAD_GRADE": 409,
    "IDENTIFYING": 409,
    "PARENTS_FIRST_FORBIDDEN": 409,
    "DUTY_NOT_ASSESSED": 409,
    "NO_REPORTER": 409,
    "NO_CONSENT": 409,
    "CONSENT_INVALID": 409,
    "NO_LEGAL_BASIS": 409,
    "LEVEL_RULE": 409,
    "NO_EVALUATION": 409,
    "CHILD_UNHEARD": 409,
    "HOLDER_EXISTS": 409,
    "NO_VACANCY": 409,
    "NOT_PROPOSED": 409,
    "OPEN_ITEMS": 409,
    "NOT_UNBORN": 409,
    "ADDRESS_PROTECTED": 404,
    "ONE_OFFICER": 409,
    "RETENTION": 409,
    "HOLD": 409,
    "GRANT_EXPIRED": 403,
    "GRANT_TOO_LONG": 409,
    "PROFILE_INVALID": 422,
}


def test_every_code_has_the_status_that_was_promised():
    declared = {code: refusal.status for code, refusal in all_refusals().items()}
    assert declared == STATUS


@pytest.mark.parametrize("refusal", all_refusals().values(), ids=lambda r: r.code)
def test_every_refusal_says_in_a_sentence_what_it_means(refusal):
    meaning = refusal().meaning
    assert meaning[0].isupper()
    assert meaning.endswith(".")
    assert "\n" not in meaning


def test_a_code_is_declared_once():
    with pytest.raises(ValueError, match="CLOSED"):
        type("ClosedAgain", (Refusal,), {"code": "CLOSED", "status": 409})


def test_the_first_reason_gives_code_and_status():
    refused = Refused((Closed(), NoReason(("reason",))))
    assert (refused.code, refused.status) == ("CLOSED", 409)
    assert [reason.fields for reason in refused.refusals] == [(), ("reason",)]


def test_what_is_hidden_is_the_true_code_and_not_in_the_message():
    refused = Refused((AskLeader(),), hidden=(ParentsFirstForbidden(),))
    assert refused.code == "ASK_LEADER"
    assert refused.true_code == "PARENTS_FIRST_FORBIDDEN"
    assert "PARENTS" not in str(refused)


def test_a_refusal_has_a_reason():
    with pytest.raises(ValueError, match="reason"):
        Refused(())
