"""Process rules as data: one file a municipality, and the model that reads them."""

from ledger.profiles.profile import STANDARD, Level, Profile, Step
from ledger.profiles.reading import (
    profile_from_file,
    profile_from_rules,
    profile_from_toml,
)
from ledger.profiles.rulebook import (
    Rulebook,
    UnknownProfile,
    profile_named,
    shipped,
)

__all__ = [
    "STANDARD",
    "Level",
    "Profile",
    "Rulebook",
    "Step",
    "UnknownProfile",
    "profile_from_file",
    "profile_from_rules",
    "profile_from_toml",
    "profile_named",
    "shipped",
]
