"""The process rules of a municipality: there is no national standard, so they are data.

What holds for a key that a profile leaves out is the project's proposal, which follows
the limits found in municipal action guides.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ledger.codes import code_list, scale_named

STANDARD = "standard"
"""The profile of a case that has named none yet."""

Label = Annotated[str, Field(min_length=1, max_length=200)]
Days = Annotated[int, Field(ge=0, le=3650)]
Months = Annotated[int, Field(ge=1, le=120)]
Age = Annotated[int, Field(ge=0, le=25)]  # completed years
Grade = Annotated[int, Field(ge=1, le=10)]
LevelNumber = Annotated[int, Field(ge=0, le=9)]
Count = Annotated[int, Field(ge=0, le=100)]
Answer = Literal["finding", "refuse"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Step(_Data):
    """A step of the work on a level, called level.step, with its name."""

    step: Annotated[str, Field(pattern=r"^[0-9]\.[0-9]{1,2}$")]
    nb: Label
    nn: Label
    en: Label


class Level(_Data):
    """A level with its name and its steps in order. In entries it is its number.

    `short` stands in for the number where the municipality counts otherwise: A, B, C.
    """

    level: LevelNumber
    short: Annotated[str, Field(min_length=1, max_length=6)] | None = None
    nb: Label
    nn: Label
    en: Label
    steps: Annotated[tuple[Step, ...], Field(strict=False, max_length=20)] = ()

    @model_validator(mode="after")
    def _has_its_own_steps(self) -> Level:
        """The error's text is the key that does not fit."""
        called = [step.step for step in self.steps]
        own = all(name.startswith(f"{self.level}.") for name in called)
        if not own or len(set(called)) < len(called):
            raise ValueError("steps")
        return self


def base_levels() -> tuple[Level, ...]:
    """The levels and steps of the BTI model, as their code lists have them."""
    steps = [
        Step(step=code.code, nb=code.nb, nn=code.nn, en=code.en)
        for code in code_list("steps").codes
    ]
    return tuple(
        Level(
            level=int(code.code),
            nb=code.nb,
            nn=code.nn,
            en=code.en,
            steps=tuple(s for s in steps if s.step.startswith(f"{code.code}.")),
        )
        for code in code_list("levels").codes
    )


