"""Which process rules a municipality may adopt."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.aggregates.trust import adopt_profile, adoption_of
from ledger.profiles import Profile, Rulebook, profile_named, shipped
from ledger.refusals import ProfileInvalid

OURS = Profile(id="p", name="P", version="1", valid_from=date(2026, 1, 1))
BOOK = Rulebook((OURS,))
SAID = adoption_of(OURS, "Testvik")


def refused(event, book: Rulebook = BOOK) -> list[tuple[str, ...]]:
    reasons = list(adopt_profile(book, event))
    assert all(isinstance(reason, ProfileInvalid) for reason in reasons)
    return [reason.fields for reason in reasons]


def changed(profile: Profile, **rules: object):
    return adoption_of(profile.model_copy(update=rules), "Testvik")


def test_rules_that_keep_the_rules_for_rules_may_be_adopted():
    assert refused(SAID, Rulebook(())) == []
    assert refused(changed(OURS, version="2", clarify_days=21)) == []


def test_rules_already_known_by_their_name_may_be_adopted_as_they_are():
    assert refused(SAID) == []
    assert refused(adoption_of(profile_named("fjordvik"), "Testvik"), shipped()) == []


def test_a_version_that_is_known_takes_no_other_rules():
    assert refused(changed(OURS, clarify_days=21)) == [("version",)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("clarify_dayz", 14),
        ("clarify_days", -1),
        ("guardian_consent", "ignore"),
        ("log_allowed_from_level", 7),
        ("concern_scale", "nobody-knows"),
    ],
)
def test_an_unknown_key_level_or_code_and_a_value_out_of_bounds_are_named(key, value):
    rules = SAID.rules | {key: value}
    assert refused(SAID.model_copy(update={"rules": rules})) == [(key,)]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("profile", "q", ("profile", "version")),
        ("version", "2", ("profile", "version")),
        ("valid_from", date(2026, 2, 1), ("valid_from",)),
    ],
)
def test_an_adoption_says_what_its_rules_say(field, value, named):
    assert refused(SAID.model_copy(update={field: value})) == [named]
