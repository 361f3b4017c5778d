import json

import pytest
from pydantic import ValidationError

from ledger.events import all_types, to_json
from ledger.events.event import Stream, personal_fields
from ledger.events.trust import (
    CheckpointMade,
    LedgerRestored,
    ProfileAdopted,
    SigningKeyIntroduced,
    SigningKeyRevoked,
    SigningKeyRotated,
)

CHAPTER = [t for t in all_types().values() if t.__module__.endswith(".trust")]


@pytest.mark.parametrize("event_type", CHAPTER, ids=lambda t: t.NAME)
def test_trust_stands_in_the_registry_and_names_nobody(event_type):
    assert event_type.STREAM is Stream.REGISTRY
    assert personal_fields(event_type) == frozenset()


def test_a_key_has_one_of_five_purposes(made):
    for purpose in ("service", "checkpoint", "actor", "registry_root", "witness"):
        assert made(SigningKeyIntroduced, purpose=purpose).purpose == purpose
    with pytest.raises(ValidationError):
        made(SigningKeyIntroduced, purpose="encryption")


@pytest.mark.parametrize(
    ("event_type", "field"),
    [
        (SigningKeyIntroduced, "valid_from"),
        (SigningKeyRotated, "valid_from"),
        (SigningKeyRevoked, "valid_to"),
    ],
)
def test_a_key_is_valid_from_and_to_an_instant(made, event_type, field):
    with pytest.raises(ValidationError):
        made(event_type, **{field: "2026-01-01"})


def test_a_retired_key_stays_trusted_up_to_its_end(made):
    retired = made(SigningKeyRevoked, reason="retired", last_trusted=None)
    assert retired.last_trusted is None


def test_a_checkpoint_counts_entries(made):
    assert made(CheckpointMade, size=0).size == 0
    with pytest.raises(ValidationError):
        made(CheckpointMade, size="0")


def test_a_restoration_says_what_was_lost(made):
    restored = made(LedgerRestored)
    assert restored.from_size > restored.to_size


def test_a_profile_keeps_its_empty_rules(made):
    adopted = made(ProfileAdopted, rules={"handover_lapse_days": None})
    assert json.loads(to_json(adopted))["rules"] == {"handover_lapse_days": None}
