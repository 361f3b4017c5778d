"""The barnevern chapter: reports to the child welfare service and the police.

All of it is recorded under a shield by rule, and most of it is never refused: the duty
to report is personal and goes before secrecy, role and level.
"""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    LEADERSHIP,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Instant,
    Kind,
    Many,
    OptionalCode,
    OptionalRef,
    Part,
    Ref,
    Role,
    register,
)

Ground = Literal["a", "b", "c", "d", "e"]
"""A letter of bvl § 13-2."""

DutyConclusion = Literal["report", "no_ground"]
Channel = Literal["fiks", "letter", "phone"]
DeliveryStatus = Literal[
    "AKSEPTERT",
    "SENDT_FAGSYSTEM",
    "AVVIST_FAGSYSTEM",
    "SENDT_PRINT",
    "AVVIST_PRINT",
    "LEVERT",
]
Incident = Literal["death", "life_threat", "sexual_abuse"]
FeedbackKind = Literal[
    "receipt", "investigation_opened", "dropped", "after_investigation"
]


class GuardianInformed(Part):
    """Whether one guardian was told of the report, and if not, why."""

    guardian_ref: Ref
    informed: bool
    reason: Confidential | None = None


@register
class BarnevernConsulted(Event):
    """Barnevern was asked for advice before a report, by the child's name or not."""

    NAME = "barnevern-consulted.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "consultation before a report"
    SOURCE = "domain.md §5 Barnevern and police"

    anonymous: bool
    advice: Confidential


@register
class MeldepliktAssessed(Event):
    """Someone asked whether the duty to report to barnevern applies, and answered."""

    NAME = "meldeplikt-assessed.v1"
    KIND = Kind.NEVER
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "bvl § 13-2"
    SOURCE = "domain.md §5 Barnevern and police"

    grounds: Many[Ground]  # empty when none
    conclusion: DutyConclusion
    reason: Confidential
    assessed_by: OptionalRef = None  # when another than the recorder


@register
class MeldingTilBarnevernSent(Event):
    """A report of concern was sent to barnevern.

    Not under a shield when every guardian was informed.
    """

    NAME = "melding-til-barnevern-sent.v1"
    KIND = Kind.NEVER
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    MILESTONE = True
    BASIS = "bvl § 13-2"
    SOURCE = "domain.md §5 Barnevern and police"

    melding_id: Id
    grounds: Many[Ground]
    reported_by: OptionalRef = None  # the person whose duty it is
    channel: Channel
    child_informed: bool
    child_informed_reason: Confidential | None = None
    guardians_informed: Many[GuardianInformed]
    external_id: OptionalCode = None


@register
class MeldingDeliveryStatus(Event):
    """The carrier told how far a report has come on its way.

    It follows the report: not under a shield when every guardian was informed.
    """

    NAME = "melding-delivery-status.v1"
    KIND = Kind.FACT
    RECORDED_BY = frozenset({Role.SYSTEM, Role.EMPLOYEE, Role.LEADER})
    SHIELDED_BY_RULE = True
    BASIS = "KS Fiks"
    SOURCE = "domain.md §5 Barnevern and police"

    melding_id: Id
    status: DeliveryStatus


@register
class TilbakemeldingReceived(Event):
    """Barnevern answered the one who reported."""

    NAME = "tilbakemelding-received.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "bvl § 13-3"
    SOURCE = "domain.md §5 Barnevern and police"

    melding_id: Id
    kind: FeedbackKind
    on: Day
    text: Confidential | None = None


@register
class BarnevernCaseStateNoted(Event):
    """It became known where barnevern's own case stands."""

    NAME = "barnevern-case-state-noted.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "bvl § 13-1"
    SOURCE = "domain.md §5 Barnevern and police"

    # open code: investigation_opened, investigation_closed_with_measures,
    # investigation_closed, measures, care_order, closed
    state: Code
    on: Day
    source: OptionalCode = None


@register
class PoliceReported(Event):
    """The police were told."""

    NAME = "police-reported.v1"
    KIND = Kind.NEVER
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    MILESTONE = True
    BASIS = "strl § 196"
    SOURCE = "domain.md §5 Barnevern and police"

    reason: Confidential
    to: Code
    time: Instant


@register
class TilbakemeldingReminded(Event):
    """Barnevern was reminded that an answer to the report is missing.

    It follows the report: not under a shield when every guardian was informed.
    """

    NAME = "tilbakemelding-reminded.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "bvl § 13-3"
    SOURCE = "domain.md §5 Barnevern and police"

    melding_id: Id
    to: Code
    on: Day | None = None


@register
class InformationOrderReceived(Event):
    """A body ordered the municipality to hand over information about the child."""

    NAME = "information-order-received.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "bvl § 13-4"
    SOURCE = "domain.md §5 Barnevern and police"

    order_id: Id
    from_body: Code
    section: OptionalCode = None  # on which the order rests
    categories: Many[Code]
    due: Day | None = None


@register
class InformationOrderAnswered(Event):
    """What an order asks for was handed over; also in a closed case."""

    NAME = "information-order-answered.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "bvl § 13-4"
    SOURCE = "domain.md §5 Barnevern and police"

    order_id: Id
    categories: Many[Code]
    on: Day


@register
class AvvergingspliktInvoked(Event):
    """Someone acted to avert a grave crime, as everybody must, whatever is secret."""

    NAME = "avvergingsplikt-invoked.v1"
    KIND = Kind.NEVER
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    MILESTONE = True
    BASIS = "strl § 196"
    SOURCE = "domain.md §5 Barnevern and police"

    reason: Confidential
    to: Code
    time: Instant


@register
class SeriousIncidentNotified(Event):
    """The Statsforvalter was told of a death, a danger to life or sexual abuse."""

    NAME = "serious-incident-notified.v1"
    KIND = Kind.FACT
    RECORDED_BY = LEADERSHIP | {Role.BARNEVERN}
    SHIELDED_BY_RULE = True
    MILESTONE = True
    BASIS = "bvl § 13-5 a"
    SOURCE = "domain.md §5 Barnevern and police"

    kind: Incident
    to: Code  # the Statsforvalter
    on: Day
    text: Confidential | None = None
