"""Every code has a status and is called something in every language."""

from __future__ import annotations

import tomllib

import pytest

from api.language import LANGUAGES, preferred
from api.problems import STATUS, TITLES, all_codes, status_of, titles
from ledger.refusals import all_refusals


@pytest.mark.parametrize("code", all_codes())
def test_every_code_is_called_something_in_every_language(code):
    assert set(titles(code)) == set(LANGUAGES)
    assert all(titles(code).values())
    assert 400 <= status_of(code) < 600


def test_nothing_is_translated_that_is_no_code():
    assert set(tomllib.loads(TITLES.read_text("utf-8"))) == set(all_codes())


def test_no_code_of_ours_is_one_of_the_rules():
    assert set(STATUS) & set(all_refusals()) == set()


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
