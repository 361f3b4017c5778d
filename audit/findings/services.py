"""Which service a person works in, as far as the entries say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from audit.findings.entry import Entry
from audit.findings.history import History

TOLD: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "StafettholderAppointed": (("holder", "service"),),
    "InterimHolderAssigned": (("holder", "service"),),
    "HandoverProposed": (("to_holder", "to_service"),),
    "ParticipantInvited": (("person_ref", "service"),),
    "ParticipantJoined": (("person_ref", "service"),),
    "InformationDisclosed": (("to_person", "to_service"),),
}
"""Where entries say in which service somebody works, beside who recorded them."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """The services of those who were there, and the staff whose service nobody says."""

    services: frozenset[str]
    unknown: frozenset[str]

    @property
    def is_joint(self) -> bool:
        """Whether two services were there for certain."""
        return len(self.services) >= 2

    @property
    def may_be_joint(self) -> bool:
        """Whether there were two, if those whose service is unknown are of others."""
        return len(self.services) + len(self.unknown) >= 2


def gathering(history: History, persons: Iterable[str]) -> Gathering:
    """What is known of the services of these persons; the family is of none."""
    staff = frozenset(persons) - history.once(family_of)
    services = history.once(services_of)
    known = staff & services.keys()
    return Gathering(frozenset(services[each] for each in known), staff - known)


def services_of(history: History) -> Mapping[str, str]:
    """The service of each person, by the last word on it in the order of the log."""
    return dict(_said(history))


def family_of(history: History) -> frozenset[str]:
    """The child and every guardian that was registered."""
    subjects = (e.text("subject_ref") for e in history.of("CaseOpened", "ChildBorn"))
    guardians = (e.text("guardian_ref") for e in history.of("GuardianRegistered"))
    return frozenset((*subjects, *guardians))


def _said(history: History) -> Iterator[tuple[str, str]]:
    """Persons and their services, each time that it is said."""
    for entry in history.entries:
        if entry.service:
            yield entry.person, entry.service
        for person, service in TOLD.get(entry.event, ()):
            yield from _pair(entry.data.get(person), entry.data.get(service))
        yield from _responsible(entry)


def _responsible(entry: Entry) -> Iterator[tuple[str, str]]:
    said = entry.data.get("responsible")
    if isinstance(said, Mapping):
        yield from _pair(said.get("person"), said.get("service"))


def _pair(person: Any, service: Any) -> Iterator[tuple[str, str]]:
    if isinstance(person, str) and isinstance(service, str):
        yield person, service
