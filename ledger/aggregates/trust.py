"""The trust chapter: which process rules a municipality may adopt.

Its entries stand in the tenant's registry, so the command is asked with the rulebook
that the registry adds up to, not with a case.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.events.trust import ProfileAdopted
from ledger.profiles import Profile, Rulebook, profile_from_rules
from ledger.refusals import ProfileInvalid, Refusal, Refused


def adopt_profile(book: Rulebook, event: ProfileAdopted) -> Iterator[Refusal]:
    """Adopt rules that keep the rules for rules, under a version that is not taken.

    Entries name the version they were judged by, so it never comes to mean other rules.
    """
    try:
        profile = profile_from_rules(event.rules)
    except Refused as refused:
        yield from refused.refusals
        return
    if (event.profile, event.version) != (profile.id, profile.version):
        yield ProfileInvalid(("profile", "version"))
    if event.valid_from != profile.valid_from:
        yield ProfileInvalid(("valid_from",))
    if book.named(profile.pin) not in (None, profile):
        yield ProfileInvalid(("version",))


def adoption_of(profile: Profile, municipality: str) -> ProfileAdopted:
    """The event by which a municipality adopts a profile."""
    return ProfileAdopted(
        municipality=municipality,
        profile=profile.id,
        version=profile.version,
        valid_from=profile.valid_from,
        rules=profile.model_dump(mode="json"),
    )
