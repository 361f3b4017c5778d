"""The plan chapter: goals, the measures towards them, and whether they helped."""

from __future__ import annotations

from typing import Annotated, Literal

from ledger.events.concern import Arena
from ledger.events.event import (
    EVERYONE_OF_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    OptionalCode,
    OptionalId,
    Part,
    Personal,
    Ref,
    Role,
    register,
)
from ledger.events.people import LegalBasis

Effect = Literal["wanted", "partly", "none", "worse", "not_done"]
ReferralOutcome = Literal["accepted", "declined", "waiting"]
WayForward = Literal["continue", "change", "stop", "level"]


class Responsible(Part):
    """Who answers for a measure: a person, and the service that person works in."""

    service: Code
    person: Ref


@register
class GoalSet(Event):
    """The family and the services agreed what they want to reach."""

    NAME = "goal-set.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings; §1.2 step 1.2"

    goal_id: Id
    text: Confidential
    area: Code
    # the child's own words; they do not count as the child's view for F10
    child_words: Confidential | None = None


@register
class MeasurePlanned(Event):
    """It was agreed what to do, who does it, and when to see whether it helped."""

    NAME = "measure-planned.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    measure_id: Id
    goal_id: OptionalId = None
    text: Confidential
    arena: Arena
    responsible: Responsible | None = None
    start: Day
    evaluation_due: Day | None = None
    agreed_with: Many[Ref]
    offer_id: OptionalCode = None  # an entry of the municipality's list of offers


@register
class MeasureStarted(Event):
    """The measure was begun."""

    NAME = "measure-started.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    measure_id: Id
    on: Day


@register
class MeasureEvaluated(Event):
    """It was judged whether the measure helped, and what to do next.

    The decisions stop and level end the measure.
    """

    NAME = "measure-evaluated.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Plan, measures, meetings; §1.2 step 1.4"

    evaluation_id: Id
    measure_id: Id
    effect: Effect
    child_view: OptionalId = None  # date or view_id of the child's view it rests on
    parent_view: Confidential | None = None
    decision: WayForward
    next_due: Day | None = None  # next evaluation when it goes on


@register
class GoalRevised(Event):
    """What they want to reach was put anew."""

    NAME = "goal-revised.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    goal_id: Id
    text: Confidential
    area: OptionalCode = None
    # the child's own words; they do not count as the child's view for F10
    child_words: Confidential | None = None
    reason: Confidential | None = None


@register
class MeasureChanged(Event):
    """What is done, who answers for it or when to look again was changed."""

    NAME = "measure-changed.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    measure_id: Id
    text: Confidential | None = None
    responsible: Responsible | None = None
    evaluation_due: Day | None = None
    reason: Confidential | None = None


@register
class MeasureStopped(Event):
    """The measure was ended, whether it had helped or not."""

    NAME = "measure-stopped.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    measure_id: Id
    on: Day
    reason: Confidential


@register
class EvaluationPostponed(Event):
    """The day to see whether a measure helped was put off."""

    NAME = "evaluation-postponed.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    measure_id: Id
    new_due: Day
    reason: Confidential | None = None


@register
class ReferralSent(Event):
    """Another service was asked to take the child on."""

    NAME = "referral-sent.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Plan, measures, meetings"

    referral_id: Id
    to_service: Code
    consent_id: OptionalId = None
    legal_basis: LegalBasis | None = None  # when another basis than consent carries it
    reason: Confidential | None = None


@register
class ReferralAnswered(Event):
    """The service that was asked to take the child on gave an answer."""

    NAME = "referral-answered.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Plan, measures, meetings"

    referral_id: Id
    outcome: ReferralOutcome
    text: Confidential | None = None


@register
class DocumentReferenced(Event):
    """A document that belongs to the case was named; the ledger keeps no files."""

    NAME = "document-referenced.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF | {Role.PRIVACY_OFFICER, Role.ARCHIVE_OFFICER}
    SOURCE = "design: documents stay in the archive system"

    document_id: Id
    title: Annotated[Code, Personal()]
    sha256: Code
    archive_ref: Code  # where the document lies
    about: OptionalCode = None  # kind and id of what it is about
