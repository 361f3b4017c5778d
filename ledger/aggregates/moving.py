"""The moving chapter: what may be sent to another municipality, and who is born.

A transfer consent carries a transfer to the municipality it names, and the handover to
the unit that receives. A later no to a transfer there, by the family, ends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from ledger.aggregates.capacity import may_refuse
from ledger.aggregates.child import NOT_BORN
from ledger.aggregates.concern import Opening
from ledger.aggregates.guard import (
    Commands,
    Folds,
    carries,
    local_day,
    no_guard,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.moving import (
    ChildBorn,
    MoveNotified,
    TransferConsentGiven,
    TransferReceived,
    TransferRefused,
    TransferSent,
)
from ledger.profiles import Profile
from ledger.refusals import NoConsent, NotUnborn, Refusal

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class Move:
    """Where the family moves, and on which day."""

    to_municipality: str
    on: date


@dataclass(frozen=True)
class TransferConsent:
    """Who allowed a transfer, and where to; no categories mean all of the case."""

    giver: str
    to_municipality: str
    given_at: datetime
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """A bundle on its way. `sent_at` is `None` for one that only came in."""

    bundle_hash: str | None = None
    to_municipality: str | None = None
    sent_at: datetime | None = None
    received_at: datetime | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True)
class Moving:
    """State of the chapter."""

    move: Move | None = None  # as last notified
    consents: tuple[TransferConsent, ...] = ()  # that nobody has ended
    transfers: Mapping[str, Transfer] = field(default_factory=dict)  # by transfer_id


def has_transfer_consent(
    case: Case, *, at: datetime, rules: Profile, to_municipality: str | None = None
) -> bool:
    """Whether somebody who may has allowed a transfer, there or to anywhere."""
    return any(
        to_municipality in (None, consent.to_municipality)
        and may_refuse(case, consent.giver, local_day(at), rules)
        for consent in case.moving.consents
    )


# --- commands -------------------------------------------------------------------------


def send_transfer(
    case: Case, event: TransferSent, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Send the case where the family allows it to go, or on another basis."""
    basis, there = event.legal_basis, event.to_municipality
    if basis is not None and carries(basis.act, basis.section, local_day(at)):
        return
    if not has_transfer_consent(case, at=at, rules=rules, to_municipality=there):
        yield NoConsent(("to_municipality",))


def bear_child(
    case: Case, event: ChildBorn, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Record a birth, in a case that waits for one."""
    if case.opening is None or case.opening.kind not in NOT_BORN:
        yield NotUnborn(("subject_ref",))


COMMANDS: Commands = {
    MoveNotified: no_guard,
    TransferConsentGiven: no_guard,
    TransferSent: send_transfer,
    TransferReceived: no_guard,
    TransferRefused: no_guard,
    ChildBorn: bear_child,
}


# --- folds ----------------------------------------------------------------------------


def _notified(moving: Moving, entry: Entry[MoveNotified]) -> Moving:
    return replace(moving, move=Move(entry.event.to_municipality, entry.event.on))


def _allowed(moving: Moving, entry: Entry[TransferConsentGiven]) -> Moving:
    event = entry.event
    consent = TransferConsent(
        giver=event.giver_ref,
        to_municipality=event.to_municipality,
        given_at=entry.occurred_at,
        categories=() if event.part.all else event.part.categories or (),
    )
    return replace(moving, consents=(*moving.consents, consent))


def _sent(moving: Moving, entry: Entry[TransferSent]) -> Moving:
    event = entry.event
    transfer = replace(
        _transfer(moving, event.transfer_id),
        bundle_hash=event.bundle_hash,
        to_municipality=event.to_municipality,
        sent_at=entry.occurred_at,
    )
    return _with_transfer(moving, event.transfer_id, transfer)


def _received(moving: Moving, entry: Entry[TransferReceived]) -> Moving:
    event = entry.event
    known = _transfer(moving, event.transfer_id)
    transfer = replace(
        known,
        bundle_hash=known.bundle_hash or event.bundle_hash,
        received_at=entry.occurred_at,
    )
    return _with_transfer(moving, event.transfer_id, transfer)


def _refused(moving: Moving, entry: Entry[TransferRefused]) -> Moving:
    """The no of who was to receive a bundle ends that transfer, and no consent."""
    event = entry.event
    if event.transfer_id:
        known = _transfer(moving, event.transfer_id)
        refused = replace(known, refused_at=entry.occurred_at)
        return _with_transfer(moving, event.transfer_id, refused)
    left = (c for c in moving.consents if c.to_municipality != event.to_municipality)
    return replace(moving, consents=tuple(left))


def _transfer(moving: Moving, transfer_id: str) -> Transfer:
    return moving.transfers.get(transfer_id) or Transfer()


def _with_transfer(moving: Moving, transfer_id: str, transfer: Transfer) -> Moving:
    return replace(moving, transfers={**moving.transfers, transfer_id: transfer})


def _born(opening: Opening | None, entry: Entry[ChildBorn]) -> Opening | None:
    """From now on the case is about the child; once born, nobody is born again."""
    if opening is None or opening.kind not in NOT_BORN:
        return opening
    event = entry.event
    return replace(opening, subject=event.subject_ref, kind="born", birth_date=event.on)


OPENING_FOLDS: Folds = {ChildBorn: _born}

FOLDS: Folds = {
    MoveNotified: _notified,
    TransferConsentGiven: _allowed,
    TransferSent: _sent,
    TransferReceived: _received,
    TransferRefused: _refused,
}