class Profile(_Data):
    """The rules a case is judged by; the first four fields name the profile."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
    name: Label
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$")]
    valid_from: date

    # Concern and barnevern
    clarify_days: Days = 14
    """From ConcernRaised to ConcernClarified; more is F01."""
    concern_scale: Label = "tynset-barn"
    """Scale used when none is named."""
    serious_grade: Grade = 5
    """Grade that counts as a serious sign for F19."""
    report_days: Days = 1
    """From a serious sign to a report: same or next day; more is F19."""
    duty_grade: Grade = 4
    """Grade from which the duty to report (F21) and siblings (F35) are considered."""
    duty_days: Days = 2
    """Days to that assessment; more is F21."""
    withdrawal_risk_grade: Grade = 3
    """Grade from which a withdrawal asks for that assessment too (F34, closing)."""
    feedback_days: Days = 21
    """From report, and from end of investigation, to feedback; more is F22, F23."""
    barnevern_review_days: Days = 7
    """From report to the outcome of barnevern's review; more is F24."""
    investigation_months: Months = 3
    """Barnevern's investigation; more is F25."""
    investigation_extended_months: Months = 6
    """The same in special cases."""
    scattered_concerns: Count = 3
    """Concerns that count as scattered knowledge (F26)."""
    scattered_services: Count = 2
    """Services they come from (F26)."""
    scattered_months: Months = 12
    """Within so many months (F26)."""

    # Log and consent
    log_allowed_from_level: LevelNumber = 1
    """First level at which a log may be opened."""
    log_required_from_level: LevelNumber = 2
    """First level at which guidance asks for a log."""
    log_request_answer_days: Days = 14
    """From a request for a log to its answer; then a task."""
    consent_max_months: Months = 12
    """Longest validity of a consent, from valid_from to valid_to."""
    youth_consent_age: Age = 16
    """Age from which a youth consents alone."""
    youth_consent_days: Days = 30
    """Days after reaching that age before a missing own consent is F09."""
    guardian_consent: Answer = "finding"
    """A guardian with parental responsibility who has not consented: F06, or refuse
    StafettloggOpened."""
    guardian_consent_days: Days = 14
    """Days after the log was opened or the guardian registered before F06."""

    # Baton and level
    holder_required_from_level: LevelNumber = 1
    """First level with a stafettholder."""
    first_holder_days: Days = 7
    """Days after StafettloggOpened before the lack of a first holder counts in F02."""
    holder_without_log_days: Days = 30
    """The same after ConcernClarified to level 1 or 2 when no log is opened."""
    handover_answer_days: Days = 14
    """From a handover proposal to its answer; more is F03."""
    handover_lapse_days: Days | None = None
    """Days after which a proposal lapses; None: it stands until it is answered."""
    unevaluated_on_level: Answer = "finding"
    """Level changed without evaluation: F17 or refuse."""
    ip_assessment_days: Days = 90
    """From level 3 to the assessment of individuell plan; more is F28."""

    # The child
    child_unheard_on_level: Answer = "finding"
    """Child not heard at a level change: F10 or refuse."""
    child_unheard_on_close: Answer = "refuse"
    """Child not heard at CaseClosed: refuse or F10."""
    weigh_child_view: bool = False
    """A decision must link the child's view and its weight (F11)."""
    observation_counts_below_age: Age = 3
    """Below this age an observation counts as the talk between meetings in F12."""

    # Plan and meetings
    first_evaluation_days: Days = 56
    """Proposed evaluation date for a new measure; guidance, no finding."""
    measure_start_days: Days = 30
    """Planned measure not started; more is F15."""
    no_effect_days: Days = 14
    """Days from the second evaluation without effect to something new; more is F16."""
    postponements_without_leader: Count = 1
    """How often an evaluation may be postponed without a leader."""
    joint_meeting_days: Days = 14
    """From level 2 to the first meeting of two services; more is F18."""

    # Follow-up
    inactivity_days: Days = 60
    """Longest time between two substantive entries of an open case; more is F27."""
    recording_lag_days: Days = 7
    """From occurred to recorded; more is F29."""
    shield_confirm_days: Days = 3
    """From the first entry under a shield to ShieldingDecided; more is F38."""
    move_days: Days = 30
    """From a move to transfer or closing; more is F37."""
    grant_max_days: Days = 30
    """Longest supervisory grant."""

    # Levels and steps
    levels: Annotated[tuple[Level, ...], Field(strict=False, min_length=1)] = Field(
        default_factory=base_levels
    )
    """The levels from 0 on, without gaps."""

    @model_validator(mode="after")
    def _agree_with_themselves(self) -> Profile:
        """The error's text is the key that names what there is not, or disagrees."""
        if scale_named(self.concern_scale) is None:
            raise ValueError("concern_scale")
        if [level.level for level in self.levels] != list(range(len(self.levels))):
            raise ValueError("levels")
        for key in LEVEL_KEYS:
            if not self.has_level(getattr(self, key)):
                raise ValueError(key)
        if self.investigation_extended_months < self.investigation_months:
            raise ValueError("investigation_extended_months")
        return self

    @property
    def pin(self) -> str:
        """Id and version, as an entry names the rules it was judged by."""
        return f"{self.id}/{self.version}"

    def has_level(self, number: int) -> bool:
        """Whether there is a level of this number."""
        return 0 <= number < len(self.levels)

    def called(self, number: int) -> Level | None:
        """The level of this number, by its name; `None` where there is none."""
        return self.levels[number] if self.has_level(number) else None

    def mark(self, number: int) -> str:
        """What stands for a level in a sentence or a figure."""
        level = self.called(number)
        return level.short if level and level.short else str(number)


LEVEL_KEYS = (
    "log_allowed_from_level",
    "log_required_from_level",
    "holder_required_from_level",
)
