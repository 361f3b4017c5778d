"""What goes wrong is told by a code and a sentence, never by a stranger's text."""

from __future__ import annotations

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from api.complaints import CommandFailed, complaint_about
from audit.failures import ProofFailed
from ledger.importing import ImportStopped
from ledger.recorder import OutcomeUnknown
from ledger.refusals import HolderExists, Incomplete, Refused

SECRET = "Testord om et barn"


def test_a_refusal_gives_its_code_its_meaning_and_all_the_others():
    refused = Refused((Incomplete(("reason", "review_on")), HolderExists()))
    complaint = complaint_about(refused)
    assert complaint.code == "INCOMPLETE"
    assert "(reason, review_on)" in complaint.said
    assert complaint.said.endswith("Also: HOLDER_EXISTS.")
    assert complaint.as_json()["error"]["refusals"] == [
        {"code": "INCOMPLETE", "fields": ["reason", "review_on"]},
        {"code": "HOLDER_EXISTS", "fields": []},
    ]


def test_what_a_refusal_hides_stays_hidden():
    refused = Refused((HolderExists(),), hidden=(Incomplete((SECRET,)),))
    complaint = complaint_about(refused)
    assert SECRET not in str(complaint.as_json())
    assert "INCOMPLETE" not in str(complaint.as_json())


def test_an_import_stops_with_line_code_and_what_the_code_means():
    complaint = complaint_about(ImportStopped(7, "HOLDER_EXISTS", "X is refused"))
    assert complaint.said == (
        "line 7: X is refused. The case has a holder; propose a handover."
        " Nothing of the file was recorded."
    )
    assert complaint.more == {"line": 7}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CommandFailed("IN_USE", "somebody uses it."), "IN_USE"),
        (OutcomeUnknown("nobody knows"), "OUTCOME_UNKNOWN"),
        (ProofFailed("CP_ORIGIN"), "CP_ORIGIN"),
        (PoolTimeout(SECRET), "DATABASE_UNREACHABLE"),
        (psycopg.errors.UniqueViolation(SECRET), "DATABASE"),
        (psycopg.errors.InvalidTextRepresentation(SECRET), "DATABASE"),
        (FileNotFoundError(2, "No such file", f"/{SECRET}"), "FILE"),
        (ValueError(SECRET), "UNEXPECTED"),
        (KeyError(SECRET), "UNEXPECTED"),
    ],
)
def test_the_text_of_a_strangers_error_is_not_repeated(error, code):
    complaint = complaint_about(error)
    assert complaint.code == code
    assert SECRET not in complaint.said
    assert complaint.said.endswith(".")


def test_an_error_nobody_foresaw_is_told_by_its_class_and_a_line_of_ours():
    with pytest.raises(AttributeError) as raised:
        complaint_about(Refused.__new__(Refused))
    complaint = complaint_about(raised.value)
    assert complaint.code == "UNEXPECTED"
    assert complaint.said.startswith("AttributeError at ")
    assert ".py:" in complaint.said
