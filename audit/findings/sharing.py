"""What counts as sharing with a service: which entries, and on which basis.

Sharing is disclosing, inviting, joining, referring, meeting, handing over and reading.
The holder's and the opener's own service need no coverage; what an act carries is no
matter of consent, nor is a transfer with its own consent. Source: domain.md, section 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from audit.findings.entry import ACCESS, Entry
from audit.findings.history import History
from audit.findings.services import gathering

WITH_SERVICE: Final[Mapping[str, str]] = {
    "InformationDisclosed": "to_service",
    "ParticipantInvited": "service",
    "ParticipantJoined": "service",
    "ReferralSent": "to_service",
    "HandoverProposed": "to_service",
}
"""The field that names the service that something is shared with."""
WITH_PERSONS: Final[Mapping[str, str]] = {
    "MeetingScheduled": "invited",
    "MeetingHeld": "attended",
}
"""The field that names the persons who meet."""
READS_FOR_SERVICE: Final = frozenset(
    {"employee", "leader", "stafettholder", "barnevern"}
)
"""Roles in which somebody reads on behalf of a service."""
TAKES: Final = (
    "StafettholderAppointed",
    "StafettholderHandedOver",
    "InterimHolderAssigned",
)


@dataclass(frozen=True, slots=True)
class Sharing:
    """One service was let in on something by an entry."""

    service: str
    entry: Entry


def sharings(history: History) -> Iterator[Sharing]:
    """Each act of sharing that needs consent, in the order in which they happened."""
    holders = _holders(history)
    for entry in history.of(*WITH_SERVICE, *WITH_PERSONS, "AccessRecorded"):
        for service in sorted(set(_services(history, entry))):
            sharing = Sharing(service, entry)
            if not _is_own(history, holders, sharing):
                yield sharing


def _services(history: History, entry: Entry) -> Iterable[str]:
    """The services that an entry lets in and whose part no act carries."""
    if entry.kind == ACCESS:
        return _reading(entry)
    if entry.event in WITH_PERSONS:
        present = gathering(history, entry.texts(WITH_PERSONS[entry.event]))
        return (s for s in present.services if not _is_statutory(history, s, entry))
    service = entry.text(WITH_SERVICE.get(entry.event, ""))
    if not service or _has_section(entry) or _is_statutory(history, service, entry):
        return ()
    return (service,)


def _reading(entry: Entry) -> Iterator[str]:
    """The service that somebody read for; a grant or an act carries a reading too."""
    carried = entry.text("grant_id") or entry.text("legal_basis")
    if entry.text("reader_role") in READS_FOR_SERVICE and not carried:
        yield from filter(None, (entry.text("reader_service"),))


def _has_section(entry: Entry) -> bool:
    """Whether the entry names an act with its section as its basis."""
    bases = (entry.data.get("basis"), entry.data.get("legal_basis"))
    return any(_is_section(basis) for basis in bases)


def _is_section(basis: Any) -> bool:
    if not isinstance(basis, Mapping):
        return False
    return bool(basis.get("act")) and bool(basis.get("section"))


def _is_statutory(history: History, service: str, entry: Entry) -> bool:
    """Whether the service was invited on an act's section, or a transfer carries it."""
    if entry.event == "HandoverProposed" and _transfers(history, entry):
        return True
    return any(
        invited.text("service") == service
        and invited.occurred_at <= entry.occurred_at
        and _has_section(invited)
        for invited in history.of("ParticipantInvited")
    )


def _transfers(history: History, entry: Entry) -> bool:
    given = history.of("TransferConsentGiven")
    return any(consent.day <= entry.day for consent in given)


# --- services that need no consent ----------------------------------------------------

_Holders = tuple[tuple[Entry, str], ...]
"""The entries by which somebody took the baton, each with their service."""


def _holders(history: History) -> _Holders:
    asked = {e.text("proposal_id"): e for e in history.of("HandoverProposed")}
    found = []
    for entry in history.of(*TAKES):
        proposal = asked.get(entry.text("proposal_id"))
        said = proposal.text("to_service") if proposal else entry.text("service")
        found.append((entry, said or entry.service or ""))
    return tuple(found)


def _is_own(history: History, holders: _Holders, sharing: Sharing) -> bool:
    """Whether it is the opener's service, or that of who held the baton last by then.

    The day decides: a holder and what they do are often put on record together.
    """
    entry = sharing.entry
    if history.opening is not None and history.opening.service == sharing.service:
        return True
    by_then = [s for taken, s in holders if taken.occurred_at <= entry.occurred_at]
    same_day = [s for taken, s in holders if taken.day == entry.day]
    return sharing.service in (*by_then[-1:], *same_day)
