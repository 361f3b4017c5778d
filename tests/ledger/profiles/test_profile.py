"""Process rules are data, and data that breaks the rules for rules is named."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files

import pytest

from ledger.profiles import (
    STANDARD,
    Profile,
    UnknownProfile,
    profile_from_toml,
    profile_named,
)
from ledger.refusals import Refused

SHIPPED = ("fjordvik", "havnes", "skogdal", STANDARD)
HEAD = 'id = "p"\nname = "P"\nversion = "1"\nvalid_from = 2024-01-01\n'


@pytest.mark.parametrize("profile_id", SHIPPED)
def test_a_shipped_profile_bears_its_name(profile_id):
    profile = profile_named(profile_id)
    assert profile.id == profile_id
    assert profile.version
    assert profile.valid_from <= date(2024, 8, 1)


@pytest.mark.parametrize("profile_id", SHIPPED)
def test_a_shipped_profile_says_every_key_that_has_a_value(profile_id):
    text = files("ledger.profiles").joinpath(f"{profile_id}.toml").read_text("utf-8")
    profile = profile_named(profile_id)
    silent = {key for key, value in profile if value is None}
    assert set(tomllib.loads(text)) | silent == set(Profile.model_fields)


def test_the_default_is_the_proposal_of_the_project():
    proposal, standard = profile_from_toml(HEAD), profile_named(STANDARD)
    header = {"id", "name", "version", "valid_from"}
    assert proposal.model_dump(exclude=header) == standard.model_dump(exclude=header)
    assert proposal.clarify_days == 14
    assert proposal.handover_lapse_days is None
    assert proposal.youth_consent_age == 16
    assert proposal.child_unheard_on_close == "refuse"
    assert proposal.child_unheard_on_level == "finding"


@pytest.mark.parametrize("profile_id", ["nowhere", "", "../fjordvik", "fjordvik.toml"])
def test_an_unknown_profile_is_refused_as_a_body_that_does_not_fit(profile_id):
    with pytest.raises(UnknownProfile) as refused:
        profile_named(profile_id)
    assert refused.value.code == "INVALID"
    assert refused.value.refusals[0].fields == ("profile",)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("clarify_dayz = 14", "clarify_dayz"),
        ("clarify_days = -1", "clarify_days"),
        ("clarify_days = 14.5", "clarify_days"),
        ('clarify_days = "14"', "clarify_days"),
        ('guardian_consent = "ignore"', "guardian_consent"),
        ("log_allowed_from_level = 7", "log_allowed_from_level"),
        ("holder_required_from_level = 4", "holder_required_from_level"),
        ('concern_scale = "nobody-knows"', "concern_scale"),
        ("investigation_extended_months = 2", "investigation_extended_months"),
    ],
)
def test_a_key_that_does_not_fit_is_named_with_its_line(line, key):
    with pytest.raises(Refused) as refused:
        profile_from_toml(f"{HEAD}\n{line}\n")
    assert refused.value.code == "PROFILE_INVALID"
    assert refused.value.refusals[0].fields == (f"{key} (line 6)",)


def test_what_is_no_toml_is_refused_like_a_profile_that_does_not_fit():
    with pytest.raises(Refused) as refused:
        profile_from_toml("clarify_days is 14")
    assert refused.value.code == "PROFILE_INVALID"


def test_a_profile_never_changes():
    with pytest.raises(ValueError, match="frozen"):
        profile_named("fjordvik").clarify_days = 30


def test_the_levels_are_those_of_the_list():
    assert profile_named("skogdal").levels == {0, 1, 2, 3}
