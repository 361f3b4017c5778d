"""Rounds: every bench in turn, again and again, so that noise hits all alike.

What is compared stands in one group and runs within seconds of each other. A ratio is
taken within a round, never between a quiet minute and a busy one; what counts is the
median of the rounds. Groups, and the benches within a group, change places from round
to round, so that none always runs after the same other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

T = TypeVar("T")

WARM_UP = 0.3  # seconds: connections, prepared statements and caches, not counted


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure must reach and what it is aimed at; of the ratio or the median."""

    must: float
    aimed: float
    is_floor: bool = True  # at least; else at most
    is_ratio: bool = False

    def __str__(self) -> str:
        """Both bounds, as the table shows them."""
        sign, times = "≥" if self.is_floor else "≤", "×" if self.is_ratio else ""
        return f"{sign} {self.must:,g}{times} ({self.aimed:,g}{times})"

    def verdict(self, value: float) -> str:
        """How a value compares with the two bounds."""
        if self._reaches(value, self.aimed):
            return "reached"
        return "met" if self._reaches(value, self.must) else "MISSED"

    def _reaches(self, value: float, bound: float) -> bool:
        return value >= bound if self.is_floor else value <= bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a bench: its name and unit, and the figure it is compared with."""

    name: str
    unit: str
    vs: str | None = None
    goal: Goal | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """Something to measure: called with seconds to spend, answers one value a figure.

    `rounds` bounds how often what takes long is run; `is_warmed` says whether it is run
    once before the first round.
    """

    figures: tuple[Figure, ...]
    measure: Callable[[float], Sequence[float]]
    rounds: int | None = None
    is_warmed: bool = True

    @property
    def name(self) -> str:
        """The first figure's name."""
        return self.figures[0].name


Group = Sequence[Bench]


@dataclass(slots=True)
class Results:
    """Every value measured, by figure and round."""

    figures: dict[str, Figure] = field(default_factory=dict)
    values: dict[str, dict[int, float]] = field(default_factory=dict)

    def put(self, figure: Figure, number: int, value: float) -> None:
        """Keep a value of round `number`."""
        self.figures[figure.name] = figure
        self.values.setdefault(figure.name, {})[number] = value

    def median(self, name: str) -> float:
        """The median over the rounds."""
        return median(self.values[name].values())

    def ratios(self, name: str) -> list[float]:
        """The figure over the one it is compared with, in each round that has both."""
        vs = self.figures[name].vs
        theirs = self.values.get(vs, {}) if vs else {}
        return [
            value / theirs[number]
            for number, value in self.values[name].items()
            if number in theirs
        ]


def run(
    groups: Sequence[Group],
    rounds: int,
    seconds: float,
    tell: Callable[[str], None] = lambda said: None,
) -> Results:
    """Warm everything up, then measure `rounds` rounds of windows of `seconds`."""
    for bench in in_turn(groups, 0):
        if bench.is_warmed:
            tell(f"warming up: {bench.name}")
            bench.measure(min(WARM_UP, seconds))
    results = Results()
    for number in range(rounds):
        for bench in in_turn(groups, number):
            if bench.rounds is not None and number >= bench.rounds:
                continue
            tell(f"round {number + 1} of {rounds}: {bench.name}")
            values = bench.measure(seconds)
            for figure, value in zip(bench.figures, values, strict=True):
                results.put(figure, number, value)
    return results


def in_turn(groups: Sequence[Group], number: int) -> Iterable[Bench]:
    """The benches of a round; those of a group stay together."""
    for group in _rotated(groups, number):
        yield from _rotated(group, number)


def chosen(groups: Sequence[Group], names: set[str]) -> list[Group]:
    """The benches of these figures and what they are compared with; all, if empty.

    Raises `ValueError` for a name that no figure has.
    """
    figures = {f.name: f for group in groups for bench in group for f in bench.figures}
    if unknown := names - figures.keys():
        raise ValueError(f"no such figure: {', '.join(sorted(unknown))}")
    wanted = (names | {f.vs for n, f in figures.items() if n in names}) or set(figures)
    kept = [
        [bench for bench in group if wanted & {f.name for f in bench.figures}]
        for group in groups
    ]
    return [group for group in kept if group]


def _rotated(items: Sequence[T], by: int) -> list[T]:
    start = by % len(items)
    return [*items[start:], *items[:start]]
