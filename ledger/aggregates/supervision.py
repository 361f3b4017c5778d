"""The supervision chapter: who looks at the case, on what, and what they ask.

Grants stand in the access stream, so a case as it is loaded knows none: `granting` adds
them where reading, or a decision on a grant, asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ledger.aggregates.guard import (
    Commands,
    Folds,
    is_empty,
    local_day,
    no_guard,
    two_officers,
    with_reason,
)
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.concern import CaseOpened
from ledger.events.event import Event, Role
from ledger.events.people import (
    ProtectedAddressLapsed,
    ProtectedAddressRenewed,
    ProtectedAddressSet,
)
from ledger.events.supervision import (
    AccessGranted,
    AuditBundleIssued,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    GrantExpired,
    GrantRevoked,
    SupervisoryCaseClosed,
    SupervisoryCaseOpened,
    SupervisoryNoticeSent,
)
from ledger.profiles import Profile
from ledger.refusals import (
    GrantExpired as NotGranted,
)
from ledger.refusals import (
    GrantTooLong,
    Incomplete,
    NoLegalBasis,
    NotDue,
    Refusal,
    UnknownTarget,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

EVERY_VIEW = "all"  # a grant that names no single views


@dataclass(frozen=True)
class SupervisoryCase:
    """An authority's case, and the sectors it has a basis for."""

    authority: str
    sectors: tuple[str, ...]
    opened_at: datetime
    noticed_on: date | None = None  # the municipality was told
    closed_at: datetime | None = None
    result: str | None = None
    follow_up_due: date | None = None


@dataclass(frozen=True)
class Grant:
    """What named supervisors may read, and until which day (the last one)."""

    supervisory_case: str
    persons: frozenset[str]
    views: frozenset[str]
    sectors: frozenset[str]
    until: date
    ended_at: datetime | None = None  # revoked, or noted as expired
    protected_addresses: bool = False

    def covers(self, entry: Entry[Any]) -> bool:
        """Whether an entry is of a granted sector, or of no service's own.

        That the case was opened, and for whom, is the head of whatever is shown. That
        an address is protected is told by a grant that says so alone.
        """
        if isinstance(entry.event, _OF_ADDRESSES) and not self.protected_addresses:
            return False
        if isinstance(entry.event, CaseOpened) or entry.by.role in _OF_NO_SECTOR:
            return True
        return entry.by.service in self.sectors

    def shows(self, view: str) -> bool:
        """Whether the grant opens a view."""
        return view in self.views or EVERY_VIEW in self.views


_OF_ADDRESSES = (ProtectedAddressSet, ProtectedAddressRenewed, ProtectedAddressLapsed)

# What these record is the family's, or about how the case is kept and looked at.
_OF_NO_SECTOR = frozenset(
    {
        Role.GUARDIAN,
        Role.YOUTH,
        Role.SUPERVISOR,
        Role.PRIVACY_OFFICER,
        Role.ARCHIVE_OFFICER,
        Role.ADMINISTRATOR,
        Role.SYSTEM,
    }
)


@dataclass(frozen=True)
class Finding:
    """A question to the municipality, and what became of it."""

    rule: str
    rule_version: str
    entries: tuple[str, ...]
    raised_at: datetime
    shield: str | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class Supervision:
    """State of the chapter."""

    cases: Mapping[str, SupervisoryCase] = field(default_factory=dict)  # by their label
    findings: Mapping[str, Finding] = field(default_factory=dict)
    grants: Mapping[str, Grant] = field(default_factory=dict)

    def is_open(self, label: str) -> bool:
        """Whether a supervisory case of that label stands."""
        found = self.cases.get(label)
        return found is not None and found.closed_at is None

    def open_cases(self) -> tuple[str, ...]:
        """Labels of the supervisory cases that stand."""
        return tuple(label for label in self.cases if self.is_open(label))

    def valid_grant(self, grant_id: str, on: date) -> Grant | None:
        """The grant, if it is valid on a day: within its case, and not ended."""
        grant = self.grants.get(grant_id)
        if grant is None or grant.ended_at is not None or on > grant.until:
            return None
        return grant if self.is_open(grant.supervisory_case) else None

    def granted(self, person: str, view: str, on: date) -> Iterator[tuple[str, Grant]]:
        """The grants by which a person may read a view on a day, with their ids."""
        for grant_id in self.grants:
            grant = self.valid_grant(grant_id, on)
            if grant and person in grant.persons and grant.shows(view):
                yield grant_id, grant


