from __future__ import annotations

import re
from pathlib import Path

import audit
from audit.failures import REASONS, ProofFailed
from audit.report import NOTICES

SOURCES = list(Path(audit.__file__).parent.rglob("*.py"))
OF_PROOF = [path for path in SOURCES if path.parent.name != "findings"]
HERE = Path(__file__).parent
TESTS = [*HERE.glob("*.py"), *(HERE.parent / "attacks" / "bundles").glob("*.py")]
PREFIXES = {
    "POLICY", "CP", "KEY", "ENC", "SIG", "INC", "CHAIN", "TIME", "ACTOR", "MISSING",
    "BODY", "MANIFEST", "BUNDLE", "RESTORED",
}  # fmt: skip

BESIDE_THE_LOG = {"HEAD", "INDEX", "REQUEST"}  # for the ledger's own check of its rows
OURS = [code for code in REASONS if code.split("_")[0] not in BESIDE_THE_LOG]


def text_of(paths, without=()):
    return "\n".join(path.read_text() for path in paths if path.name not in without)


def test_every_code_is_used_and_none_is_used_that_is_not_listed():
    text = text_of(OF_PROOF, without=["failures.py"])
    used = set(re.findall(rf'"((?:{"|".join(sorted(PREFIXES))})_[A-Z_]+)"', text))
    assert used - set(NOTICES) == set(OURS)


def test_every_code_is_provoked_by_a_test():
    text = text_of(TESTS, without=["test_failures.py"])
    assert [code for code in OURS if code not in text] == []


def test_every_notice_is_given_somewhere():
    text = text_of(SOURCES)
    assert [name for name in NOTICES if f'"{name}"' not in text] == []


def test_a_code_begins_with_what_it_is_about():
    assert {code.split("_")[0] for code in REASONS} == PREFIXES | BESIDE_THE_LOG


def test_a_failure_says_code_reason_and_place():
    failure = ProofFailed("INC_PATH", "index 3, size 7")
    assert str(failure) == f"INC_PATH: {REASONS['INC_PATH']} (index 3, size 7)"
    assert str(ProofFailed("INC_PATH")) == f"INC_PATH: {REASONS['INC_PATH']}"
