"""The concern chapter: from the first wonder to the decision on what to do about it."""

from __future__ import annotations

from typing import Literal

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    LEADERSHIP,
    MUNICIPAL_STAFF,
    Code,
    Confidential,
    Day,
    Event,
    Id,
    Kind,
    Many,
    NationalId,
    OptionalCode,
    OptionalId,
    OptionalRef,
    PersonalDay,
    PersonName,
    Ref,
    Role,
    Whole,
    register,
)

SubjectKind = Literal["born", "unborn", "pregnant", "youth"]
Arena = Literal["home", "kindergarten", "school", "health", "leisure"]
ConcernSource = Literal["employee", "parent", "child", "other"]
Clarification = Literal["close", "level1", "level2", "barnevern"]
Risk = Literal[
    "violence", "sexual_abuse", "trafficking", "acute_health", "self_harm", "other"
]


@register
class CaseOpened(Event):
    """The municipality began to follow up a child, an unborn child or a youth."""

    NAME = "case-opened.v1"
    KIND = Kind.ACT
    RECORDED_BY = EVERYONE_OF_STAFF
    MILESTONE = True
    BASIS = "internal control"
    SOURCE = "domain.md §5 Concern"

    subject_ref: Ref  # label of the child, the unborn or the youth
    subject_kind: SubjectKind
    name: PersonName
    national_id: NationalId | None = None
    birth_date: PersonalDay | None = None
    language: Code  # the language the family reads, e.g. nb, nn, en
    profile: Code  # id of the process profile in force
    municipality: OptionalCode = None
    opened_by: OptionalRef = None  # when another than the recorder


@register
class ConcernRaised(Event):
    """Someone's worry about the child was put on record, in the recorder's own words.

    It is never edited: a mistake is followed by `EntryCorrected`.
    """

    NAME = "concern-raised.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    MILESTONE = True
    BASIS = "aktsomhets- og oppmerksomhetsplikt"
    SOURCE = "domain.md §5 Concern"

    concern_id: Id
    area: Code  # Kunnskapsmodellen code as BTI uses it; no start date applies to it
    observed_from: Day
    source: ConcernSource
    reporter_code: OptionalCode = None  # SSB reporter code, when known
    text: Confidential


@register
class ObservationRecorded(Event):
    """Someone watched the child and wrote down what was seen and heard, and when.

    A concern not seen before is created as unknown.
    """

    NAME = "observation-recorded.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Concern"

    concern_id: Id
    arena: Arena
    facts: Confidential
    period_from: Day
    period_to: Day


@register
class ConcernGraded(Event):
    """Two people placed the concern on the municipality's scale, as they saw it then.

    A grade is a snapshot and a judgement aid, not a diagnosis.
    """

    NAME = "concern-graded.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "local scale"
    SOURCE = "domain.md §5 Concern"

    concern_id: Id
    scale_id: Code  # a scale of the profile
    grade: Whole
    graded_with: Ref  # the person it was graded together with, normally the leader
    label: OptionalCode = None  # the wording of the grade at that time


@register
class ConcernDiscussedAnonymously(Event):
    """Another service was asked for advice, without a word on who the child is."""

    NAME = "concern-discussed-anonymously.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "fvl 1967 § 13 a nr 2"
    SOURCE = "domain.md §5 Concern"

    concern_id: OptionalId = None
    with_service: Code  # open list of service kinds, as in consents
    identifying: bool  # must be false
    advice: Confidential | None = None


@register
class ConcernSharedWithLeader(Event):
    """The one who worries told the leader of the unit."""

    NAME = "concern-shared-with-leader.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Concern; §1.2 step 0.3"

    concern_id: Id
    leader: Ref


@register
class UndringssamtaleHeld(Event):
    """The first talk on a wonder was held with the family.

    Never refused for telling parents first: that is finding F20.
    """

    NAME = "undringssamtale-held.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    SOURCE = "domain.md §5 Concern; §1.2 step 0.4"

    concern_id: OptionalId = None
    attended: Many[Ref]  # guardians, youth and others who took part
    child_present: bool
    interpreter: bool  # an interpreter took part
    outcome: Confidential


@register
class ConcernClarified(Event):
    """It was decided what becomes of the concern: close, level 1 or 2, or barnevern.

    Levels 1 and 2 are set at once, when the level was lower.
    """

    NAME = "concern-clarified.v1"
    KIND = Kind.ACT
    RECORDED_BY = MUNICIPAL_STAFF
    MILESTONE = True
    SOURCE = "domain.md §5 Concern; §1.2 step 0.5"

    concern_id: Id
    outcome: Clarification
    reasons: Confidential | None = None


@register
class RiskFlagRaised(Event):
    """A sign of danger to the child was put on record, hidden from those it concerns.

    Nothing may stand in its way: the duties to report and to avert come after it.
    """

    NAME = "risk-flag-raised.v1"
    KIND = Kind.NEVER
    RECORDED_BY = EVERYONE_OF_STAFF
    SHIELDED_BY_RULE = True
    BASIS = "bvl § 13-2; strl § 196"
    SOURCE = "domain.md §5 Concern"

    flag_id: Id
    kind: Risk
    concern_id: OptionalId = None
    reason: Confidential


@register
class RiskFlagResolved(Event):
    """A leader or barnevern found that the danger is over, or was never there."""

    NAME = "risk-flag-resolved.v1"
    KIND = Kind.ACT
    RECORDED_BY = LEADERSHIP | {Role.BARNEVERN}
    SHIELDED_BY_RULE = True
    BASIS = "bvl § 13-2"
    SOURCE = "domain.md §5 Concern"

    flag_id: Id
    reason: Confidential | None = None


@register
class SiblingsConsidered(Event):
    """It was asked whether the child's siblings are in the same danger."""

    NAME = "siblings-considered.v1"
    KIND = Kind.FACT
    RECORDED_BY = EVERYONE_OF_STAFF
    BASIS = "guide, see domain.md §4 F35"
    SOURCE = "domain.md §5 Concern"

    count: Whole
    outcome: Confidential
