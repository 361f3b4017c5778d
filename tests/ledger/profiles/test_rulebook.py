"""Versions of a profile stand side by side, and a day says which one holds."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest

from ledger.profiles import (
    Profile,
    Rulebook,
    UnknownProfile,
    profile_from_rules,
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
    "fjordvik/1": "86120d18b1f9c740",
    "havnes/1": "5d91171fb836621b",
    "overhalla-like/1": "5a5be09cce7889ad",
    "oygarden-like/1": "b07a6aad28378e27",
    "skogdal/1": "9f742d1f7801a229",
    "standard/1": "2a4988418df1ab4d",
    "tromso-like/1": "617ec3c7fc0dbc53",
}


def test_a_shipped_version_never_changes():
    found = {p.pin: digest(p) for p in shipped().versions}
    assert found == RELEASED


def digest(profile: Profile) -> str:
    rules = json.dumps(profile.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(rules.encode()).hexdigest()[:16]
