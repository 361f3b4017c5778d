"""The next step of the action guide, in words: what to do, by when, what is missing.

For those who follow the child up. The family is told by texts of its own, and a
supervisor looks at what was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from api.pages.drawing import service_name
from api.pages.people import People
from api.pages.texts import Texts
from ledger.codes.guide import GuideStep, action_guide
from ledger.profiles import Profile
from ledger.projections.guide import Guide, Step
from ledger.projections.missing import Missing


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, and what the steps taken so far lack."""

    step: str
    title: str
    what: str
    by: date | None
    waits: bool
    missing: tuple[str, ...]


def advice(view: Guide, rules: Profile, people: People, t: Texts) -> Advice | None:
    """The next step; `None` in a case that is closed."""
    step = view.next_step
    if step is None:
        return None
    known = next(each for each in action_guide().steps if each.step == step.step)
    return Advice(
        step=step.step,
        title=_title(known, rules, t),
        what=getattr(known, t.language),
        by=step.by,
        waits=view.waits,
        missing=tuple(_sentence(each, people, t) for each in _lacking(view, step)),
    )


def _title(step: GuideStep, rules: Profile, t: Texts) -> str:
    """The profile's name of a level's step; a track has one of its own."""
    own = getattr(step, f"title_{t.language}")
    if own is not None or not step.track.isdigit():
        return str(own or step.step)
    steps = (each for level in rules.levels for each in level.steps)
    names = {each.step: each for each in steps}
    return str(getattr(names.get(step.step), t.language, step.step))


def _lacking(view: Guide, until: Step) -> list[Missing]:
    """What the steps up to the next one lack, each thing once."""
    found: dict[Missing, None] = {}
    for step in next(steps for steps in (*view.tracks, view.steps) if until in steps):
        found |= dict.fromkeys(step.missing)
        if step == until:
            break
    return list(found)


def _sentence(missing: Missing, people: People, t: Texts) -> str:
    text = next(each for each in action_guide().missing if each.id == missing.id)
    about = missing.about[0] if missing.about else ""
    return str(getattr(text, t.language)).format(
        date=f"{missing.on:%d.%m.%Y}" if missing.on else "",
        count=missing.count or "",
        service=service_name(about, t),
        guardian=people[about].short if about else "",
    )
