"""The trust chapter: which rules may be adopted, and which checkpoints witnessed.

Its entries stand in the tenant's registry, so a command is asked with what the registry
adds up to, not with a case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ledger.events.trust import CheckpointWitnessed, ProfileAdopted
from ledger.profiles import Profile, Rulebook, profile_from_rules
from ledger.refusals import ProfileInvalid, Refusal, Refused, UnknownTarget


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


def note_witness(
    made: Collection[tuple[int, str]], event: CheckpointWitnessed
) -> Iterator[Refusal]:
    """Note that a checkpoint was vouched for; `made` are sizes and base64 roots."""
    if (event.size, event.root) not in made:
        yield UnknownTarget(("size", "root"))


def adoption_of(profile: Profile, municipality: str) -> ProfileAdopted:
    """The event by which a municipality adopts a profile."""
    return ProfileAdopted(
        municipality=municipality,
        profile=profile.id,
        version=profile.version,
        valid_from=profile.valid_from,
        rules=profile.model_dump(mode="json"),
    )
