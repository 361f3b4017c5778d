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
    profile_from_file,
    profile_from_toml,
    profile_named,
)
from ledger.profiles.profile import base_levels
from ledger.refusals import Refused

LIKE = ("tromso-like", "oygarden-like", "overhalla-like")
SHIPPED = ("fjordvik", "havnes", "skogdal", STANDARD, *LIKE)
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
    if profile.levels == base_levels():
        silent.add("levels")  # as the code lists have them
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


def test_a_file_in_another_encoding_is_refused_by_its_line():
    content = f'{HEAD}# "ål"\n'.encode("latin-1")
    with pytest.raises(Refused) as refused:
        profile_from_file(content)
    assert refused.value.refusals[0].fields == ("UTF-8 (line 5)",)
    assert profile_from_file(HEAD.encode()) == profile_from_toml(HEAD)


def test_a_profile_never_changes():
    with pytest.raises(ValueError, match="frozen"):
        profile_named("fjordvik").clarify_days = 30


def test_levels_and_steps_are_those_of_the_model_where_a_profile_names_none():
    skogdal = profile_named("skogdal")
    assert [level.level for level in skogdal.levels] == [0, 1, 2, 3]
    assert [len(level.steps) for level in skogdal.levels] == [5, 5, 5, 5]
    assert skogdal.has_level(3)
    assert not skogdal.has_level(4)
    assert skogdal.mark(2) == "2"


def test_a_municipality_may_call_its_levels_and_steps_otherwise():
    names = [level.nb for level in profile_named("overhalla-like").levels]
    assert names == ["Undring", "Nivå A", "Nivå B", "Nivå C"]
    assert [profile_named("overhalla-like").mark(n) for n in range(5)] == [
        *("0", "A", "B", "C"),
        "4",  # which is none of its levels
    ]
    assert profile_named("tromso-like").levels[1].steps[1].nb.startswith("Trinn 1.2: ")
    assert profile_named("oygarden-like").levels[1].steps[1].nb.startswith("Steg 1.2: ")


LEVELS = """
[[levels]]
level = 0
nb = "Undring"
nn = "Undring"
en = "Wonder"

[[levels]]
level = 1
nb = "A"
nn = "A"
en = "A"
steps = [
  { step = "1.1", nb = "En", nn = "Ein", en = "One" },
  { step = "1.2", nb = "To", nn = "To", en = "Two" },
]
"""
FEW = "log_required_from_level = 1\n"


def test_a_profile_may_have_fewer_levels():
    few = profile_from_toml(HEAD + FEW + LEVELS)
    assert [level.nb for level in few.levels] == ["Undring", "A"]
    assert not few.has_level(2)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('{ step = "1.2", nb', '{ step = "2.2", nb', "levels.1.steps (line 18)"),
        ('{ step = "1.2", nb', '{ step = "1.1", nb', "levels.1.steps (line 18)"),
        (
            '{ step = "1.2", nb = "To",',
            '{ step = "1.2",',
            "levels.1.steps.1.nb (line 20)",
        ),
        ("level = 1\nnb", "level = 2\nnb", "levels.1.steps (line 18)"),
        ('nb = "A"', "nb = 1", "levels.1.nb (line 15)"),
        ('nn = "A"\n', "", "levels.1.nn (line 13)"),
        ('nn = "A"\n', 'nn = "A"\nda = "A"\n', "levels.1.da (line 17)"),
    ],
)
def test_what_is_wrong_with_a_level_is_named_with_its_line(right, wrong, told):
    assert right in LEVELS
    with pytest.raises(Refused) as refused:
        profile_from_toml(HEAD + FEW + LEVELS.replace(right, wrong))
    assert refused.value.refusals[0].fields == (told,)


def test_levels_are_counted_from_0_without_gaps():
    first = LEVELS.index("[[levels]]", 5)
    with pytest.raises(Refused) as refused:
        profile_from_toml(HEAD + FEW + LEVELS[first:])
    assert refused.value.refusals[0].fields == ("levels (line 6)",)


@pytest.mark.parametrize(("key", "value"), [("id", "a/b"), ("version", "1/2")])
def test_id_and_version_can_be_told_apart_where_an_entry_names_both(key, value):
    line = next(line for line in HEAD.splitlines() if line.startswith(key))
    with pytest.raises(Refused) as refused:
        profile_from_toml(HEAD.replace(line, f'{key} = "{value}"'))
    assert refused.value.refusals[0].fields[0].startswith(key)
