"""The action guide as data: steps, what says they were done, what is looked for.

A step of a level is called level.step and has its title from the profile. The tracks
are laid over the levels: V while violence is suspected, G before and about a birth, U
from the age at which a youth decides alone.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class GuideStep(BaseModel):
    """One step: what to do, in each language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    title_nb: str | None = None  # of tracks only
    title_nn: str | None = None
    title_en: str | None = None
    nb: str
    nn: str
    en: str
    limit: str | None = None  # key of the profile: days that the step may take
    done: tuple[tuple[str, ...], ...]  # event types: one of each group says it is done
    looked_for: tuple[str, ...] = ()  # ids of what may be missing
    carried: bool = False  # what came before the level counts too

    @property
    def track(self) -> str:
        """The level as a digit, or the letter of the track."""
        return self.step[0]

    @property
    def place(self) -> int:
        """Which step of its level or track it is, from 1."""
        return int(self.step[-1])


class MissingText(BaseModel):
    """How something that is missing is said; braces name what is filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    nb: str
    nn: str
    en: str


class ActionGuide(BaseModel):
    """All steps in their order, and all that may be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[GuideStep, ...]
    missing: tuple[MissingText, ...]

    def track(self, letter: str) -> tuple[GuideStep, ...]:
        """The steps of a level or a track."""
        return tuple(step for step in self.steps if step.track == letter)


@cache
def action_guide() -> ActionGuide:
    """The guide that comes with the project."""
    text = (files(__package__) / "guides" / "bti.toml").read_text(encoding="utf-8")
    return ActionGuide.model_validate(tomllib.loads(text))
