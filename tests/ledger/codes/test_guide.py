"""The action guide's data: it names only what there is."""

from ledger.codes.guide import action_guide
from ledger.profiles import profile_named
from ledger.projections.missing import CHECKS

GUIDE = action_guide()


def test_every_step_of_the_standard_levels_is_advised_on():
    profile = profile_named("standard")
    levels = [step.step for level in profile.levels for step in level.steps]
    assert [step.step for step in GUIDE.steps if step.track.isdigit()] == levels


def test_a_track_has_titles_of_its_own_and_a_level_has_those_of_the_profile():
    for step in GUIDE.steps:
        titles = (step.title_nb, step.title_nn, step.title_en)
        assert all(titles) is not step.track.isdigit()


def test_what_is_looked_for_can_be_checked_and_said():
    looked_for = {each for step in GUIDE.steps for each in step.looked_for}
    said = {each.id for each in GUIDE.missing}
    assert looked_for <= said == set(CHECKS)


def test_a_limit_is_a_key_of_the_profile():
    limits = {step.limit for step in GUIDE.steps} - {None}
    assert limits <= set(type(profile_named("standard")).model_fields)
