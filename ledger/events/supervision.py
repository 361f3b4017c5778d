"""The supervision chapter: an authority looks at how the case was handled."""

from __future__ import annotations

from ledger.events.event import (
    Code,
    Day,
    Event,
    Kind,
    Many,
    Part,
    Role,
    Text,
    register,
)


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
