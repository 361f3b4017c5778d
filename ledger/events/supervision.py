"""The supervision chapter: an authority looks at how the case was handled."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    LEADERSHIP,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    OptionalId,
    Part,
    PlainData,
    Ref,
    Role,
    Stream,
    Text,
    Whole,
    register,
)

FindingOutcome = Literal["answered", "breach", "dropped"]
SupervisionResult = Literal["no_breach", "breach"]

# Who opens the case to a supervisor, and closes it again.
GRANTING = frozenset({Role.ADMINISTRATOR, Role.PRIVACY_OFFICER, Role.ARCHIVE_OFFICER})


class SupervisoryBasis(Part):
    """A provision that lets an authority supervise one sector."""

    act: Code
    section: Code
    sector: Code


@register
class SupervisoryCaseOpened(Event):
    """A supervisory authority took the case up.

    Recorded in each case it covers, also a closed one.
    """

    NAME = "supervisory-case-opened.v1"
    KIND = Kind.NEVER
    RECORDED_BY = frozenset({Role.SUPERVISOR})
    BASIS = "bvl § 17-4 for barnevern; sector acts for other sectors"
    SOURCE = "domain.md §5 Access and supervision"

    supervisory_case: Code
    # open code: statsforvalter, helsetilsynet, riksrevisjonen, nasjonalarkivet,
    # investigation_body
    authority: Code
    basis: Many[SupervisoryBasis] | None = None
    period_from: Day
    period_to: Day
    sample_rule: Text | None = None


@register
class SupervisoryNoticeSent(Event):
    """The authority told the municipality that it will look at the case."""

    NAME = "supervisory-notice-sent.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SUPERVISOR})
    SOURCE = "domain.md §5 Access and supervision"

    supervisory_case: Code
    to_municipality: Code
    on: Day


@register
class AccessGranted(Event):
    """Two officers let named supervisors read the case until a day.

    The grant opens the named views, and of them the entries of the services in the
    named sectors. It stands beside the case, among its readings.
    """

    NAME = "access-granted.v1"
    KIND = Kind.ACT
    RECORDED_BY = GRANTING
    STREAM = Stream.ACCESS
    SOURCE = "domain.md §5 Access and supervision"

    grant_id: Id
    supervisory_case: Code
    persons: Many[Ref]
    views: Many[Code]  # as readings are recorded: timeline, entries, bundle …
    sectors: Many[Code]
    until: Day  # last day
    officers: Many[Ref] | None = None  # two different persons
    protected_addresses: bool | None = None


@register
class GrantExpired(Event):
    """The last day of a grant was over."""

    NAME = "grant-expired.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM})
    STREAM = Stream.ACCESS
    SOURCE = "domain.md §5 Access and supervision"

    grant_id: Id


@register
class GrantRevoked(Event):
    """An officer ended a grant before its last day."""

    NAME = "grant-revoked.v1"
    KIND = Kind.ACT
    RECORDED_BY = GRANTING
    STREAM = Stream.ACCESS
    SOURCE = "domain.md §5 Access and supervision"

    grant_id: Id
    reason: Confidential | None = None


@register
class AuditBundleIssued(Event):
    """A bundle of evidence was handed to somebody, with what its check had shown."""

    NAME = "audit-bundle-issued.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset(
        {Role.SYSTEM, Role.SUPERVISOR, Role.ARCHIVE_OFFICER, Role.PRIVACY_OFFICER}
    )
    STREAM = Stream.ACCESS
    SOURCE = "domain.md §5 Access and supervision"

    bundle_id: Id
    to_person: Ref
    grant_id: OptionalId = None
    entries_from: Whole
    entries_to: Whole
    hashes: Many[Code]
    verification: Code


@register
class FindingRaised(Event):
    """Something in the history stood out, and was put to the municipality.

    A finding is a question to the municipality, not a verdict.
    """

    NAME = "finding-raised.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SUPERVISOR, Role.SYSTEM})
    SOURCE = "domain.md §5 Access and supervision"

    finding_id: Id
    rule: Code  # e.g. F01
    rule_version: Code
    entries: Many[Id]
    facts: PlainData | None = None


@register
class FindingAnswered(Event):
    """The municipality answered a finding."""

    NAME = "finding-answered.v1"
    KIND = Kind.FACT
    RECORDED_BY = LEADERSHIP | {Role.PRIVACY_OFFICER}
    SOURCE = "domain.md §5 Access and supervision"

    finding_id: Id
    answer: Confidential


@register
class FindingClosed(Event):
    """The authority was done with a finding, and said what came of it."""

    NAME = "finding-closed.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.SUPERVISOR})
    SOURCE = "domain.md §5 Access and supervision"

    finding_id: Id
    outcome: FindingOutcome
    reason: Confidential | None = None


@register
class SupervisoryCaseClosed(Event):
    """The authority closed its case, with or without a breach of law."""

    NAME = "supervisory-case-closed.v1"
    KIND = Kind.ACT
    RECORDED_BY = frozenset({Role.SUPERVISOR})
    SOURCE = "domain.md §5 Access and supervision"

    supervisory_case: Code
    result: SupervisionResult
    sections: Many[Code] | None = None
    follow_up_due: Day | None = None
