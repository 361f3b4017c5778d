"""Process rules as data: one file a municipality, and the model that reads them."""

from ledger.profiles.profile import (
    STANDARD,
    Profile,
    UnknownProfile,
    profile_from_toml,
    profile_named,
)

__all__ = [
    "STANDARD",
    "Profile",
    "UnknownProfile",
    "profile_from_toml",
    "profile_named",
]
