"""Versions of a profile stand side by side, and a day says which one holds."""

from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import date
from importlib.resources import files

import pytest

from ledger.profiles import (
    Profile,
    Rulebook,
    UnknownProfile,
    profile_from_rules,
    profile_from_toml,
    shipped,
)
from ledger.refusals import Refused


def version(number: str, begins: date, **rules: int) -> Profile:
    return Profile(id="p", name="P", version=number, valid_from=begins, **rules)


FIRST = version("1", date(2025, 1, 1), clarify_days=14)
SECOND = version("2", date(2026, 1, 1), clarify_days=21)
BOOK = Rulebook((FIRST, SECOND))


def test_the_version_that_began_last_holds():
    assert BOOK.at("p", date(2025, 12, 31)) is FIRST
    assert BOOK.at("p", date(2026, 1, 1)) is SECOND


def test_before_any_version_began_the_first_one_is_used():
    assert BOOK.at("p", date(2020, 1, 1)) is FIRST


def test_of_two_versions_from_one_day_the_later_adopted_holds():
    third = version("3", SECOND.valid_from)
    assert BOOK.adopting(third).at("p", date(2026, 6, 1)) is third


def test_an_older_version_adopted_later_does_not_push_a_newer_one_aside():
    between = version("1b", date(2025, 6, 1))
    book = BOOK.adopting(between)
    assert book.at("p", date(2025, 7, 1)) is between
    assert book.at("p", date(2026, 1, 1)) is SECOND


def test_what_was_adopted_stands_over_what_is_shipped_by_the_same_name():
    adopted = version("1", FIRST.valid_from, clarify_days=7)
    book = BOOK.adopting(adopted)
    assert book.named("p/1") is adopted
    assert book.at("p", date(2025, 6, 1)) is adopted
    assert book.named("p/2") is SECOND
    assert book.named("p/9") is None


def test_the_newest_of_the_versions_that_entries_name_is_found():
    assert BOOK.newest(["p/1"]) is FIRST
    assert BOOK.newest(["p/2", "p/1"]) is SECOND
    assert BOOK.newest(["q/1"]) is None
    assert BOOK.newest([]) is None


def test_a_profile_nobody_knows_is_not_there():
    with pytest.raises(UnknownProfile):
        BOOK.at("q", date(2026, 1, 1))


def test_a_profile_as_plain_data_reads_as_it_was():
    for profile in shipped().versions:
        assert profile_from_rules(profile.model_dump(mode="json")) == profile


def test_plain_data_that_breaks_the_rules_is_refused_by_the_key():
    rules = FIRST.model_dump(mode="json") | {"clarify_days": -1}
    with pytest.raises(Refused) as refused:
        profile_from_rules(rules)
    assert refused.value.refusals[0].fields == ("clarify_days",)


# What was judged by a shipped version names it for ever. Another rule is a new version,
# in a file of its own beside the old one.
RELEASED = {
    "fjordvik/1": "0c7c1522482f34e2",
    "havnes/1": "c03391a89f522db1",
    "overhalla-like/1": "6fd3bc0e3ce8a5ee",
    "oygarden-like/1": "4c8708f7013dbf9f",
    "skogdal/1": "c4b8ec66d07974ec",
    "standard/1": "20f6e818a9c4680b",
    "tromso-like/1": "e5103519609f60b4",
}


def test_a_shipped_version_never_changes():
    shipped_files = files("ledger.profiles").iterdir()
    texts = [f.read_text("utf-8") for f in shipped_files if f.name.endswith(".toml")]
    found = {profile_from_toml(text).pin: digest(text) for text in texts}
    assert found == RELEASED


def digest(text: str) -> str:
    """Of what the file says; comments may be written better."""
    said = json.dumps(tomllib.loads(text), sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
