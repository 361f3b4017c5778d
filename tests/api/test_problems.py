"""Every code has a status and is called something in every language."""

from __future__ import annotations

import json
import tomllib
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from api.language import LANGUAGES, preferred
from api.problems import STATUS, TITLES, all_codes, problem_of, status_of, titles
from ledger.importing import ImportStopped
from ledger.recorder import OutcomeUnknown, Overloaded
from ledger.refusals import all_refusals
from ledger.sealing import IntegrityFailure


@pytest.mark.parametrize("code", all_codes())
def test_every_code_is_called_something_in_every_language(code):
    assert set(titles(code)) == set(LANGUAGES)
    assert all(titles(code).values())
    assert 400 <= status_of(code) < 600


def test_nothing_is_translated_that_is_no_code():
    assert set(tomllib.loads(TITLES.read_text("utf-8"))) == set(all_codes())


def test_no_code_of_ours_is_one_of_the_rules():
    assert set(STATUS) & set(all_refusals()) == set()


SECRET = "Kanarifugl"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError(SECRET), "INTERNAL"),
        (KeyError(SECRET), "INTERNAL"),
        (psycopg.errors.SyntaxError(f"SELECT '{SECRET}'"), "INTERNAL"),
        (psycopg.errors.UniqueViolation(SECRET), "INTERNAL"),
        (psycopg.errors.QueryCanceled(SECRET), "OVERLOADED"),
        (psycopg.OperationalError(f"host={SECRET}"), "DATABASE_UNREACHABLE"),
        (PoolTimeout(SECRET), "DATABASE_UNREACHABLE"),
        (Overloaded(SECRET), "OVERLOADED"),
        (OutcomeUnknown(SECRET), "OUTCOME_UNKNOWN"),
        (IntegrityFailure("BODY_CASE", uuid4(), 7), "NOT_AS_SIGNED"),
        (ImportStopped(7, "INVALID", SECRET), "INVALID"),
        (OSError(2, SECRET), "INTERNAL"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_fault_of_ours_is_told_by_its_code_alone(error, code):
    problem = problem_of(error)
    said = json.dumps(dict(problem.more))
    assert (problem.code, problem.status) == (code, status_of(code))
    assert SECRET not in said
    assert problem.more.keys() <= {"line"}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("", "nb"),
        ("nn", "nn"),
        ("no, en;q=0.5", "nb"),
        ("de, en-GB;q=0.8, nn;q=0.7", "en"),
        ("en;q=0, nn;q=0.1", "nn"),
        ("en;q=0", "nb"),
        ("de, fr", "nb"),
        ("*", "nb"),
        ("nn;q=0.2, nb-NO;q=0.9", "nb"),
        (";;;,,q=x", "nb"),
    ],
)
def test_the_language_is_the_one_the_reader_puts_first(asked, answered):
    assert preferred(asked) == answered
