"""Every version of every profile that is known, and which one holds on a day.

Several versions of one profile stand side by side: what was judged by an older one
keeps it. The versions shipped with the project are known from the start; a municipality
adopts its own on record. A version that was shipped or adopted never changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files

from ledger.profiles.profile import Profile
from ledger.profiles.reading import profile_from_toml
from ledger.refusals import Invalid, Refused


class UnknownProfile(Refused, LookupError):
    """No profile bears this id.

    It is refused as `INVALID`, not `PROFILE_INVALID`: a body names a profile that is
    not there, which says nothing against the rules of any profile that is.
    """

    def __init__(self) -> None:
        super().__init__((Invalid(("profile",)),))


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The versions of profiles, in the order in which they became known."""

    versions: tuple[Profile, ...]

    def at(self, profile_id: str, day: date) -> Profile:
        """The version of a profile that holds on a local day.

        Before the first began to hold, that one is used. Raises `UnknownProfile`.
        """
        known = [version for version in self.versions if version.id == profile_id]
        if not known:
            raise UnknownProfile
        begun = [version for version in known if version.valid_from <= day]
        return _newest(begun) if begun else min(known, key=_begins)

    def newest(self, pins: Iterable[str]) -> Profile | None:
        """The newest of the versions that some entries name; `None` for none known."""
        named = set(pins)
        known = [version for version in self.versions if version.pin in named]
        return _newest(known) if known else None

    def named(self, pin: str) -> Profile | None:
        """The version that `id/version` names, `None` when it is not known."""
        return next((known for known in self.versions if known.pin == pin), None)

    def adopting(self, profile: Profile) -> Rulebook:
        """The book with an adopted version, whatever was known by its name before.

        What was adopted is on record; a file that is shipped later does not change it.
        """
        others = tuple(known for known in self.versions if known.pin != profile.pin)
        return replace(self, versions=(*others, profile))


def _begins(profile: Profile) -> date:
    return profile.valid_from


def _newest(versions: list[Profile]) -> Profile:
    """The version that began last; of two that began together, the one known last."""
    return max(reversed(versions), key=_begins)


@cache
def shipped() -> Rulebook:
    """The profiles that come with the project."""
    found = [
        file for file in files(__package__).iterdir() if file.name.endswith(".toml")
    ]
    texts = [file.read_text(encoding="utf-8") for file in sorted(found, key=str)]
    return Rulebook(tuple(map(profile_from_toml, texts)))


def profile_named(profile_id: str) -> Profile:
    """The newest shipped version of a profile. Raises `UnknownProfile`."""
    return shipped().at(profile_id, date.max)