# --- commands -------------------------------------------------------------------------


def open_supervisory_case(
    case: Case,
    event: SupervisoryCaseOpened,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Take the case up on a provision for each sector; a closed case too."""
    basis = event.basis or ()
    if not basis or any(is_empty(b.section) or is_empty(b.act) for b in basis):
        yield NoLegalBasis(("basis",))


def note_notice(
    case: Case,
    event: SupervisoryNoticeSent,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Note that the municipality was told of a supervisory case."""
    if event.supervisory_case not in case.supervision.cases:
        yield UnknownTarget(("supervisory_case",))


def grant_access(
    case: Case, event: AccessGranted, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Open the case to supervisors: on their basis, by two officers, for a time."""
    supervision = case.supervision
    if not supervision.is_open(event.supervisory_case):
        yield NoLegalBasis(("supervisory_case",))
    elif set(event.sectors) - set(supervision.cases[event.supervisory_case].sectors):
        yield NoLegalBasis(("sectors",))
    yield from two_officers(event.officers, other_than=event.persons)
    if event.until > local_day(at) + timedelta(days=rules.grant_max_days):
        yield GrantTooLong(("until",))


def note_expiry(
    case: Case, event: GrantExpired, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Note that the last day of a grant is over."""
    grant = case.supervision.grants.get(event.grant_id)
    if grant is None:
        yield UnknownTarget(("grant_id",))
    elif local_day(at) <= grant.until:
        yield NotDue()


def revoke_grant(
    case: Case, event: GrantRevoked, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """End a grant that still stands, with a reason."""
    grant = case.supervision.grants.get(event.grant_id)
    if grant is None or grant.ended_at is not None or local_day(at) > grant.until:
        yield UnknownTarget(("grant_id",))
    yield from with_reason(event.reason)


def issue_bundle(
    case: Case, event: AuditBundleIssued, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Hand out evidence; what rests on a grant needs one that is valid now.

    A supervisor reads by a grant alone, and so does whoever a bundle goes to by one.
    """
    rests_on_grant = by.role is Role.SUPERVISOR or not is_empty(event.grant_id)
    grant = case.supervision.valid_grant(event.grant_id or "", local_day(at))
    if rests_on_grant and (grant is None or event.to_person not in grant.persons):
        yield NotGranted(("grant_id",))


def answer_finding(
    case: Case, event: FindingAnswered, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Answer a question that was put."""
    if event.finding_id not in case.supervision.findings:
        yield UnknownTarget(("finding_id",))


def close_finding(
    case: Case, event: FindingClosed, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Be done with a question that is still open, with a reason."""
    finding = case.supervision.findings.get(event.finding_id)
    if finding is None or finding.closed_at is not None:
        yield UnknownTarget(("finding_id",))
    yield from with_reason(event.reason)


def close_supervisory_case(
    case: Case,
    event: SupervisoryCaseClosed,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Close a supervisory case; a breach is of a provision."""
    if not case.supervision.is_open(event.supervisory_case):
        yield UnknownTarget(("supervisory_case",))
    if event.result == "breach" and all(map(is_empty, event.sections or ())):
        yield Incomplete(("sections",))


COMMANDS: Commands = {
    SupervisoryCaseOpened: open_supervisory_case,
    SupervisoryNoticeSent: note_notice,
    AccessGranted: grant_access,
    GrantExpired: note_expiry,
    GrantRevoked: revoke_grant,
    AuditBundleIssued: issue_bundle,
    FindingRaised: no_guard,
    FindingAnswered: answer_finding,
    FindingClosed: close_finding,
    SupervisoryCaseClosed: close_supervisory_case,
}


# --- folds ----------------------------------------------------------------------------


def _opened(state: Supervision, entry: Entry[SupervisoryCaseOpened]) -> Supervision:
    event = entry.event
    opened = SupervisoryCase(
        authority=event.authority,
        sectors=tuple(basis.sector for basis in event.basis or ()),
        opened_at=entry.occurred_at,
    )
    return replace(state, cases={**state.cases, event.supervisory_case: opened})


def _of_case(state: Supervision, label: str, **changes: Any) -> Supervision:
    known = state.cases.get(label)
    if known is None:
        return state
    return replace(state, cases={**state.cases, label: replace(known, **changes)})


def _noticed(state: Supervision, entry: Entry[SupervisoryNoticeSent]) -> Supervision:
    return _of_case(state, entry.event.supervisory_case, noticed_on=entry.event.on)


def _closed(state: Supervision, entry: Entry[SupervisoryCaseClosed]) -> Supervision:
    return _of_case(
        state,
        entry.event.supervisory_case,
        closed_at=entry.occurred_at,
        result=entry.event.result,
        follow_up_due=entry.event.follow_up_due,
    )


def _granted(state: Supervision, entry: Entry[AccessGranted]) -> Supervision:
    event = entry.event
    grant = Grant(
        supervisory_case=event.supervisory_case,
        persons=frozenset(event.persons),
        views=frozenset(event.views),
        sectors=frozenset(event.sectors),
        until=event.until,
        protected_addresses=event.protected_addresses is True,
    )
    return replace(state, grants={**state.grants, event.grant_id: grant})


def _ended(
    state: Supervision, entry: Entry[GrantExpired | GrantRevoked]
) -> Supervision:
    grant_id = entry.event.grant_id
    known = state.grants.get(grant_id)
    if known is None:
        return state
    ended = replace(known, ended_at=entry.occurred_at)
    return replace(state, grants={**state.grants, grant_id: ended})


def _raised(state: Supervision, entry: Entry[FindingRaised]) -> Supervision:
    event = entry.event
    finding = Finding(
        rule=event.rule,
        rule_version=event.rule_version,
        entries=event.entries,
        raised_at=entry.occurred_at,
        shield=entry.shield,
    )
    return replace(state, findings={**state.findings, event.finding_id: finding})


def _of_finding(state: Supervision, finding_id: str, **changes: Any) -> Supervision:
    known = state.findings.get(finding_id)
    if known is None:
        return state
    changed = {finding_id: replace(known, **changes)}
    return replace(state, findings={**state.findings, **changed})


def _answered(state: Supervision, entry: Entry[FindingAnswered]) -> Supervision:
    event = entry.event
    return _of_finding(state, event.finding_id, answered_at=entry.occurred_at)


def _done_with(state: Supervision, entry: Entry[FindingClosed]) -> Supervision:
    event = entry.event
    return _of_finding(
        state, event.finding_id, closed_at=entry.occurred_at, outcome=event.outcome
    )


_GRANTS: Folds = {
    AccessGranted: _granted,
    GrantExpired: _ended,
    GrantRevoked: _ended,
}

FOLDS: Folds = {
    SupervisoryCaseOpened: _opened,
    SupervisoryNoticeSent: _noticed,
    SupervisoryCaseClosed: _closed,
    FindingRaised: _raised,
    FindingAnswered: _answered,
    FindingClosed: _done_with,
    **_GRANTS,
}

UNCHANGING: frozenset[type[Event]] = frozenset({AuditBundleIssued})
"""Types that change no chapter: that a bundle was handed out is a record of reading."""


def granting(state: Supervision, beside: Iterable[Entry[Any]]) -> Supervision:
    """The chapter with the grants among what is on record in the access stream."""
    for entry in beside:
        fold = _GRANTS.get(type(entry.event))
        state = state if fold is None else fold(state, entry)
    return state
